//! The model, written out.
//!
//! In the order of the output: the check that what is sent can travel, which is
//! the first to fail, the message enum and its notes, the dispatch, what turns the machine's own
//! types into messages, the client's methods, `start` and its kin, the checks of
//! the graph, the picture. Nothing here can fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::dispatch;
use super::drawing::draw;
use super::event::Event;
use super::graph::checks;
use super::model::{CHANGE, Machine};
use super::parse::Comes;
use crate::callback::Field;
use crate::client::behaviour;
use crate::code_change::upgrades;
use crate::frame::{Frame, Method, Sends, variant};
use crate::starting::{Words, starts};
use crate::tokens::text;
use crate::versions::Note;

const START: Words =
    Words { of: "IntoMachine", into: "into_machine", now: "machine", future: "machine_future", described: "Start" };

/// Everything that stands beside the user's impl.
pub(super) fn expand(machine: &Machine) -> TokenStream {
    let Machine { frame, events, states, .. } = machine;
    let carried: Vec<_> = events.iter().map(|event| (event.cfg(), event.fields())).collect();
    let sent = carried.iter().flat_map(|(cfg, fields)| fields.iter().map(move |field| (&cfg[..], field)));
    let picture = draw(machine);
    let drawn =
        states.as_ref().map(|states| picture.expand(&frame.runtime, states, &frame.names.link, &frame.generics));
    [
        frame.travels(sent),
        frame.messages(&messages(machine)),
        frame.notes(events.iter().zip(&carried).filter_map(|(event, (cfg, _))| note(frame, event, cfg))),
        dispatch::implementation(machine),
        behaviour(&frame.runtime, &frame.generics, &frame.names, "machine_kind", Some("StateAndData")),
        frame.conversion("InternalFor", &frame.message_type(), &[], &quote!(self)),
        events.iter().map(|event| conversion(frame, event)).collect(),
        frame
            .client(events.iter().zip(&carried).filter_map(|(event, (cfg, fields))| method(frame, event, cfg, fields))),
        starts(frame, &START, Some(&picture.table())),
        upgrades(frame, &CHANGE),
        checks(machine),
        drawn.unwrap_or_default(),
    ]
    .into_iter()
    .collect()
}

/// The variants of the messages.
fn messages(machine: &Machine) -> TokenStream {
    let client = &machine.frame.names.client_link;
    let variants: TokenStream = machine
        .events
        .iter()
        .map(|event| {
            let told = event.told();
            let with = event.from.as_ref().map_or(String::new(), |from| format!(", with a `{}`", text(from)));
            let docs = match event.comes {
                Comes::Call => format!("A call of [`{told}`]({client}::{told})."),
                Comes::Cast => format!("A cast to [`{told}`]({client}::{told})."),
                Comes::Info => format!("A message, `{told}`."),
                Comes::Internal => format!("An event of the machine's own, `{told}`."),
                Comes::Timeout => format!("The timeout `{told}`."),
                Comes::StateTimeout => format!("The state has lasted long enough{with}."),
                Comes::EventTimeout => format!("Nothing has happened for long enough{with}."),
            };
            variant(&event.cfg(), &docs, &event.variant, &event.fields())
        })
        .collect();
    quote! {
        #variants
        #[doc(hidden)]
        __StateName,
    }
}

/// What turns a type, or the lack of one, into the message of an event.
fn conversion(frame: &Frame, event: &Event) -> TokenStream {
    let (variant, cfg) = (frame.variant(&event.variant), event.cfg());
    let fields = event.fields();
    let made = if event.lead().handler.is_sound() {
        let fields = fields.iter().map(|Field { name, .. }| quote!(#name: self));
        quote!(#variant { #(#fields),* })
    } else {
        quote!(::core::unreachable!())
    };
    let of = match (event.comes, &event.from) {
        (Comes::Info, _) => "InfoFor",
        (Comes::Internal, _) => "InternalFor",
        (Comes::Timeout, _) => "TimeoutFor",
        (Comes::StateTimeout, Some(_)) => "StateTimeoutFor",
        (Comes::EventTimeout, Some(_)) => "EventTimeoutFor",
        (Comes::StateTimeout, None) => return nameless(frame, event, "StateTimeouts", "state_timeout", &made),
        (Comes::EventTimeout, None) => return nameless(frame, event, "EventTimeouts", "event_timeout", &made),
        (Comes::Call | Comes::Cast, _) => return TokenStream::new(),
    };
    event.from.as_ref().map_or_else(TokenStream::new, |from| frame.conversion(of, from, &cfg, &made))
}

/// A timeout that brings nothing.
fn nameless(frame: &Frame, event: &Event, of: &str, method: &str, made: &TokenStream) -> TokenStream {
    let [of, method] = [of, method].map(|word| Ident::new(word, Span::call_site()));
    let (cfg, message) = (event.cfg(), frame.message_type());
    let implementation = frame.implement(&quote!(#of), &quote! { fn #method() -> #message { #made } });
    quote! { #(#cfg)* #implementation }
}

/// What is noted of an event for the versions to come.
fn note<'a>(frame: &Frame, event: &'a Event, cfg: &'a [syn::Attribute]) -> Option<Note<'a>> {
    let lead = event.lead();
    let (comes, reply) = match event.comes {
        Comes::Call => ("Call", Some(lead.reply(frame))),
        Comes::Cast => ("Cast", None),
        Comes::Info => ("Info", None),
        Comes::Internal => ("Internal", None),
        Comes::Timeout => ("Timeout", None),
        Comes::StateTimeout => ("StateTimeout", None),
        Comes::EventTimeout => ("EventTimeout", None),
    };
    lead.handler.is_sound().then(|| Note { name: event.word(), cfg, comes, reply })
}

/// The method of the client that sends an event.
fn method<'a>(frame: &Frame, event: &'a Event, cfg: &'a [syn::Attribute], fields: &'a [Field]) -> Option<Method<'a>> {
    let (variant, lead, told) = (frame.variant(&event.variant), event.lead(), event.told());
    let (sends, told) = match event.comes {
        Comes::Cast => (Sends::Cast, format!("Tells the machine `{told}`.")),
        Comes::Call => {
            let sends = Sends::Call { queued: event.queued, reply: lead.reply(frame) };
            (sends, format!("Asks the machine `{told}`."))
        }
        _ => return None,
    };
    let locals = fields.iter().map(Field::local);
    Some(Method {
        like: event.face(),
        name: &event.name,
        cfg,
        told,
        parameters: lead.carried().collect(),
        sends,
        sent: lead.handler.is_sound().then(|| quote!(#variant { #(#locals),* })),
    })
}
