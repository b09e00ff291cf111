//! A task, in the hands of who waits for its value.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use crate::edge::Message;
use crate::process::call::Limit;
use crate::process::promise::Promise;
use crate::process::receive::send;
use crate::process::signal::Signal;
use crate::process::{CALL_TIMEOUT, ExitReason, Pid, current, table};

use super::client::table_of;
use super::error::{TaskError, broken};

/// A process that computes one value, and the right to that value (Elixir's `Task`).
///
/// ```
/// use behaviour::prelude::*;
/// # async fn fetch(page: u32) -> String { format!("page {page}") }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let first = Task::spawn(fetch(1));
/// let second = Task::spawn(fetch(2)); // meanwhile
/// assert_eq!((first.await?, second.await?), ("page 1".to_string(), "page 2".to_string()));
/// # Ok(())
/// # }
/// ```
///
/// - **Linked.** A task that a process spawns is linked to it: if it crashes that process ends, too, unless it traps
///   exits; and if that process crashes or is killed, so is the task. One that ends normally leaves its tasks to go on. A
///   [`TaskSupervisor`](super::TaskSupervisor)'s `spawn_nolink` gives a task whose crash is only told to who awaits it.
/// - **Owned.** A value has one taker: a task cannot be cloned, and to await it uses it up. Whoever has it may await it;
///   the link stays with the process that spawned it.
///
/// ```compile_fail,E0382
/// # use behaviour::prelude::*;
/// # async fn twice() {
/// let task = Task::spawn(async { 42 });
/// task.await.unwrap();
/// task.await.unwrap(); // use of moved value
/// # }
/// ```
///
/// - To await it waits 5 s if nothing else is said: `task.within(d)`, `task.forever()`.
/// - Where it is one of several things that are waited for, `&mut task` is the future: as long as it takes, and whoever
///   stops waiting has the task still.
///
/// ```
/// use std::time::Duration;
/// use behaviour::prelude::*;
///
/// # #[behaviour::main]
/// # async fn main() {
/// let mut task = Task::spawn(tokio::time::sleep(Duration::from_secs(3600)));
/// tokio::select! {
///     done = &mut task => panic!("{done:?}"),
///     () = tokio::time::sleep(Duration::from_millis(10)) => {
///         task.shutdown().await;
///     }
/// }
/// # }
/// ```
///
/// - A task that is dropped lives on, linked, and its value is dropped; [`ignore`](Self::ignore) unlinks it as well, and
///   [`shutdown`](Self::shutdown) ends it. For work whose value nobody wants there is [`Task::start`].
#[must_use = "await a task for its value; `.ignore()` lets it go on without, `.shutdown()` ends it"]
pub struct Task<T = ()> {
    /// None if it never had one.
    pid: Option<Pid>,
    /// The process that it is linked to, if any.
    owner: Option<Pid>,
    answer: Answer<T>,
}

/// What is there of the value.
enum Answer<T> {
    Promised(Promise<T>),
    Here(Result<T, TaskError>),
    /// It was taken.
    Spent,
}

impl<T: Message> Task<T> {
    /// Spawns a process that computes a value, linked to this one if there is one (`Task.async/1`).
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn spawn<F>(work: F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        Self::spawn_for(crate::process::current(), work)
    }

    /// The owner, if there is one, is the present process.
    pub(super) fn spawn_for<F>(owner: Option<Pid>, work: F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (promise, debt) = Promise::new();
        let pid = debt.spawn(table_of::<F, T>(), owner.is_some(), work);
        Self::new(pid, owner, promise)
    }

    /// A task that has its value already, and no process (`Task.completed/1`): for where a task is expected.
    pub fn completed(value: T) -> Self {
        Self { pid: None, owner: None, answer: Answer::Here(Ok(value)) }
    }

    pub(super) fn new(pid: Pid, owner: Option<Pid>, promise: Promise<T>) -> Self {
        Self { pid: Some(pid), owner, answer: Answer::Promised(promise) }
    }

