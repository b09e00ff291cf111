//! A call: ask, and wait for the answer.
//!
//! A call that finds its server idle runs it on the spot (`inline.rs`) and needs no node, no queue and no wake-up.
//! Any other call goes through the mailbox and waits at a node. The deadline is taken when the first poll is pending,
//! and the timer stays with the node for the next call, so that a deadline costs little more than reading the clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::address::Address;
use super::cell::ProcessCell;
use super::current;
use super::error::CallError;
use super::inline::{Inline, run_inline};
use super::mailbox::{Refused, Word};
use super::node::{Node, ReplyType};
use super::parcel::Parcel;
use super::pid::Pid;
use super::relations::unique;
use super::seat::{Occupant, Seat};
use super::table;

/// How long a call waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// As long as the server's options say: 5 s if they say nothing.
    Default,
    Within(Duration),
    Forever,
}

/// A call whose types are forgotten.
///
/// Small, because it moves: into the future that awaits it, and from poll to poll. What only a waiting call needs is in
/// a box, which the next waiting call uses again.
#[derive(Debug)]
pub(crate) struct RawCall {
    address: Address,
    message: Option<Parcel>,
    limit: Limit,
    queued: bool,
    stage: Stage,
    waiter: Option<Box<Waiter>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not sent.
    New,
    /// Waiting for the seat to be taken.
    Vacant,
    /// Waiting for the reply.
    Waiting,
    Finished,
}

/// What a call that waits needs. It stays with the server for the next one, with its timer armed.
#[derive(Debug)]
pub(crate) struct Waiter {
    node: Arc<Node>,
    timer: Option<Pin<Box<Sleep>>>,
    deadline: Deadline,
    /// Whose answer is waited for.
    process: Option<Arc<ProcessCell>>,
    blocked: Option<Blocked>,
    /// Of a vacant seat: who sat there last, and the key of our waker.
    ended: Option<Pid>,
    key: u64,
}

/// When the time is up; known once the call has to wait.
#[derive(Debug, Clone, Copy)]
enum Deadline {
    Unknown,
    Never,
    At(Instant),
}

impl Waiter {
    fn new(node: Arc<Node>) -> Box<Self> {
        Box::new(Self {
            node,
            timer: None,
            deadline: Deadline::Unknown,
            process: None,
            blocked: None,
            ended: None,
            key: 0,
        })
    }

    /// Waits for this process's answer.
    fn wait_for(&mut self, process: Arc<ProcessCell>, blocked: Option<Blocked>) {
        self.blocked = blocked;
        self.process = Some(process);
    }

    /// Whether the time is up, counted from the first time that the call had to wait. If not, the task will be woken.
    fn is_late(&mut self, limit: Limit, cx: &mut Context<'_>) -> bool {
        if let Deadline::Unknown = self.deadline {
            let limit = match (limit, &self.process) {
                (Limit::Within(limit), _) => Some(limit),
                (Limit::Forever, _) => None,
                (Limit::Default, Some(process)) => process.table().call_timeout,
                (Limit::Default, None) => Some(super::CALL_TIMEOUT),
            };
            let at = limit.and_then(|limit| Instant::now().checked_add(limit));
            self.deadline = at.map_or(Deadline::Never, Deadline::At);
        }
        let Deadline::At(deadline) = self.deadline else { return false };
        elapsed(&mut self.timer, deadline, cx)
    }
}

impl RawCall {
    pub(crate) fn new(address: Address, message: Parcel, queued: bool) -> Self {
        let message = Some(message);
        Self { address, message, limit: Limit::Default, queued, stage: Stage::New, waiter: None }
    }

    pub(crate) fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Sends the message without waiting for the answer.
    pub(crate) fn detach(mut self) {
        if let (Some(parcel), Stage::New) = (self.message.take(), &self.stage) {
            super::cast_parcel(&self.address, parcel);
        }
    }

    /// Drives the call; a reply is moved to `place`.
    ///
    /// # Safety
    /// `place` has room for a reply of type `kind`, which is what this call's message is answered with.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn poll(
        &mut self,
        cx: &mut Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Poll<Result<(), CallError>> {
        if let (Stage::New, false, Address::Process(process), Some(message)) =
            (self.stage, self.queued, &self.address, &mut self.message)
        {
            // SAFETY: `place` is as the caller promised; the message is this process's, for a client only makes calls
            // to its own server.
            match unsafe { run_inline(process, message, place, kind, cx) } {
                Inline::Done => {
                    self.sent();
                    self.stage = Stage::Finished;
                    return Poll::Ready(Ok(()));
                }
                Inline::Yield => return Poll::Pending,
                Inline::Later(node) => {
                    let process = Arc::clone(process);
                    if let Err(error) = self.later(process, node) {
                        return self.finish(Err(error));
                    }
                }
                Inline::Busy => {}
            }
        }
        // SAFETY: as promised by the caller.
        unsafe { self.poll_slowly(cx, place, kind) }
    }

    /// The message has been moved out.
    fn sent(&mut self) {
        if let Some(parcel) = self.message.take() {
            parcel.moved();
        }
    }

