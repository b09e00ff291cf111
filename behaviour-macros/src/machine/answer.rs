//! One arm of the dispatch: a state, its handler, and what is done with the value.
//!
//! A handler that borrows its state does so where the state is kept; one that
//! takes it by value leaves the place empty until the next state arrives. Where
//! the handler waits, all of this is done by its future.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::event::{Answer, Event};
use super::handler::{By, Handler, Leads, State};
use super::model::Machine;
use super::parse::Comes;
use crate::callback::{Field, Output, context, state};
use crate::effects::{promised, put_by, settled, step};
use crate::tokens::{call, hidden, of_type, of_type_at, place_of, shown_as, text};

/// `Light::Red(..) => { .. }`, with what stands before the state is taken, and after.
pub(super) fn in_state(
    machine: &Machine,
    handler: &Handler,
    before: Option<&TokenStream>,
    effect: &TokenStream,
) -> TokenStream {
    let Handler { callback, state: Some(State { by, of, .. }), .. } = handler else {
        return TokenStream::new();
    };
    let (cfg, place, state) = (&callback.cfg, &machine.place, state());
    if !callback.sound {
        let pattern = machine.pattern(of.as_ref(), &quote!(_));
        return quote! { #(#cfg)* #pattern => ::core::unreachable!(), };
    }
    // What is borrowed here would be borrowed for as long as the future lives, and in the other arms as well.
    let borrows_here = *by != By::Value && !callback.waits;
    let held = match by {
        _ if !borrows_here => quote!(_),
        By::Looking => quote!(ref #state),
        _ => quote!(ref mut #state),
    };
    let taken = if *by == By::Value { quote!(#place.take()) } else { quote!(#place.seen()) };
    let taken = match of {
        _ if borrows_here => None,
        None => Some(quote! { let #state = #taken; }),
        Some(_) => {
            let pattern = machine.pattern(of.as_ref(), &quote!(#state));
            Some(quote! { let #pattern = #taken else { ::core::unreachable!() }; })
        }
    };
    let pattern = machine.pattern(of.as_ref(), &held);
    let step = step(&machine.frame.runtime, callback, &quote! { #before #taken #effect });
    quote! { #(#cfg)* #pattern => #step }
}

/// Keeps the event, for a handler that may postpone it, and puts it off if it did.
pub(super) fn postponed(
    machine: &Machine,
    event: &Event,
    answer: &Answer,
    fields: &[Field],
) -> (Option<TokenStream>, Option<TokenStream>) {
    if answer.handler.postpones.is_none() {
        return (None, None);
    }
    let (runtime, variant) = (&machine.frame.runtime, machine.frame.variant(&event.variant));
    let (cx, kept) = (context(), hidden("kept"));
    let copies = fields.iter().map(|Field { name, ty }| {
        let copy = call(&quote!(#runtime::keep::<#ty>), quote!(&#name), ty);
        quote!(#name: #copy)
    });
    (
        Some(quote! { let #kept = #variant { #(#copies),* }; }),
        Some(quote! { if #cx.postpones() { #cx.put_off(#kept); } }),
    )
}

/// Calls the handler and does with its value what its form and its event ask for.
pub(super) fn effect(
    machine: &Machine,
    event: &Event,
    answer: &Answer,
    fields: &[Field],
    put_off: Option<&TokenStream>,
) -> TokenStream {
    let Answer { handler, later, .. } = answer;
    let callback = &handler.callback;
    let (runtime, value, next, reply) = (&machine.frame.runtime, hidden("value"), hidden("next"), hidden("reply"));
    let place_for_reply = later.as_ref().map(|own| place_for_reply(machine, event, own));
    let mut first = later.as_ref().map(|_| quote!(#reply));
    let mut rest = fields.iter();
    let called = callback.invocation(runtime, Some(quote!(self)), |own| {
        first.take().or_else(|| Some(given(machine, rest.next()?, own))).unwrap_or_else(|| own.local())
    });
    let said = |value: &Ident, output: Option<&Output>| match (event.comes, output) {
        _ if later.is_some() => promised(runtime, value, output.map_or(callback.output_place(), |output| output.place)),
        (Comes::Call, output) => {
            let value = shown_as(value, output.map_or(callback.output_place(), |output| output.place));
            replied(machine, event, answer, &quote!(#value), put_off)
        }
        _ => quote! { #put_off },
    };
    match &handler.leads {
        Leads::Stays if event.comes == Comes::Call => {
            let said = said(&value, callback.output.as_ref());
            quote! { #place_for_reply let #value = #called; #said }
        }
        Leads::Stays => {
            let settled = settled(runtime, "Stays", callback, &called);
            quote! { #settled #put_off }
        }
        Leads::To(to) => {
            let arrived = arrived(machine, &next, to);
            let said = if event.comes == Comes::Call {
                // An error in place of a state ends the machine, and the caller hears of that.
                let said = replied(machine, event, answer, &quote_spanned!(to.place=> ()), put_off);
                quote! { if #arrived { #said } }
            } else {
                quote! { #arrived; #put_off }
            };
            quote! { let #next = #called; #said }
        }
        Leads::With(to, with) => {
            let (arrived, said) = (arrived(machine, &next, to), said(&value, Some(with)));
            quote! { #place_for_reply let (#next, #value) = #called; #arrived; #said }
        }
    }
}

/// Puts the next state into its place.
fn arrived(machine: &Machine, next: &Ident, to: &Output) -> TokenStream {
    let (runtime, states, cx, place) = (&machine.frame.runtime, machine.states_type(), context(), &machine.place);
    let state = of_type(&to.ty, &quote!(#runtime::Target<#states>), "into_state");
    let state = call(&state, quote!(#next), &to.ty);
    quote! { #cx.arrive(#place, #state) }
}

/// Sends the reply, unless the call was put off.
fn replied(
    machine: &Machine,
    event: &Event,
    answer: &Answer,
    value: &TokenStream,
    put_off: Option<&TokenStream>,
) -> TokenStream {
    let (runtime, cx) = (&machine.frame.runtime, context());
    // The client's method has the type of the first handler.
    let (own, first) = (answer.reply(&machine.frame), event.lead().reply(&machine.frame));
    let value = if text(&own) == text(&first) {
        value.clone()
    } else {
        let callback = &answer.handler.callback;
        let (own, shown) = match (&answer.handler.leads, &callback.output) {
            (Leads::With(_, reply), _) => (own, reply.ty.clone()),
            (Leads::Stays, Some(output)) => (own, output.ty.clone()),
            // Nothing is replied, and no type says so.
            (_, output) => {
                let shown = output.as_ref().map_or(callback.name.to_token_stream(), |output| output.ty.clone());
                (quote_spanned!(place_of(&shown)=> ()), shown)
            }
        };
        call(&of_type_at(&own, &quote!(#runtime::Common<#first>), "taken", &shown), value.clone(), &shown)
    };
    let replied = quote! { #cx.reply(#value); };
    if put_off.is_some() {
        quote! { #put_off else { #replied } }
    } else {
        replied
    }
}

/// What the message carries, as the parameter of a handler; where it is spelled otherwise than in the first handler, it
/// is asked whether it is the same.
fn given(machine: &Machine, first: &Field, own: &Field) -> TokenStream {
    let runtime = &machine.frame.runtime;
    if text(&first.ty) == text(&own.ty) {
        return first.local();
    }
    let (ty, first_ty) = (&own.ty, &first.ty);
    call(&of_type(ty, &quote!(#runtime::Common<#first_ty>), "given"), first.local(), ty)
}

/// Takes the place for a reply of the type that the client's method has.
fn place_for_reply(machine: &Machine, event: &Event, own: &TokenStream) -> TokenStream {
    let (runtime, reply) = (&machine.frame.runtime, hidden("reply"));
    let lead = event.lead();
    let of_value = || {
        let value = lead.reply(&machine.frame);
        quote!(#runtime::Reply<#value>)
    };
    let first = lead.later.clone().unwrap_or_else(of_value);
    let put_by = if text(&first) == text(own) {
        put_by(runtime, own)
    } else {
        call(&of_type(own, &quote!(#runtime::Common<#first>), "given"), put_by(runtime, &first), own)
    };
    quote! { let #reply = #put_by; }
}
