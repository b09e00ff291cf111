//! Waiting for many tasks at once.

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop;
use tokio::time::{Sleep, sleep};

use crate::edge::Message;
use crate::process::{BoxFuture, CALL_TIMEOUT};

use super::bells::Bells;
use super::error::TaskError;
use super::handle::Task;
use super::shutdown::How;

type Given<T> = Result<T, TaskError>;

impl<T: Message> Task<T> {
    /// Waits for the values of all these tasks, in their order (`Task.await_many/2`): 5 s if nothing else is said, and no
    /// longer than until the first of them fails.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tasks = (1..4).map(|n| Task::spawn(async move { n * n }));
    /// assert_eq!(Task::await_many(tasks).await?, [1, 4, 9]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for `.await` on one of them. The others go on, linked, and their values are dropped.
    pub fn await_many(tasks: impl IntoIterator<Item = Self>) -> AwaitMany<T> {
        AwaitMany { tasks: tasks.into_iter().collect(), limit: Some(CALL_TIMEOUT) }
    }

    /// Waits for the values of all these tasks for a while (`Task.yield_many/2`): 5 s if nothing else is said. Of each task
    /// it tells what it gave, or nothing if that is not there yet; such a task stays as it is. If the wait itself is given up,
    /// all of them do.
    ///
    /// ```
    /// use std::time::Duration;
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() {
    /// let mut tasks = [1, 1_000_000].map(|ms| Task::spawn(tokio::time::sleep(Duration::from_millis(ms))));
    /// let first = Task::yield_many(&mut tasks).limit(1).await;
    /// assert_eq!(first, [Some(Ok(())), None]);
    ///
    /// let again = Task::yield_many(&mut tasks).within(Duration::ZERO).kill_on_timeout().await;
    /// assert_eq!(again, [None, None]);
    /// # }
    /// ```
    pub fn yield_many(tasks: &mut [Self]) -> YieldMany<'_, T> {
        YieldMany { tasks, limit: Some(CALL_TIMEOUT), wanted: usize::MAX, on_timeout: OnTimeout::Nothing }
    }
}

/// Many tasks that are awaited; see [`Task::await_many`].
#[must_use = "tasks are awaited when this is"]
pub struct AwaitMany<T> {
    tasks: Vec<Task<T>>,
    limit: Option<Duration>,
}

impl<T> AwaitMany<T> {
    /// Waits at most this long for all of them.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Waits as long as it takes.
    pub fn forever(mut self) -> Self {
        self.limit = None;
        self
    }
}

impl<T: Message> IntoFuture for AwaitMany<T> {
    type Output = Result<Vec<T>, TaskError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { mut tasks, limit } = self;
        Box::pin(async move {
            if tasks.iter().any(Task::is_spent) {
                return Err(TaskError::TAKEN);
            }
            let mut values: Vec<Option<T>> = tasks.iter().map(|_| None).collect();
            let mut round = Round::new(tasks.len(), limit);
            while round.open > 0 {
                let (number, given) = poll_fn(|cx| round.poll(&mut tasks, cx)).await.ok_or(TaskError::Timeout)?;
                values[number] = Some(given?);
            }
            Ok(values.into_iter().flatten().collect())
        })
    }
}

/// Many tasks that are looked at; see [`Task::yield_many`].
#[must_use = "tasks are looked at when this is awaited"]
pub struct YieldMany<'a, T> {
    tasks: &'a mut [Task<T>],
    limit: Option<Duration>,
    wanted: usize,
    on_timeout: OnTimeout,
}

#[derive(Debug, Clone, Copy)]
enum OnTimeout {
    Nothing,
    Ignore,
    Kill,
}

impl<T> YieldMany<'_, T> {
    /// Waits at most this long.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Waits as long as it takes.
    pub fn forever(mut self) -> Self {
        self.limit = None;
        self
    }

    /// Waits for no more than so many of them.
    pub fn limit(mut self, tasks: usize) -> Self {
        self.wanted = tasks;
        self
    }

    /// When the time is up, kills the tasks that are not done (`on_timeout: :kill_task`).
    pub fn kill_on_timeout(mut self) -> Self {
        self.on_timeout = OnTimeout::Kill;
        self
    }

    /// When the time is up, lets the tasks go that are not done, as [`Task::ignore`] does (`on_timeout: :ignore`).
    pub fn ignore_on_timeout(mut self) -> Self {
        self.on_timeout = OnTimeout::Ignore;
        self
    }
}

impl<'a, T: Message> IntoFuture for YieldMany<'a, T> {
    type Output = Vec<Option<Result<T, TaskError>>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { tasks, limit, wanted, on_timeout } = self;
        Box::pin(async move {
            let given = tasks.iter().map(|_| None).collect();
            let mut round = Round::new(tasks.len(), limit);
            // What was taken before gives nothing any more.
            round.open -= tasks.iter().filter(|task| task.is_spent()).count();
            let mut left = wanted.min(round.open);
            let mut look = Look { tasks, given };
            while left > 0 {
                let Some((number, value)) = poll_fn(|cx| round.poll(look.tasks, cx)).await else {
                    on_timeout.act(&mut look).await;
                    break;
                };
                look.given[number] = Some(value);
                left -= 1;
            }
            std::mem::take(&mut look.given)
        })
    }
}

/// Tasks, and what they gave until now. If that is given up, each has what it gave still.
struct Look<'a, T: Message> {
    tasks: &'a mut [Task<T>],
    given: Vec<Option<Given<T>>>,
}

impl<T: Message> Drop for Look<'_, T> {
    fn drop(&mut self) {
        for (task, given) in self.tasks.iter_mut().zip(self.given.drain(..)) {
            if let Some(given) = given {
                task.give_back(given);
            }
        }
    }
}

impl OnTimeout {
    async fn act<T: Message>(self, look: &mut Look<'_, T>) {
        for (task, given) in look.tasks.iter_mut().zip(&mut look.given) {
            if task.is_spent() {
                continue;
            }
            *given = match self {
                Self::Nothing => None,
                Self::Ignore => task.let_go(),
                Self::Kill => task.shut_down(How::Kill).await,
            };
        }
    }
}

/// Looking at many tasks until each has given its value, or the time is up.
struct Round {
    bells: Bells,
    /// How many have not given theirs.
    open: usize,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Round {
    fn new(tasks: usize, limit: Option<Duration>) -> Self {
        Self { bells: Bells::new(tasks), open: tasks, timer: limit.map(|limit| Box::pin(sleep(limit))) }
    }

    /// The next value, and whose it is; none if the time is up.
    fn poll<T: Message>(&mut self, tasks: &mut [Task<T>], cx: &mut Context<'_>) -> Poll<Option<(usize, Given<T>)>> {
        // A task without budget has nothing to tell, but that it wants to be asked again.
        if !coop::has_budget_remaining() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while let Some(number) = self.bells.next(cx) {
            let bell = self.bells.waker(number);
            if let Poll::Ready(given) = tasks[number].poll_value(&mut Context::from_waker(&bell)) {
                self.open -= 1;
                return Poll::Ready(Some((number, given)));
            }
        }
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(cx).map(|()| None),
            None => Poll::Pending,
        }
    }
}

impl<T> fmt::Debug for AwaitMany<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitMany").field("tasks", &self.tasks).field("limit", &self.limit).finish()
    }
}

impl<T> fmt::Debug for YieldMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YieldMany").field("tasks", &self.tasks).field("limit", &self.limit).finish_non_exhaustive()
    }
}
