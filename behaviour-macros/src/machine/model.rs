//! The model of a machine: its events, with the handlers that answer them, and what else it answers to.
//!
//! Everything that can be wrong with the callbacks is found here or in
//! [`check`](super::check), so that expansion has only to write. What is wrong
//! stays in the model, marked as not sound: its variant and its client method are
//! still written, its arm is not.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::check::{
    check_carried, check_enter, check_event, check_last, check_postponing, check_terminate, check_value,
};
use super::event::{Answer, Event};
use super::graph::named;
use super::handler::{Handler, May, State, WHAT};
use super::parse::{self, Comes, Kind, Others, Source, kind};
use crate::block::Method;
use crate::callback::{Argument, Callback, marked, require_self, typed};
use crate::checks::{check_init, check_status};
use crate::code_change::{CodeChange, Words};
use crate::errors::Errors;
use crate::frame::{Frame, only_change, only_one};
use crate::tokens::{of_type, pascal, text};

/// The runtime's words for new code.
pub(super) const CHANGE: Words = Words {
    by: ["machine", "machine_version"],
    version: "IntoMachineVersion",
    made: "(Self, State)",
    states: Some("Machine"),
};

/// A machine, ready to be written.
pub(super) struct Machine {
    pub(super) frame: Frame,
    /// The enum of the states; nothing after an error, and then no handler is sound.
    pub(super) states: Option<syn::Path>,
    pub(super) events: Vec<Event>,
    pub(super) enters: Vec<Handler>,
    /// The local that is the place of the state. It resolves as the name of the machine does.
    pub(super) place: Ident,
    /// Whether nothing is wrong, so that the graph of the states can be looked at.
    pub(super) sound: bool,
}

impl Machine {
    /// Reads the model; gives nothing where no skeleton can stand.
    pub(super) fn read(source: &Source, errors: &mut Errors) -> Option<Self> {
        let Source { runtime, states, block } = source;
        let callbacks = marked(block.methods(), kind, errors);
        let frame = Frame::read(runtime, block, "gen_statem(..)", errors)?;
        let mut machine = Self {
            place: Ident::new("__place", frame.names.ident.span()),
            frame,
            states: states.clone(),
            events: Vec::new(),
            enters: Vec::new(),
            sound: false,
        };
        let mut started = false;
        for (kind, mark, method) in callbacks {
            started |= matches!(kind, Kind::Init);
            machine.add(kind, mark, method, errors);
        }
        machine.events.iter_mut().for_each(|event| check_event(event, errors));
        let (named, enumeration) = (named(&machine), machine.states_name().cloned());
        let named: Vec<_> = named.into_iter().map(|state| state.variant).collect();
        for callback in &mut machine.frame.terminates {
            check_last(callback, &named, enumeration.as_ref(), errors);
        }
        if !started {
            errors.at(
                &block.itself,
                format_args!("`{}` has no `#[init]`, so it cannot start", text(&block.itself)),
                "add `#[init] fn init() -> (Self, First) { .. }`; its parameters become those of `start`",
            );
        }
        let fields = machine.events.iter().flat_map(Event::fields);
        let fields: Vec<_> = fields.map(|field| field.name).collect();
        while fields.contains(&machine.place) {
            machine.place = format_ident!("{}_", machine.place);
        }
        machine.sound = errors.is_empty();
        Some(machine)
    }