    /// The message was handled in place; the reply will come to this node.
    fn later(&mut self, process: Arc<ProcessCell>, node: Arc<Node>) -> Result<(), CallError> {
        self.sent();
        let (mut waiter, pid) = (Waiter::new(node), process.pid());
        // The time that it has waited for somebody to sit there counts.
        if let Some(before) = self.waiter.take() {
            waiter.deadline = before.deadline;
        }
        let blocked = Blocked::on(pid);
        waiter.wait_for(process, blocked);
        self.waiter = Some(waiter);
        self.stage = Stage::Waiting;
        // Its task may run elsewhere by now, and may have called the present process before this one was seen to wait.
        no_ring(pid)
    }

    #[allow(unsafe_code)]
    #[cold]
    unsafe fn poll_slowly(
        &mut self,
        cx: &mut Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Poll<Result<(), CallError>> {
        loop {
            match (self.stage, &mut self.waiter) {
                (Stage::New, _) => {
                    let sent = match self.address.clone() {
                        Address::Process(process) => self.send(&process, kind).map(|()| Progress::Sent),
                        // SAFETY: as promised by the caller.
                        Address::Seat(seat) => unsafe { self.send_to_seat(&seat, cx, place, kind) },
                    };
                    match sent {
                        Ok(Progress::Sent) => {}
                        Ok(Progress::Done) => return self.finish(Ok(())),
                        Ok(Progress::Yield) => return Poll::Pending,
                        Err(error) => return self.finish(Err(error)),
                    }
                }
                (Stage::Vacant, Some(waiter)) => {
                    let Address::Seat(seat) = &self.address else { return self.finish(Err(CallError::NoProcess)) };
                    match seat.wait(waiter.ended, waiter.key, cx.waker()) {
                        Occupant::Process(_) => self.stage = Stage::New,
                        Occupant::Closed => return self.finish(Err(CallError::NoProcess)),
                        Occupant::Nobody if waiter.is_late(self.limit, cx) => {
                            return self.finish(Err(CallError::Timeout));
                        }
                        Occupant::Nobody => return Poll::Pending,
                    }
                }
                (Stage::Waiting, Some(waiter)) => {
                    // SAFETY: the node was made for a reply of this kind, and `place` has room for one.
                    let mut answer = unsafe { waiter.node.poll(cx, place) };
                    if answer.is_pending() {
                        if !waiter.is_late(self.limit, cx) {
                            return Poll::Pending;
                        }
                        // A reply that came at the last moment counts.
                        // SAFETY: as above.
                        answer = unsafe { waiter.node.poll(cx, place) };
                    }
                    return match answer {
                        Poll::Ready(result) => self.finish(result),
                        Poll::Pending => self.finish(Err(CallError::Timeout)),
                    };
                }
                (Stage::Vacant | Stage::Waiting | Stage::Finished, _) => {
                    panic!("a call was polled after it had been answered");
                }
            }
        }
    }

    /// Sends to whoever sits there now, or begins to wait for the next occupant.
    ///
    /// # Safety
    /// As for `poll`.
    #[allow(unsafe_code)]
    unsafe fn send_to_seat(
        &mut self,
        seat: &Arc<Seat>,
        cx: &mut Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Result<Progress, CallError> {
        let ended = match seat.occupant() {
            Occupant::Closed => return Err(CallError::NoProcess),
            Occupant::Nobody => None,
            // It is as good as gone: the next one will answer.
            Occupant::Process(process) if process.turn.is_signalled() => Some(process.pid()),
            Occupant::Process(process) => {
                if let (false, Some(message)) = (self.queued, &mut self.message) {
                    // SAFETY: as promised by the caller; the seat is one of this client's server.
                    match unsafe { run_inline(&process, message, place, kind, cx) } {
                        Inline::Done => {
                            self.sent();
                            return Ok(Progress::Done);
                        }
                        Inline::Yield => return Ok(Progress::Yield),
                        Inline::Later(node) => {
                            return self.later(process, node).map(|()| Progress::Sent);
                        }
                        Inline::Busy => {}
                    }
                }
                match self.send(&process, kind) {
                    Ok(()) => return Ok(Progress::Sent),
                    Err(CallError::NoProcess) => Some(process.pid()),
                    Err(error) => return Err(error),
                }
            }
        };
        let waiter = self.waiter.get_or_insert_with(|| Waiter::new(Arc::new(Node::new(kind))));
        (waiter.ended, waiter.key) = (ended, unique());
        self.stage = Stage::Vacant;
        Ok(Progress::Sent)
    }

    /// Puts the message into the mailbox.
    #[allow(unsafe_code)]
    fn send(&mut self, process: &Arc<ProcessCell>, kind: &'static ReplyType) -> Result<(), CallError> {
        // Who waits is seen to wait before it looks: of two that call each other at one instant, one at least is told.
        let blocked = Blocked::on(process.pid());
        no_ring(process.pid())?;
        let spare = self.waiter.take().or_else(|| process.mailbox.with(|mailbox| mailbox.spare.take()));
        let mut waiter = spare.unwrap_or_else(|| Waiter::new(Arc::new(Node::new(kind))));
        match Arc::get_mut(&mut waiter.node) {
            Some(node) => node.reuse(kind),
            None => waiter.node = Arc::new(Node::new(kind)),
        }
        let Some(mut parcel) = self.message.take() else { return Err(CallError::NoReply) };
        // SAFETY: the parcel holds a message of this process's type, for a client only makes calls to its own server.
        let posted = unsafe { process.post(Word::Call(Arc::clone(&waiter.node)), parcel.message(), true) };
        match posted {
            Ok(()) => {
                parcel.moved();
                waiter.wait_for(Arc::clone(process), blocked);
                self.waiter = Some(waiter);
                self.stage = Stage::Waiting;
                Ok(())
            }
            Err(refused) => {
                self.message = Some(parcel);
                self.waiter = Some(waiter);
                Err(if refused == Refused::Full { CallError::Full } else { CallError::NoProcess })
            }
        }
    }

    fn finish(&mut self, result: Result<(), CallError>) -> Poll<Result<(), CallError>> {
        self.give_up();
        Poll::Ready(result)
    }

    /// Leaves the node, and leaves it to the next call if the server has done with it.
    fn give_up(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Finished);
        let Some(mut waiter) = self.waiter.take() else { return };
        if let (Stage::Vacant, Address::Seat(seat)) = (stage, &self.address) {
            seat.forget(waiter.key);
        }
        let Some(process) = waiter.process.take() else { return };
        waiter.node.abandon();
        waiter.blocked = None;
        waiter.deadline = Deadline::Unknown;
        if Arc::strong_count(&waiter.node) == 1 {
            let old = process
                .mailbox
                .with(|mailbox| if mailbox.closed { Some(waiter) } else { mailbox.spare.replace(waiter) });
            drop(old);
        }
    }
}

/// How sending to a seat went.
enum Progress {
    /// The reply is there.
    Done,
    /// The message is on its way, or waits for somebody to sit there.
    Sent,
    /// The task is to be polled again.
    Yield,
}

impl Drop for RawCall {
    fn drop(&mut self) {
        if self.waiter.is_some() {
            self.give_up();
        }
    }
}

/// Whether the time is up; makes sure that the task is woken when it is.
///
/// The timer may be one that an earlier call left armed. It then fires too early and is set to the time that counts,
/// which happens once in a while; setting it anew for each call would take the timer wheel's lock every time.
fn elapsed(timer: &mut Option<Pin<Box<Sleep>>>, deadline: Instant, cx: &mut Context<'_>) -> bool {
    let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
    if timer.deadline() > deadline {
        timer.as_mut().reset(deadline);
    }
    while timer.as_mut().poll(cx).is_ready() {
        if timer.deadline() >= deadline || Instant::now() >= deadline {
            return true;
        }
        timer.as_mut().reset(deadline);
    }
    false
}

/// While it lives, the running process is known to wait for another.
#[derive(Debug)]
struct Blocked {
    who: Arc<ProcessCell>,
    on: Pid,
}

impl Blocked {
    fn on(on: Pid) -> Option<Self> {
        let who = current::process()?;
        who.relations().tables().waits.push(on);
        Some(Self { who, on })
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        if let Some(tables) = &mut self.who.relations().tables
            && let Some(index) = tables.waits.iter().position(|pid| *pid == self.on)
        {
            tables.waits.swap_remove(index);
        }
    }
}

/// Fails if a call from here to `target` closes a ring.
fn no_ring(target: Pid) -> Result<(), CallError> {
    match ring(target) {
        None => Ok(()),
        Some(ring) if ring.len() == 1 => Err(CallError::CallingSelf),
        Some(ring) => Err(CallError::Deadlock(ring.into())),
    }
}

/// The ring of waiting processes that a call from here to `target` would close; just the caller if it calls itself.
fn ring(target: Pid) -> Option<Vec<Pid>> {
    let here = current::stack();
    let caller = *here.first()?;
    if target == caller {
        return Some(vec![caller]);
    }
    // The frames below the caller's wait for it on this very thread.
    let below = |pid: Pid| here.iter().position(|frame| *frame == pid);
    if let Some(index) = below(target) {
        return Some(here[..=index].to_vec());
    }
    // A process may wait for several others at once, so all ways are followed, each process once.
    let mut seen = vec![target];
    let mut paths = vec![vec![caller, target]];
    while let Some(mut path) = paths.pop() {
        let Some(process) = path.last().and_then(|last| table::find(*last)) else { continue };
        let waits = process.relations().tables.as_ref().map(|tables| tables.waits.clone()).unwrap_or_default();
        if let Some(index) = waits.iter().find_map(|pid| below(*pid)) {
            path.extend(here[1..=index].iter().rev().copied());
            return Some(path);
        }
        for pid in waits {
            if seen.len() < 1_000 && !seen.contains(&pid) {
                seen.push(pid);
                paths.push(path.iter().copied().chain([pid]).collect());
            }
        }
    }
    None
}