    /// Waits at most this long for the value (`Task.await/2`).
    ///
    /// # Errors
    /// As for `.await`: [`TaskError::Exited`] if the task ends without a value, with `NoProcess` if its value was taken; [`TaskError::Timeout`] if it takes longer:
    /// it goes on then, linked, and its value is dropped; [`TaskError::Deadlock`] if it waits for this process.
    pub fn within(self, limit: Duration) -> Await<T> {
        Await { task: self, limit: Limit::Within(limit) }
    }

    /// Waits for the value as long as it takes.
    ///
    /// # Errors
    /// As for `.await`.
    pub fn forever(self) -> Await<T> {
        Await { task: self, limit: Limit::Forever }
    }

    /// Waits for the value for a while, and leaves the task as it is if there is none yet (`Task.yield/2`).
    ///
    /// A task whose value was taken so gives nothing any more, at once; and to await it is an error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut task = Task::spawn(async {
    ///     tokio::time::sleep(Duration::from_millis(20)).await;
    ///     42
    /// });
    /// assert_eq!(task.yield_for(Duration::ZERO).await, None);
    /// assert_eq!(task.await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn yield_for(&mut self, limit: Duration) -> Yield<'_, T> {
        Yield { task: self, limit: Limit::Within(limit) }
    }

    /// Lets the task go (`Task.ignore/1`): it goes on, unlinked, and its value is dropped.
    ///
    /// If it has ended already, what it gave is returned.
    #[allow(clippy::must_use_candidate)]
    pub fn ignore(mut self) -> Option<Result<T, TaskError>> {
        self.let_go()
    }

    /// As `ignore`; afterwards its value counts as taken.
    pub(super) fn let_go(&mut self) -> Option<Result<T, TaskError>> {
        self.unlink();
        let taken = self.take_now();
        self.answer = Answer::Spent;
        taken
    }

    /// What was taken is to be taken again.
    pub(super) fn give_back(&mut self, value: Result<T, TaskError>) {
        self.answer = Answer::Here(value);
    }

    /// Whether its value was taken.
    pub(super) fn is_spent(&self) -> bool {
        matches!(self.answer, Answer::Spent)
    }

    /// What is there already.
    pub(super) fn take_now(&mut self) -> Option<Result<T, TaskError>> {
        // Not for want of budget: this is asked once.
        let taken = tokio::task::coop::unconstrained(std::future::poll_fn(|cx| self.poll_value(cx)));
        match std::pin::pin!(taken).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    /// Looks for the value; never ready once it was taken.
    pub(super) fn poll_value(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, TaskError>> {
        let value = match &mut self.answer {
            Answer::Promised(promise) => {
                ready!(promise.poll(cx)).map_err(|error| broken(error, self.pid.unwrap_or(Pid::NOBODY)))
            }
            Answer::Here(_) => match std::mem::replace(&mut self.answer, Answer::Spent) {
                Answer::Here(value) => value,
                Answer::Promised(_) | Answer::Spent => return Poll::Pending,
            },
            Answer::Spent => return Poll::Pending,
        };
        self.answer = Answer::Spent;
        Poll::Ready(value)
    }

    /// As `poll_value`, and looks at the time.
    pub(super) fn poll_within(&mut self, limit: Limit, cx: &mut Context<'_>) -> Poll<Result<T, TaskError>> {
        if let Poll::Ready(value) = self.poll_value(cx) {
            return Poll::Ready(value);
        }
        let Answer::Promised(promise) = &mut self.answer else { return Poll::Pending };
        if !promise.is_late(limit, cx) {
            return Poll::Pending;
        }
        // A value that came at the last moment counts.
        match self.poll_value(cx) {
            Poll::Pending => Poll::Ready(Err(TaskError::Timeout)),
            value @ Poll::Ready(_) => value,
        }
    }

    fn rest(&mut self) {
        if let Answer::Promised(promise) = &mut self.answer {
            promise.rest();
        }
    }
}

impl<T> Task<T> {
    /// Its process; none if it is one that was completed from the beginning.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        self.pid
    }

    /// The process that it was linked to when it was spawned.
    #[must_use]
    pub fn owner(&self) -> Option<Pid> {
        self.owner
    }

    /// Its end shall not be the owner's any more, nor the other way round.
    pub(super) fn unlink(&self) {
        if let (Some(owner), Some(task)) = (self.owner, self.pid())
            && let Some(owner) = table::find(owner)
        {
            owner.unlink(task);
        }
    }

    /// Ends it without waiting for that.
    pub(super) fn discard(&self) {
        self.unlink();
        self.signal(ExitReason::Killed, true);
    }

    pub(super) fn signal(&self, reason: ExitReason, kill: bool) {
        if let Some(pid) = self.pid() {
            let from = current::look(|process| process.pid()).unwrap_or(Pid::NOBODY);
            send(pid, Signal::Exit { from, reason, link: None, kill });
        }
    }
}

