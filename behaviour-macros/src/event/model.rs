//! The model of a handler: its `#[event]`, its messages, how it comes and goes.
//!
//! Everything that can be wrong with the callbacks is found here, so that
//! expansion has only to write. What is wrong stays in the model, marked as not
//! sound: its variant and its client method are still written, its arm is not.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Receiver, ReceiverKind};

use super::ATTRIBUTE;
use super::parse::{Kind, Source, kind};
use crate::block::Method;
use crate::callback::{Callback, marked, reference, require_self, typed};
use crate::checks::{check_init, check_reply, check_single, check_status};
use crate::code_change::{CodeChange, check_change};
use crate::errors::Errors;
use crate::frame::{Frame, only_change, only_one};
use crate::server::model::{Message, MessageKind, add_message, unless_taken};
use crate::tokens::{mentions, text};

const WHAT: &str = "handler";

/// The functions by which a handler is described to a manager.
const RESERVED: &[&str] = &["handler", "successor"];

/// A handler, ready to be written.
pub(super) struct Handler {
    pub(super) frame: Frame,
    /// The type of the events; nothing after an error.
    pub(super) event: Option<TokenStream>,
    /// `#[event]`: one; more only under exclusive `cfg`s; none after an error.
    pub(super) events: Vec<Callback>,
    /// `#[init(swap)]`
    pub(super) swaps: Vec<Callback>,
    pub(super) messages: Vec<Message>,
    /// The `#[terminate]`s, and whether they take the handler by value.
    pub(super) ends: Vec<bool>,
}

impl Handler {
    /// Reads the model; gives nothing where no skeleton can stand.
    pub(super) fn read(source: &Source, errors: &mut Errors) -> Option<Self> {
        let Source { runtime, event, block } = source;
        let callbacks = marked(block.methods(), kind, errors);
        let mut frame = Frame::read_with(runtime, block, ATTRIBUTE, RESERVED, errors)?;
        frame.call = "HandlerCall";
        let mut handler = Self {
            frame,
            event: event.as_ref().map(ToTokens::to_token_stream),
            events: Vec::new(),
            swaps: Vec::new(),
            messages: Vec::new(),
            ends: Vec::new(),
        };
        let (mut comes, mut hears) = (false, false);
        for (kind, mark, method) in callbacks {
            comes |= kind == Kind::Init { swap: false };
            hears |= kind == Kind::Event;
            handler.add(kind, mark, method, errors);
        }
        let (itself, name) = (&block.itself, text(&block.itself));
        if !comes {
            errors.at(
                itself,
                format_args!("`{name}` has no `#[init]`, so no manager can add it"),
                "add `#[init] fn init() -> Self { .. }`; its parameters become those of `handler`",
            );
        }
        if !hears {
            let event = event.as_ref().map_or_else(|| "Event".to_owned(), text);
            errors.at(
                itself,
                format_args!("`{name}` has no `#[event]`, so it would hear of nothing"),
                format_args!("add `#[event] fn event(&mut self, event: &{event}) {{ .. }}`"),
            );
        }
        Some(handler)
    }

    fn add(&mut self, kind: Kind, mark: &str, method: &Method, errors: &mut Errors) {
        let itself = &self.frame.names.itself;
        let event = (kind == Kind::Event).then_some(0);
        let mut callback = Callback::read_beside(method, mark, itself, event, errors);
        callback.lent_by = "IsHandlerContext";
        match kind {
            Kind::Init { swap } => {
                check_init(method, &mut callback, WHAT, "Self", errors);
                if swap {
                    check_swap(&mut callback, errors);
                    only_one(&mut self.swaps, callback, "init(swap)", WHAT, errors);
                } else {
                    only_one(&mut self.frame.inits, callback, mark, WHAT, errors);
                }
            }
            Kind::Terminate => {
                let by_value = check_terminate(method, &mut callback, mark, errors);
                let known = self.frame.terminates.len();
                only_one(&mut self.frame.terminates, callback, mark, WHAT, errors);
                if self.frame.terminates.len() > known {
                    self.ends.push(by_value);
                }
            }
            Kind::Event => {
                callback.sound &= require_self(method, mark, WHAT, errors);
                check_event(method, &mut callback, errors);
                only_one(&mut self.events, callback, mark, WHAT, errors);
            }
            Kind::CodeChange => {
                check_upgrade(method, &mut callback, errors);
                only_change(&mut self.frame.changes, CodeChange { callback, old: None }, mark, WHAT, errors);
            }
            Kind::FormatStatus => {
                callback.sound &= require_self(method, mark, WHAT, errors);
                check_status(method, &mut callback, false, errors);
                only_one(&mut self.frame.statuses, callback, mark, WHAT, errors);
            }
            Kind::Call { queued } => {
                callback.sound &= require_self(method, mark, WHAT, errors);
                callback.sound &= check_reply(callback.output.as_ref(), WHAT, errors);
                add_message(&mut self.messages, callback, MessageKind::Call { queued }, errors);
            }
            Kind::Info => {
                callback.sound &= require_self(method, mark, WHAT, errors);
                let from = check_single(&mut callback, mark, "&mut self", errors);
                let from = unless_taken(&self.messages, from, &mut callback, mark, errors);
                add_message(&mut self.messages, callback, MessageKind::Info { from }, errors);
            }
        }
    }
}

