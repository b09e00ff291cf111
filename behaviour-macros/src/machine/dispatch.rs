//! The dispatch: one `match` that gives each event to the handler of the present state.
//!
//! For each event there is a `match` on the state alone, shown at the name of its
//! first handler: where a state has no arm, rustc names it there. What stands in
//! the arms is written in [`answer`](super::answer).

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::answer::{effect, in_state, postponed};
use super::event::{Event, any};
use super::graph::graph;
use super::model::{Machine, sees_state};
use super::parse::Comes;
use crate::callback::{Callback, Field, context, state};
use crate::effects::{given_reason, settled, step};
use crate::tokens::{call, hidden, of_type, place_of, respan, shown_as};
use crate::values::duration_tokens;

/// `impl GenStatem for Crossing { .. }` and `impl Receives for Crossing { .. }`
pub(super) fn implementation(machine: &Machine) -> TokenStream {
    let frame = &machine.frame;
    let (runtime, enumeration, message) = (&frame.runtime, &frame.message, frame.message_type());
    let (taken, cx, place) = (hidden("message"), context(), &machine.place);
    let arms = machine.events.iter().map(|event| arm(machine, event));
    let never = frame.never_arm();
    let (graph, enter, entry) = (graph(machine), enter(machine), on_entry(machine));
    let terminate = frame.terminates.iter().map(|callback| terminate(machine, callback));
    // Asked at the enum, as whether it is one of states at all.
    let states = machine.states_type();
    let name = call(&of_type(&states, &quote!(#runtime::State), "name"), quote!(&*#place.seen()), &states);
    let handle = function(
        machine,
        "handle",
        &quote!(#taken: #message,),
        quote! {
            match #taken {
                #(#arms)*
                #enumeration::__StateName => { #cx.reply(#name); #runtime::None }
                #never
            }
        },
    );
    let items = quote! {
        #graph

        fn state_name_message() -> #message { #enumeration::__StateName }

        fn asks_state_name(#taken: &#message) -> bool { ::core::matches!(#taken, #enumeration::__StateName) }

        #[allow(irrefutable_let_patterns)]
        #handle

        #enter
        #entry
        #(#terminate)*
    };
    let told = machine.events.iter().map(|event| {
        let (cfg, variant, told) = (event.cfg(), frame.variant(&event.variant), event.reported());
        quote! { #(#cfg)* #variant { .. } => #told, }
    });
    let told = quote! { #(#told)* #enumeration::__StateName => "state_name", };
    let informed = machine.events.iter().any(|event| event.comes == Comes::Info);
    let systems: &[&str] = if informed { &["Down", "Exit"] } else { &[] };
    let machine = frame.implement(&quote!(GenStatem), &items);
    let receives = frame.receives(&told, systems, &frame.status("format_status"));
    quote! { #machine #receives }
}

/// `fn handle<'__a>(&'__a mut self, __place: &'__a mut Place<Light>, ..) -> Step<'__a> { .. }`
///
/// It is shown at the enum that the attribute names, where its type is asked whether it is that of the struct: what rustc
/// finds twice in one place it tells once, and it shows what has several tokens from the first to the last.
fn function(machine: &Machine, name: &str, more: &TokenStream, body: TokenStream) -> TokenStream {
    let (runtime, place, states) = (&machine.frame.runtime, &machine.place, machine.checked_states());
    let (cx, shown) = (context(), machine.states.as_ref().map_or_else(Span::call_site, place_of));
    let [start, reference, end] = [quote!(fn), quote!(&), quote!(>)].map(|token| respan(token, shown));
    let name = Ident::new(name, Span::call_site());
    let mut body = Group::new(Delimiter::Brace, body);
    body.set_span(shown);
    quote! {
        #start #name<'__a>(
            &'__a mut self,
            #place: #reference '__a mut #runtime::Place<#states #end,
            #more
            #cx: &'__a mut #runtime::Context<Self>,
        ) -> #runtime::Step<'__a #end #body
    }
}

/// What is done with an event, by the present state.
fn arm(machine: &Machine, event: &Event) -> TokenStream {
    let runtime = &machine.frame.runtime;
    let (cfg, variant) = (event.cfg(), machine.frame.variant(&event.variant));
    if !event.lead().handler.is_sound() {
        return quote! { #(#cfg)* #variant { .. } => ::core::unreachable!(), };
    }
    let fields = event.fields();
    let names: Vec<_> = fields.iter().map(Field::local).collect();
    let (message, rest_of_fields) = (quote!(#variant { #(#names),* }), machine.frame.rest().into_iter());
    let names = names.iter().cloned().chain(rest_of_fields);
    let pattern = quote!(#variant { #(#names),* });
    let arms = event.by_state().map(|answer| {
        let (before, after) = postponed(machine, event, answer, &fields);
        let effect = effect(machine, event, answer, &fields, after.as_ref());
        in_state(machine, &answer.handler, before.as_ref(), &effect)
    });
    let stateless = event.handlers.iter().any(|answer| answer.handler.state.is_none());
    let rest = match &event.others {
        _ if stateless => quote!(::core::unreachable!()),
        Some(others) if others.postpone => {
            let cx = context();
            quote! { { #cx.put_off(#message); #runtime::None } }
        }
        None if !event.is_armed_by_entry() => TokenStream::new(),
        _ => quote!(#runtime::None),
    };
    let rest = if rest.is_empty() {
        guard()
    } else {
        quote! { #[allow(unreachable_patterns)] _ => #rest, }
    };
    let seen = seen(machine, &event.handlers[0].handler.callback.name);
    quote! {
        #(#cfg)*
        #pattern => match #seen {
            #(#arms)*
            #rest
        }
    }
}

/// The state, shown at a handler's name as if it stood there, with no word of macros: an error says what the handlers do
/// not cover.
fn seen(machine: &Machine, handler: &Ident) -> TokenStream {
    let place = &machine.place;
    let shown = place.span().located_at(handler.span());
    let place = shown_as(place, shown);
    quote_spanned!(shown=> *#place.seen())
}

/// An arm that covers nothing, and comes from elsewhere: beside it rustc does not propose to write an arm into what a
/// macro made.
fn guard() -> TokenStream {
    quote_spanned! {Span::mixed_site()=> #[allow(unreachable_patterns)] _ if false => ::core::unreachable!(), }
}

/// `fn enter(..)`, by the present state.
fn enter(machine: &Machine) -> TokenStream {
    let Machine { frame, enters, .. } = machine;
    if enters.is_empty() {
        return TokenStream::new();
    }
    let (runtime, place, from) = (&frame.runtime, &machine.place, hidden("from"));
    let cfg = any(enters.iter().map(|handler| &handler.callback.cfg[..]));
    let (general, own): (Vec<_>, Vec<_>) = enters.iter().partition(|handler| handler.is_general());
    let arms = own.into_iter().chain(general).filter(|handler| handler.state.is_some()).map(|handler| {
        let called = handler.callback.invocation(runtime, Some(quote!(self)), |Field { ty, .. }| {
            call(&of_type(ty, &quote!(#runtime::IsOldName), "given"), quote!(#from), ty)
        });
        in_state(machine, handler, None, &settled(runtime, "Enters", &handler.callback, &called))
    });
    let function = function(
        machine,
        "enter",
        &quote!(#from: &'static str,),
        quote! {
            match *#place.seen() {
                #(#arms)*
                #[allow(unreachable_patterns)]
                _ => #runtime::None,
            }
        },
    );
    quote! {
        #(#cfg)*
        const ENTERS: bool = true;

        #(#cfg)*
        #[allow(irrefutable_let_patterns)]
        #function
    }
}

/// `fn on_entry(..)`: which state timeout an entry arms.
fn on_entry(machine: &Machine) -> TokenStream {
    let (runtime, message) = (&machine.frame.runtime, machine.frame.message_type());
    let (states, state) = (machine.states_type(), state());
    let armed = machine.events.iter().find(|event| event.handlers.iter().any(|answer| answer.after.is_some()));
    let Some(event) = armed.filter(|_| machine.states.is_some()) else {
        return TokenStream::new();
    };
    let variant = machine.frame.variant(&event.variant);
    let arms = event.by_state().map(|answer| {
        let cfg = &answer.handler.callback.cfg;
        let pattern = machine.pattern(answer.handler.variant(), &quote!(_));
        let armed = if let Some((after, _)) = &answer.after {
            let after = duration_tokens(*after);
            quote!(#runtime::Some((#after, #variant {})))
        } else {
            quote!(#runtime::None)
        };
        quote! { #(#cfg)* #pattern => #armed, }
    });
    let cfg = event.cfg();
    quote! {
        #(#cfg)*
        fn on_entry(#state: &#states) -> #runtime::Option<(::core::time::Duration, #message)> {
            match *#state {
                #(#arms)*
                #[allow(unreachable_patterns)]
                _ => #runtime::None,
            }
        }
    }
}

/// `fn terminate(..)`; a handler that took the state by value and failed took it along, and a callback that wants to see
/// it cannot be called.
fn terminate(machine: &Machine, callback: &Callback) -> TokenStream {
    let runtime = &machine.frame.runtime;
    let (place, cx, reason, cfg) = (&machine.place, context(), hidden("reason"), &callback.cfg);
    let body = if callback.sound {
        let call = callback.invocation(runtime, Some(quote!(self)), |field| given_reason(runtime, field));
        let settled = settled(runtime, "Outcome", callback, &call);
        if sees_state(callback) {
            let state: Ident = state();
            let step = step(runtime, callback, &quote! { let #state = #place.seen(); #settled });
            quote! { if #place.is_there() #step else { #cx.lost_state(); #runtime::None } }
        } else {
            step(runtime, callback, &settled)
        }
    } else {
        quote! { ::core::unreachable!() }
    };
    let function = function(machine, "terminate", &quote!(#reason: #runtime::ExitReason,), body);
    quote! { #(#cfg)* #function }
}
