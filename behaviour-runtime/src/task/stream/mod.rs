//! Streams of tasks: one task an item, a few at a time (Elixir's `Task.async_stream`).

mod flow;
mod line;

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::edge::Message;
use crate::process::address::Address;
use crate::process::{Pid, current};
use crate::supervisor::Shutdown;

use super::error::TaskError;
use super::handle::Task;
use super::supervised::SpawnTask;

use self::flow::{Flow, Running};

/// Does some work on each item, in a task of its own, a few at a time, and gives the results as a stream
/// (`Task.async_stream/3`).
///
/// ```
/// use behaviour::prelude::*;
/// use behaviour::task;
/// # async fn fetch(page: u32) -> String { format!("page {page}") }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut pages = task::async_stream(1..=100, fetch).max_concurrency(8);
/// while let Some(page) = pages.next().await {
///     println!("{}", page?);
/// #   break;
/// }
/// # Ok(())
/// # }
/// ```
///
/// - Items are taken when a task can be started for them, and no task is started before the stream is asked for something
///   that is not there yet: what is there is told before more is begun. The function is called where the stream is asked,
///   what it returns runs in the task.
/// - Each result is what the task gave, or a [`TaskError`]. Results come in the order of the items, unless
///   [`ordered(false)`](AsyncStream::ordered) is said.
/// - Each task has 5 s if nothing else is said. If one takes longer the stream ends with that error, and with all its
///   tasks; [`kill_on_timeout`](AsyncStream::kill_on_timeout) ends that one only.
/// - The tasks are linked to the process that asks: if one crashes, that process ends, too. If it traps exits they are not,
///   and the crash is told by the stream, and not by an [`Exit`](crate::process::Exit).
/// - A stream that is dropped kills its tasks, and leaves nothing behind: no process, no link, no message.
///
/// It is a `futures` [`Stream`], for all that others do with streams; [`next`](AsyncStream::next) and
/// [`collect`](AsyncStream::collect) are here for who needs no more.
pub fn async_stream<'a, I, F>(
    items: I,
    work: impl FnMut(I::Item) -> F + Send + 'a,
) -> AsyncStream<'a, I::Item, F::Output>
where
    I: IntoIterator<IntoIter: Send + 'a>,
    F: Future<Output: Message> + Send + 'static,
{
    async_stream_of(Items(items.into_iter()), work)
}

/// As [`async_stream`], for items that come as a stream themselves.
///
/// ```
/// use behaviour::prelude::*;
/// use behaviour::task;
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let squares = task::async_stream(1..=4, |n| async move { n * n });
/// let sums = task::async_stream_of(squares, |square| async move { square.unwrap_or(0) + 1 });
/// let sums: Vec<_> = sums.collect().await;
/// assert_eq!(sums, [Ok(2), Ok(5), Ok(10), Ok(17)]);
/// # Ok(())
/// # }
/// ```
pub fn async_stream_of<'a, S, F>(
    items: S,
    mut work: impl FnMut(S::Item) -> F + Send + 'a,
) -> AsyncStream<'a, S::Item, F::Output>
where
    S: Stream + Send + 'a,
    F: Future<Output: Message> + Send + 'static,
{
    AsyncStream::new(Flow::new(items, move |item, _| Running::Started(Task::spawn_for(owner(), work(item)))))
}

/// Who the tasks of a stream are linked to: the present process, unless it traps exits, for the stream itself tells how
/// they end.
fn owner() -> Option<Pid> {
    current::look(|process| (!process.traps_exits()).then(|| process.pid())).flatten()
}

/// The results of many tasks, as [`async_stream`] describes them.
///
/// What is said of it is said before it is asked for the first result.
#[must_use = "nothing is done before a stream is asked for its results"]
pub struct AsyncStream<'a, I, T, G = Alone> {
    flow: Flow<'a, I, T>,
    of: PhantomData<fn() -> G>,
}

impl<'a, I, T: Message> AsyncStream<'a, I, T> {
    fn new(flow: Flow<'a, I, T>) -> Self {
        Self { flow, of: PhantomData }
    }

    pub(super) fn supervised<F>(
        supervisor: Address,
        linked: bool,
        items: impl IntoIterator<Item = I, IntoIter: Send + 'a>,
        mut work: impl FnMut(I) -> F + Send + 'a,
    ) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut flow = Flow::new(Items(items.into_iter()), move |item, shutdown| {
            let owner = if linked { owner() } else { None };
            let mut spawn = SpawnTask::new(&supervisor, owner, work(item));
            if let Some(shutdown) = shutdown {
                spawn = spawn.shutdown(shutdown);
            }
            Running::Starting(spawn.into_future())
        });
        flow.plan.supervised = true;
        Self::new(flow)
    }

    /// Gives the item beside the error where there is no value: `Err((item, error))`.
    ///
    /// ```
    /// use behaviour::prelude::*;
    /// use behaviour::task;
    ///
    /// # #[behaviour::main]
    /// # async fn main() {
    /// process::trap_exit(true);
    /// # use behaviour::process;
    /// let halves = task::async_stream([2, 3], |n: u32| async move { n.is_multiple_of(2).then_some(n / 2).unwrap() });
    /// let halves: Vec<_> = halves.zip_input_on_exit().collect().await;
    /// assert_eq!(halves[0], Ok(1));
    /// assert!(matches!(halves[1], Err((3, _))));
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the stream was asked before, for then it has items that were not kept.
    #[track_caller]
    pub fn zip_input_on_exit(mut self) -> AsyncStream<'a, I, T, WithInput>
    where
        I: Clone,
    {
        assert!(!self.flow.was_asked(), "`zip_input_on_exit` is said before a stream is asked");
        self.flow.plan.keep = Some(I::clone);
        AsyncStream { flow: self.flow, of: PhantomData }
    }
}

