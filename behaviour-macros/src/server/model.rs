//! The model of a server: its messages, and what else it answers to.
//!
//! Everything that can be wrong with the callbacks is found here, so that
//! expansion has only to write. What is wrong stays in the model, marked as not
//! sound: its variant and its client method are still written, its arm is not.

use proc_macro2::{Ident, TokenStream};
use quote::format_ident;

use super::parse::{Kind, Source, kind};
use crate::block::Method;
use crate::callback::{Callback, Field, OfTrait, marked, require_self};
use crate::checks::{
    check_init, check_later, check_reply, check_single, check_status, check_terminate, check_without_self,
};
use crate::code_change::{CodeChange, Words};
use crate::errors::Errors;
use crate::frame::{Frame, only_change, only_one};
use crate::tokens::{pascal, text};

const WHAT: &str = "server";

/// The runtime's words for new code.
pub(super) const CHANGE: Words =
    Words { by: ["server", "server_version"], version: "IntoVersion", made: "Self", states: None };

/// A server, ready to be written.
pub(super) struct Server {
    pub(super) frame: Frame,
    pub(super) messages: Vec<Message>,
    /// The trait of which it runs the implementations.
    pub(super) of_trait: Option<OfTrait>,
}

/// A callback that takes a message.
pub(crate) struct Message {
    pub(crate) callback: Callback,
    pub(crate) variant: Ident,
    pub(crate) kind: MessageKind,
    /// What the message carries.
    pub(crate) fields: Vec<Field>,
}

/// How a message comes and what becomes of the callback's value.
pub(crate) enum MessageKind {
    Call {
        queued: bool,
    },
    /// A call with the type of its `Reply` parameter.
    Later {
        queued: bool,
        reply: Option<TokenStream>,
    },
    Cast,
    /// Sent as a value of this type; nothing if there is an error in the way.
    Info {
        from: Option<TokenStream>,
    },
    Continues {
        from: Option<TokenStream>,
    },
}

impl Server {
    /// Reads the model; gives nothing where no skeleton can stand.
    pub(super) fn read(source: &Source, errors: &mut Errors) -> Option<Self> {
        let Source { runtime, block } = source;
        let callbacks = marked(block.methods(), kind, errors);
        let frame = Frame::read(runtime, block, "gen_server", errors)?;
        let mut server = Self { frame, messages: Vec::new(), of_trait: None };
        let mut started = false;
        for (kind, mark, method) in callbacks {
            started |= kind == Kind::Init;
            server.add(kind, mark, method, errors);
        }
        if !started {
            errors.at(
                &block.itself,
                format_args!("`{}` has no `#[init]`, so it cannot start", text(&block.itself)),
                "add `#[init] fn init() -> Self { .. }`; its parameters become those of `start`",
            );
        }
        Some(server)
    }

    pub(super) fn add(&mut self, kind: Kind, mark: &str, method: &Method, errors: &mut Errors) {
        let mut callback = Callback::read(method, mark, &self.frame.names.itself, errors);
        if let Some(of_trait) = &self.of_trait {
            callback.sound &= check_without_self(method, of_trait, errors);
            callback.visibility = of_trait.visibility.clone();
            callback.of_trait = Some(of_trait.clone());
        }
        if kind == Kind::CodeChange {
            let change = CodeChange::read(method, mark, &self.frame.names.itself, WHAT, &CHANGE, errors);
            only_change(&mut self.frame.changes, change, mark, WHAT, errors);
            return;
        }
        if kind == Kind::Init {
            check_init(method, &mut callback, WHAT, "Self", errors);
            only_one(&mut self.frame.inits, callback, mark, WHAT, errors);
            return;
        }
        callback.sound &= require_self(method, mark, WHAT, errors);
        match kind {
            Kind::Terminate => {
                check_terminate(&mut callback, errors);
                only_one(&mut self.frame.terminates, callback, mark, WHAT, errors);
            }
            Kind::FormatStatus => {
                check_status(method, &mut callback, true, errors);
                only_one(&mut self.frame.statuses, callback, mark, WHAT, errors);
            }
            Kind::Call { later, queued } => {
                if later {
                    self.add_later(callback, queued, errors);
                } else {
                    callback.sound &= check_reply(callback.output.as_ref(), WHAT, errors);
                    add_message(&mut self.messages, callback, MessageKind::Call { queued }, errors);
                }
            }
            Kind::Info => {
                let from = check_single(&mut callback, mark, "&mut self", errors);
                let from = unless_taken(&self.messages, from, &mut callback, mark, errors);
                add_message(&mut self.messages, callback, MessageKind::Info { from }, errors);
            }
            Kind::Continues => {
                let from = check_single(&mut callback, mark, "&mut self", errors);
                let from = unless_taken(&self.messages, from, &mut callback, mark, errors);
                add_message(&mut self.messages, callback, MessageKind::Continues { from }, errors);
            }
            Kind::Cast | Kind::Init | Kind::CodeChange => {
                add_message(&mut self.messages, callback, MessageKind::Cast, errors);
            }
        }
    }

