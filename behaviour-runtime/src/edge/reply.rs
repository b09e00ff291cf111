//! Replies that come later.

use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use crate::process::CallError;
use crate::process::cell::ProcessCell;
use crate::process::current;
use crate::process::node::{Node, ReplyType};

use super::context::Context;
use super::message::Message;

/// A place for one answer of type `T` (Erlang's `From`).
///
/// A `#[call(later)]` callback gets it first and may keep it, give it away, send it from another task: the caller waits
/// until the answer is sent, its time is up, or the server ends. A `Reply` that is dropped without an answer tells the
/// caller [`CallError::NoReply`].
#[must_use = "the caller waits for this to be sent"]
pub struct Reply<T> {
    node: Option<Arc<Node>>,
    process: Weak<ProcessCell>,
    answers: PhantomData<fn(T)>,
}

impl<T: Send + 'static> Reply<T> {
    /// The node must have been made for a `T`.
    pub(crate) fn new(node: Option<Arc<Node>>, process: &Arc<ProcessCell>) -> Self {
        let node = node.filter(|node| node.kind().is(ReplyType::of::<T>()));
        if let Some(node) = &node {
            process.note_later(node);
        }
        Self { node, process: Arc::downgrade(process), answers: PhantomData }
    }

    /// Takes out where the caller waits.
    pub(crate) fn into_node(mut self) -> Option<Arc<Node>> {
        let node = self.node.take()?;
        if let Some(process) = self.process.upgrade() {
            process.forget_later(&node);
        }
        Some(node)
    }

    /// Answers (`gen_server:reply/2`). If the caller has given up, the answer is dropped.
    #[allow(unsafe_code)]
    pub fn send(mut self, answer: T) -> Later {
        if let Some(node) = self.node.take() {
            // SAFETY: the node was made for a `T`, which `new` checked; this handle is the only one that writes to it,
            // and it is used up.
            unsafe { node.place().cast::<T>().write(answer) };
            node.fill();
            if let Some(process) = self.process.upgrade() {
                process.forget_later(&node);
            }
            node.publish();
        }
        Later
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            // A panic of the process itself drops what it held, and its end will tell the caller why.
            if std::thread::panicking()
                && current::process().map(|process| Arc::as_ptr(&process)) == Some(self.process.as_ptr())
            {
                return;
            }
            // Where the process is ending, the caller hears of that instead.
            if self.process.upgrade().is_some_and(|process| process.forget_later(&node)) {
                node.fail(CallError::NoReply);
            }
        }
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

/// Says that the reply of a `#[call(later)]` is sent, or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later;

/// The type of the answer that a `#[call(later)]` callback's first parameter takes.
#[diagnostic::on_unimplemented(
    message = "the first parameter of a `#[call(later)]` is its `Reply<T>`, not `{Self}`",
    label = "this is no `Reply<T>`",
    note = "write `#[call(later)] fn ask(&mut self, reply: Reply<T>, ..) -> Later`"
)]
#[doc(hidden)]
pub trait IsReply {
    type Value: Send + 'static;

    /// Gives it to the callback.
    fn put_by<S>(cx: &mut Context<S>) -> Self;
}

impl<T: Message> IsReply for Reply<T> {
    type Value = T;

    fn put_by<S>(cx: &mut Context<S>) -> Self {
        cx.later()
    }
}
