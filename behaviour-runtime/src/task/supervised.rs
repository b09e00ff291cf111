//! A task that is both somebody's own and the child of a supervisor.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::edge::{Child, Message, Start};
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::promise::Promise;
use crate::process::receive::send;
use crate::process::signal::Signal;
use crate::process::start::Made;
use crate::process::{BoxFuture, ExitReason, Pid, current};
use crate::supervisor::{Once, Shutdown, StartChild, StartChildError};

use super::client::table_of;
use super::handle::Task;

/// The start of a task under a supervisor, as its [`spawn`](super::TaskSupervisorClient::spawn) describes it: `.await` does
/// it, and gives the [`Task`].
#[must_use = "a task is spawned when this is awaited"]
pub struct SpawnTask<T: 'static> {
    start: StartChild<Task, Once>,
    promise: Promise<T>,
    owner: Option<Pid>,
    ticket: Ticket,
}

impl<T: Message> SpawnTask<T> {
    /// The owner, if there is one, is who the task is linked to.
    pub(super) fn new<F>(supervisor: &Address, owner: Option<Pid>, work: F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (promise, debt) = Promise::new();
        let ticket = Ticket::default();
        let shown = ticket.clone();
        let start = StartChild::once(supervisor, move || {
            let make = debt.make(work);
            let make = move |process: &Arc<ProcessCell>| {
                if !shown.admit(process) {
                    return Made::Plain(Box::pin(std::future::ready(())));
                }
                if let Some(owner) = owner {
                    process.link(owner);
                }
                make(process)
            };
            Child::new(Start::describe(None, table_of::<F, T>(), Box::new(make)))
        });
        Self { start, promise, owner, ticket }
    }

    /// How the supervisor ends it: by a shutdown within 5 s, if nothing is said.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.start = self.start.shutdown(shutdown);
        self
    }
}

impl<T: Message> IntoFuture for SpawnTask<T> {
    type Output = Result<Task<T>, StartChildError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { start, promise, owner, ticket } = self;
        let guard = Guard(ticket, owner);
        Box::pin(async move {
            start.await?;
            let process = guard.0.redeem().expect("a task that has started was admitted");
            Ok(Task::new(process.pid(), owner, promise))
        })
    }
}

impl<T> fmt::Debug for SpawnTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnTask").field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// What the one who spawns a task and its process have in common until the task is handed over, so that none is left
/// behind that nobody has.
#[derive(Clone, Default)]
struct Ticket(Arc<Mutex<Stage>>);

#[derive(Default)]
enum Stage {
    /// The process has not come yet.
    #[default]
    Waiting,
    Running(Arc<ProcessCell>),
    /// Nobody waits for it any more, or it is handed over.
    Void,
}

impl Ticket {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process is there. False if nobody wants it any more.
    fn admit(&self, process: &Arc<ProcessCell>) -> bool {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Void) {
            return false;
        }
        *stage = Stage::Running(Arc::clone(process));
        true
    }

    /// The process, which is handed over, if it is there. From now on none is admitted.
    fn redeem(&self) -> Option<Arc<ProcessCell>> {
        match std::mem::replace(&mut *self.stage(), Stage::Void) {
            Stage::Running(process) => Some(process),
            Stage::Waiting | Stage::Void => None,
        }
    }
}

/// Ends a task that was started and that nobody got.
struct Guard(Ticket, Option<Pid>);

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(process) = self.0.redeem() else { return };
        if let Some(owner) = self.1 {
            process.unlink(owner);
        }
        let from = current::look(|here| here.pid()).unwrap_or(Pid::NOBODY);
        send(process.pid(), Signal::Exit { from, reason: ExitReason::Killed, link: None, kill: true });
    }
}