impl<I, T: Message, G> AsyncStream<'_, I, T, G> {
    /// How many tasks run at a time; as many as the machine has processors if nothing is said.
    ///
    /// # Panics
    /// If it is zero.
    #[track_caller]
    pub fn max_concurrency(mut self, tasks: usize) -> Self {
        assert!(tasks > 0, "`max_concurrency` is at least one task");
        self.flow.plan.max_concurrency = tasks;
        self
    }

    /// Whether results come in the order of the items, as they do if nothing is said, or as tasks are done. In order, those
    /// that are done early are kept until it is their turn.
    ///
    /// # Panics
    /// If the stream was asked before, for then there are results in the other order.
    #[track_caller]
    pub fn ordered(mut self, ordered: bool) -> Self {
        assert!(!self.flow.was_asked(), "`ordered` is said before a stream is asked");
        self.flow.plan.ordered = ordered;
        self
    }

    /// How long a task may take; 5 s if nothing is said, as long as it takes if it is `None`. That is looked at when the
    /// stream is asked: a value that is there by then counts.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.flow.plan.timeout = limit.into();
        self
    }

    /// A task that takes longer is killed, and its result is [`TaskError::Timeout`]; the stream goes on
    /// (`on_timeout: :kill_task`).
    pub fn kill_on_timeout(mut self) -> Self {
        self.flow.plan.kills = true;
        self
    }

    /// How the supervisor of the tasks ends one that runs when it ends itself: by a shutdown within 5 s, if nothing is said
    /// (`shutdown` of `Task.Supervisor.async_stream/4`).
    ///
    /// # Panics
    /// If they have no supervisor: nobody ends them then but the stream, which kills them.
    #[track_caller]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        assert!(self.flow.plan.supervised, "`shutdown` is for tasks that have a supervisor: `tasks.async_stream(..)`");
        self.flow.plan.shutdown = Some(shutdown);
        self
    }
}

impl<I, T: Message, G: Tells<I, T>> AsyncStream<'_, I, T, G> {
    /// The next result; none when there are no more.
    pub async fn next(&mut self) -> Option<G::Item> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// All results.
    pub async fn collect<C: Default + Extend<G::Item>>(mut self) -> C {
        let mut results = C::default();
        while let Some(result) = self.next().await {
            results.extend([result]);
        }
        results
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<G::Item>> {
        self.flow.poll(cx).map(|told| told.map(|(item, given)| G::tell(item, given)))
    }
}

impl<I, T: Message, G: Tells<I, T>> Stream for AsyncStream<'_, I, T, G> {
    type Item = G::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<G::Item>> {
        self.poll(cx)
    }
}

/// Nothing in it refers to itself.
impl<I, T, G> Unpin for AsyncStream<'_, I, T, G> {}

impl<I, T, G> fmt::Debug for AsyncStream<'_, I, T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncStream").finish_non_exhaustive()
    }
}

/// What a stream gives for an item: [`Alone`], or [`WithInput`].
pub trait Tells<I, T> {
    /// A result.
    type Item;

    #[doc(hidden)]
    fn tell(item: Option<I>, given: Result<T, TaskError>) -> Self::Item;
}

/// Of a stream that gives results alone: `Result<T, TaskError>`.
#[derive(Debug, Clone, Copy)]
pub enum Alone {}

/// Of a stream that gives the item beside an error: `Result<T, (I, TaskError)>`.
#[derive(Debug, Clone, Copy)]
pub enum WithInput {}

impl<I, T> Tells<I, T> for Alone {
    type Item = Result<T, TaskError>;

    fn tell(_: Option<I>, given: Result<T, TaskError>) -> Self::Item {
        given
    }
}

impl<I, T> Tells<I, T> for WithInput {
    type Item = Result<T, (I, TaskError)>;

    fn tell(item: Option<I>, given: Result<T, TaskError>) -> Self::Item {
        given.map_err(|error| (item.expect("the item was kept"), error))
    }
}

/// An iterator as a stream.
struct Items<I>(I);

/// What it gives is never pinned.
impl<I> Unpin for Items<I> {}

impl<I: Iterator> Stream for Items<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}
