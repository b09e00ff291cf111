//! The events of a machine: what it can be told, and who answers.
//!
//! Handlers are gathered by what they answer to: a call or a cast by its name, all
//! else by the type that is sent. What the event carries, and what its callers get,
//! is what its first sound handler says; that the others say the same is for rustc
//! to see.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Attribute;
use syn::ext::IdentExt;

use super::handler::{Handler, Leads};
use super::parse::{Comes, Others};
use crate::callback::{Callback, Field};
use crate::errors::Errors;
use crate::frame::Frame;
use crate::tokens::{of_type, text};

/// What a machine can be told: one variant of its messages.
pub(super) struct Event {
    /// As it is called: the name of a call or cast, else that of the first handler.
    pub(super) name: Ident,
    pub(super) variant: Ident,
    pub(super) comes: Comes,
    pub(super) queued: bool,
    /// At least one.
    pub(super) handlers: Vec<Answer>,
    pub(super) others: Option<Others>,
    /// The type that is sent, of what has no name.
    pub(super) from: Option<TokenStream>,
}

/// A handler of an event.
pub(super) struct Answer {
    pub(super) handler: Handler,
    /// The type of the `Reply` that it takes first.
    pub(super) later: Option<TokenStream>,
    /// `30s`, on an entry to its state.
    pub(super) after: Option<(std::time::Duration, String)>,
}

impl Event {
    /// Whether the client has a method for it.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.comes, Comes::Call | Comes::Cast)
    }

    pub(super) fn join(
        &mut self,
        answer: Answer,
        comes: Comes,
        queued: bool,
        others: Option<Others>,
        errors: &mut Errors,
    ) {
        let name = &answer.handler.callback.name;
        let first = &self.handlers[0].handler.callback.name;
        if comes != self.comes {
            errors.at(
                name,
                format_args!("`{}` is {} in `{first}`, and {} here", self.name, self.comes.told(), comes.told()),
                "all handlers of one event have the same mark: name one of the events otherwise",
            );
            return;
        }
        if let Some(others) = others {
            // What is there under one condition may be said again under another.
            let conditional = !answer.handler.callback.cfg.is_empty();
            let again = |known: &Others| !conditional || known.postpone != others.postpone;
            match &others.shown {
                Some(shown) if self.others.as_ref().is_some_and(again) => errors.at(
                    shown,
                    format_args!("`{}` has an `else` already", self.told()),
                    "it stands at one handler of the event, and answers for all states without a handler",
                ),
                _ => self.others = Some(others),
            }
        }
        self.queued |= queued;
        self.handlers.push(answer);
    }

    /// The event in words: its name, or what is sent.
    pub(super) fn told(&self) -> String {
        match (self.comes, &self.from) {
            (Comes::Call | Comes::Cast, _) => self.name.unraw().to_string(),
            (Comes::StateTimeout, None) => "state_timeout".to_owned(),
            (Comes::EventTimeout, None) => "event_timeout".to_owned(),
            (_, Some(from)) => text(from),
            (_, None) => self.name.unraw().to_string(),
        }
    }

    /// The event in one word.
    pub(super) fn word(&self) -> Ident {
        match (self.comes, &self.from) {
            (Comes::StateTimeout | Comes::EventTimeout, None) => Ident::new(&self.told(), self.name.span()),
            _ => self.name.clone(),
        }
    }

    /// The event as reports name it: by its handler where it has no name and there is only one.
    pub(super) fn reported(&self) -> String {
        match self.handlers.as_slice() {
            [only] if !self.is_named() => only.handler.callback.name.unraw().to_string(),
            _ => self.told(),
        }
    }

    /// The handler that says what the event carries: the first that is sound, and there in any case if there is such.
    pub(super) fn lead(&self) -> &Answer {
        let sound = || self.handlers.iter().filter(|answer| answer.handler.is_sound());
        let always = sound().find(|answer| answer.handler.callback.cfg.is_empty());
        always.or_else(|| sound().next()).unwrap_or(&self.handlers[0])
    }

    /// The handler that has the event's docs: the one of its name, or the first.
    pub(super) fn face(&self) -> &Callback {
        let callbacks = || self.handlers.iter().map(|answer| &answer.handler.callback);
        callbacks().find(|callback| callback.name == self.name).unwrap_or(&self.handlers[0].handler.callback)
    }

    /// What the message carries.
    pub(super) fn fields(&self) -> Vec<Field> {
        let lead = self.lead();
        if lead.handler.is_sound() { lead.carried().cloned().collect() } else { Vec::new() }
    }

    /// The handlers that have a state, those for the whole enum last.
    pub(super) fn by_state(&self) -> impl Iterator<Item = &Answer> {
        let with_state = || self.handlers.iter().filter(|answer| answer.handler.state.is_some());
        let own = with_state().filter(|answer| !answer.handler.is_general());
        own.chain(with_state().filter(|answer| answer.handler.is_general()))
    }

    /// The conditions under which there is the event: those of any of its handlers.
    pub(super) fn cfg(&self) -> Vec<Attribute> {
        any(self.handlers.iter().map(|answer| &answer.handler.callback.cfg[..]))
    }

    /// Whether it only comes where it is answered: it is armed by an entry to a state that has a handler.
    pub(super) fn is_armed_by_entry(&self) -> bool {
        self.comes == Comes::StateTimeout && self.handlers.iter().all(|answer| answer.after.is_some())
    }
}

impl Answer {
    /// What the handler takes of the message.
    pub(super) fn carried(&self) -> impl Iterator<Item = &Field> {
        self.handler.callback.owned().skip(usize::from(self.later.is_some()))
    }

    /// The type of the reply to a call.
    pub(super) fn reply(&self, frame: &Frame) -> TokenStream {
        let runtime = &frame.runtime;
        let output = match &self.handler.leads {
            _ if let Some(reply) = &self.later => return of_type(reply, &quote!(#runtime::IsReply), "Value"),
            Leads::Stays => self.handler.callback.output.as_ref(),
            Leads::To(_) => None,
            Leads::With(_, reply) => Some(reply),
        };
        match output {
            Some(output) if !output.nameless && !output.borrowed => output.ty.clone(),
            _ => quote!(()),
        }
    }
}

/// The conditions under which any of these hold.
pub(super) fn any<'a>(all: impl Iterator<Item = &'a [Attribute]>) -> Vec<Attribute> {
    let mut parts: Vec<(String, &[Attribute])> = Vec::new();
    for conditions in all {
        let written = text(quote!(#(#conditions)*));
        if conditions.is_empty() {
            return Vec::new();
        }
        if parts.iter().all(|(known, _)| *known != written) {
            parts.push((written, conditions));
        }
    }
    if let [(_, only)] = parts.as_slice() {
        return only.to_vec();
    }
    let parts = parts.iter().map(|(_, conditions)| {
        let conditions = conditions.iter().filter_map(|one| one.meta.require_list().ok()).map(|list| &list.tokens);
        quote!(all(#(#conditions),*))
    });
    vec![syn::parse_quote!(#[cfg(any(#(#parts),*))])]
}
