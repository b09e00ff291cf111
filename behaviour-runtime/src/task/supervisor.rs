//! Task supervisors: dynamic supervisors whose children are tasks.

use std::future::Future;

use crate::edge::Message;
use crate::process::{self, CallError, LifeOutcome, Pid};
use crate::supervisor::{ChildState, DynamicSupervisor, DynamicSupervisorClient, Once, Restart, StartChild};

use super::handle::Task;
use super::stream::AsyncStream;
use super::supervised::SpawnTask;

/// Stands for tasks of any kind as the children of a [`TaskSupervisor`].
#[derive(Debug, Clone, Copy)]
pub enum Tasks {}

/// A supervisor whose children are tasks (Elixir's `Task.Supervisor`): so they are seen, counted, limited in number, and
/// ended in order with the tree that it is part of.
///
/// ```
/// use behaviour::prelude::*;
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tasks = TaskSupervisor::start().max_children(10).await?;
/// let task = tasks.spawn(async { 40 + 2 }).await?;
/// assert_eq!(task.await?, 42);
///
/// tasks.start_temporary(async { println!("nobody waits for this") }).await?;
/// # Ok(())
/// # }
/// ```
///
/// It is a [`DynamicSupervisor`], with its options. A task is temporary if nobody says otherwise.
pub type TaskSupervisor = DynamicSupervisor<Tasks>;

/// A client of a running [`TaskSupervisor`].
pub type TaskSupervisorClient = DynamicSupervisorClient<Tasks>;

impl DynamicSupervisorClient<Tasks> {
    /// Spawns a task that is the child of this supervisor and linked to the present process, if there is one
    /// (`Task.Supervisor.async/2`).
    ///
    /// # Errors
    /// [`StartChildError::MaxChildren`](crate::supervisor::StartChildError::MaxChildren) if there are as many as there may
    /// be, [`StartChildError::Call`](crate::supervisor::StartChildError::Call) if the supervisor does not live.
    pub fn spawn<F>(&self, work: F) -> SpawnTask<F::Output>
    where
        F: Future<Output: Message> + Send + 'static,
    {
        SpawnTask::new(self.address(), process::current(), work)
    }

    /// Spawns a task that is the child of this supervisor and linked to nobody else (`Task.Supervisor.async_nolink/2`): how
    /// it ends is told to who awaits it, and to nobody else.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tasks = TaskSupervisor::start().await?;
    /// let task = tasks.spawn_nolink(async { "no number".parse::<u32>().unwrap() }).await?;
    /// assert!(task.await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`spawn`](Self::spawn).
    pub fn spawn_nolink<F>(&self, work: F) -> SpawnTask<F::Output>
    where
        F: Future<Output: Message> + Send + 'static,
    {
        SpawnTask::new(self.address(), None, work)
    }

    /// Starts a task that nobody waits for (`Task.Supervisor.start_child/2`). It is temporary if nothing else is said: then
    /// it runs once. The closure is called at each start, in the supervisor's process.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # async fn deliver() -> Result<(), std::io::Error> { Ok(()) }
    /// let tasks = TaskSupervisor::start().await?;
    /// let delivery = tasks.start_child(deliver).transient().await?;
    /// # delivery.ended().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A [`StartChildError`](crate::supervisor::StartChildError).
    pub fn start_child<F>(&self, mut work: impl FnMut() -> F + Send + 'static) -> StartChild<Task>
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        StartChild::new(self.address(), move || Task::child(work())).restart(Restart::Temporary)
    }

    /// Starts a task that nobody waits for, once.
    ///
    /// # Errors
    /// A [`StartChildError`](crate::supervisor::StartChildError).
    pub fn start_temporary<F>(&self, work: F) -> StartChild<Task, Once>
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        StartChild::once(self.address(), move || Task::child(work))
    }

    /// The processes of all tasks that run, in no order (`Task.Supervisor.children/1`).
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, [`CallError::Exited`] if it ends before it answers.
    pub async fn children(&self) -> Result<Vec<Pid>, CallError> {
        let running = |state| if let ChildState::Running(pid) = state { Some(pid) } else { None };
        Ok(self.which_children().await?.into_iter().filter_map(|child| running(child.state)).collect())
    }

    /// As [`async_stream`](super::async_stream), with tasks that are children of this supervisor
    /// (`Task.Supervisor.async_stream/4`).
    ///
    /// If it has as many children as it may have, the stream ends with
    /// [`TaskError::NotStarted`](super::TaskError::NotStarted).
    pub fn async_stream<'a, I, F>(
        &self,
        items: I,
        work: impl FnMut(I::Item) -> F + Send + 'a,
    ) -> AsyncStream<'a, I::Item, F::Output>
    where
        I: IntoIterator<IntoIter: Send + 'a>,
        F: Future<Output: Message> + Send + 'static,
    {
        AsyncStream::supervised(self.address().clone(), true, items, work)
    }

    /// As [`async_stream`](Self::async_stream), but a task that fails is only told in the stream
    /// (`Task.Supervisor.async_stream_nolink/4`).
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tasks = TaskSupervisor::start().await?;
    /// let numbers = tasks.async_stream_nolink(["1", "two", "3"], |text| async { text.parse::<u32>().unwrap() });
    /// let numbers: Vec<_> = numbers.collect().await;
    /// assert!(numbers[0] == Ok(1) && numbers[1].is_err() && numbers[2] == Ok(3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn async_stream_nolink<'a, I, F>(
        &self,
        items: I,
        work: impl FnMut(I::Item) -> F + Send + 'a,
    ) -> AsyncStream<'a, I::Item, F::Output>
    where
        I: IntoIterator<IntoIter: Send + 'a>,
        F: Future<Output: Message> + Send + 'static,
    {
        AsyncStream::supervised(self.address().clone(), false, items, work)
    }
}
