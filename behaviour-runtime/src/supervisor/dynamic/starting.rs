//! Starting children, and starting them again.
//!
//! An `#[init]` that does not wait has run when the start returns. One that waits does so in its own process: the
//! supervisor goes on, and is told by a letter whenever there is something to look at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::oneshot;

use crate::edge::AnyStart;
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::seat::Seat;
use crate::process::start::RawStarting;
use crate::process::{Pid, StartError, discard, report};
use crate::supervisor::pure::Restart;

use super::letter::{Describe, Letter, Refusal, Request};
use super::live::{Child, Live};

/// A start that waits.
pub(super) struct Starting {
    pub(super) raw: RawStarting,
    pub(super) why: Why,
    waker: Waker,
}

/// For what a child is started.
pub(super) enum Why {
    /// For the first time, and for whom.
    First(Box<Newcomer>),
    /// Because it ended: its last pid.
    Again(Pid),
    /// For nothing any more: it was terminated meanwhile. Who waits for its end, and what was kept of it.
    Nothing(oneshot::Sender<bool>, Child),
}

/// A child that has not run yet.
pub(super) struct Newcomer {
    pub(super) restart: Restart,
    pub(super) child: Child,
    /// Where a supervisor sits that is never started again.
    own_seat: Option<Arc<Seat>>,
    answer: oneshot::Sender<Result<Address, Refusal>>,
}

/// Tells the supervisor that a start has come further.
struct Nudge {
    supervisor: Weak<ProcessCell>,
    start: u64,
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(supervisor) = self.supervisor.upgrade() {
            let _ = supervisor.post_parcel(Word::Message, Parcel::new(Letter::Progress(self.start)), false);
        }
    }
}

impl Live {
    /// Begins to start a child for the first time.
    pub(super) fn start_child(&mut self, request: Request, answer: oneshot::Sender<Result<Address, Refusal>>) {
        if !self.crowd.reserve() {
            discard(request);
            let _ = answer.send(Err(Refusal::MaxChildren));
            return;
        }
        let restart = self.restart_of(request.restart);
        let shutdown = request.shutdown.or(self.plan.shutdown);
        let mut make = configured(request);
        let start = match describe(&mut make) {
            Ok(start) => start,
            Err(error) => {
                self.crowd.decline();
                discard(make);
                let _ = answer.send(Err(Refusal::Start(error)));
                return;
            }
        };
        let table = start.table();
        let (seat, again) = if restart == Restart::Temporary {
            // What its start holds on to is not kept.
            discard(make);
            (None, None)
        } else {
            (Some(Seat::of_child(table.identity, self.pid)), Some(make))
        };
        let own_seat = if seat.is_none() { start.seat().cloned() } else { None };
        let raw = begin(start, seat.as_ref());
        let child = Child { process: None, seat, again, shutdown, table };
        self.drive(raw, Why::First(Box::new(Newcomer { restart, child, own_seat, answer })));
    }

    /// Begins to start a child again.
    pub(super) fn restart(&mut self, pid: Pid) {
        let Some(member) = self.crowd.get_mut(pid) else { return };
        let child = &mut member.what;
        child.process = None;
        if let Some(seat) = &child.seat {
            seat.vacate(self.pid);
        }
        let Some(again) = &mut child.again else { return };
        match describe(again) {
            Ok(start) => {
                child.table = start.table();
                let raw = begin(start, child.seat.as_ref());
                self.drive(raw, Why::Again(pid));
            }
            Err(error) => self.started(Err(error), Why::Again(pid)),
        }
    }

    /// Looks at a start; if it waits, looks again when it has come further.
    fn drive(&mut self, mut raw: RawStarting, why: Why) {
        if let Poll::Ready(started) = raw.poll(&mut Context::from_waker(Waker::noop())) {
            return self.started(started, why);
        }
        let start = self.starts;
        self.starts += 1;
        let supervisor = Arc::downgrade(self.inbox.process());
        let waker = Waker::from(Arc::new(Nudge { supervisor, start }));
        self.starting.insert(start, Starting { raw, why, waker });
        self.progress(start);
    }

