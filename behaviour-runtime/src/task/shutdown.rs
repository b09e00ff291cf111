//! Ending a task that its owner has.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use crate::edge::Message;
use crate::process::{BoxFuture, CALL_TIMEOUT, ExitReason};

use super::error::TaskError;
use super::handle::Task;

/// The end of a task, as [`Task::shutdown`] describes it: `.await` does it.
#[must_use = "a task is shut down when this is awaited"]
pub struct ShutdownTask<T> {
    task: Task<T>,
    how: How,
}

/// How a task is ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    Within(Duration),
    Kill,
}

impl<T: Message> Task<T> {
    /// Unlinks the task, tells it to shut down, and waits until it is gone, 5 s if nothing else is said; then it is killed
    /// (`Task.shutdown/2`).
    ///
    /// It gives the value if that was there first; nothing if the task ended as it was told; and what it ended with if
    /// that is something else, `Killed` included if it did not shut down in time.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() {
    /// let endless = Task::<()>::spawn(std::future::pending());
    /// assert_eq!(endless.shutdown().await, None);
    /// # }
    /// ```
    ///
    /// A shutdown that is given up kills the task.
    pub fn shutdown(self) -> ShutdownTask<T> {
        ShutdownTask { task: self, how: How::Within(CALL_TIMEOUT) }
    }

    pub(super) async fn shut_down(&mut self, how: How) -> Option<Result<T, TaskError>> {
        if self.is_spent() {
            return Some(Err(TaskError::TAKEN));
        }
        self.unlink();
        let mut ending = Ending { task: self, over: false };
        let task = &mut *ending.task;
        let ended = match how {
            How::Kill => {
                task.signal(ExitReason::Killed, true);
                unless(task.wait().await, &ExitReason::Killed)
            }
            How::Within(limit) => {
                task.signal(ExitReason::Shutdown, false);
                let ended = if let Some(ended) = task.yield_for(limit).await {
                    ended
                } else {
                    task.signal(ExitReason::Killed, true);
                    // It may have been about to end as it was told.
                    task.wait().await
                };
                unless(ended, &ExitReason::Shutdown)
            }
        };
        ending.over = true;
        ended
    }

    /// Waits for the value as long as it takes.
    async fn wait(&mut self) -> Result<T, TaskError> {
        std::future::poll_fn(|cx| self.poll_value(cx)).await
    }
}

/// Nothing, if the task ended as it was told.
fn unless<T>(ended: Result<T, TaskError>, told: &ExitReason) -> Option<Result<T, TaskError>> {
    match &ended {
        Err(TaskError::Exited(reason)) if reason == told => None,
        _ => Some(ended),
    }
}

/// A task that is being shut down. If that is given up, it is killed.
struct Ending<'a, T> {
    task: &'a mut Task<T>,
    over: bool,
}

impl<T> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        if !self.over {
            self.task.signal(ExitReason::Killed, true);
        }
    }
}

impl<T> ShutdownTask<T> {
    /// Gives the task this much time to shut down.
    pub fn within(mut self, limit: Duration) -> Self {
        self.how = How::Within(limit);
        self
    }

    /// Kills it.
    pub fn brutal_kill(mut self) -> Self {
        self.how = How::Kill;
        self
    }
}

impl<T: Message> IntoFuture for ShutdownTask<T> {
    type Output = Option<Result<T, TaskError>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { mut task, how } = self;
        Box::pin(async move { task.shut_down(how).await })
    }
}

impl<T> fmt::Debug for ShutdownTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownTask").field("task", &self.task).field("how", &self.how).finish()
    }
}
