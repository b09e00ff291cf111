//! Asking a supervisor, whatever its incarnation.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot;

use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::ended::Ended;
use crate::process::inbox::Protocol;
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::relations::unique;
use crate::process::seat::{Occupant, Seat};
use crate::process::{CallError, Pid, current};

/// Sends a letter and waits for its answer. If the supervisor is being restarted, the new one is asked.
///
/// The address must be that of a supervisor which is sent such letters.
pub(super) async fn ask<L: Protocol, T>(
    address: &Address,
    letter: impl FnOnce(oneshot::Sender<T>) -> L,
) -> Result<T, CallError> {
    let process = reach(address).await.ok_or(CallError::NoProcess)?;
    let (sender, answer) = oneshot::channel();
    let posted = process.post_parcel(Word::Message, Parcel::new(letter(sender)), false);
    match answer.await {
        Ok(answer) => Ok(answer),
        // It is ending, or had ended when the letter came.
        Err(_) => match (posted, Ended::new(Some(process)).await) {
            (Ok(()), reason) => Err(CallError::Exited(reason)),
            (Err(_), _) => Err(CallError::NoProcess),
        },
    }
}

/// As [`ask`], of a supervisor that serves nobody while a child of it starts: such a child is told that it would wait for
/// itself.
pub(super) async fn ask_in_turn<L: Protocol, T>(
    address: &Address,
    letter: impl FnOnce(oneshot::Sender<T>) -> L,
) -> Result<T, CallError> {
    match address.pid().and_then(current::is_started_by) {
        Some(ring) => Err(CallError::Deadlock(ring.into())),
        None => ask(address, letter).await,
    }
}

/// The process of an address; waits for the next one if it is being restarted.
pub(crate) async fn reach(address: &Address) -> Option<Arc<ProcessCell>> {
    let Address::Seat(seat) = address else { return address.process() };
    // One that is about to end is as good as gone.
    let answers = |process: &ProcessCell| process.is_alive() && !process.is_ending();
    let mut wait = Wait { seat, key: 0, ended: None };
    poll_fn(|cx| {
        loop {
            if wait.key == 0
                && let Occupant::Process(process) = seat.occupant()
                && answers(&process)
            {
                return Poll::Ready(Some(process));
            }
            if wait.key == 0 {
                wait.key = unique();
            }
            match seat.wait(wait.ended, wait.key, cx.waker()) {
                Occupant::Process(process) if answers(&process) => return Poll::Ready(Some(process)),
                // Whoever looks after the seat has not heard of its end yet.
                Occupant::Process(process) => wait.ended = Some(process.pid()),
                Occupant::Closed => return Poll::Ready(None),
                Occupant::Nobody => return Poll::Pending,
            }
        }
    })
    .await
}

/// Who waits for the next one in a seat. No more so when it is dropped.
struct Wait<'a> {
    seat: &'a Seat,
    /// 0 as long as the seat was never waited for.
    key: u64,
    /// The one that is known to have ended.
    ended: Option<Pid>,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if self.key != 0 {
            self.seat.forget(self.key);
        }
    }
}
