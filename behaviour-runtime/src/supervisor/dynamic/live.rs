//! The life of a dynamic supervisor: one letter after the other.
//!
//! No letter keeps it long. A start that waits is left to itself and asked again when it has come further
//! ([`starting`](super::starting)); a child that is to end is left to do so ([`stopping`](super::stopping)). So one child
//! that takes its time keeps nobody else waiting, and an order to end is always heard.

use std::fmt;
use std::sync::Arc;

use tokio::task::coop::consume_budget;
use tokio::time::Instant;

use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::functions::{ProcessKind, Table};
use crate::process::inbox::{Next, RawInbox};
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::relations::Map;
use crate::process::seat::Seat;
use crate::process::start::acknowledge;
use crate::process::{Exit, ExitReason, Pid, crashed, discard};
use crate::supervisor::client::{ChildState, Counts};
use crate::supervisor::picture::{Seen, Sketch};
use crate::supervisor::pure::{Crowd, Ending, Fate, Member, Restart};
use crate::supervisor::spec::Shutdown;
use crate::supervisor::stopping::SHUTDOWN;

use super::describe::Plan;
use super::letter::{Describe, Known, Letter};
use super::reports::Reporter;
use super::starting::Starting;
use super::stopping::Leaving;

/// What is kept of a child.
pub(super) struct Child {
    /// None while it is restarting.
    pub(super) process: Option<Arc<ProcessCell>>,
    /// Where its incarnations sit; a temporary child has but one, which needs no seat.
    pub(super) seat: Option<Arc<Seat>>,
    /// How it is started again, if it is.
    pub(super) again: Option<Describe>,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) table: &'static Table,
}

impl Child {
    /// How it is ended.
    pub(super) fn shutdown(&self) -> Shutdown {
        self.shutdown.unwrap_or(match self.table.kind {
            ProcessKind::Supervisor => Shutdown::Infinity,
            ProcessKind::Worker => Shutdown::Timeout(SHUTDOWN),
        })
    }

    /// What its clients have.
    pub(super) fn address(&self) -> Option<Address> {
        match (&self.seat, &self.process) {
            (Some(seat), _) => Some(Address::Seat(Arc::clone(seat))),
            (None, Some(process)) => Some(Address::Process(Arc::clone(process))),
            (None, None) => None,
        }
    }
}

/// A dynamic supervisor at work.
pub(super) struct Live {
    pub(super) inbox: RawInbox<Letter>,
    /// Itself, as the keeper of its children's seats.
    pub(super) pid: Pid,
    pub(super) crowd: Crowd<Pid, Child>,
    /// The starts that wait, and the number that the next one gets.
    pub(super) starting: Map<u64, Starting>,
    pub(super) starts: u64,
    /// The children that were told to end one by one.
    pub(super) leaving: Map<Pid, Leaving>,
    pub(super) plan: Plan,
    pub(super) reporter: Reporter,
    parent: Option<Pid>,
    epoch: Instant,
}

/// Lives as a dynamic supervisor.
pub(super) async fn live(plan: Plan, inbox: RawInbox<Letter>) {
    let process = Arc::clone(inbox.process());
    process.set_traps_exits(true);
    let (seat, parent) = {
        let mut relations = process.relations();
        let tables = relations.tables();
        (tables.seat.clone(), tables.parent)
    };
    let pid = process.pid();
    if let Some(seat) = seat {
        if seat.is_root() {
            seat.take(None, &process);
        }
        seat.furnish(pid, std::iter::empty());
    }
    let reporter = Reporter { supervisor: (process.table().type_name)(), pid, name: process.name() };
    let mut live = Live {
        inbox,
        pid,
        crowd: Crowd::new(plan.max_children, plan.intensity, plan.period),
        starting: Map::default(),
        starts: 0,
        leaving: Map::default(),
        plan,
        reporter,
        parent,
        epoch: Instant::now(),
    };
    acknowledge(&process);
    let reason = live.run().await;
    live.end_all().await;
    crashed(&process, reason);
}

/// What `sys` shows of a dynamic supervisor: its limits, and how many children it has.
impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (max_children, intensity, period) = self.crowd.limits();
        f.debug_struct("DynamicSupervisor")
            .field("children", &self.crowd.len())
            .field("max_children", &(max_children != usize::MAX).then_some(max_children))
            .field("intensity", &intensity)
            .field("period", &period)
            .finish()
    }
}

impl Live {
    /// Runs until there is a reason to end.
    async fn run(&mut self) -> ExitReason {
        loop {
            match self.inbox.next().await {
                Next::Message(letter) => {
                    if let Some(reason) = self.read(letter) {
                        return reason;
                    }
                }
                Next::Errand(errand) => errand(self),
            }
            // A crowd that crashes shall not keep the thread from others.
            consume_budget().await;
        }
    }

