//! A call: ask, and wait for the answer.
//!
//! A call that finds its server idle runs it on the spot (`inline.rs`) and needs no node, no queue and no wake-up.
//! Any other call goes through the mailbox and waits at a node (`waiter.rs`). The deadline is taken when the first poll
//! is pending, so that a call which is answered at once does not read the clock.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop;

use super::address::Address;
use super::cell::ProcessCell;
use super::error::CallError;
use super::inline;
use super::mailbox::{Refused, Word};
use super::node::{Node, ReplyType};
use super::parcel::Parcel;
use super::relations::unique;
use super::ring::Blocked;
use super::seat::{Occupant, Seat};
use super::waiter::Waiter;

/// How long a call waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// As long as the server's options say: 5 s if they say nothing.
    Default,
    Within(Duration),
    Forever,
}

impl Limit {
    /// The limit of a call to this process.
    fn at(self, process: &ProcessCell) -> Self {
        match self {
            Self::Default => process.table().call_timeout.map_or(Self::Forever, Self::Within),
            said => said,
        }
    }
}

/// A call whose types are forgotten.
///
/// Small, because it moves: into the future that awaits it, and from poll to poll. What only a waiting call needs is in
/// a box, which the next waiting call uses again.
#[derive(Debug)]
pub(crate) struct RawCall {
    address: Address,
    /// There while the stage is `New` or `Vacant`.
    message: ManuallyDrop<Parcel>,
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

#[allow(unsafe_code)]
impl RawCall {
    #[inline]
    pub(crate) fn new(address: Address, message: Parcel, queued: bool) -> Self {
        let message = ManuallyDrop::new(message);
        Self { address, message, limit: Limit::Default, queued, stage: Stage::New, waiter: None }
    }

    pub(crate) fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Sends the message without waiting for the answer.
    pub(crate) fn detach(mut self) {
        if self.stage == Stage::New {
            self.stage = Stage::Finished;
            // SAFETY: the message was there, and the stage says now that it is not.
            let message = unsafe { ManuallyDrop::take(&mut self.message) };
            super::cast_parcel(&self.address, message);
        }
    }

