//! What a pool's process and all who borrow share: the machine, under a short lock, and who is behind its numbers.
//!
//! Nothing of the user's runs under the lock: wakers are cloned before it is taken and woken after it is open, and
//! workers are known by their processes only.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use crate::process::StartError;
use crate::process::cell::ProcessCell;
use crate::process::held::Held;
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::relations::Map;
use crate::process::shown::Shows;
use crate::process::sys::Look;

use super::live::Letter;
use super::pure::{Answer, Caller, Effect, Machine, Short, Status, Worker as Number};
use super::worker::{Lent, Worker};

/// A pool, for all who use it.
pub(super) struct Shared {
    state: Mutex<State>,
    process: Weak<ProcessCell>,
    place: AtomicUsize,
}

struct State {
    machine: Machine,
    workers: Map<Number, Arc<Worker>>,
    waiting: Map<Caller, Waiting>,
    /// The number that the next worker or caller gets.
    next: u64,
    /// What the pool's process has to do.
    work: Vec<Work>,
    closed: bool,
}

/// What the pool's process has to do.
pub(super) enum Work {
    Start,
    Dismiss(Arc<Worker>),
}

/// A caller that waits.
#[derive(Default)]
struct Waiting {
    waker: Option<Waker>,
    outcome: Option<Outcome>,
}

/// What comes of a caller's wait.
enum Outcome {
    Served(Arc<Worker>),
    Refused(StartError),
}

/// What a caller that asks for a worker is told.
pub(super) enum Told {
    Lent(Lent),
    Waits(Ticket),
    Full,
    /// The pool is about to end.
    Closed,
}

/// Why a caller that waited gets no worker.
pub(super) enum Unserved {
    Refused(StartError),
    Closed,
}

impl Shared {
    pub(super) fn new(machine: Machine, process: &Arc<ProcessCell>) -> Arc<Self> {
        let (workers, waiting) = (Map::default(), Map::default());
        let state = State { machine, workers, waiting, next: 1, work: Vec::new(), closed: false };
        Arc::new(Self { state: Mutex::new(state), process: Arc::downgrade(process), place: AtomicUsize::new(0) })
    }

