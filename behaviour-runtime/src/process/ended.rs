//! Waiting for the end of a process, for anybody.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::cell::ProcessCell;
use super::reason::ExitReason;
use super::relations::unique;

/// Waits until a process has ended, and tells why.
///
/// Unlike a monitor it needs no process to wait in. It is ready when the process is gone: its state is dropped, its name is
/// free, and everybody who is linked to it or watches it has been told. So a supervisor that is asked now knows of the
/// end.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Ended {
    process: Option<Arc<ProcessCell>>,
    key: u64,
    /// Whether the process has our waker.
    waits: bool,
}

impl Ended {
    pub(crate) fn new(process: Option<Arc<ProcessCell>>) -> Self {
        Self { process, key: unique(), waits: false }
    }
}

impl Future for Ended {
    type Output = ExitReason;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ExitReason> {
        let Some(process) = &self.process else { return Poll::Ready(ExitReason::NoProcess) };
        let end = process.wait_for_end(self.key, cx.waker());
        self.waits = end.is_none();
        end.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if self.waits
            && let Some(process) = &self.process
        {
            process.forget_waiting_for_end(self.key);
        }
    }
}
