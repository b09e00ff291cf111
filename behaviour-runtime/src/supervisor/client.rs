//! What can be asked of a running supervisor.

use std::any::TypeId;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::edge::{Behaviour, Client};
use crate::process::address::Address;
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::seat::Seat;
use crate::process::{CallError, Pid, ProcessKind, StartError};

use super::letter::Letter;
use super::pure::Restart;
use super::spec::Supervisor;

/// One child, as `which_children` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildInfo {
    /// The name of the `#[child]` method.
    pub id: Arc<str>,
    /// Whether it runs.
    pub state: ChildState,
    /// Worker or supervisor.
    pub kind: ProcessKind,
    /// When it is restarted.
    pub restart: Restart,
}

impl ChildInfo {
    /// The child's pid, if it runs.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        if let ChildState::Running(pid) = self.state { Some(pid) } else { None }
    }
}

/// Whether a child runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildState {
    /// It runs as this process.
    Running(Pid),
    /// Its restart failed and is tried again (`restarting`).
    Restarting,
    /// It is known, and does not run (`undefined`).
    Undefined,
}

/// How many children a supervisor has (`count_children/1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// All that are known, running or not.
    pub specs: usize,
    /// Those that run.
    pub active: usize,
    /// Those that are supervisors, running or not.
    pub supervisors: usize,
    /// Those that are workers, running or not.
    pub workers: usize,
}

/// What may be done to a child by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum Operation {
    Terminate,
    Restart,
    Delete,
}

/// Why a child could not be terminated, restarted or deleted by hand.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum OperationError {
    /// There is no such child.
    NotFound,
    /// The child runs.
    Running,
    /// The child is about to be restarted.
    Restarting,
    /// The child did not start.
    Start(StartError),
    /// The supervisor does not live.
    Call(CallError),
}

impl std::fmt::Display for OperationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such child"),
            Self::Running => f.write_str("the child runs"),
            Self::Restarting => f.write_str("the child is about to be restarted"),
            Self::Start(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OperationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start(error) => Some(error),
            Self::Call(error) => Some(error),
            _ => None,
        }
    }
}

impl<S> Client<S> {
    async fn ask<T>(&self, letter: impl FnOnce(oneshot::Sender<T>) -> Letter) -> Result<T, CallError> {
        let (sender, answer) = oneshot::channel();
        let process = self.address().process().ok_or(CallError::NoProcess)?;
        process.post_parcel(Word::Message, Parcel::new(letter(sender)), false).map_err(|_| CallError::NoProcess)?;
        answer.await.map_err(|_| CallError::NoProcess)
    }

    async fn operate(&self, operation: Operation, id: &str) -> Result<(), OperationError> {
        let answer = self.ask(|answer| Letter::Operate(operation, id.into(), answer)).await;
        answer.map_err(OperationError::Call)?
    }

    fn seat_of<C: From<Client<T>>, T: 'static>(&self, id: &str) -> C {
        let seat = match self.address() {
            Address::Seat(seat) => Some(Arc::clone(seat)),
            // A client of one incarnation, as `find` gives it: its children's seats are the process's own.
            address => address
                .with(|process| process.relations().tables.as_ref().and_then(|tables| tables.seat.clone()))
                .flatten(),
        };
        let child = seat.map(|seat| seat.child(id)).filter(|child| child.claim(TypeId::of::<T>()));
        // There may be no such child: then the seat is one that nobody takes.
        let child = child.unwrap_or_else(|| Seat::closed(id.into()));
        Client::new(Address::Seat(child)).into()
    }
}

impl<S: Supervisor + Behaviour> Client<S> {
    /// A client of a child, whatever its incarnation.
    #[doc(hidden)]
    #[must_use]
    pub fn child<C, T: 'static>(&self, id: &str) -> C
    where
        C: From<Client<T>> + std::ops::Deref<Target = Client<T>>,
    {
        self.seat_of(id)
    }

    /// The children, the one that was started last first (`which_children/1`).
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, or is restarting.
    pub async fn which_children(&self) -> Result<Vec<ChildInfo>, CallError> {
        self.ask(Letter::WhichChildren).await
    }

    /// How many children there are (`count_children/1`).
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, or is restarting.
    pub async fn count_children(&self) -> Result<Counts, CallError> {
        self.ask(Letter::CountChildren).await
    }

    /// Ends a child, or gives its restart up, and does not restart it (`terminate_child/2`); a temporary one is forgotten.
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if there is no such child.
    pub async fn terminate_child(&self, id: &str) -> Result<(), OperationError> {
        self.operate(Operation::Terminate, id).await
    }

    /// Starts a child that does not run (`restart_child/2`).
    ///
    /// # Errors
    /// If it runs, is about to be restarted, is not known, or does not start.
    pub async fn restart_child(&self, id: &str) -> Result<(), OperationError> {
        self.operate(Operation::Restart, id).await
    }

    /// Forgets a child that does not run (`delete_child/2`).
    ///
    /// # Errors
    /// If it runs, is about to be restarted, or is not known.
    pub async fn delete_child(&self, id: &str) -> Result<(), OperationError> {
        self.operate(Operation::Delete, id).await
    }
}
