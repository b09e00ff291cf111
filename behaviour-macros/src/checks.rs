//! What each kind of callback must look like, of a server as of a machine.
//!
//! One function a kind. Each reports what does not fit and marks the callback
//! as not sound; what the kinds have in common was checked when the callback
//! was read. `what` is "server" or "machine".

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, Receiver, ReceiverKind, ReturnType};

use crate::block::Method;
use crate::callback::{Argument, Callback, OfTrait, Output, reference, typed};
use crate::errors::Errors;
use crate::tokens::{mentions, text};

pub(crate) fn check_init(method: &Method, callback: &mut Callback, what: &str, made: &str, errors: &mut Errors) {
    if let Some(receiver) = method.signature.receiver() {
        errors.at(
            receiver,
            format_args!("`#[init]` makes the {what}, so there is no `self` yet"),
            format_args!("drop the receiver and return `{made}` or `Result<{made}, E>`"),
        );
        callback.sound = false;
    }
    if callback.output.is_none() {
        errors.at(
            &callback.name,
            format_args!("`#[init]` makes the {what}, and this returns nothing"),
            format_args!("return `{made}`, or `Result<{made}, E>` if the start can fail"),
        );
        callback.sound = false;
    }
}

pub(crate) fn check_terminate(callback: &mut Callback, errors: &mut Errors) {
    let extra = callback.owned().nth(1).cloned();
    if let Some(extra) = extra {
        errors.at(
            &extra.name,
            "`#[terminate]` takes the reason and nothing else by value",
            "write `fn close(&mut self, reason: ExitReason)`; the context may come by reference",
        );
        callback.sound = false;
    }
}

/// `all` says whether it may change all that is shown of its process, beside the state.
pub(crate) fn check_status(method: &Method, callback: &mut Callback, all: bool, errors: &mut Errors) {
    let help = if all {
        "write `fn status(&self) -> impl Display`, or `fn status(&self, status: &mut Status)` to change what else is shown"
    } else {
        "write `fn status(&self) -> impl Display`"
    };
    callback.lent_by = "IsStatus";
    let takes_all = all && matches!(callback.arguments[..], [Argument::Context(_)]);
    let problem = |problem: &str| format!("`#[format_status]` {problem}");
    let mut found: Vec<(TokenStream, String)> = Vec::new();
    if let Some(waits) = &method.signature.asyncness {
        found.push((quote!(#waits), problem("shows the state as it is, and cannot be `async`")));
    }
    if let Some(Receiver { kind: ReceiverKind::Reference(_, _, Some(mutable)), .. }) = method.signature.receiver() {
        found.push((quote!(#mutable), problem("only looks at the state")));
    }
    if !callback.arguments.is_empty() && !takes_all {
        let parameters = method.signature.inputs.iter().filter(|input| matches!(input, FnArg::Typed(_)));
        found.push((
            quote!(#(#parameters),*),
            problem(if all { "takes nothing but `&self` and the status" } else { "takes nothing but `&self`" }),
        ));
    }
    if callback.output.is_none() && !takes_all {
        let name = &callback.name;
        found.push((quote!(#name), problem("returns nothing to show")));
    }
    callback.sound &= found.is_empty();
    for (tokens, problem) in found {
        errors.at(tokens, problem, help);
    }
}

/// Checks that a reply can leave the process.
pub(crate) fn check_reply(output: Option<&Output>, what: &str, errors: &mut Errors) -> bool {
    let Some(output) = output else {
        return true;
    };
    if output.nameless {
        errors.at(
            &output.ty,
            "`impl Trait` is no type that a reply can have",
            "name the type, or reply with a `Box<dyn Trait + Send>`",
        );
    } else if output.borrowed {
        errors.at(
            &output.ty,
            format_args!("a reply leaves the {what}, and `{}` borrows from it", text(&output.ty)),
            "return an owned value, such as `String` for `&str`",
        );
    }
    !output.nameless && !output.borrowed
}

/// Checks that a callback of a trait names no type that each implementation would read in its own way.
pub(crate) fn check_without_self(method: &Method, of_trait: &OfTrait, errors: &mut Errors) -> bool {
    let OfTrait { name, server, .. } = of_trait;
    let signature = &method.signature;
    let output = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    let mut sound = true;
    for ty in signature.inputs.iter().filter_map(typed).map(|parameter| &*parameter.ty).chain(output) {
        if mentions(ty, "Self") {
            let help = if reference(ty).is_some() {
                format!(
                    "for the context, write `cx: &mut Context<{server}>`: it is that of the process, whoever it runs"
                )
            } else {
                format!("name a type that is the same for every implementation of `{name}`")
            };
            let problem = format!("`{server}` runs every implementation of `{name}`, and `Self` is but one of them");
            errors.at(ty, problem, help);
            sound = false;
        }
    }
    sound
}

/// The type of the one message that an `#[info]` or `#[continues]` callback takes; `before` are the parameters before it.
pub(crate) fn check_single(
    callback: &mut Callback,
    mark: &str,
    before: &str,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let owned: Vec<_> = callback.owned().cloned().collect();
    let problem = match owned.as_slice() {
        [] => Some((callback.name.clone(), "takes no message")),
        [_] => None,
        [_, extra, ..] => Some((extra.name.clone(), "takes more than one message")),
    };
    if let Some((place, problem)) = problem {
        let name = &callback.name;
        errors.at(
            &place,
            format_args!("the `#[{mark}]` callback `{name}` {problem}"),
            format_args!("write `fn {name}({before}, message: Message)`, with one type that it is sent"),
        );
        callback.sound = false;
    }
    owned.into_iter().next().map(|field| field.ty).filter(|ty| !mentions(ty, "impl"))
}

/// The type of the `Reply` that a callback with a later reply takes, `place` among its parameters.
pub(crate) fn check_later(callback: &mut Callback, place: &str, errors: &mut Errors) -> Option<TokenStream> {
    let reply = callback.owned().next().map(|field| field.ty.clone());
    let name = &callback.name;
    if reply.is_none() {
        errors.at(
            name,
            format_args!("`{name}` replies later, and takes nothing to reply with"),
            format_args!("make `reply: Reply<T>` {place}, with the type of the reply for `T`"),
        );
        callback.sound = false;
    } else if callback.output.is_none() {
        errors.at(
            name,
            format_args!("`{name}` replies later, and does not promise to"),
            "write `-> Later`, and return `Later` where the reply was put by or sent",
        );
        callback.sound = false;
    }
    reply.filter(|ty| !mentions(ty, "impl"))
}
