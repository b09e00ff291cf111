//! Stopping a process in order.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

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

    async fn run(self) -> Result<(), CallError> {
        let process = self.address.process().filter(|process| process.is_alive()).ok_or(CallError::NoProcess)?;
        if current::stack().contains(&process.pid()) {
            return Err(CallError::CallingSelf);
        }
        let reason = self.reason.clone();
        process.receive(Signal::Stop { reason: reason.clone() });
        let ended = Ended::new(Some(process));
        let end = match self.within {
            Some(limit) => tokio::time::timeout(limit, ended).await.map_err(|_| CallError::Timeout)?,
            None => ended.await,
        };
        if end == reason { Ok(()) } else { Err(CallError::Exited(end)) }
    }
}

impl IntoFuture for Stop {
    type Output = Result<(), CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
