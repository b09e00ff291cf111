//! The model, written out.
//!
//! In the order of the output: the check that what is sent can travel, which is
//! the first to fail, the message enum and its notes, the dispatch, what turns the server's own
//! types into messages, the client's methods, `start` and its kin. Nothing here
//! can fail.

use proc_macro2::TokenStream;
use quote::quote;

use super::dispatch;
use super::model::{CHANGE, Message, MessageKind, Server};
use crate::callback::{Callback, Field};
use crate::client::behaviour;
use crate::code_change::upgrades;
use crate::frame::{Frame, Method, Sends, variant};
use crate::starting::{Words, starts};
use crate::tokens::of_type;
use crate::versions::Note;

const START: Words = Words { of: "IntoInit", into: "into_init", now: "new", future: "future", described: "Start" };

/// Everything that stands beside the user's impl.
pub(super) fn expand(server: &Server) -> TokenStream {
    let talk = talk(server, &dispatch::implementation(server));
    let starts = starts(&server.frame, &START, None);
    [talk, starts, upgrades(&server.frame, &CHANGE)].into_iter().collect()
}

/// What a server hears and is asked by, with its dispatch in its place.
pub(super) fn talk(server: &Server, dispatch: &TokenStream) -> TokenStream {
    let Server { frame, messages, .. } = server;
    let sent =
        messages.iter().flat_map(|message| message.fields.iter().map(|field| (&message.callback.cfg[..], field)));
    let travels = frame.travels(sent);
    let enumeration = frame.messages(&messages.iter().map(|message| declared(frame, message)).collect());
    // The server of a trait shows the implementation that it runs, and not itself.
    let held = server.of_trait.is_none().then_some("AllData");
    let behaviour = behaviour(&frame.runtime, &frame.generics, &frame.names, "server_kind", held);
    let conversions = messages.iter().map(|message| conversion(frame, message, "InfoFor"));
    let client = frame.client(messages.iter().filter_map(|message| method(frame, message)));
    // The implementations of a trait are exchanged without new versions. What is missing is told first of all.
    let versioned = messages.iter().filter(|message| server.of_trait.is_none() && message.callback.sound);
    let notes = frame.notes(versioned.map(|message| note(frame, message)));
    quote! { #travels #enumeration #notes #dispatch #behaviour #(#conversions)* #client }
}

/// What is noted of a message for the versions to come.
fn note<'a>(frame: &Frame, message: &'a Message) -> Note<'a> {
    let Message { callback, kind, .. } = message;
    let (comes, reply) = match kind {
        MessageKind::Call { .. } | MessageKind::Later { .. } => ("Call", Some(reply(frame, callback, kind))),
        MessageKind::Cast => ("Cast", None),
        MessageKind::Info { .. } => ("Info", None),
        MessageKind::Continues { .. } => ("Continue", None),
    };
    Note { name: callback.name.clone(), cfg: &callback.cfg, comes, reply }
}

/// The variant of a message.
pub(crate) fn declared(frame: &Frame, message: &Message) -> TokenStream {
    let client = &frame.names.client_link;
    let told = message.told();
    let docs = match message.kind {
        MessageKind::Call { .. } | MessageKind::Later { .. } => format!("A call of [`{told}`]({client}::{told})."),
        MessageKind::Cast => format!("A cast to [`{told}`]({client}::{told})."),
        MessageKind::Info { .. } => format!("What the callback `{told}` takes."),
        MessageKind::Continues { .. } => format!("What the server goes on with in `{told}`."),
    };
    variant(&message.callback.cfg, &docs, &message.variant, &message.fields)
}

/// `impl InfoFor<Account> for Interest { .. }`; `info` is the runtime's trait of what an `#[info]` takes.
pub(crate) fn conversion(frame: &Frame, message: &Message, info: &str) -> TokenStream {
    let (of, from) = match &message.kind {
        MessageKind::Info { from: Some(from) } => (info, from),
        MessageKind::Continues { from: Some(from) } => ("ContinueFor", from),
        _ => return TokenStream::new(),
    };
    let Message { callback, variant, fields, .. } = message;
    let variant = frame.variant(variant);
    let made = if callback.sound {
        let fields = fields.iter().map(|Field { name, .. }| quote!(#name: self));
        quote!(#variant { #(#fields),* })
    } else {
        quote!(::core::unreachable!())
    };
    frame.conversion(of, from, &callback.cfg, &made)
}

/// The method of the client that sends a message.
pub(crate) fn method<'a>(frame: &Frame, message: &'a Message) -> Option<Method<'a>> {
    let Message { callback, variant, kind, fields } = message;
    let variant = frame.variant(variant);
    let sends = match kind {
        MessageKind::Info { .. } | MessageKind::Continues { .. } => return None,
        MessageKind::Cast => Sends::Cast,
        MessageKind::Call { queued } | MessageKind::Later { queued, .. } => {
            Sends::Call { queued: *queued, reply: reply(frame, callback, kind) }
        }
    };
    let locals = fields.iter().map(Field::local);
    Some(Method {
        like: callback,
        name: &callback.name,
        cfg: &callback.cfg,
        told: format!("Asks for the callback `{}`.", message.told()),
        parameters: message.parameters().collect(),
        sends,
        sent: callback.sound.then(|| quote!(#variant { #(#locals),* })),
    })
}

/// The type of the reply to a call, given at once or later.
fn reply(frame: &Frame, callback: &Callback, kind: &MessageKind) -> TokenStream {
    let runtime = &frame.runtime;
    match (kind, &callback.output) {
        (MessageKind::Later { reply: Some(reply), .. }, _) => of_type(reply, &quote!(#runtime::IsReply), "Value"),
        (MessageKind::Call { .. }, Some(output)) if !output.nameless && !output.borrowed => output.ty.clone(),
        _ => quote!(()),
    }
}