    /// What a pool's process shares; nothing if it has ended.
    pub(super) fn of(process: &Arc<ProcessCell>) -> Option<Arc<Self>> {
        process.held_as()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a worker.
    pub(super) fn checkout(self: &Arc<Self>, block: bool) -> Told {
        let mut state = self.state();
        if state.closed {
            return Told::Closed;
        }
        let caller = state.number();
        match state.machine.checkout(caller, block) {
            Answer::Lent(number) => {
                let worker = state.workers.get(&number).map(Arc::clone);
                Told::Lent(Lent(worker.expect("the machine knows of workers that are there")))
            }
            Answer::Full => Told::Full,
            Answer::Waits => {
                state.waiting.insert(caller, Waiting::default());
                self.carry_out(state, None);
                Told::Waits(Ticket { pool: Arc::clone(self), caller, waits: true })
            }
        }
    }

    /// A worker is given back.
    pub(super) fn checkin(&self, number: Number) {
        let mut state = self.state();
        state.machine.checkin(number);
        self.carry_out(state, None);
    }

    /// A worker was started. A pool that ends wants none any more, and its supervisor ends it.
    pub(super) fn started(self: &Arc<Self>, process: Arc<ProcessCell>) {
        let worker = {
            let mut state = self.state();
            if state.closed {
                return;
            }
            let worker = Worker::new(state.number(), process, self);
            state.workers.insert(worker.number, Arc::clone(&worker));
            worker
        };
        let begun = worker.begin();
        let mut state = self.state();
        if begun && !worker.has_ended() {
            state.machine.started(worker.number);
        } else {
            state.workers.remove(&worker.number);
            state.machine.stillborn();
        }
        self.carry_out(state, None);
    }

    /// A worker did not start.
    pub(super) fn failed(&self, error: &StartError) -> Result<(), Short> {
        let mut state = self.state();
        state.machine.failed()?;
        self.carry_out(state, Some(error));
        Ok(())
    }

    /// The process of a worker ends.
    pub(super) fn died(&self, worker: &Worker) {
        let mut state = self.state();
        worker.end();
        let known = state.workers.remove(&worker.number);
        state.machine.died(worker.number);
        self.carry_out(state, None);
        drop(known);
    }

    pub(super) fn status(&self) -> Status {
        self.state().machine.status()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// What the pool's process has to do now.
    pub(super) fn take_work(&self) -> Vec<Work> {
        let mut state = self.state();
        // The first starts were asked for before anybody could be told.
        state.gather(None);
        std::mem::take(&mut state.work)
    }

    /// Lends no more: who waits is told, and what is given back goes nowhere.
    pub(super) fn close(&self) {
        let (workers, waiting, work) = {
            let mut state = self.state();
            state.closed = true;
            let State { workers, waiting, work, .. } = &mut *state;
            (std::mem::take(workers), std::mem::take(waiting), std::mem::take(work))
        };
        for worker in workers.values() {
            worker.release();
        }
        for waker in waiting.into_values().filter_map(|waiting| waiting.waker) {
            waker.wake();
        }
        drop(work);
    }

    /// Does what the machine has decided, and opens the lock.
    fn carry_out(&self, mut state: MutexGuard<'_, State>, refusal: Option<&StartError>) {
        if state.closed {
            return;
        }
        let wakers = state.gather(refusal);
        let has_work = !state.work.is_empty();
        drop(state);
        for waker in wakers {
            waker.wake();
        }
        if has_work && let Some(process) = self.process.upgrade() {
            // A pool that is about to end starts and dismisses nobody.
            let _ = process.post_parcel(Word::Message, Parcel::new(Letter::Work), false);
        }
    }

    /// Waits no more; what had come is given back.
    fn leave(&self, caller: Caller) {
        let mut state = self.state();
        let waiting = state.waiting.remove(&caller);
        match waiting.as_ref().map(|waiting| &waiting.outcome) {
            Some(Some(Outcome::Served(worker))) => state.machine.checkin(worker.number),
            Some(None) => state.machine.cancel(caller),
            Some(Some(Outcome::Refused(_))) | None => {}
        }
        self.carry_out(state, None);
        drop(waiting);
    }

    /// What has come of a wait; else leaves a waker.
    fn look(&self, caller: Caller, waker: Waker) -> Poll<Result<Arc<Worker>, Unserved>> {
        let mut state = self.state();
        let Some(waiting) = state.waiting.get_mut(&caller) else { return Poll::Ready(Err(Unserved::Closed)) };
        let Some(outcome) = waiting.outcome.take() else {
            let old = waiting.waker.replace(waker);
            drop(state);
            drop(old);
            return Poll::Pending;
        };
        let waiting = state.waiting.remove(&caller);
        drop(state);
        drop(waiting);
        Poll::Ready(match outcome {
            Outcome::Served(worker) => Ok(worker),
            Outcome::Refused(error) => Err(Unserved::Refused(error)),
        })
    }
}

/// What `sys` shows of a pool is its status, which nobody can replace.
impl Shows for Shared {
    fn describe(&self) -> String {
        format!("{:?}", self.status())
    }

    fn lend(&self, _: Look<'_>) {}
}

impl State {
    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// Notes what the machine has decided. Whom to wake.
    fn gather(&mut self, refusal: Option<&StartError>) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while let Some(effect) = self.machine.effect() {
            let (caller, outcome) = match effect {
                Effect::Start => {
                    self.work.push(Work::Start);
                    continue;
                }
                Effect::Dismiss(number) => {
                    self.work.extend(self.workers.remove(&number).map(Work::Dismiss));
                    continue;
                }
                Effect::Serve(caller, number) => (caller, self.workers.get(&number).cloned().map(Outcome::Served)),
                Effect::Refuse(caller) => (caller, refusal.cloned().map(Outcome::Refused)),
            };
            if let Some(waiting) = self.waiting.get_mut(&caller) {
                waiting.outcome = outcome;
                wakers.extend(waiting.waker.take());
            }
        }
        wakers
    }
}

impl Held for Shared {
    fn place(&self) -> &AtomicUsize {
        &self.place
    }

    /// The pool's process ends.
    fn let_go(&self) {
        self.close();
    }
}

/// A place among those who wait. Dropping it gives it up, and a worker that had just come goes to the next one.
pub(super) struct Ticket {
    pool: Arc<Shared>,
    caller: Caller,
    waits: bool,
}

impl Ticket {
    /// The pool's process.
    pub(super) fn process(&self) -> Option<Arc<ProcessCell>> {
        self.pool.process.upgrade()
    }

    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<Lent, Unserved>> {
        let outcome = self.pool.look(self.caller, cx.waker().clone());
        self.waits = outcome.is_pending();
        outcome.map_ok(Lent)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.waits {
            self.pool.leave(self.caller);
        }
    }
}
