//! What is known of the applications of a runtime, and what may be done to each as it stands: plain data, apart from
//! tasks.
//!
//! ```text
//!             start              it runs              stop, or its end
//! Loaded ───────────► Starting ──────────► Running ─────────────────────► Stopping
//!   ▲                    │ it fails                                          │
//!   └────────────────────┴───────────────────────────────────────────────────┘
//! ```
//!
//! An application that ended by itself is `Ended` until it is started again or stopped, so that who depends on it
//! learns that it was there.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::process::Pid;
use crate::supervisor::Restart;

use super::any::{AnyApplication, Dependency, Id, Top};
use super::error::ApplicationError;
use super::order::Node;
use super::wait::closed;

/// How a start came out, once it did.
pub(super) type Outcome = watch::Receiver<Option<Result<(), ApplicationError>>>;

/// An application, and what it is doing.
pub(super) struct Entry {
    pub(super) app: Arc<dyn AnyApplication>,
    pub(super) status: Status,
    pub(super) restart: Restart,
    pub(super) top: Top,
    pub(super) master: Option<Pid>,
}

/// What an application is doing.
pub(super) enum Status {
    Loaded,
    Starting(Life, Outcome),
    Running(Life),
    Stopping(Life),
    Ended,
}

/// One life of an application, from its start to its end.
#[derive(Clone)]
pub(super) struct Life {
    /// Tells it to stop.
    pub(super) order: Arc<Notify>,
    /// Closed when it is over.
    pub(super) over: watch::Receiver<()>,
}

impl Life {
    /// Waits until it is over.
    pub(super) async fn over(self) {
        closed(self.over).await;
    }
}

/// What is to be done by who asked for a start.
pub(super) enum Begin {
    /// Start it.
    Now,
    /// Somebody else does: wait for what comes of that.
    Join(Outcome),
    /// It is being stopped: wait for that, then ask again.
    After(Life),
    /// It runs.
    Runs,
}

/// The applications of a runtime.
#[derive(Default)]
pub(super) struct Table {
    pub(super) apps: HashMap<Id, Entry>,
    /// Those that run, as they came to do so.
    pub(super) running: Vec<Id>,
    /// There while all are being stopped.
    pub(super) down: Option<watch::Receiver<()>>,
}

impl Table {
    /// Keeps an application, and gives back what it was before.
    pub(super) fn put(
        &mut self,
        app: Arc<dyn AnyApplication>,
    ) -> Result<Option<Arc<dyn AnyApplication>>, ApplicationError> {
        let (id, name) = (app.id(), app.about().name);
        if self.apps.iter().any(|(other, entry)| *other != id && entry.app.about().name == name) {
            return Err(ApplicationError::NameTaken(name));
        }
        if let Some(entry) = self.apps.get_mut(&id) {
            return Ok(Some(std::mem::replace(&mut entry.app, app)));
        }
        let entry = Entry { app, status: Status::Loaded, restart: Restart::Temporary, top: None, master: None };
        self.apps.insert(id, entry);
        Ok(None)
    }

    /// Forgets an application that does not run.
    pub(super) fn remove(&mut self, id: Id, name: &'static str) -> Result<Option<Entry>, ApplicationError> {
        match self.apps.get(&id).map(|entry| &entry.status) {
            None => Err(ApplicationError::NotLoaded(name)),
            Some(Status::Loaded | Status::Ended) => Ok(self.apps.remove(&id)),
            Some(_) => Err(ApplicationError::Running(name)),
        }
    }

    pub(super) fn running(&self, id: Id) -> Option<&Entry> {
        self.apps.get(&id).filter(|entry| matches!(entry.status, Status::Running(_)))
    }

    /// What somebody who wants to start an application does; an error if it cannot be started now.
    pub(super) fn begin(&self, id: Id, depends: &[Dependency]) -> Result<Begin, ApplicationError> {
        match self.apps.get(&id).map(|entry| &entry.status) {
            Some(Status::Running(_)) => return Ok(Begin::Runs),
            Some(Status::Starting(_, outcome)) => return Ok(Begin::Join(outcome.clone())),
            _ if self.down.is_some() => return Err(ApplicationError::ShuttingDown),
            Some(Status::Stopping(life)) => return Ok(Begin::After(life.clone())),
            Some(Status::Loaded | Status::Ended) | None => {}
        }
        for dependency in depends.iter().filter(|dependency| dependency.obtain.is_some()) {
            let name = dependency.about.name;
            match self.apps.get(&dependency.id).map(|entry| &entry.status) {
                Some(Status::Running(_)) => {}
                Some(Status::Ended) => return Err(ApplicationError::NotRunning(name)),
                _ => return Err(ApplicationError::NotStarted(name)),
            }
        }
        Ok(Begin::Now)
    }

    /// The one to be stopped next, when all are: what is about to start first, then the one that came last.
    pub(super) fn next_to_stop(&self) -> Option<(Id, Life)> {
        let under_way = self.apps.iter().find_map(|(id, entry)| match &entry.status {
            Status::Starting(life, _) | Status::Stopping(life) => Some((*id, life.clone())),
            _ => None,
        });
        under_way.or_else(|| {
            let last = super::order::stop_order(&self.running).into_iter().next()?;
            match &self.apps.get(&last)?.status {
                Status::Running(life) => Some((last, life.clone())),
                _ => None,
            }
        })
    }
}

/// An application, as the order of starts sees it.
pub(super) fn node(key: Id, depends: &[Dependency]) -> Node<Id> {
    let of = |required: bool| {
        depends.iter().filter(move |dependency| dependency.obtain.is_some() == required).map(|dependency| dependency.id)
    };
    Node { key, required: of(true).collect(), optional: of(false).collect() }
}
