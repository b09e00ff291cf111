//! How the core reaches a server: a table of functions, one for each behaviour.
//!
//! A process is compiled once, whatever it serves. What differs, the types of the messages and of the state above all,
//! is behind pointers, and behind these functions, which know them.

use std::any::{Any, TypeId};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::node::Node;
use super::parcel::Parcel;
use super::queue::Shape;
use super::reason::ExitReason;
use super::signal::System;
use super::sys::{HandlerStatus, Look, MachineStatus, Status};

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a callback leaves behind: nothing if it is done, a future if it has to wait.
pub type Step<'a> = Option<BoxFuture<'a, ()>>;

/// What happens to a message that meets a full mailbox.
///
/// A call that is not let in fails with [`CallError::Full`](super::CallError::Full) under every policy; what differs
/// is which message is lost. Exit signals, `stop` and the system's own messages are always let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// The newcomer is refused, and each refused cast is logged as a warning.
    #[default]
    Reject,
    /// The newcomer is dropped quietly: casts are counted and logged at debug level.
    DropNewest,
    /// The oldest waiting message makes room; if it is a call, its caller is told `Full`.
    DropOldest,
}

/// What a process is to a supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessKind {
    /// A server, or a plain process.
    Worker,
    /// A supervisor.
    Supervisor,
}

/// Tells the processes of one behaviour from all others, as a function, which takes less room than what it tells.
pub(crate) type Identity = fn() -> TypeId;

/// How the core reaches a server: the functions and figures of one behaviour.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) shape: Shape,
    pub(crate) type_name: fn() -> &'static str,
    /// What tells such processes from others, to clients and to seats: the id of the message type, which all versions of a
    /// server have in common; of what takes its messages by itself, as every supervisor takes the same, that of its type.
    pub(crate) identity: Identity,
    pub(crate) kind: ProcessKind,
    /// Drops a message where it lies.
    pub(crate) drop_message: unsafe fn(*mut u8),
    /// The callback that takes a message.
    pub(crate) message_name: unsafe fn(*const u8) -> &'static str,
    /// Handles a message, which is moved out.
    pub(crate) handle: unsafe fn(*mut (), *mut u8) -> Step<'static>,
    /// Runs the terminate callback.
    pub(crate) terminate: unsafe fn(*mut (), ExitReason) -> Step<'static>,
    /// Drops and frees the server.
    pub(crate) drop_body: unsafe fn(*mut ()),
    /// Adds the server's state to what is shown of the process, and has it changed as `#[format_status]` wants it.
    pub(crate) describe: unsafe fn(*mut (), &mut Status),
    /// Lends the state; does nothing if there is none.
    pub(crate) lend: unsafe fn(*mut (), Look<'_>),
    /// Makes a system message a message of the server, if it takes such.
    pub(crate) system: fn(System) -> Result<Parcel, System>,
    pub(crate) call_timeout: Option<Duration>,
    /// 0 is unbounded.
    pub(crate) capacity: u32,
    pub(crate) when_full: WhenFull,
    pub(crate) inline: bool,
    /// Whether the process takes its messages by itself (a plain process).
    pub(crate) plain: bool,
    /// What else decides what the process does next, beside its mailbox.
    pub(crate) hooks: Option<&'static Hooks>,
    /// What is to be seen of the handlers in it, if it is an event manager; of its state, as it is lent.
    pub(crate) handlers: Option<fn(&mut dyn Any) -> Vec<HandlerStatus>>,
    /// The state that it keeps in its life, as text, if its loop does errands.
    pub(crate) outline: Option<fn(&dyn Any) -> Option<String>>,
}

/// How a state machine takes part in its process's round. Each function gets the body, from the holder of the turn.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// A callback is done, and its reply is out: goes on with what it left, and says what is next.
    pub(crate) proceed: unsafe fn(*mut ()) -> Proceed,
    /// An async callback was done at its first poll, in place: goes on with what it left.
    pub(crate) settle: unsafe fn(*mut ()) -> Step<'static>,
    /// When it wants to be woken.
    pub(crate) first: unsafe fn(*mut ()) -> Option<Instant>,
    /// Time has passed, and this many events wait. True if something is next beside them.
    pub(crate) expire: unsafe fn(*mut (), waiting: u64) -> bool,
    /// Nothing waits. True if something is next all the same.
    pub(crate) rest: unsafe fn(*mut ()) -> bool,
    /// What it shows beside its state, to who looks inside.
    pub(crate) status: unsafe fn(*mut ()) -> MachineStatus,
    /// The process ends: gives away the events that were not handled.
    pub(crate) abandon: unsafe fn(*mut ()) -> Vec<Pending>,
}

/// An event that a process keeps outside its mailbox.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Where its sender waits.
    pub(crate) node: Option<Arc<Node>>,
    pub(crate) message: Parcel,
}

/// What a state machine does next.
pub(crate) enum Proceed {
    /// It looks at its mailbox.
    Nothing,
    /// It waits in a callback.
    Wait(BoxFuture<'static, ()>),
    /// It handles this event.
    Event(Pending),
}
