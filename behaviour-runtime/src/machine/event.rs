//! An event on a machine's agenda, in few words: agendas are copied about, and most timeouts never come.

use std::sync::Arc;

use crate::process::functions::Pending;
use crate::process::node::Node;
use crate::process::parcel::Parcel;

/// An event that is yet to be handled.
#[derive(Debug)]
pub(super) enum Event {
    /// What was inserted or postponed, or a timeout with a content.
    Kept(Box<Pending>),
    /// A timeout whose message is made when it comes.
    Made(fn() -> Parcel),
    /// What `#[state_timeout(30s)]` arms: the state, which is still the same when it comes, knows its message.
    Entry,
}

impl Event {
    pub(super) fn new<M: Send + 'static>(message: M) -> Self {
        Self::of(None, message)
    }

    /// An event whose sender waits at this node.
    pub(super) fn of<M: Send + 'static>(node: Option<Arc<Node>>, message: M) -> Self {
        Self::Kept(Box::new(Pending { node, message: Parcel::new(message) }))
    }
}