    /// The type of the states; asked for where the attribute does not name it.
    pub(super) fn states_type(&self) -> TokenStream {
        let runtime = &self.frame.runtime;
        self.states.as_ref().map_or_else(|| quote!(<Self as #runtime::Machine>::State), |states| quote!(#states))
    }

    /// The type of the states, which is asked whether the struct names it, too; inside an impl of the machine.
    pub(super) fn checked_states(&self) -> TokenStream {
        let runtime = &self.frame.runtime;
        let known = quote!(<Self as #runtime::Machine>::State);
        match &self.states {
            Some(states) => of_type(&states.to_token_stream(), &quote!(#runtime::SameStates<#known>), "Itself"),
            None => known,
        }
    }

    /// `Light::Red(inner)`, or `inner` for the whole enum.
    pub(super) fn pattern(&self, variant: Option<&Ident>, inner: &TokenStream) -> TokenStream {
        let (Some(variant), Some(mut path)) = (variant, self.states.clone()) else {
            return inner.clone();
        };
        path.segments.iter_mut().for_each(|segment| segment.arguments = syn::PathArguments::None);
        quote!(#path::#variant(#inner))
    }

    /// The name of the enum of the states.
    pub(super) fn states_name(&self) -> Option<&Ident> {
        self.states.as_ref().and_then(|path| path.segments.last()).map(|last| &last.ident)
    }

    fn add(&mut self, kind: Kind, mark: &str, method: &Method, errors: &mut Errors) {
        let itself = self.frame.names.itself.clone();
        match kind {
            Kind::Init => {
                let mut callback = Callback::read(method, mark, &itself, errors);
                check_init(method, &mut callback, WHAT, "(Self, First)", errors);
                check_value(&mut callback, errors);
                callback.sound &= check_postponing(method, mark, errors) && self.states.is_some();
                only_one(&mut self.frame.inits, callback, mark, WHAT, errors);
            }
            Kind::FormatStatus => {
                let mut callback = Callback::read(method, mark, &itself, errors);
                callback.sound &= require_self(method, mark, WHAT, errors);
                check_status(method, &mut callback, true, errors);
                only_one(&mut self.frame.statuses, callback, mark, WHAT, errors);
            }
            Kind::CodeChange => {
                let mut change = CodeChange::read(method, mark, &itself, WHAT, &CHANGE, errors);
                change.callback.sound &= check_postponing(method, mark, errors) && self.states.is_some();
                only_change(&mut self.frame.changes, change, mark, WHAT, errors);
            }
            Kind::Terminate => {
                let callback = self.terminate(method, mark, &itself, errors);
                only_one(&mut self.frame.terminates, callback, mark, WHAT, errors);
            }
            Kind::Enter => {
                let mut handler = Handler::read(method, mark, &itself, self.states_name(), May::Stay, errors);
                handler.callback.sound &= check_postponing(method, mark, errors);
                check_enter(&mut handler, &self.enters, self.states_name(), errors);
                self.enters.push(handler);
            }
            Kind::Event(event) => self.add_handler(event, mark, method, errors),
        }
    }

    /// Reads a `#[terminate]`, which has the state by reference wherever it is.
    fn terminate(&self, method: &Method, mark: &str, itself: &TokenStream, errors: &mut Errors) -> Callback {
        let state = self.states_name().and_then(|states| {
            let parameters = method.signature.inputs.iter().filter_map(typed);
            let read = parameters.map(|parameter| State::read(parameter, states, itself));
            read.enumerate().find_map(|(position, state)| Some((position, state.filter(|state| state.of.is_none())?)))
        });
        let position = state.as_ref().map(|(position, _)| *position);
        let mut callback = Callback::read_beside(method, mark, itself, position, errors);
        callback.sound &= require_self(method, mark, WHAT, errors) && self.states.is_some();
        callback.sound &= check_postponing(method, mark, errors);
        check_terminate(&mut callback, state.as_ref().map(|(_, state)| state), errors);
        callback
    }

    fn add_handler(&mut self, mark: parse::Event, name: &str, method: &Method, errors: &mut Errors) {
        let may = if mark.comes == Comes::Call { May::Reply } else { May::Leave };
        let itself = &self.frame.names.itself;
        let mut handler = Handler::read(method, name, itself, self.states_name(), may, errors);
        let parse::Event { comes, name: event, later, queued, others, after } = mark;
        let later = check_carried(&mut handler, comes, name, later, after.is_some(), errors);
        let from = match comes {
            Comes::Call | Comes::Cast => None,
            _ => handler.callback.owned().next().map(|field| field.ty.clone()),
        };
        let event = event.unwrap_or_else(|| handler.callback.name.clone());
        let answer = Answer { handler, later, after };
        let known = self.events.iter_mut().find(|known| match comes {
            Comes::Call | Comes::Cast => known.is_named() && known.name == event,
            _ => known.comes == comes && known.from.as_ref().map(text) == from.as_ref().map(text),
        });
        match known {
            Some(known) => known.join(answer, comes, queued, others, errors),
            None => self.add_event(event, from, answer, (comes, queued, others), errors),
        }
    }

    fn add_event(
        &mut self,
        name: Ident,
        from: Option<TokenStream>,
        mut answer: Answer,
        (comes, queued, others): (Comes, bool, Option<Others>),
        errors: &mut Errors,
    ) {
        if matches!(comes, Comes::Call | Comes::Cast) && name == "clone" {
            errors.at(
                &name,
                "a client has a `clone` already, which makes another handle to the same machine",
                "give the event another name",
            );
            answer.handler.callback.sound = false;
        }
        let mut variant = match (comes, &from) {
            (Comes::StateTimeout, None) => Ident::new("StateTimeout", Span::call_site()),
            (Comes::EventTimeout, None) => Ident::new("EventTimeout", Span::call_site()),
            _ => pascal(&name),
        };
        if let Some(other) = self.events.iter().find(|other| other.variant == variant) {
            errors.at(
                &name,
                format_args!("`{}` and `{name}` would both be `{variant}` among the messages", other.name),
                "give one of the events another name",
            );
            variant = format_ident!("{variant}{}", self.events.len());
        }
        self.events.push(Event { name, variant, comes, queued, handlers: vec![answer], others, from });
    }
}

/// Whether a callback looks at the state.
pub(super) fn sees_state(callback: &Callback) -> bool {
    callback.arguments.iter().any(|argument| matches!(argument, Argument::State(_)))
}
