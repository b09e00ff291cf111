//! What the callbacks of a machine must look like, and what the handlers of one event have in common.
//!
//! What they share with those of a server stands in [`checks`](crate::checks).

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

use super::event::Event;
use super::handler::{By, Handler, Leads, State, WHAT, last_name};
use super::parse::Comes;
use crate::block::Method;
use crate::callback::{Argument, Callback};
use crate::checks::{check_later, check_reply, check_single};
use crate::errors::Errors;
use crate::tokens::{mentions, text};

/// Checks that the type of what `#[init]` makes has a name.
pub(super) fn check_value(callback: &mut Callback, errors: &mut Errors) {
    if let Some(output) = &callback.output
        && output.nameless
    {
        errors.at(
            &output.ty,
            "`#[init]` says by its type where the machine begins, and `impl Trait` does not",
            "name the type, such as `(Self, First)` or `Result<(Self, First), E>`",
        );
        callback.sound = false;
    }
}

/// Checks that a callback which gets no event does not put one off.
pub(super) fn check_postponing(method: &Method, mark: &str, errors: &mut Errors) -> bool {
    let Some(word) = method.calls("postpone") else {
        return true;
    };
    let article = if mark == "terminate" { "a" } else { "an" };
    errors.at(
        word,
        format_args!("{article} `#[{mark}]` callback has no event to postpone"),
        "postpone in the handler of an event",
    );
    false
}

/// Checks that an `#[enter]` stays in its state, takes at most the old state's name, and is the only one for its state.
pub(super) fn check_enter(handler: &mut Handler, known: &[Handler], states: Option<&Ident>, errors: &mut Errors) {
    let Handler { callback, state, .. } = handler;
    if let Some(State { by: By::Value, ty, .. }) = state {
        errors.at(
            &*ty,
            "an `#[enter]` callback stays in its state",
            format_args!("take it by reference: `&{0}`, or `&mut {0}` to change it", text(&*ty)),
        );
        callback.sound = false;
    }
    let mut extra: Vec<TokenStream> = callback.owned().skip(1).map(|field| field.name.to_token_stream()).collect();
    extra.extend(lent(callback, |name| name == "str" || Some(name) == states).cloned());
    for extra in extra {
        errors.at(
            extra,
            "beside the state, an `#[enter]` callback takes the name of the old one, and the context",
            "write `from: &'static str` and `cx: &mut Context<Self>`",
        );
        callback.sound = false;
    }
    let same = |other: &&Handler| {
        let exclusive = !other.callback.cfg.is_empty() && !callback.cfg.is_empty();
        other.state.is_some() && other.variant() == state.as_ref().and_then(|state| state.of.as_ref()) && !exclusive
    };
    if state.is_some()
        && let Some(other) = known.iter().find(same)
    {
        errors.at(
            &callback.name,
            format_args!("{} has an `#[enter]` already, `{}`", whom(other), other.callback.name),
            "join the two: one callback is called when a state is entered",
        );
        callback.sound = false;
    }
}

/// The types by reference, other than the state, whose last name is one of these.
fn lent(callback: &Callback, is: impl Fn(&Ident) -> bool) -> impl Iterator<Item = &TokenStream> {
    callback.arguments.iter().filter_map(move |argument| match argument {
        Argument::Context(ty) => syn::parse2(ty.clone()).ok().and_then(|ty| last_name(&ty)).filter(&is).map(|_| ty),
        _ => None,
    })
}

/// The state of a handler in words.
fn whom(handler: &Handler) -> String {
    handler.variant().map_or("every other state".to_owned(), |variant| format!("`{variant}`"))
}

/// Checks that `#[terminate]` takes nothing but the state, the reason and the context.
pub(super) fn check_terminate(callback: &mut Callback, state: Option<&State>, errors: &mut Errors) {
    if let Some(State { by: By::Value, ty, .. }) = state {
        errors.at(ty, "`#[terminate]` looks at the last state", format_args!("take it by reference: `&{}`", text(ty)));
        callback.sound = false;
    }
    let extra = callback.owned().nth(1).cloned();
    if let Some(extra) = extra {
        errors.at(
            &extra.name,
            "`#[terminate]` takes the reason and nothing else by value",
            "write `fn close(&mut self, reason: ExitReason)`; the state and the context may come by reference",
        );
        callback.sound = false;
    }
}

/// Checks that `#[terminate]` asks for no state of the `named` ones: nobody knows in which the machine ends.
pub(super) fn check_last(callback: &mut Callback, named: &[Ident], states: Option<&Ident>, errors: &mut Errors) {
    let Some(states) = states else {
        return;
    };
    let one: Vec<_> = lent(callback, |name| named.contains(name)).cloned().collect();
    for state in one {
        errors.at(
            &state,
            format_args!("a machine may end in any state, and this is `{}` alone", text(&state)),
            format_args!("take them all: `&{states}`"),
        );
        callback.sound = false;
    }
}

