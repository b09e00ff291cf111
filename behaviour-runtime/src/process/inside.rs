//! What is inside a process: what only the holder of its [turn](super::turn) may touch.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::functions::Step;
use super::node::{Node, ReplyType};
use super::parcel::Parcel;
use super::queue::Queue;
use super::reason::ExitReason;
use super::start::{Ack, InitOutcome};
use super::sys::Debug;
use super::timers::later;

/// Where the reply of the present call goes.
pub(crate) struct Register {
    pub(crate) place: *mut u8,
    pub(crate) kind: Option<&'static ReplyType>,
    pub(crate) node: Option<Arc<Node>>,
}

impl Register {
    pub(crate) const fn none() -> Self {
        Self { place: std::ptr::null_mut(), kind: None, node: None }
    }
}

/// Where a process is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `init` runs.
    Starting,
    /// It takes messages.
    Running,
    /// `terminate` runs.
    Ending,
}

/// What belongs to whoever holds the turn.
pub(crate) struct Inside {
    /// The server; null before it is made and after it is dropped.
    pub(crate) body: *mut (),
    /// A callback that waits.
    pub(crate) parked: Step<'static>,
    /// Messages taken out of the mailbox together.
    pub(crate) batch: Queue,
    pub(crate) register: Register,
    /// Whether a reply lies in the register's place.
    pub(crate) filled: bool,
    pub(crate) stage: Stage,
    /// Whether `extra` asks for something after the present callback.
    pub(crate) asked: bool,
    pub(crate) last: Option<&'static str>,
    pub(crate) extra: Option<Box<Extra>>,
}

/// What few processes need, or only for a moment.
#[derive(Default)]
pub(crate) struct Extra {
    /// The process shall end with this reason.
    pub(crate) stop: Option<ExitReason>,
    /// The reason it ends with, while `terminate` runs.
    pub(crate) ending: Option<ExitReason>,
    /// Messages to handle before any other.
    pub(crate) continues: VecDeque<Parcel>,
    pub(crate) idle: Option<Idle>,
    /// What watches the process.
    pub(crate) debug: Option<Box<Debug>>,
    /// When memory that a burst took shall be given back.
    pub(crate) trim: Option<Instant>,
    /// What wakes the task for timers, the idle timeout and the trim.
    pub(crate) sleep: Option<Pin<Box<Sleep>>>,
    /// For when it is sure to do so.
    pub(crate) armed: Option<Instant>,
    /// How `init` ended.
    pub(crate) init: Option<InitOutcome>,
    pub(crate) ack: Option<Ack>,
}

/// The idle timeout.
pub(crate) struct Idle {
    pub(crate) at: Instant,
    /// How long after the callback that is.
    pub(crate) after: Duration,
    /// The message of an event timeout; none for the plain one.
    pub(crate) message: Option<Parcel>,
}

impl Inside {
    /// A call is answered at this place. Between two callbacks no node is in the register.
    #[inline]
    pub(crate) fn open(&mut self, place: *mut u8, kind: &'static ReplyType) {
        self.register.place = place;
        self.register.kind = Some(kind);
        self.filled = false;
    }

    /// A call is answered at its node.
    #[inline]
    pub(crate) fn open_at(&mut self, node: Arc<Node>) {
        self.open(node.place(), node.kind());
        self.register.node = Some(node);
    }

    /// Where a reply of this type is to be written, at once; nowhere if nobody waits for one.
    #[inline]
    pub(crate) fn fill(&mut self, kind: &'static ReplyType) -> Option<*mut u8> {
        let expected = self.register.kind?;
        assert!(expected.is(kind) && !self.filled, "a call is answered once, with its own type");
        if self.register.place.is_null() {
            return None;
        }
        self.filled = true;
        if let Some(node) = &self.register.node {
            node.fill();
        }
        Some(self.register.place)
    }

    /// Whether the next message ends an idle timeout, or somebody watches.
    #[inline]
    pub(crate) fn heeds_messages(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.idle.is_some() || extra.debug.is_some())
    }

    /// Tells whoever watches the process. The task looks here again after the callback.
    pub(crate) fn tell_watchers(&mut self, tell: impl FnOnce(&mut Debug)) {
        let Some(mut debug) = self.extra.as_mut().and_then(|extra| extra.debug.take()) else { return };
        tell(&mut debug);
        self.asked = true;
        self.extra().debug = Some(debug);
    }

    /// A system message begins the plain idle timeout anew; an event timeout goes on.
    pub(crate) fn renew_idle(&mut self) {
        let idle = self.extra.as_mut().and_then(|extra| extra.idle.as_mut());
        if let Some(idle) = idle.filter(|idle| idle.message.is_none()) {
            idle.at = later(idle.after);
        }
    }

    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }
}