    /// Does what a letter says; the reason to end, if it is one.
    fn read(&mut self, letter: Letter) -> Option<ExitReason> {
        match letter {
            Letter::Exit(exit) => return self.heard_of_end(exit),
            Letter::Down(down) => self.left(down.pid),
            Letter::Stop(reason) => return Some(reason),
            Letter::Progress(start) => self.progress(start),
            Letter::Retry(pid) => {
                let fate = self.crowd.retry(pid, self.epoch.elapsed());
                return self.settle(pid, fate);
            }
            Letter::Overdue(pid) => self.overdue(pid),
            Letter::StartChild(request, answer) => self.start_child(*request, answer),
            Letter::TerminateChild(whom, answer) => self.terminate_child(&whom, answer),
            Letter::WhichChild(whom, answer) => {
                let known = whom.pid().and_then(|pid| self.crowd.get(pid)).map(known);
                let _ = answer.send(known);
            }
            Letter::WhichChildren(answer) => {
                let all = self.crowd.iter().map(|(_, member)| known(member));
                let _ = answer.send(all.collect());
            }
            Letter::CountChildren(answer) => drop(answer.send(self.count())),
            Letter::Look(look) => look.answer(self.sketch()),
        }
        None
    }

    /// A linked process has ended, or somebody says so.
    fn heard_of_end(&mut self, Exit { pid, reason, .. }: Exit) -> Option<ExitReason> {
        if Some(pid) == self.parent {
            return Some(reason);
        }
        // Exits of strangers mean nothing to a supervisor; and anybody can send an exit signal, which means nothing as
        // long as the process lives. The end of a child that was told to end is heard of by its monitor.
        let process = self.crowd.get(pid)?.what.process.as_ref()?;
        if process.is_alive() || self.leaving.contains_key(&pid) {
            return None;
        }
        let ending = match &reason {
            ExitReason::Normal => Ending::Normal,
            ExitReason::Shutdown | ExitReason::ShutdownWith(_) => Ending::Shutdown,
            _ => Ending::Abnormal,
        };
        let (reported, fate) = self.crowd.ended(pid, ending, self.epoch.elapsed());
        if reported {
            self.reporter.child_terminated(pid, &reason);
        }
        self.settle(pid, fate)
    }

    /// A child does not run: does what was decided about it.
    fn settle(&mut self, pid: Pid, fate: Fate<Child>) -> Option<ExitReason> {
        match fate {
            Fate::Unknown => None,
            Fate::Forgotten(child) => {
                self.forget(child);
                None
            }
            Fate::Restart => {
                self.restart(pid);
                None
            }
            Fate::GivenUp(child) => {
                self.forget(child);
                self.reporter.giving_up(pid);
                Some(ExitReason::Shutdown)
            }
        }
    }

    /// The child will never run again.
    pub(super) fn forget(&self, child: Child) {
        if let Some(seat) = &child.seat {
            seat.close(self.pid);
        }
        // The arguments of its start may be the user's.
        discard(child);
    }

    /// Posts a letter to itself, behind all that waits in the mailbox.
    pub(super) fn remind(&self, letter: Letter) {
        // A supervisor's own mailbox is open as long as it lives.
        let _ = self.inbox.process().post_parcel(Word::Message, Parcel::new(letter), false);
    }

    /// How it looks in a picture, of many children with the first few.
    fn sketch(&self) -> Sketch {
        const SHOWN: usize = 5;
        let children = self.crowd.iter().take(SHOWN).map(|(_, member)| {
            let Child { process, table, .. } = &member.what;
            Seen {
                id: None,
                process: process.clone(),
                is_restarting: process.is_none(),
                behaviour: (table.type_name)(),
                kind: table.kind,
                restart: member.restart,
            }
        });
        Sketch { strategy: None, children: children.collect(), more: self.crowd.len().saturating_sub(SHOWN) }
    }

    fn count(&self) -> Counts {
        let mut counts = Counts { specs: self.crowd.len(), ..Counts::default() };
        for (_, member) in self.crowd.iter() {
            counts.active += usize::from(member.what.process.as_ref().is_some_and(|process| process.is_alive()));
            match member.what.table.kind {
                ProcessKind::Supervisor => counts.supervisors += 1,
                ProcessKind::Worker => counts.workers += 1,
            }
        }
        counts
    }

    /// When a child is restarted if its start does not say so.
    pub(super) fn restart_of(&self, said: Option<Restart>) -> Restart {
        said.unwrap_or(self.plan.restart)
    }
}

/// A child, as it is told.
fn known(member: &Member<Child>) -> Known {
    let child = &member.what;
    let state = child.process.as_ref().map_or(ChildState::Restarting, |process| ChildState::Running(process.pid()));
    Known { address: child.address(), state, table: child.table, restart: member.restart, shutdown: child.shutdown() }
}

/// A supervisor that is killed leaves nobody waiting for its children.
impl Drop for Live {
    fn drop(&mut self) {
        for member in self.crowd.drain() {
            self.forget(member.what);
        }
    }
}