/// Checks what a handler takes beside its state and what it gives; tells the type of its `Reply`.
pub(super) fn check_carried(
    handler: &mut Handler,
    comes: Comes,
    mark: &str,
    later: bool,
    armed: bool,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let callback = &mut handler.callback;
    match comes {
        Comes::Call if later => return check_reply_later(handler, errors),
        Comes::Call => {
            let output = match &handler.leads {
                Leads::Stays if handler.state.as_ref().is_some_and(|state| state.by != By::Value) => {
                    callback.output.as_ref()
                }
                Leads::With(_, reply) => Some(reply),
                _ => None,
            };
            callback.sound &= check_reply(output, WHAT, errors);
        }
        Comes::Cast => {}
        Comes::Info | Comes::Internal | Comes::Timeout => {
            check_single(callback, mark, "&mut self, state: &State", errors);
        }
        Comes::StateTimeout | Comes::EventTimeout => {
            let extra = callback.owned().nth(usize::from(!armed)).cloned();
            if let Some(extra) = extra {
                let (problem, help) = if armed {
                    (
                        "a timeout that is armed by the entry to its state brings nothing",
                        "arm it by `cx.state_timeout_with(..)`, and leave its time out here",
                    )
                } else {
                    ("a timeout has one content at most", "join them in a type of their own")
                };
                errors.at(&extra.name, problem, help);
                callback.sound = false;
            }
        }
    }
    None
}

fn check_reply_later(handler: &mut Handler, errors: &mut Errors) -> Option<TokenStream> {
    let callback = &mut handler.callback;
    let name = callback.name.clone();
    if let Leads::To(to) = &handler.leads {
        errors.at(
            &to.ty,
            format_args!("`{name}` replies later and leaves its state, and this says one of the two"),
            "return both, the next state and the promise: `-> (Next, Later)`",
        );
        callback.sound = false;
    }
    if let Some(word) = &handler.postpones {
        errors.at(
            word,
            format_args!("`{name}` has taken the place for the reply, so the call cannot come again"),
            "keep the `Reply` in the state, or postpone the call by `else = postpone` where no handler takes it",
        );
        callback.sound = false;
    }
    let leaves = handler.state.as_ref().is_some_and(|state| state.by == By::Value);
    if leaves && callback.output.is_none() {
        // It was told that it does not say where to.
        return callback.owned().next().map(|field| field.ty.clone()).filter(|ty| !mentions(ty, "impl"));
    }
    check_later(callback, "the first parameter after the state", errors)
}

/// Checks that the handlers of an event fit together.
pub(super) fn check_event(event: &mut Event, errors: &mut Errors) {
    check_fields(event, errors);
    let told = event.told();
    for position in 1..event.handlers.len() {
        let (before, rest) = event.handlers.split_at_mut(position);
        let handler = &mut rest[0].handler;
        let same = before.iter().map(|answer| &answer.handler).find(|other| {
            let exclusive = !other.callback.cfg.is_empty() && !handler.callback.cfg.is_empty();
            other.state.is_some() && handler.state.is_some() && other.variant() == handler.variant() && !exclusive
        });
        if let Some(other) = same {
            let first = &other.callback.name;
            errors.at(
                &handler.callback.name,
                format_args!("{} answers `{told}` already, in `{first}`", whom(handler)),
                "an event has one answer in a state: join the two",
            );
            handler.callback.sound = false;
        }
    }
    let general = event.handlers.iter().find(|answer| {
        let conditional = !answer.handler.callback.cfg.is_empty();
        answer.handler.is_general() && !conditional
    });
    let others = event.others.as_ref().and_then(|others| others.shown.as_ref());
    if let (Some(general), Some(others)) = (general, others) {
        let name = &general.handler.callback.name;
        errors.at(
            others,
            format_args!("`{name}` answers in every other state, so that nothing is left for `else`"),
            "drop one of the two",
        );
    }
}

/// Checks that all handlers take what the first one takes; that the types are the same is rustc's to see.
fn check_fields(event: &mut Event, errors: &mut Errors) {
    let lead = event.lead();
    let (name, count, told) = (lead.handler.callback.name.clone(), lead.carried().count(), event.told());
    for answer in &mut event.handlers {
        let own = answer.carried().count();
        if answer.handler.is_sound() && own != count {
            let callback = &mut answer.handler.callback;
            let shown = callback.owned().last().map_or(callback.name.clone(), |field| field.name.clone());
            errors.at(
                if own > count { &shown } else { &callback.name },
                format_args!("`{told}` carries {} in `{name}`, and {} here", values(count), values(own)),
                "all handlers of one event take the same, after the state",
            );
            callback.sound = false;
        }
    }
}

fn values(count: usize) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "one value".to_owned(),
        more => format!("{more} values"),
    }
}
