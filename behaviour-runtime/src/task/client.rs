//! Tasks that nobody waits for: how they are started, what a supervisor takes, and what is known of them.

use std::any::TypeId;
use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::edge::{Behaviour, Child, Client, Kind, Start};
use crate::process::cell::ProcessCell;
use crate::process::functions::{ProcessKind, Table};
use crate::process::start::Made;
use crate::process::{Event, LifeOutcome, Loop, Outcome, crashed};

use super::handle::Task;

/// A client of a task that nobody waits for. There is nothing to ask it; what every client can do (`pid`, `stop`,
/// `monitor`, `ended`, ..) is behind `Deref`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskClient(Client<Task>);

impl Deref for TaskClient {
    type Target = Client<Task>;

    fn deref(&self) -> &Client<Task> {
        &self.0
    }
}

impl From<Client<Task>> for TaskClient {
    fn from(client: Client<Task>) -> Self {
        Self(client)
    }
}

/// The table of tasks that do the work `F`, whose name they bear in reports.
struct Tables<F, T>(PhantomData<(F, T)>);

impl<F, T: 'static> Tables<F, T> {
    const TABLE: Table = Loop::<Event<Infallible>, F>::table(ProcessKind::Worker, TypeId::of::<Task<T>>);
}

pub(super) fn table_of<F, T: 'static>() -> &'static Table {
    const { &Tables::<F, T>::TABLE }
}

#[diagnostic::do_not_recommend]
impl Behaviour for Task {
    type Client = TaskClient;

    const BEHAVIOUR: Kind = Kind(const { &Tables::<Self, ()>::TABLE });
}

impl Task {
    /// Describes the start of a task that nobody waits for (`Task.start/1`): it is not linked, and what it gives is of no
    /// interest, but that an `Err` ends it with that error.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let greeting = Task::start(async { println!("hello from afar") }).await?;
    /// assert_eq!(greeting.ended().await, ExitReason::Normal);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StartError::AlreadyStarted`](crate::process::StartError::AlreadyStarted) if its name is taken.
    pub fn start<F>(work: F) -> Start<Self>
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        let make = move |process: &Arc<ProcessCell>| {
            let here = Arc::downgrade(process);
            Made::Plain(Box::pin(async move {
                if let (Some(reason), Some(process)) = (work.await.into_reason(), here.upgrade()) {
                    crashed(&process, reason);
                }
            }))
        };
        Start::describe(None, table_of::<F, ()>(), Box::new(make))
    }

    /// Describes the start of a task that nobody waits for, linked to the present process (`Task.start_link/1`).
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_link<F>(work: F) -> Start<Self>
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        Self::start(work).link()
    }

    /// Describes a task as the child of a supervisor. A task that is done is done: say `#[child(temporary)]`, or
    /// `#[child(transient)]` for one that is to be tried again when it fails.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// #[supervisor(one_for_one)]
    /// pub struct Shop;
    ///
    /// #[supervisor]
    /// impl Shop {
    ///     /// Sends the letters of yesterday.
    ///     #[child(transient)]
    ///     pub fn post(&self) -> Child<Task> {
    ///         Task::child(async {
    ///             // ..
    ///             Ok::<_, std::io::Error>(())
    ///         })
    ///     }
    /// }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let shop = Shop.start().await?;
    /// # shop.stop().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn child<F>(work: F) -> Child<Self>
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        Child::new(Self::start(work))
    }
}
