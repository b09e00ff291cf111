//! What a supervisor's process is sent.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::process::inbox::Protocol;
use crate::process::seat::Seat;
use crate::process::signal::System;
use crate::process::{Exit, ExitReason, MonitorRef};

use super::client::{ChildInfo, ChildSpec, Counts, Operation, OperationError};
use super::picture::Look;
use super::pure::{ChildKey, Ticket};
use super::start_child::New;

/// A message to a supervisor.
pub(super) enum Letter {
    /// A linked process has ended.
    Exit(Exit),
    /// It shall end in order.
    Stop(ExitReason),
    /// A restart that failed is to be tried again.
    Retry(ChildKey),
    /// A restart has waited long enough.
    WaitOver(ChildKey, Ticket),
    WhichChildren(oneshot::Sender<Vec<ChildInfo>>),
    WhichChild(Arc<str>, oneshot::Sender<Option<ChildInfo>>),
    GetChildspec(Arc<str>, oneshot::Sender<Option<ChildSpec>>),
    CountChildren(oneshot::Sender<Counts>),
    /// Somebody draws a picture of the tree.
    Look(Look),
    StartChild(Box<New>, oneshot::Sender<Result<Arc<Seat>, OperationError>>),
    Operate(Operation, Arc<str>, oneshot::Sender<Result<(), OperationError>>),
}

impl Protocol for Letter {
    fn from_system(system: System) -> Result<Self, System> {
        match system {
            System::Exit(exit) => Ok(Self::Exit(exit)),
            System::Stop(reason) => Ok(Self::Stop(reason)),
            System::Question(question) => Look::read(question).map(Self::Look),
            System::Down(_) | System::Timeout => Err(system),
        }
    }

    fn monitor(&self) -> Option<MonitorRef> {
        None
    }
}
