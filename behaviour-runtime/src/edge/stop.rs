//! Stopping a process in order.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::process::address::Address;
use crate::process::ended::Ended;
use crate::process::signal::Signal;
use crate::process::{CallError, ExitReason, current};

/// A stop that `client.stop()` describes (`gen_server:stop/1,3`).
///
/// What was sent before is handled first; then `#[terminate]` runs with the reason, `Normal` if nothing else is said.
/// Awaiting it waits until the process is gone, for ever if nothing else is said.
///
/// # Errors
/// [`CallError::NoProcess`] if it does not live, [`CallError::Exited`] if it ended with another reason,
/// [`CallError::Timeout`] if it was not gone in time (the stop still acts later), [`CallError::CallingSelf`] if a
/// process stops itself: `cx.stop(..)` does that.
#[must_use = "a stop does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Stop {
    address: Address,
    reason: ExitReason,
    within: Option<Duration>,
}

impl Stop {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, reason: ExitReason::Normal, within: None }
    }

    /// The reason that the process ends with.
    pub fn reason(mut self, reason: ExitReason) -> Self {
        self.reason = reason;
        self
    }

    /// Waits at most this long.
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }
}

impl IntoFuture for Stop {
    type Output = Result<(), CallError>;
    type IntoFuture = Stopping;

    fn into_future(self) -> Stopping {
        Stopping { stop: self, ended: None, timer: None }
    }
}

/// A stop under way. Dropping it gives up waiting.
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Stopping {
    stop: Stop,
    /// There once the process was told.
    ended: Option<Ended>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stopping {
    /// Tells the process, and begins to wait.
    fn tell(&mut self) -> Result<(), CallError> {
        let process = self.stop.address.process().filter(|process| process.is_alive()).ok_or(CallError::NoProcess)?;
        if current::runs(process.pid()) {
            return Err(CallError::CallingSelf);
        }
        process.receive(Signal::Stop { reason: self.stop.reason.clone() });
        self.timer = self.stop.within.map(|limit| Box::pin(sleep(limit)));
        self.ended = Some(Ended::new(Some(process)));
        Ok(())
    }
}

impl Future for Stopping {
    type Output = Result<(), CallError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.ended.is_none()
            && let Err(error) = this.tell()
        {
            return Poll::Ready(Err(error));
        }
        let end = this.ended.as_mut().map_or(Poll::Pending, |ended| Pin::new(ended).poll(cx));
        match end {
            Poll::Ready(end) if end == this.stop.reason => Poll::Ready(Ok(())),
            Poll::Ready(end) => Poll::Ready(Err(CallError::Exited(end))),
            Poll::Pending => match &mut this.timer {
                Some(timer) => timer.as_mut().poll(cx).map(|()| Err(CallError::Timeout)),
                None => Poll::Pending,
            },
        }
    }
}
