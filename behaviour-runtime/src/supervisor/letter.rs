//! What a supervisor's process is sent.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::process::inbox::Protocol;
use crate::process::signal::System;
use crate::process::{Exit, ExitReason, MonitorRef};

use super::client::{ChildInfo, Counts, Operation, OperationError};
use super::pure::{ChildKey, Ticket};

/// A message to a supervisor.
#[derive(Debug)]
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
    CountChildren(oneshot::Sender<Counts>),
    Operate(Operation, Arc<str>, oneshot::Sender<Result<(), OperationError>>),
}

impl Protocol for Letter {
    fn from_system(system: System) -> Result<Self, System> {
        match system {
            System::Exit(exit) => Ok(Self::Exit(exit)),
            System::Stop(reason) => Ok(Self::Stop(reason)),
            System::Down(_) | System::Timeout => Err(system),
        }
    }

    fn monitor(&self) -> Option<MonitorRef> {
        None
    }
}
