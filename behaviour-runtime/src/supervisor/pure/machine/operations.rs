//! What others ask of a supervisor: its children one by one.
//!
//! The operations are OTP's, and so are their errors. They are asked of a machine that [is idle](Machine::is_idle), as
//! a supervisor reads the next request only when it has dealt with the last one. An operation that succeeds may leave a
//! command to be carried out; the one who asked is answered when it has been. A child is named by its key; which key
//! has which id is for the process to know.

use std::time::Duration;

use super::super::protocol::{ChildKey, Status};
use super::super::rules::{AutoShutdown, BadCombination, Policy, Strategy};
use super::{Machine, Then, Why, Work};

/// Why an operation on a child was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChildError {
    /// There is no such child.
    NotFound,
    /// The child runs.
    Running,
    /// The child is about to be restarted.
    Restarting,
    /// A child of this id is there and does not run.
    AlreadyPresent,
    /// A child of this id runs.
    AlreadyStarted,
    /// This supervisor cannot have such a child.
    BadCombination(BadCombination),
}

impl Machine {
    /// Whether there is nothing to do until something happens.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.work, Work::Idle) && self.waiting.is_empty() && self.commands.is_empty()
    }

    /// Whether it ends when children have; how many restarts are allowed, and in how long a time.
    pub(crate) fn limits(&self) -> (AutoShutdown, usize, Duration) {
        let (intensity, period) = self.window.limits();
        (self.auto_shutdown, intensity, period)
    }

    /// The children in start order, and whether they run.
    pub(crate) fn children(&self) -> impl DoubleEndedIterator<Item = (ChildKey, Status)> {
        self.children.iter().map(|(key, child)| (*key, child.status))
    }

    /// Says of a child that does not run whether a restart that waits, or is tried again, will start it.
    pub(crate) fn awaited(&self) -> impl Fn(ChildKey) -> bool {
        let restarting = || self.children.iter().find(|(_, child)| child.status == Status::Restarting);
        let from = match self.strategy {
            Strategy::OneForOne => None,
            Strategy::OneForAll => restarting().map(|_| ChildKey::FIRST),
            Strategy::RestForOne => restarting().map(|(key, _)| *key),
        };
        move |child| self.status(child) == Some(Status::Restarting) || from.is_some_and(|from| child >= from)
    }

    /// Adds a child behind all others and starts it. `known` is the child that has its id already, if there is one.
    ///
    /// If the start fails, or is ignored by a temporary child, the child is forgotten.
    pub(crate) fn start_child(&mut self, known: Option<ChildKey>, policy: Policy) -> Result<ChildKey, ChildError> {
        policy.check(self.auto_shutdown).map_err(ChildError::BadCombination)?;
        match known.and_then(|child| self.status(child)) {
            Some(Status::Running) => Err(ChildError::AlreadyStarted),
            Some(Status::Undefined | Status::Restarting) => Err(ChildError::AlreadyPresent),
            None => {
                let child = self.add(policy);
                self.begin(Work::Start { from: child, below: child.following(), why: Why::StartChild });
                Ok(child)
            }
        }
    }

    /// Stops a child, or stops trying to restart it. A temporary one is then forgotten.
    pub(crate) fn terminate_child(&mut self, child: ChildKey) -> Result<(), ChildError> {
        self.status(child).ok_or(ChildError::NotFound)?;
        self.begin(Work::Stop { from: child, below: child.following(), then: Then::Idle });
        Ok(())
    }

    /// Starts a child that does not run. If the start fails the child stays as it was.
    pub(crate) fn restart_child(&mut self, child: ChildKey) -> Result<(), ChildError> {
        self.check_undefined(child)?;
        if let Some(entry) = self.children.get_mut(&child) {
            entry.row = 0;
        }
        self.begin(Work::Start { from: child, below: child.following(), why: Why::RestartChild });
        Ok(())
    }

    /// Forgets a child that does not run.
    pub(crate) fn delete_child(&mut self, child: ChildKey) -> Result<(), ChildError> {
        self.check_undefined(child)?;
        self.forget(child);
        Ok(())
    }

    fn check_undefined(&self, child: ChildKey) -> Result<(), ChildError> {
        match self.status(child) {
            None => Err(ChildError::NotFound),
            Some(Status::Running) => Err(ChildError::Running),
            Some(Status::Restarting) => Err(ChildError::Restarting),
            Some(Status::Undefined) => Ok(()),
        }
    }

    fn begin(&mut self, work: Work) {
        debug_assert!(self.is_idle(), "{work:?} was begun during {:?}", self.work);
        self.work = work;
    }
}