    /// A start has come further.
    pub(super) fn progress(&mut self, start: u64) {
        let Some(Starting { raw, waker, .. }) = self.starting.get_mut(&start) else { return };
        if let Poll::Ready(started) = raw.poll(&mut Context::from_waker(waker))
            && let Some(Starting { why, .. }) = self.starting.remove(&start)
        {
            self.started(started, why);
        }
    }

    /// A start is over.
    fn started(&mut self, started: Result<Arc<ProcessCell>, StartError>, why: Why) {
        match why {
            Why::First(newcomer) => self.started_first(started, *newcomer),
            Why::Again(old) => self.started_again(started, old),
            Why::Nothing(answer, child) => {
                self.forget(child);
                let _ = answer.send(true);
            }
        }
    }

    fn started_first(&mut self, started: Result<Arc<ProcessCell>, StartError>, newcomer: Newcomer) {
        let Newcomer { restart, mut child, own_seat, answer } = newcomer;
        let told = match started {
            Ok(process) => {
                if let Some(seat) = &child.seat {
                    seat.take(Some(self.pid), &process);
                }
                let address = child.seat.clone().or(own_seat).map(Address::Seat);
                let address = address.unwrap_or_else(|| Address::Process(Arc::clone(&process)));
                let pid = process.pid();
                child.process = Some(process);
                self.crowd.join(pid, restart, child);
                Ok(address)
            }
            Err(error) => {
                self.crowd.decline();
                self.forget(child);
                Err(Refusal::Start(error))
            }
        };
        // Who asked may have gone; the child stays.
        let _ = answer.send(told);
    }

    fn started_again(&mut self, started: Result<Arc<ProcessCell>, StartError>, old: Pid) {
        match started {
            Ok(process) => {
                if let Some(child) = self.crowd.restarted(old, process.pid()) {
                    if let Some(seat) = &child.seat {
                        seat.take(Some(self.pid), &process);
                    }
                    child.process = Some(process);
                }
            }
            Err(StartError::Ignored) => {
                if let Some(child) = self.crowd.dismiss(old) {
                    self.forget(child);
                }
            }
            Err(error) => {
                self.reporter.start_error(old, &error);
                self.remind(Letter::Retry(old));
            }
        }
    }

    /// A child whose restart is under way, or is to be tried again, shall not be started any more.
    pub(super) fn abandon(&mut self, pid: Pid, answer: oneshot::Sender<bool>) {
        let Some(child) = self.crowd.dismiss(pid) else {
            let _ = answer.send(false);
            return;
        };
        if let Some(seat) = &child.seat {
            seat.close(self.pid);
        }
        let under_way =
            self.starting.iter_mut().find(|(_, starting)| matches!(starting.why, Why::Again(old) if old == pid));
        let Some((start, starting)) = under_way else {
            self.forget(child);
            let _ = answer.send(true);
            return;
        };
        let start = *start;
        starting.raw.abort();
        starting.why = Why::Nothing(answer, child);
        self.progress(start);
    }
}

/// The description of a start, each time with what else was said of it.
fn configured(request: Request) -> Describe {
    let Request { mut make, name, within, mut claim, .. } = request;
    if name.is_none() && within.is_none() && claim.is_none() {
        return make;
    }
    Box::new(move || {
        let mut start = make();
        if let Some(name) = &name {
            start = start.named(Arc::clone(name));
        }
        if let Some(within) = within {
            start = start.within(within);
        }
        match &mut claim {
            Some(claim) => start.claiming(claim()),
            None => start,
        }
    })
}

/// Has a start described; that may panic.
fn describe(make: &mut Describe) -> Result<AnyStart, StartError> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|payload| StartError::Failed(report::panicked(payload)))
}

fn begin(start: AnyStart, seat: Option<&Arc<Seat>>) -> RawStarting {
    match seat {
        Some(seat) => start.begin(Arc::clone(seat)),
        None => start.begin_here(),
    }
}
