//! How a dynamic supervisor is described: its type, its start, its options.

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::edge::{Behaviour, Child, Kind, Start};
use crate::process::Loop;
use crate::process::functions::{ProcessKind, Table};
use crate::process::inbox::RawInbox;
use crate::process::relations::unique;
use crate::process::report::name_of;
use crate::process::seat::Seat;
use crate::process::start::{Made, Make};
use crate::process::sys::outline;
use crate::supervisor::pure::Restart;
use crate::supervisor::spec::{Shutdown, some_time};

use super::client::DynamicSupervisorClient;
use super::letter::Letter;
use super::live::{Live, live};

/// A supervisor whose children are started one by one while it runs (`simple_one_for_one`, Elixir's
/// `DynamicSupervisor`).
///
/// It starts without children. [`start_child`](DynamicSupervisorClient::start_child) takes what the `#[init]` of `S`
/// takes, and gives the client of `S`:
///
/// ```
/// use behaviour::prelude::*;
///
/// #[gen_server]
/// pub struct Account {
///     cents: u64,
/// }
///
/// #[gen_server]
/// impl Account {
///     #[init]
///     fn init(cents: u64) -> Self {
///         Self { cents }
///     }
///
///     #[call]
///     pub fn balance(&self) -> u64 {
///         self.cents
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let accounts = DynamicSupervisor::<Account>::start().max_children(100_000).await?;
/// let account = accounts.start_child(25).await?;
/// assert_eq!(account.balance().await?, 25);
///
/// accounts.terminate_child(&account).await?;
/// assert_eq!(accounts.count_children().await?.active, 0);
/// # Ok(())
/// # }
/// ```
///
/// - Each child stands for itself (`one_for_one`). It is permanent if nobody says otherwise; one that is not restarted
///   leaves nothing behind.
/// - A client of a child follows it through its restarts. One of a temporary child names its one process.
/// - A child whose restart fails is tried again; every attempt counts. After more than 3 in 5 s, if nothing else is
///   said, the supervisor ends, and with it all its children. When it is restarted itself, it starts without children.
/// - When it ends, all children are told to at once, and each has its own time.
/// - A start whose `#[init]` waits keeps nobody else waiting.
///
/// Without a parameter it takes any child: see [`Any`].
pub struct DynamicSupervisor<S = Any>(PhantomData<fn() -> S>);

/// Stands for children of any behaviour: `DynamicSupervisor<Any>`, or `DynamicSupervisor` for short.
///
/// Its [`start_child`](DynamicSupervisorClient::<Any>::start_child) takes a closure that describes the child, which is
/// called again at each restart:
///
/// ```
/// use behaviour::supervisor::{Any, DynamicSupervisor, Strategy, Tree};
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let children = DynamicSupervisor::<Any>::start().await?;
/// let tree = children.start_child(|| Tree::new(Strategy::OneForOne).into_child()).await?;
/// assert!(tree.is_alive());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Any {}

/// What is said of a dynamic supervisor.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) max_children: usize,
    pub(super) intensity: u32,
    pub(super) period: Duration,
    /// When children are restarted, and how they are ended, if their starts do not say so.
    pub(super) restart: Restart,
    pub(super) shutdown: Option<Shutdown>,
}

impl Plan {
    const DEFAULT: Self = Self {
        max_children: usize::MAX,
        intensity: 3,
        period: Duration::from_secs(5),
        restart: Restart::Permanent,
        shutdown: None,
    };

    fn make(&self) -> Make {
        let plan = self.clone();
        Box::new(move |process: &Arc<_>| {
            let inbox = RawInbox::<Letter>::new(Arc::clone(process));
            Made::Loop(Box::pin(live(plan, inbox)))
        })
    }
}

impl<S: 'static> DynamicSupervisor<S> {
    const TABLE: Table = Table {
        outline: Some(outline::<Live>),
        ..Loop::<Letter, Self>::table(ProcessKind::Supervisor, TypeId::of::<Self>)
    };

    /// Describes the start of a supervisor without children.
    pub fn start() -> Start<Self> {
        let plan = Plan::DEFAULT;
        let seat = Seat::root(format!("{}#{}", name_of::<Self>(), unique()).into());
        let make = plan.make();
        Start::describe(None, Self::BEHAVIOUR.0, make).seated(seat).planned(Box::new(plan))
    }

    /// Describes the start of a supervisor that is linked to the present process.
    pub fn start_link() -> Start<Self> {
        Self::start().link()
    }

    /// Describes it as the child of another supervisor.
    pub fn child() -> Child<Self> {
        Child::new(Self::start())
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static> Behaviour for DynamicSupervisor<S> {
    type Client = DynamicSupervisorClient<S>;

    const BEHAVIOUR: Kind = Kind(const { &Self::TABLE });
}

impl<S> std::fmt::Debug for DynamicSupervisor<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DynamicSupervisor")
    }
}

impl<S: 'static> Start<DynamicSupervisor<S>> {
    fn with(self, change: impl FnOnce(&mut Plan)) -> Self {
        self.replanned(change, Plan::make)
    }

    /// How many children there may be at a time, those that are restarting included; as many as there is room for if
    /// nothing is said. One more is refused with [`StartChildError::MaxChildren`](super::StartChildError::MaxChildren).
    pub fn max_children(self, children: usize) -> Self {
        self.with(|plan| plan.max_children = children)
    }

    /// How many restarts there may be in a period; 3 if nothing is said.
    pub fn intensity(self, intensity: u32) -> Self {
        self.with(|plan| plan.intensity = intensity)
    }

    /// The period in which restarts are counted; 5 s if nothing is said.
    ///
    /// # Panics
    /// If it is zero.
    #[track_caller]
    pub fn period(self, period: Duration) -> Self {
        let period = some_time(period);
        self.with(|plan| plan.period = period)
    }

    /// When a child is restarted whose start does not say so; always, if nothing is said.
    pub fn restart(self, restart: Restart) -> Self {
        self.with(|plan| plan.restart = restart)
    }

    /// How a child is ended whose start does not say so; a server has 5 s if nothing is said, a supervisor as long as it
    /// takes.
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.with(|plan| plan.shutdown = Some(shutdown))
    }
}

/// The options of a dynamic supervisor that is itself a child. What [`Start`] says of them holds here, too.
impl<S: 'static> Child<DynamicSupervisor<S>> {
    /// How many children there may be at a time.
    pub fn max_children(self, children: usize) -> Self {
        self.map(|start| start.max_children(children))
    }

    /// How many restarts there may be in a period.
    pub fn intensity(self, intensity: u32) -> Self {
        self.map(|start| start.intensity(intensity))
    }

    /// The period in which restarts are counted.
    ///
    /// # Panics
    /// If it is zero.
    #[track_caller]
    pub fn period(self, period: Duration) -> Self {
        let period = some_time(period);
        self.map(|start| start.period(period))
    }

    /// When a child is restarted whose start does not say so.
    pub fn restart(self, restart: Restart) -> Self {
        self.map(|start| start.restart(restart))
    }

    /// How a child is ended whose start does not say so.
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.map(|start| start.shutdown(shutdown))
    }
}
