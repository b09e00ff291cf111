//! Where callbacks of handlers run: a panic of one is a value, and goes no further.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use crate::process::{BoxFuture, ExitReason, Step, discard, report};

/// Runs it; a panic is the reason.
#[inline]
pub(super) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, ExitReason> {
    catch_unwind(AssertUnwindSafe(f)).map_err(report::panicked)
}

/// Waits for it; a panic is the reason.
pub(super) async fn finished<T>(future: BoxFuture<'_, T>) -> Result<T, ExitReason> {
    let mut future = future;
    let done = poll_fn(|cx| match caught(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(reason) => Poll::Ready(Err(reason)),
    });
    let done = done.await;
    discard(future);
    done
}

/// Waits for what a callback left behind, if it has to wait.
pub(super) async fn stepped(step: Result<Step<'_>, ExitReason>) -> Result<(), ExitReason> {
    match step {
        Ok(Some(future)) => finished(future).await,
        Ok(None) => Ok(()),
        Err(reason) => Err(reason),
    }
}