impl<T: Message> IntoFuture for Task<T> {
    type Output = Result<T, TaskError>;
    type IntoFuture = Await<T>;

    fn into_future(self) -> Await<T> {
        self.within(CALL_TIMEOUT)
    }
}

/// Awaits it where others say for how long: in a `select!`, or under a `timeout`.
///
/// Nobody's time is counted, and who drops the future has the task still. The value is taken once, as ever: then it is
/// [`TaskError::Exited`] with `NoProcess`.
impl<'a, T: Message> IntoFuture for &'a mut Task<T> {
    type Output = Result<T, TaskError>;
    type IntoFuture = AwaitMut<'a, T>;

    fn into_future(self) -> AwaitMut<'a, T> {
        AwaitMut { task: self }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "Task{pid}"),
            None => f.write_str("Task(completed)"),
        }
    }
}

/// A task that is awaited. Dropping it drops the task.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Await<T> {
    task: Task<T>,
    limit: Limit,
}

/// Nothing in it refers to itself.
impl<T> Unpin for Await<T> {}

impl<T: Message> Future for Await<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { task, limit } = &mut *self;
        if task.is_spent() {
            return Poll::Ready(Err(TaskError::TAKEN));
        }
        if let Poll::Ready(value) = task.poll_within(*limit, cx) {
            return Poll::Ready(value);
        }
        // The process that runs here may be who the task waits for.
        if let (Answer::Promised(promise), Some(pid)) = (&mut task.answer, task.pid)
            && let Err(error) = promise.block_on(pid)
        {
            return Poll::Ready(Err(broken(error, pid)));
        }
        Poll::Pending
    }
}

/// A task that is awaited and kept: `&mut task` as a future. Dropping it leaves the task as it is.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct AwaitMut<'a, T: Message> {
    task: &'a mut Task<T>,
}

impl<T: Message> Future for AwaitMut<'_, T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.task.is_spent() {
            return Poll::Ready(Err(TaskError::TAKEN));
        }
        // Who looks at several things waits for none of them alone, so this is no part of a ring.
        self.task.poll_value(cx)
    }
}

/// A look at a task that may take a while; see [`Task::yield_for`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Yield<'a, T: Message> {
    task: &'a mut Task<T>,
    limit: Limit,
}

impl<T: Message> Future for Yield<'_, T> {
    type Output = Option<Result<T, TaskError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let limit = self.limit;
        if self.task.is_spent() {
            return Poll::Ready(None);
        }
        match ready!(self.task.poll_within(limit, cx)) {
            Err(TaskError::Timeout) => Poll::Ready(None),
            value => Poll::Ready(Some(value)),
        }
    }
}

impl<T: Message> Drop for Yield<'_, T> {
    fn drop(&mut self) {
        self.task.rest();
    }
}