    /// Drives the call; a reply is moved to `place`.
    ///
    /// # Safety
    /// `place` has room for a reply of type `kind`, which is what this call's message is answered with.
    pub(crate) unsafe fn poll(
        &mut self,
        cx: &mut Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Poll<Result<(), CallError>> {
        if self.stage == Stage::New {
            let Poll::Ready(budget) = coop::poll_proceed(cx) else { return Poll::Pending };
            // Progress is made, whatever comes of it; to forget the guard says so without a call.
            std::mem::forget(budget);
            if !self.queued
                && let Address::Process(process) = &self.address
                && inline::enter(process)
            {
                // SAFETY: we hold the turn; `place` is as the caller promised; the message is there, for the call is
                // new, and this process's, for a client only makes calls to its own server.
                let later = unsafe { inline::run(process, self.message.message(), place, kind) };
                return match later {
                    None => {
                        self.sent(Stage::Finished);
                        Poll::Ready(Ok(()))
                    }
                    Some(node) => {
                        let process = Arc::clone(process);
                        match self.later(&process, node) {
                            // SAFETY: as promised by the caller.
                            Ok(()) => unsafe { self.poll_slowly(cx, place, kind) },
                            Err(error) => self.finish(Err(error)),
                        }
                    }
                };
            }
        }
        // SAFETY: as promised by the caller.
        unsafe { self.poll_slowly(cx, place, kind) }
    }

    /// The message has been moved out.
    #[inline]
    fn sent(&mut self, stage: Stage) {
        self.stage = stage;
        // SAFETY: the stage says now that the message is not there.
        unsafe { self.message.moved() };
    }

    /// The message was handled in place; the reply will come to this node.
    #[cold]
    fn later(&mut self, process: &ProcessCell, node: Arc<Node>) -> Result<(), CallError> {
        self.sent(Stage::Waiting);
        self.limit = self.limit.at(process);
        // The time that it has waited for somebody to sit there counts.
        let before = self.waiter.take();
        let waiter = self.waiter.insert(Waiter::new(node));
        if let Some(before) = before {
            waiter.since(&before);
        }
        // Its task may run elsewhere by now, and may have called the present process before this one was seen to wait.
        waiter.blocked = Blocked::on(process.pid())?;
        Ok(())
    }

    #[inline(never)]
    unsafe fn poll_slowly(
        &mut self,
        cx: &mut Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Poll<Result<(), CallError>> {
        loop {
            match (self.stage, &mut self.waiter) {
                (Stage::New, waiter) => {
                    let sent = match &self.address {
                        Address::Process(process) => {
                            self.limit = self.limit.at(process);
                            // SAFETY: the message is there, for the call is new, and this process's.
                            unsafe { send(process, &mut self.message, waiter, cx, kind) }
                        }
                        Address::Seat(seat) => {
                            let seat = Arc::clone(seat);
                            // SAFETY: as promised by the caller.
                            unsafe { self.send_to_seat(&seat, cx, place, kind) }
                        }
                        Address::Key(key) => match key.0.process() {
                            // SAFETY: as promised by the caller; the key is one of this client's server.
                            Some(process) => unsafe { self.send_to(&process, cx, place, kind) },
                            None => Err(CallError::NoProcess),
                        },
                    };
                    match sent {
                        Ok(Progress::Sent) => {
                            self.sent(Stage::Waiting);
                            // The waker is at the node from the beginning.
                            if self.waiter.as_mut().is_some_and(|waiter| !waiter.is_late(self.limit, cx)) {
                                return Poll::Pending;
                            }
                        }
                        Ok(Progress::SentLater) => self.sent(Stage::Waiting),
                        Ok(Progress::Later) => {}
                        Ok(Progress::Done) => return Poll::Ready(Ok(())),
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
                        Poll::Ready(result) => {
                            self.answered();
                            Poll::Ready(result)
                        }
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
    /// As for `poll`; the call is new.
    unsafe fn send_to_seat(
        &mut self,
        seat: &Seat,
        cx: &mut Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Result<Progress, CallError> {
        let ended = match seat.occupant() {
            Occupant::Closed => return Err(CallError::NoProcess),
            Occupant::Nobody => None,
            // It is as good as gone: the next one will answer.
            Occupant::Process(process) if process.is_ending() => Some(process.pid()),
            // SAFETY: as promised by the caller; the seat is one of this client's server.
            Occupant::Process(process) => match unsafe { self.send_to(&process, cx, place, kind) } {
                Err(CallError::NoProcess) => Some(process.pid()),
                done => return done,
            },
        };
        if self.limit == Limit::Default {
            self.limit = Limit::Within(super::CALL_TIMEOUT);
        }
        let waiter = self.waiter.get_or_insert_with(|| Waiter::take(kind, cx.waker()));
        (waiter.ended, waiter.key) = (ended, unique());
        self.stage = Stage::Vacant;
        Ok(Progress::Later)
    }

    /// Sends to a process that was found on the way, or runs it in place.
    ///
    /// # Safety
    /// As for `poll`; the call is new, and the process is one that takes its message.
    unsafe fn send_to(
        &mut self,
        process: &Arc<ProcessCell>,
        cx: &Context<'_>,
        place: *mut u8,
        kind: &'static ReplyType,
    ) -> Result<Progress, CallError> {
        if !self.queued && inline::enter(process) {
            // SAFETY: as in `poll`.
            let Some(node) = (unsafe { inline::run(process, self.message.message(), place, kind) }) else {
                self.sent(Stage::Finished);
                return Ok(Progress::Done);
            };
            return self.later(process, node).map(|()| Progress::Later);
        }
        self.limit = self.limit.at(process);
        // SAFETY: as promised by the caller.
        unsafe { send(process, &mut self.message, &mut self.waiter, cx, kind) }
    }

    /// The node has nothing more to tell.
    fn answered(&mut self) {
        self.stage = Stage::Finished;
        if let Some(waiter) = self.waiter.take() {
            waiter.keep();
        }
    }

    fn finish(&mut self, result: Result<(), CallError>) -> Poll<Result<(), CallError>> {
        self.give_up();
        Poll::Ready(result)
    }

    /// Drops what is left of the call, and leaves the waiter to the next one.
    #[cold]
    fn give_up(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Finished);
        if let Some(waiter) = self.waiter.take() {
            match (stage, &self.address) {
                (Stage::Vacant, Address::Seat(seat)) => seat.forget(waiter.key),
                (Stage::Waiting, _) => waiter.node.abandon(),
                _ => {}
            }
            waiter.keep();
        }
        if let Stage::New | Stage::Vacant = stage {
            // SAFETY: the message was there, and the stage says now that it is not.
            unsafe { ManuallyDrop::drop(&mut self.message) };
        }
    }
}

/// Puts the message into the mailbox. If that fails, it is still in its parcel.
///
/// # Safety
/// The parcel holds a message of this process's type. It is not used again if this succeeds.
#[allow(unsafe_code)]
unsafe fn send(
    process: &ProcessCell,
    message: &mut Parcel,
    waiter: &mut Option<Box<Waiter>>,
    cx: &Context<'_>,
    kind: &'static ReplyType,
) -> Result<Progress, CallError> {
    let blocked = Blocked::on(process.pid())?;
    let fresh = waiter.is_none();
    let waiter = waiter.get_or_insert_with(|| Waiter::take(kind, cx.waker()));
    // SAFETY: as promised by the caller.
    match unsafe { process.post(Word::Call(Arc::clone(&waiter.node)), message.message(), true) } {
        Ok(()) => {
            if blocked.is_some() {
                waiter.blocked = blocked;
            }
            Ok(if fresh { Progress::Sent } else { Progress::SentLater })
        }
        Err(Refused::Full) => Err(CallError::Full),
        Err(Refused::Ended) => Err(CallError::NoProcess),
    }
}

/// How sending went.
enum Progress {
    /// The reply is there.
    Done,
    /// The message is in the mailbox.
    Sent,
    /// The message is in the mailbox, of somebody whom the call had to wait for.
    SentLater,
    /// The call waits for a node that it has, or for somebody to sit there.
    Later,
}

impl Drop for RawCall {
    #[inline]
    fn drop(&mut self) {
        if self.stage != Stage::Finished {
            self.give_up();
        }
    }
}
