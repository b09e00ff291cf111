//! A request to a process itself, on its way there and back.
//!
//! It is left at the process's desk as a function, which answers by a channel: at once, as a rule, or later.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::process::address::Address;
use crate::process::ring::Blocked;
use crate::process::sys::{SysError, Visit, guarded};
use crate::process::{self, BoxFuture, CALL_TIMEOUT, CallError};

/// What is asked of a process; nothing happens until it is awaited. See [`Sys`](super::Sys) for how it fails.
#[must_use = "a request is made when it is awaited"]
pub struct Request<T> {
    address: Option<Address>,
    work: Work<T>,
    within: Duration,
}

type Work<T> = Box<dyn FnOnce(&mut Visit<'_>, Answer<T>) + Send>;

/// Where the caller waits.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, SysError>>;

/// Does it and tells the caller; a panic, wherever in it, is the caller's error.
pub(super) fn answer_with<T>(answer: Answer<T>, work: impl FnOnce() -> Result<T, SysError>) {
    drop(answer.send(guarded(work).and_then(|done| done)));
}

impl<T> Request<T> {
    pub(super) fn new(address: Option<Address>, work: impl FnOnce(&mut Visit<'_>, Answer<T>) + Send + 'static) -> Self {
        Self { address, work: Box::new(work), within: CALL_TIMEOUT }
    }

    /// Waits at most this long for the answer, instead of 5 s.
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = limit;
        self
    }
}

impl<T: Send + 'static> IntoFuture for Request<T> {
    type Output = Result<T, SysError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(ask(self))
    }
}

/// Leaves the request with the process, and waits for the answer; for the process, too, if it is restarting.
async fn ask<T: Send + 'static>(Request { address, work, within }: Request<T>) -> Result<T, SysError> {
    let address = address.ok_or(CallError::NoProcess)?;
    let (answer, answered) = oneshot::channel();
    let mut request: process::sys::Request = Box::new(move |visit| work(visit, answer));
    let done = async {
        loop {
            let process = address.reach().await.ok_or(CallError::NoProcess)?;
            let _blocked = Blocked::on(process.pid())?;
            match process.ask(request) {
                Ok(()) => break answered.await.map_err(|_| CallError::Exited(process.end_reason()))?,
                // It has just ended: the next one is asked.
                Err(unasked) if matches!(address, Address::Seat(_)) => request = unasked,
                Err(_) => return Err(CallError::NoProcess.into()),
            }
        }
    };
    timeout(within, done).await.unwrap_or(Err(CallError::Timeout.into()))
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("address", &self.address).field("within", &self.within).finish_non_exhaustive()
    }
}
