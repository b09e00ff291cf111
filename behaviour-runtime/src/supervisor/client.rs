//! What can be asked of a running supervisor.

use std::sync::Arc;

use crate::edge::{Behaviour, Child, Client};
use crate::process::address::Address;
use crate::process::seat::Seat;
use crate::process::{CallError, Pid, ProcessKind, StartError};

use super::asking::ask_in_turn;
use super::letter::Letter;
use super::picture::{Picture, draw};
use super::pure::{Backoff, BadCombination, Restart};
use super::spec::{Shutdown, Supervisor};
use super::start_child::NewChild;

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

/// All that is said of one child, with the defaults filled in (`get_childspec/2`).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChildSpec {
    /// The name of the `#[child]` method, or the id that it was given.
    pub id: Arc<str>,
    /// The type of what runs as the child.
    pub behaviour: &'static str,
    /// Worker or supervisor.
    pub kind: ProcessKind,
    /// When it is restarted.
    pub restart: Restart,
    /// Whether its supervisor ends with it, as `auto_shutdown` says.
    pub significant: bool,
    /// How it is ended.
    pub shutdown: Shutdown,
    /// How long its restarts wait, if they do.
    pub backoff: Option<Backoff>,
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

/// Why something could not be done to a child by hand.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum OperationError {
    /// There is no such child.
    NotFound,
    /// The child runs.
    Running,
    /// The child is about to be restarted.
    Restarting,
    /// A child of this id runs already, as this process (`already_started`).
    AlreadyStarted(Pid),
    /// A child of this id is known, and does not run (`already_present`): restart it, or delete it first.
    AlreadyPresent,
    /// What is said of the child contradicts itself, or its supervisor (`bad_combination`).
    BadCombination(BadCombination),
    /// The child did not start. [`StartError::Ignored`] says that its `#[init]` chose so.
    Start(StartError),
    /// The supervisor does not live, or ended before it answered.
    Call(CallError),
}

impl std::fmt::Display for OperationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such child"),
            Self::Running => f.write_str("the child runs"),
            Self::Restarting => f.write_str("the child is about to be restarted"),
            Self::AlreadyStarted(pid) => write!(f, "a child of this id runs already as {pid}"),
            Self::AlreadyPresent => f.write_str("a child of this id is known already, and does not run"),
            Self::BadCombination(error) => error.fmt(f),
            Self::Start(error) => error.fmt(f),
            Self::Call(error) => write!(f, "the supervisor was not reached: {error}"),
        }
    }
}

impl std::error::Error for OperationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BadCombination(error) => Some(error),
            Self::Start(error) => Some(error),
            Self::Call(error) => Some(error),
            _ => None,
        }
    }
}

impl<S> Client<S> {
    async fn operate(&self, operation: Operation, id: &str) -> Result<(), OperationError> {
        let answer = ask_in_turn(self.address(), |answer| Letter::Operate(operation, id.into(), answer)).await;
        answer.map_err(OperationError::Call)?
    }

    /// The supervisor's own seat, to which those of its children belong.
    pub(super) fn own_seat(&self) -> Option<Arc<Seat>> {
        match self.address() {
            Address::Seat(seat) => Some(Arc::clone(seat)),
            // A client of one incarnation, as `find` gives it: its children's seats are the process's own.
            address => address
                .with(|process| process.relations().tables.as_ref().and_then(|tables| tables.seat.clone()))
                .flatten(),
        }
    }

    fn seat_of<C: From<Client<T>>, T: Behaviour>(&self, id: &str) -> C {
        let child = self.own_seat().map(|seat| seat.child(id)).filter(|child| child.claim(T::BEHAVIOUR.0.identity));
        // There may be no such child: then the seat is one that nobody takes.
        let child = child.unwrap_or_else(|| Seat::closed(id.into()));
        Client::new(Address::Seat(child)).into()
    }
}

impl<S: Supervisor + Behaviour> Client<S> {
    /// A client of a child, whatever its incarnation.
    #[doc(hidden)]
    #[must_use]
    pub fn child<C, T: Behaviour>(&self, id: &str) -> C
    where
        C: From<Client<T>> + std::ops::Deref<Target = Client<T>>,
    {
        self.seat_of(id)
    }

