//! How a partitioned supervisor is described: its type, its start, its options.

use std::marker::PhantomData;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::edge::{Behaviour, Child, Kind, Start};
use crate::process::functions::Table;
use crate::process::seat::Numbered;
use crate::process::start::Make;
use crate::supervisor::children::Spec;
use crate::supervisor::live::Plan;
use crate::supervisor::pure::{Policy, Restart, Strategy};
use crate::supervisor::spec::{self, AnyChild, ChildEntry, Flags, Shutdown, Supervised, Supervisor, supervisor_kind};

use super::client::PartitionSupervisorClient;

/// A supervisor of several copies of one child, so that no single process has to do it all (Elixir's
/// `PartitionSupervisor`).
///
/// A key leads to the same copy each time. The copies may differ by their number.
///
/// ```
/// use behaviour::prelude::*;
/// # use std::collections::HashMap;
///
/// #[gen_server]
/// pub struct Cache {
///     values: HashMap<String, u64>,
/// }
///
/// #[gen_server]
/// impl Cache {
///     #[init]
///     fn init() -> Self {
///         Self { values: HashMap::new() }
///     }
///
///     #[cast]
///     pub fn put(&mut self, key: String, value: u64) {
///         self.values.insert(key, value);
///     }
///
///     #[call]
///     pub fn get(&self, key: String) -> Option<u64> {
///         self.values.get(&key).copied()
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cores = std::thread::available_parallelism()?.get();
/// let caches = PartitionSupervisor::start(cores, |_| Cache::child()).await?;
///
/// caches.partition("otter").put("otter".into(), 3);
/// assert_eq!(caches.partition("otter").get("otter".into()).await?, Some(3));
/// # Ok(())
/// # }
/// ```
///
/// Often the copies are dynamic supervisors: `PartitionSupervisor<DynamicSupervisor<Account>>` starts children on all
/// cores, `accounts.partition(&id).start_child(25).await?`.
///
/// - A key that is a number, or a type around one, leads to the copy of that number, modulo how many copies there are;
///   of a number below zero the absolute value counts. Any other key is hashed.
/// - The copies are permanent children (`one_for_one`), with at most 3 restarts in 5 s, if nothing else is said.
pub struct PartitionSupervisor<S>(PhantomData<fn() -> S>);

/// What is said of a partitioned supervisor.
#[derive(Clone)]
struct Partitions {
    flags: Flags,
    ids: Box<[Arc<str>]>,
    of: &'static Table,
    policy: Policy,
    shutdown: Option<Shutdown>,
    make: Arc<Mutex<dyn FnMut(usize) -> AnyChild + Send>>,
}

impl Partitions {
    fn make(&self) -> Make {
        let Self { flags, ids, of, policy, shutdown, make } = self.clone();
        let numbered =
            Numbered { ids: ids.clone(), used: AtomicUsize::new(ids.len()), changing: tokio::sync::Mutex::default() };
        let children = ids.iter().map(|id| Spec { id: Arc::clone(id), of: Some(of), policy, shutdown }).collect();
        let make = Box::new(move |index: usize, _: &Arc<_>| {
            let mut make = make.lock().unwrap_or_else(PoisonError::into_inner);
            make(index)
        });
        let live = spec::make(Plan { flags, children, make });
        Box::new(move |process| {
            let seat = process.relations().tables.as_ref().and_then(|tables| tables.seat.clone());
            if let Some(seat) = seat {
                seat.number(Arc::new(numbered));
            }
            live(process)
        })
    }
}

impl<S: Behaviour> PartitionSupervisor<S> {
    /// Describes the start of so many copies, each by its number from 0 on.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn start(partitions: usize, mut make: impl FnMut(usize) -> Child<S> + Send + 'static) -> Start<Self> {
        assert!(partitions > 0, "there must be at least one partition");
        let plan = Partitions {
            flags: Flags::new(Strategy::OneForOne).intensity(3),
            ids: (0..partitions).map(|number| number.to_string().into()).collect(),
            of: S::BEHAVIOUR.0,
            policy: Policy::DEFAULT,
            shutdown: None,
            make: Arc::new(Mutex::new(move |number| AnyChild::new(make(number)))),
        };
        spec::describe(None, plan.make()).planned(Box::new(plan))
    }

    /// Describes a start that is linked to the present process.
    ///
    /// # Panics
    /// If there are no partitions.
    #[track_caller]
    pub fn start_link(partitions: usize, make: impl FnMut(usize) -> Child<S> + Send + 'static) -> Start<Self> {
        Self::start(partitions, make).link()
    }

    /// Describes it as the child of another supervisor.
    ///
    /// # Panics
    /// If there are no partitions.
    #[track_caller]
    pub fn child(partitions: usize, make: impl FnMut(usize) -> Child<S> + Send + 'static) -> Child<Self> {
        Child::new(Self::start(partitions, make))
    }
}

impl<S: Behaviour> Start<PartitionSupervisor<S>> {
    fn with(self, change: impl FnOnce(&mut Partitions)) -> Self {
        self.replanned(change, Partitions::make)
    }

    /// Which copies are restarted with one that ends: only that one, if nothing is said.
    pub fn strategy(self, strategy: Strategy) -> Self {
        self.with(|plan| plan.flags.strategy = strategy)
    }

    /// How many restarts there may be in a period; 3 if nothing is said.
    pub fn intensity(self, intensity: u32) -> Self {
        self.with(|plan| plan.flags = plan.flags.intensity(intensity))
    }

    /// The period in which restarts are counted; 5 s if nothing is said.
    ///
    /// # Panics
    /// If it is zero.
    #[track_caller]
    pub fn period(self, period: Duration) -> Self {
        let period = spec::some_time(period);
        self.with(|plan| plan.flags = plan.flags.period(period))
    }

    /// When a copy is restarted; always, if nothing is said.
    pub fn restart(self, restart: Restart) -> Self {
        self.with(|plan| plan.policy.restart = restart)
    }

    /// How a copy is ended.
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.with(|plan| plan.shutdown = Some(shutdown))
    }
}

/// The options of a partitioned supervisor that is itself a child. What [`Start`] says of them holds here, too.
impl<S: Behaviour> Child<PartitionSupervisor<S>> {
    /// Which copies are restarted with one that ends.
    pub fn strategy(self, strategy: Strategy) -> Self {
        self.map(|start| start.strategy(strategy))
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
        let period = spec::some_time(period);
        self.map(|start| start.period(period))
    }

    /// When a copy is restarted.
    pub fn restart(self, restart: Restart) -> Self {
        self.map(|start| start.restart(restart))
    }

    /// How a copy is ended.
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.map(|start| start.shutdown(shutdown))
    }
}

impl<S> std::fmt::Debug for PartitionSupervisor<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartitionSupervisor")
    }
}

impl<S: Behaviour> Supervised for PartitionSupervisor<S> {
    type Client = PartitionSupervisorClient<S>;

    const FLAGS: Flags = Flags::new(Strategy::OneForOne);
}

impl<S: Behaviour> Supervisor for PartitionSupervisor<S> {
    const CHILDREN: &'static [ChildEntry<Self>] = &[];
}

#[diagnostic::do_not_recommend]
impl<S: Behaviour> Behaviour for PartitionSupervisor<S> {
    type Client = PartitionSupervisorClient<S>;

    const BEHAVIOUR: Kind = supervisor_kind::<Self>();
}
