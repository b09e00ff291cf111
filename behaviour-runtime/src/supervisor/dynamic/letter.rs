//! What a dynamic supervisor's process is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::edge::AnyStart;
use crate::process::address::Address;
use crate::process::functions::Table;
use crate::process::inbox::Protocol;
use crate::process::seat::Seat;
use crate::process::signal::System;
use crate::process::start::Claim;
use crate::process::{Down, Exit, ExitReason, MonitorRef, Pid, StartError};
use crate::supervisor::client::{ChildState, Counts};
use crate::supervisor::picture::Look;
use crate::supervisor::pure::Restart;
use crate::supervisor::spec::Shutdown;

/// Describes the start of a child, at each start anew.
pub(super) type Describe = Box<dyn FnMut() -> AnyStart + Send>;

/// A message to a dynamic supervisor.
pub(super) enum Letter {
    /// A linked process has ended.
    Exit(Exit),
    /// A child that was to end has ended.
    Down(Down),
    /// It shall end in order.
    Stop(ExitReason),
    /// A start under way has come further.
    Progress(u64),
    /// A restart that failed is to be tried again.
    Retry(Pid),
    /// A child has had its time to end.
    Overdue(Pid),
    StartChild(Box<Request>, oneshot::Sender<Result<Address, Refusal>>),
    TerminateChild(Whom, oneshot::Sender<bool>),
    WhichChild(Whom, oneshot::Sender<Option<Known>>),
    WhichChildren(oneshot::Sender<Vec<Known>>),
    CountChildren(oneshot::Sender<Counts>),
    /// Somebody draws a picture of the tree.
    Look(Look),
}

/// A child that is to be started.
pub(super) struct Request {
    pub(super) make: Describe,
    pub(super) restart: Option<Restart>,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) name: Option<Arc<str>>,
    pub(super) within: Option<Duration>,
    /// Where else it is found, at each start.
    pub(super) claim: Option<Box<dyn FnMut() -> Claim + Send>>,
}

/// Why a child was not started.
pub(super) enum Refusal {
    MaxChildren,
    Start(StartError),
}

/// Which child.
pub(super) enum Whom {
    /// The one whose process this is, or was before the restart that is under way.
    Pid(Pid),
    /// The one that sits there.
    Seat(Arc<Seat>),
}

impl Whom {
    /// The pid that the supervisor knows it by.
    pub(super) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Pid(pid) => Some(*pid),
            Self::Seat(seat) => seat.last_pid(),
        }
    }
}

/// A child, as it is told.
pub(super) struct Known {
    pub(super) address: Option<Address>,
    pub(super) state: ChildState,
    pub(super) table: &'static Table,
    pub(super) restart: Restart,
    pub(super) shutdown: Shutdown,
}

impl Protocol for Letter {
    fn from_system(system: System) -> Result<Self, System> {
        match system {
            System::Exit(exit) => Ok(Self::Exit(exit)),
            System::Down(down) => Ok(Self::Down(down)),
            System::Stop(reason) => Ok(Self::Stop(reason)),
            System::Question(question) => Look::read(question).map(Self::Look),
            System::Timeout => Err(system),
        }
    }

    fn monitor(&self) -> Option<MonitorRef> {
        if let Self::Down(down) = self { Some(down.monitor) } else { None }
    }
}