    /// Starts a child behind all others (`start_child/2`). What is not said of it is as in a `#[child]`.
    ///
    /// `make` is called anew at each start. The id is one that no child has; when a child was deleted, or was temporary
    /// and has ended, its id is free again. The client that this gives follows the child through its restarts.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::supervisor::{OperationError, Restart, Strategy, Tree, TreeClient};
    /// # #[gen_server]
    /// # pub struct Account;
    /// # #[gen_server]
    /// # impl Account {
    /// #     #[init]
    /// #     fn init(_cents: u64) -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// async fn open(bank: TreeClient) -> Result<AccountClient, OperationError> {
    ///     bank.start_child("savings", || Account::child(5)).restart(Restart::Transient).await
    /// }
    /// ```
    ///
    /// The supervisor serves nobody else until the child has started. If a supervisor is to have many such children, or
    /// children that start at the same time, a [`DynamicSupervisor`](super::DynamicSupervisor) is the one to take.
    ///
    /// # Errors
    /// An [`OperationError`].
    pub fn start_child<C: Behaviour>(
        &self,
        id: impl AsRef<str>,
        make: impl FnMut() -> Child<C> + Send + 'static,
    ) -> NewChild<C> {
        NewChild::new(self.address(), id.as_ref(), make)
    }

    /// The children, the one that was started last first (`which_children/1`).
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, [`CallError::Exited`] if it ends before it answers. A
    /// supervisor that is being restarted is waited for, here and in all that is asked of it.
    pub async fn which_children(&self) -> Result<Vec<ChildInfo>, CallError> {
        ask_in_turn(self.address(), Letter::WhichChildren).await
    }

    /// One of the children (`which_child/2`).
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if there is no such child.
    pub async fn which_child(&self, id: impl AsRef<str>) -> Result<ChildInfo, OperationError> {
        let id = id.as_ref().into();
        let answer = ask_in_turn(self.address(), |answer| Letter::WhichChild(id, answer)).await;
        answer.map_err(OperationError::Call)?.ok_or(OperationError::NotFound)
    }

    /// All that is said of one of the children (`get_childspec/2`).
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if there is no such child.
    pub async fn get_childspec(&self, id: impl AsRef<str>) -> Result<ChildSpec, OperationError> {
        let id = id.as_ref().into();
        let answer = ask_in_turn(self.address(), |answer| Letter::GetChildspec(id, answer)).await;
        answer.map_err(OperationError::Call)?.ok_or(OperationError::NotFound)
    }

    /// How many children there are (`count_children/1`).
    ///
    /// # Errors
    /// As [`which_children`](Self::which_children).
    pub async fn count_children(&self) -> Result<Counts, CallError> {
        ask_in_turn(self.address(), Letter::CountChildren).await
    }

    /// The tree below it as a picture: names, pids, types, who is restarting, and how many messages wait.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::supervisor::{Strategy, Tree};
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let top = Tree::new(Strategy::OneForAll).child("below", || Tree::new(Strategy::OneForOne).into_child());
    /// let picture = top.start().await?.tree().await?;
    /// println!("{picture}"); // Tree <0.1.1>, one_for_all
    ///                        // └─ below: Tree <0.2.1>, one_for_one
    /// assert_eq!(picture.children.len(), 1);
    /// assert!(picture.mermaid().starts_with("flowchart TD"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Each supervisor is asked by itself, so the picture is not of one moment. One below that does not answer within
    /// 5 s, because a child of it takes its time to start or to end, is shown as busy.
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, [`CallError::Timeout`] if it does not answer within 5 s.
    pub async fn tree(&self) -> Result<Picture, CallError> {
        draw(self.address()).await
    }

    /// Ends a child, or gives its restart up, and does not restart it (`terminate_child/2`); a temporary one is forgotten.
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if there is no such child.
    pub async fn terminate_child(&self, id: impl AsRef<str>) -> Result<(), OperationError> {
        self.operate(Operation::Terminate, id.as_ref()).await
    }

    /// Starts a child that does not run (`restart_child/2`).
    ///
    /// # Errors
    /// If it runs, is about to be restarted, is not known, or does not start.
    pub async fn restart_child(&self, id: impl AsRef<str>) -> Result<(), OperationError> {
        self.operate(Operation::Restart, id.as_ref()).await
    }

    /// Forgets a child that does not run (`delete_child/2`).
    ///
    /// # Errors
    /// If it runs, is about to be restarted, or is not known.
    pub async fn delete_child(&self, id: impl AsRef<str>) -> Result<(), OperationError> {
        self.operate(Operation::Delete, id.as_ref()).await
    }
}