    fn add_later(&mut self, mut callback: Callback, queued: bool, errors: &mut Errors) {
        let reply = check_later(&mut callback, "its first parameter", errors);
        add_message(&mut self.messages, callback, MessageKind::Later { queued, reply }, errors);
    }
}

/// Adds what a callback takes to the messages; its name shall be free among them.
pub(crate) fn add_message(messages: &mut Vec<Message>, mut callback: Callback, kind: MessageKind, errors: &mut Errors) {
    let called = matches!(kind, MessageKind::Call { .. } | MessageKind::Later { .. } | MessageKind::Cast);
    if called && callback.name == "clone" {
        errors.at(
            &callback.name,
            "a client has a `clone` already, which makes another handle to the same server",
            "give the callback another name",
        );
        callback.sound = false;
    }
    let skipped = usize::from(matches!(kind, MessageKind::Later { .. }));
    let fields = if callback.sound { callback.owned().skip(skipped).cloned().collect() } else { Vec::new() };
    let mut variant = pascal(&callback.name);
    if let Some(other) = messages.iter().find(|other| other.variant == variant) {
        let exclusive =
            other.callback.name == callback.name && !other.callback.cfg.is_empty() && !callback.cfg.is_empty();
        if !exclusive {
            errors.at(
                &callback.name,
                format_args!(
                    "`{}` and `{}` would both be `{variant}` among the messages",
                    other.callback.name, callback.name
                ),
                "give one of the callbacks another name",
            );
            if other.callback.name == callback.name {
                return;
            }
            variant = format_ident!("{variant}{}", messages.len());
        }
    }
    messages.push(Message { callback, variant, kind, fields });
}

/// The type that a callback takes, unless another callback of its kind takes it already.
pub(crate) fn unless_taken(
    messages: &[Message],
    from: Option<TokenStream>,
    callback: &mut Callback,
    mark: &str,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let ty = from?;
    let taken = messages.iter().any(|other| {
        let (MessageKind::Info { from: Some(theirs) } | MessageKind::Continues { from: Some(theirs) }) = &other.kind
        else {
            return false;
        };
        let same_kind = matches!(other.kind, MessageKind::Info { .. }) == (mark == "info");
        let exclusive = !other.callback.cfg.is_empty() && !callback.cfg.is_empty();
        same_kind && !exclusive && text(theirs) == text(&ty)
    });
    if taken {
        errors.at(
            &ty,
            format_args!("two `#[{mark}]` callbacks take `{}`", text(&ty)),
            "keep one of them, or wrap the message in a type of its own",
        );
        callback.sound = false;
        return None;
    }
    Some(ty)
}

impl Message {
    /// The name of the callback as reports tell it.
    pub(crate) fn told(&self) -> String {
        syn::ext::IdentExt::unraw(&self.callback.name).to_string()
    }

    /// The parameters of the client's method: those of the callback, but for the context and a `Reply`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Field> {
        let skipped = usize::from(matches!(self.kind, MessageKind::Later { .. }));
        self.callback.owned().skip(skipped)
    }
}
