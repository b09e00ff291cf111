//! A handler: a method that answers in one state, or in all that have no handler of their own.
//!
//! Its first parameter is the state, and how it takes it says what becomes of
//! it: by reference it stays, by value it is left, and the return type says what
//! comes next. A state is known by the last name of its type, which is the name
//! of its variant; the enum itself, known in the same way, stands for all.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{PatType, ReturnType, Type};

use crate::block::Method;
use crate::callback::{Callback, Output, reference, require_self, typed};
use crate::errors::Errors;
use crate::tokens::{mentions, text, without_self};

pub(super) const WHAT: &str = "machine";

/// A method that answers in some state.
pub(super) struct Handler {
    pub(super) callback: Callback,
    /// Nothing after an error.
    pub(super) state: Option<State>,
    pub(super) leads: Leads,
    /// Where the body puts the event off.
    pub(super) postpones: Option<Ident>,
}

/// The state parameter.
#[derive(Clone)]
pub(super) struct State {
    pub(super) by: By,
    /// The variant; nothing for the whole enum.
    pub(super) of: Option<Ident>,
    /// The type without the reference.
    pub(super) ty: TokenStream,
}

/// How a handler takes its state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// `&Red`
    Looking,
    /// `&mut Red`
    Changing,
    /// `Red`
    Value,
}

/// What a method may do with the state that it takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    /// Stay in it.
    Stay,
    /// Leave it, too.
    Leave,
    /// Leave it and reply.
    Reply,
}

/// What a handler's return type says of the next state.
pub(super) enum Leads {
    /// Nothing: it borrows its state and stays in it.
    Stays,
    /// It is this.
    To(Output),
    /// It is the first, with the reply of the call.
    With(Output, Output),
}

impl Handler {
    /// Reads a method that bears `#[mark]`; `states` is the enum.
    pub(super) fn read(
        method: &Method,
        mark: &str,
        itself: &TokenStream,
        states: Option<&Ident>,
        may: May,
        errors: &mut Errors,
    ) -> Self {
        let (state, position) = match states {
            Some(states) => match State::first(method, states, itself) {
                Some(state) if !is_message(&state, method, mark) => (Some(state), Some(0)),
                other => (None, refuse_stateless(method, other.as_ref(), states, itself, errors)),
            },
            None => (None, Some(0)),
        };
        let mut callback = Callback::read_beside(method, mark, itself, position, errors);
        callback.sound &= require_self(method, mark, WHAT, errors) & state.is_some();
        let mut handler = Self { callback, state, leads: Leads::Stays, postpones: method.calls("postpone") };
        if may != May::Stay && handler.state.as_ref().is_some_and(|state| state.by == By::Value) {
            handler.read_target(method, itself, may == May::Reply, errors);
        }
        handler
    }

    /// Reads where a handler leads that takes its state by value.
    fn read_target(&mut self, method: &Method, itself: &TokenStream, called: bool, errors: &mut Errors) {
        let Self { callback, state: Some(State { ty, .. }), .. } = self else {
            return;
        };
        let (name, shown) = (&callback.name, text(&*ty));
        let Some(output) = &callback.output else {
            errors.at(
                name,
                format_args!("`{name}` takes `{shown}` by value, so it leaves it, and does not say where to"),
                format_args!("return the next state, or take `&mut {shown}` to stay"),
            );
            callback.sound = false;
            return;
        };
        if output.nameless {
            errors.at(
                &output.ty,
                format_args!("`impl Trait` does not say where `{name}` leads"),
                "name the next state, a choice such as `Next<(A, B)>`, or the enum of the states",
            );
            callback.sound = false;
            return;
        }
        self.leads = match &method.signature.output {
            ReturnType::Type(_, ty) => match pair(ty) {
                Some((to, reply)) if called => Leads::With(Output::read(to, itself), Output::read(reply, itself)),
                _ => Leads::To(Output::read(ty, itself)),
            },
            ReturnType::Default => Leads::Stays,
        };
    }

    /// Whether it is called, and there is nothing wrong with it.
    pub(super) fn is_sound(&self) -> bool {
        self.callback.sound
    }

