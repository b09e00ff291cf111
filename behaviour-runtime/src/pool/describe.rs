//! How a pool is described: its type, its start, its options.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::edge::{Behaviour, Child, Kind, Start};
use crate::process::cell::ProcessCell;
use crate::process::functions::{ProcessKind, Table};
use crate::process::held::Held;
use crate::process::inbox::RawInbox;
use crate::process::start::{Made, Make};
use crate::process::{BoxFuture, ExitReason, Loop, StartError};
use crate::supervisor::{DynamicSupervisorClient, Shutdown, StartChildError};

use super::client::PoolClient;
use super::live::{Letter, live};
use super::pure::{Machine, Strategy};
use super::shared::Shared;

/// A few workers of one kind, lent to one borrower at a time (poolboy).
///
/// ```
/// use behaviour::pool::Pool;
/// use behaviour::prelude::*;
///
/// /// A connection to a data base.
/// #[gen_server]
/// pub struct Connection {
///     queries: u32,
/// }
///
/// #[gen_server]
/// impl Connection {
///     #[init]
///     fn init(_url: &'static str) -> Self {
///         Self { queries: 0 }
///     }
///
///     #[call]
///     pub fn query(&mut self, _text: &'static str) -> u32 {
///         self.queries += 1;
///         self.queries
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::start(|| Connection::child("db://")).size(2).max_overflow(1).await?;
///
/// let connection = pool.checkout().await?;
/// assert_eq!(connection.query("select 1").await?, 1);
/// drop(connection); // given back
///
/// let queries = pool.transaction(async |connection| connection.query("select 2").await).await??;
/// assert_eq!(queries, 2); // the one that came back last is lent first
/// assert_eq!(pool.status().await?.available, 2);
///
/// pool.stop().await?;
/// # Ok(())
/// # }
/// ```
///
/// - A worker is lent to who holds the [`Borrowed`](super::Borrowed): whatever ends that, a `drop`, a panic, the end of
///   the process that holds it, gives the worker back.
/// - When all workers are lent, up to `max_overflow` more are started. Each is dismissed when it comes back and nobody
///   waits. Then callers wait, and are served in the order in which they asked.
/// - A worker that dies is replaced, unless it was lent while there were more than the pool's size and nobody waits.
/// - A worker that does not start ends the pool if it is one of its size, as in poolboy, so that its supervisor hears of
///   it. One of the overflow is a failed checkout.
/// - When the pool ends its workers do, those that are lent as well.
pub struct Pool<S>(PhantomData<fn() -> S>);

/// How the workers of a pool are described: a closure that returns the [`Child`], called each time that one is started.
#[diagnostic::on_unimplemented(
    message = "a pool takes a closure that describes its workers",
    label = "this is no closure that returns a `Child`",
    note = "put `||` before the description, for each worker is started from one of its own: `|| Worker::child(1)`",
    note = "the closure is shared: it must be `Fn() -> Child<S> + Send + Sync + 'static`"
)]
pub trait DescribesWorker<S>: Fn() -> Child<S> + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<S, F: Fn() -> Child<S> + Send + Sync + 'static> DescribesWorker<S> for F {}

/// Starts a worker under the pool's supervisor.
type StartWorker =
    Arc<dyn Fn(&DynamicSupervisorClient) -> BoxFuture<'static, Result<Arc<ProcessCell>, StartError>> + Send + Sync>;

/// What is said of a pool.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) size: usize,
    max_overflow: usize,
    strategy: Strategy,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) start: StartWorker,
}

impl Plan {
    fn make(&self) -> Make {
        let plan = self.clone();
        Box::new(move |process: &Arc<ProcessCell>| {
            let machine = Machine::new(plan.size, plan.max_overflow, plan.strategy);
            let shared = Shared::new(machine, process);
            process.hold(Arc::clone(&shared) as Arc<dyn Held>);
            let inbox = RawInbox::<Letter>::new(Arc::clone(process));
            Made::Loop(Box::pin(live(plan, shared, inbox)))
        })
    }
}

impl<S: Behaviour> Pool<S> {
    const TABLE: Table = Loop::<Letter, Self>::table(ProcessKind::Worker, TypeId::of::<Self>);

    /// Describes the start of a pool: of 5 workers and an overflow of 10 if nothing else is said. The closure describes a
    /// worker, each time that one is started.
    ///
    /// # Errors
    /// The [`StartError`] of a worker that does not start.
    pub fn start(worker: impl DescribesWorker<S>) -> Start<Self> {
        let worker = Arc::new(worker);
        let start = move |supervisor: &DynamicSupervisorClient| -> BoxFuture<'static, _> {
            let worker = Arc::clone(&worker);
            let start = supervisor.start_child(move || worker()).temporary();
            Box::pin(async move {
                let client = start.await.map_err(|error| match error {
                    StartChildError::Start(error) => error,
                    other => StartError::Failed(ExitReason::error(other)),
                })?;
                client.address().process().ok_or(StartError::Failed(ExitReason::NoProcess))
            })
        };
        let (strategy, shutdown) = (Strategy::default(), None);
        let plan = Plan { size: 5, max_overflow: 10, strategy, shutdown, start: Arc::new(start) };
        let make = plan.make();
        Start::describe(None, Self::BEHAVIOUR.0, make).planned(Box::new(plan))
    }

    /// Describes a start that is linked to the present process.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_link(worker: impl DescribesWorker<S>) -> Start<Self> {
        Self::start(worker).link()
    }

    /// Describes it as the child of a supervisor.
    pub fn child(worker: impl DescribesWorker<S>) -> Child<Self> {
        Child::new(Self::start(worker))
    }
}

#[diagnostic::do_not_recommend]
impl<S: Behaviour> Behaviour for Pool<S> {
    type Client = PoolClient<S>;

    const BEHAVIOUR: Kind = Kind(const { &Self::TABLE });
}

impl<S: Behaviour> Start<Pool<S>> {
    fn with(self, change: impl FnOnce(&mut Plan)) -> Self {
        self.replanned(change, Plan::make)
    }

    /// How many workers there are at least; 5 if nothing is said. With 0, all are started when they are asked for.
    pub fn size(self, workers: usize) -> Self {
        self.with(|plan| plan.size = workers)
    }

    /// How many more workers there may be while all are lent; 10 if nothing is said.
    pub fn max_overflow(self, workers: usize) -> Self {
        self.with(|plan| plan.max_overflow = workers)
    }

    /// Which idle worker is lent next; the one that came back last if nothing is said.
    pub fn strategy(self, strategy: Strategy) -> Self {
        self.with(|plan| plan.strategy = strategy)
    }

    /// How a worker is ended that is dismissed, or that the pool ends with itself; a server has 5 s if nothing is said.
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.with(|plan| plan.shutdown = Some(shutdown))
    }
}

/// The options of a pool that is a child. What [`Start`] says of them holds here, too.
impl<S: Behaviour> Child<Pool<S>> {
    /// How many workers there are at least.
    pub fn size(self, workers: usize) -> Self {
        self.map(|start| start.size(workers))
    }

    /// How many more workers there may be while all are lent.
    pub fn max_overflow(self, workers: usize) -> Self {
        self.map(|start| start.max_overflow(workers))
    }

    /// Which idle worker is lent next.
    pub fn strategy(self, strategy: Strategy) -> Self {
        self.map(|start| start.strategy(strategy))
    }

    /// How a worker is ended.
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.map(|start| start.shutdown(shutdown))
    }
}

impl<S> fmt::Debug for Pool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}