/// The first parameter of an `#[event]` is the event, by reference, and there is nothing else to take.
fn check_event(method: &Method, callback: &mut Callback, errors: &mut Errors) {
    let name = &callback.name;
    let mut help = format!("write `fn {name}(&mut self, event: &Event)`; the context may come after it");
    let mut parameters = method.signature.inputs.iter().filter_map(typed);
    let first = parameters.next();
    let second = parameters.next().and_then(|second| reference(&second.ty));
    let problem = match first {
        None => Some((name.to_token_stream(), format!("the `#[event]` callback `{name}` takes no event"))),
        Some(first) => match reference(&first.ty) {
            Some(to) if to.mutability.is_some() && second.is_some_and(|second| second.mutability.is_none()) => {
                help = format!("write `fn {name}(&mut self, event: &Event, cx: &mut HandlerContext<Self>)`");
                Some((first.ty.to_token_stream(), "the event comes first, and the context after it".to_owned()))
            }
            Some(to) if to.mutability.is_some() => {
                Some((first.ty.to_token_stream(), "all handlers share the event, so none can change it".to_owned()))
            }
            Some(_) => None,
            None => Some((
                first.ty.to_token_stream(),
                format!("all handlers share the event, and `{name}` would take it away"),
            )),
        },
    };
    let extra = callback.owned().next().map(|extra| {
        (extra.name.to_token_stream(), format!("`{name}` takes more than the event, and there is nothing else to give"))
    });
    let problems: Vec<_> = problem.into_iter().chain(extra).collect();
    for (place, problem) in &problems {
        errors.at(place, problem, &help);
    }
    callback.sound &= problems.is_empty();
}

/// The first parameter of an `#[init(swap)]` by value is what the other handler left.
fn check_swap(callback: &mut Callback, errors: &mut Errors) {
    let Some(first) = callback.owned().next() else {
        errors.at(
            &callback.name,
            "an `#[init(swap)]` takes what the other handler left, and this takes nothing",
            "make `left: Option<T>` its first parameter, with what the `#[terminate]` of the other returns for `T`",
        );
        callback.sound = false;
        return;
    };
    callback.sound &= !mentions(&first.ty, "impl");
}

/// New code changes a handler where it stands; another type is swapped in.
fn check_upgrade(method: &Method, callback: &mut Callback, errors: &mut Errors) {
    let name = &method.signature.ident;
    let form = format!("write `fn {name}(&mut self, ..)`, by value what `upgrade` shall take");
    if method.signature.receiver().is_none() {
        errors.at(
            name,
            format_args!("`#[code_change]` changes the handler, and `{name}` has no `self`"),
            format_args!("{form}; a handler of another type takes its place by `swap_handler`"),
        );
        callback.sound = false;
    } else {
        check_change(method, callback, WHAT, &form, errors);
    }
}

/// Whether a `#[terminate]` takes the handler by value, as it may.
fn check_terminate(method: &Method, callback: &mut Callback, mark: &str, errors: &mut Errors) -> bool {
    let extra = callback.owned().nth(1).cloned();
    if let Some(extra) = extra {
        errors.at(
            &extra.name,
            "`#[terminate]` takes why the handler is removed, and nothing else by value",
            "write `fn close(self, reason: Removed)`; the context may come by reference",
        );
        callback.sound = false;
    }
    // What it returns is left to others, as a reply is.
    callback.sound &= check_reply(callback.output.as_ref(), WHAT, errors);
    let by_value = matches!(method.signature.receiver(), Some(Receiver { kind: ReceiverKind::Value, .. }));
    if !by_value {
        callback.sound &= require_self(method, mark, WHAT, errors);
    }
    by_value
}