    /// The state by the name of its variant; nothing for the whole enum.
    pub(super) fn variant(&self) -> Option<&Ident> {
        self.state.as_ref().and_then(|state| state.of.as_ref())
    }

    /// Whether it answers for every state that has no handler of its own.
    pub(super) fn is_general(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.of.is_none())
    }
}

impl State {
    /// The state that a method takes first.
    fn first(method: &Method, states: &Ident, itself: &TokenStream) -> Option<Self> {
        Self::read(method.signature.inputs.iter().find_map(typed)?, states, itself)
    }

    /// The state that a parameter is, if its type has a name.
    pub(super) fn read(parameter: &PatType, states: &Ident, itself: &TokenStream) -> Option<Self> {
        let (by, ty) = match reference(&parameter.ty) {
            None => (By::Value, &*parameter.ty),
            Some(to) if to.mutability.is_some() => (By::Changing, &*to.elem),
            Some(to) => (By::Looking, &*to.elem),
        };
        let variant = last_name(ty)?;
        let is_plain = PLAIN.iter().any(|plain| variant == plain);
        // `Context<Self>` is no state, and no state knows the machine.
        if is_plain || mentions(ty, "Self") {
            return None;
        }
        let of = (variant != *states).then_some(variant);
        Some(Self { by, of, ty: without_self(ty.to_token_stream(), itself) })
    }
}

/// Types that are no states, whatever the enum.
const PLAIN: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f32", "f64", "String",
];

/// Whether what stands in the place of the state is what the handler is sent, as it would in a server.
fn is_message(state: &State, method: &Method, mark: &str) -> bool {
    let by_value = method.signature.inputs.iter().filter_map(typed).filter(|other| reference(&other.ty).is_none());
    let leads_nowhere = matches!(method.signature.output, ReturnType::Default);
    matches!(mark, "info" | "internal" | "timeout") && state.by == By::Value && leads_nowhere && by_value.count() == 1
}

/// Reports that the first parameter is no state, or rather the `message`; gives the place of the state, if there is one.
fn refuse_stateless(
    method: &Method,
    message: Option<&State>,
    states: &Ident,
    itself: &TokenStream,
    errors: &mut Errors,
) -> Option<usize> {
    let name = &method.signature.ident;
    let mut parameters = method.signature.inputs.iter().filter_map(typed).enumerate();
    let first = parameters.next().map(|(_, first)| &first.ty);
    let found = match (message, first) {
        (Some(State { ty, .. }), _) => format!("`{name}` takes `{}` alone", text(ty)),
        (None, Some(first)) => format!("`{}` is none", text(first)),
        (None, None) => format!("`{name}` has none"),
    };
    let later = parameters.find_map(|(position, parameter)| {
        let State { by, of, .. } = State::read(parameter, states, itself)?;
        of.is_none_or(|of| by != By::Value && of != "Context").then_some((position, &parameter.ty))
    });
    let help = match (message, &later) {
        (Some(_), _) => format!("take both: the state, or `_: &{states}` to answer for all, and what is sent"),
        (None, Some((_, state))) => format!("put `{}` first", text(state)),
        (None, None) => format!("take the state that `{name}` answers for, or `_: &{states}` to answer for all"),
    };
    let shown = first.map_or(name.to_token_stream(), ToTokens::to_token_stream);
    errors.at(shown, format_args!("a handler's first parameter is its state, and {found}"), help);
    later.map(|(position, _)| position)
}

/// The last name of a type's path, seen through parentheses and groups.
pub(super) fn last_name(ty: &Type) -> Option<Ident> {
    match ty {
        Type::Path(named) => named.path.segments.last().map(|segment| segment.ident.clone()),
        Type::Group(group) => last_name(&group.elem),
        Type::Paren(group) => last_name(&group.elem),
        _ => None,
    }
}

/// The two types of a pair, seen through parentheses and groups.
fn pair(ty: &Type) -> Option<(&Type, &Type)> {
    match ty {
        Type::Tuple(tuple) if tuple.elems.len() == 2 => Some((&tuple.elems[0], &tuple.elems[1])),
        Type::Group(group) => pair(&group.elem),
        Type::Paren(group) => pair(&group.elem),
        _ => None,
    }
}
