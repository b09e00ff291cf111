//! The life of a pool's process: it starts workers and dismisses them, and ends them with itself.
//!
//! The workers are temporary children of a dynamic supervisor of the pool's own, which is linked to it. Nothing keeps
//! the process long: starts and dismissals are left to tasks, which end when the supervisor does.

use std::sync::Arc;

use tokio::task::coop::consume_budget;

use crate::process::cell::ProcessCell;
use crate::process::inbox::{Protocol, RawInbox};
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::signal::System;
use crate::process::start::{acknowledge, refuse};
use crate::process::{Exit, ExitReason, MonitorRef, Pid, StartError, crashed};
use crate::supervisor::{DynamicSupervisor, DynamicSupervisorClient};

use super::describe::Plan;
use super::pure::Short;
use super::shared::{Shared, Work};

/// A message to a pool's process.
pub(super) enum Letter {
    /// A linked process has ended.
    Exit(Exit),
    /// It shall end in order.
    Stop(ExitReason),
    /// There is something to do.
    Work,
    /// A worker was started, or was not.
    Started(Result<Arc<ProcessCell>, StartError>),
}

impl Protocol for Letter {
    fn from_system(system: System) -> Result<Self, System> {
        match system {
            System::Exit(exit) => Ok(Self::Exit(exit)),
            System::Stop(reason) => Ok(Self::Stop(reason)),
            other => Err(other),
        }
    }

    fn monitor(&self) -> Option<MonitorRef> {
        None
    }
}

/// Lives as a pool.
pub(super) async fn live(plan: Plan, shared: Arc<Shared>, inbox: RawInbox<Letter>) {
    let process = Arc::clone(inbox.process());
    process.set_traps_exits(true);
    let parent = process.relations().tables().parent;
    process.show(Arc::<Shared>::downgrade(&shared));
    let mut supervisor = DynamicSupervisor::start_link();
    if let Some(shutdown) = plan.shutdown {
        supervisor = supervisor.shutdown(shutdown);
    }
    let supervisor = match supervisor.await {
        Ok(supervisor) => supervisor,
        Err(error) => {
            refuse(&process, error);
            return crashed(&process, ExitReason::Shutdown);
        }
    };
    let missing = plan.size;
    let mut live = Live { inbox, shared, supervisor, plan, parent, missing };
    let reason = live.run().await;
    live.shared.close();
    // It may have ended already, and that is why the pool does.
    let _ = live.supervisor.stop().await;
    crashed(&process, reason);
}

struct Live {
    inbox: RawInbox<Letter>,
    shared: Arc<Shared>,
    supervisor: DynamicSupervisorClient,
    plan: Plan,
    parent: Option<Pid>,
    /// How many workers have to start before the pool has.
    missing: usize,
}

impl Live {
    /// Runs until there is a reason to end.
    async fn run(&mut self) -> ExitReason {
        if self.missing == 0 {
            acknowledge(self.inbox.process());
        }
        loop {
            self.work();
            let reason = match self.inbox.take(|_| true).await {
                Letter::Work => None,
                Letter::Started(Ok(process)) => {
                    self.started(process);
                    None
                }
                Letter::Started(Err(error)) => self.shared.failed(&error).err().map(|Short| self.short(error)),
                Letter::Stop(reason) => Some(reason),
                Letter::Exit(Exit { pid, reason, .. }) => {
                    (Some(pid) == self.parent || pid == self.supervisor.pid()).then_some(reason)
                }
            };
            if let Some(reason) = reason {
                if self.missing > 0 {
                    refuse(self.inbox.process(), StartError::Failed(reason.clone()));
                }
                return reason;
            }
            // Workers that crash as they start shall not keep the thread from others.
            consume_budget().await;
        }
    }

    /// Begins what is to be done.
    fn work(&self) {
        for work in self.shared.take_work() {
            match work {
                Work::Start => {
                    let (start, pool) = ((self.plan.start)(&self.supervisor), Arc::clone(self.inbox.process()));
                    tokio::spawn(async move {
                        let started = start.await;
                        // If the pool has ended, so has its supervisor, with all that it started.
                        let _ = pool.post_parcel(Word::Message, Parcel::new(Letter::Started(started)), false);
                    });
                }
                Work::Dismiss(worker) => {
                    let supervisor = self.supervisor.clone();
                    tokio::spawn(async move {
                        // One that has ended by itself is no child any more.
                        let _ = supervisor.terminate_child(worker.process.pid()).await;
                    });
                }
            }
        }
    }

    fn started(&mut self, process: Arc<ProcessCell>) {
        self.shared.started(process);
        if self.missing > 0 {
            self.missing -= 1;
            if self.missing == 0 {
                acknowledge(self.inbox.process());
            }
        }
    }

    /// A worker that there has to be did not start: why the pool ends.
    fn short(&mut self, error: StartError) -> ExitReason {
        if self.missing == 0 {
            return error.reason();
        }
        self.missing = 0;
        refuse(self.inbox.process(), error);
        ExitReason::Shutdown
    }
}
