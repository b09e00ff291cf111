//! What is said of a supervisor and of its children.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use crate::edge::{AnyStart, Behaviour, Client, Kind, Start};
use crate::process::address::Address;
use crate::process::functions::{ProcessKind, Table};
use crate::process::relations::unique;
use crate::process::report::name_of;
use crate::process::seat::Seat;
use crate::process::start::{Made, Make};
use crate::process::sys::outline;
use crate::process::{Loop, inbox::RawInbox};

use super::children::Spec;
use super::letter::Letter;
use super::live::{Live, Plan, live};
use super::pure::{AutoShutdown, Backoff, Policy, Restart, Strategy};

/// How a supervisor ends a child (a child specification's `shutdown`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// Tells it to shut down; kills it if it is not gone in this time. Workers have 5 s if nothing is said.
    Timeout(Duration),
    /// Kills it.
    BrutalKill,
    /// Tells it to shut down and waits as long as it takes, as for supervisors if nothing is said.
    Infinity,
}

/// What `#[supervisor(..)]` says (a supervisor's flags).
#[derive(Debug, Clone, Copy)]
pub struct Flags {
    pub(crate) strategy: Strategy,
    pub(crate) auto_shutdown: AutoShutdown,
    pub(crate) intensity: u32,
    pub(crate) period: Duration,
    pub(crate) name: Option<&'static str>,
}

impl Flags {
    /// The defaults of OTP: at most 1 restart in 5 s, and no end by itself.
    #[must_use]
    pub const fn new(strategy: Strategy) -> Self {
        let (auto_shutdown, period) = (AutoShutdown::Never, Duration::from_secs(5));
        Self { strategy, auto_shutdown, intensity: 1, period, name: None }
    }

    /// Whether the supervisor ends when its significant children have.
    #[must_use]
    pub const fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.auto_shutdown = auto_shutdown;
        self
    }

    /// How many restarts there may be in a period.
    #[must_use]
    pub const fn intensity(mut self, intensity: u32) -> Self {
        self.intensity = intensity;
        self
    }

    /// The period in which restarts are counted.
    ///
    /// # Panics
    /// If it is zero.
    #[must_use]
    #[track_caller]
    pub const fn period(mut self, period: Duration) -> Self {
        self.period = some_time(period);
        self
    }

    /// The name that the supervisor is registered under.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}

/// A period that is one.
#[track_caller]
pub(super) const fn some_time(period: Duration) -> Duration {
    assert!(!period.is_zero(), "a period must be longer than zero");
    period
}

/// A child whose type is forgotten.
#[derive(Debug)]
pub struct AnyChild {
    pub(crate) start: AnyStart,
}

impl AnyChild {
    /// Forgets the type of a child.
    pub fn new<C: crate::edge::IsChild>(child: C) -> Self {
        Self { start: child.into_child().into_any() }
    }
}

/// One `#[child]` method.
pub struct ChildEntry<S> {
    pub(super) id: &'static str,
    pub(super) start: fn(&S, Client<S>) -> AnyChild,
    pub(super) policy: Policy,
    pub(super) shutdown: Option<Shutdown>,
}

impl<S> ChildEntry<S> {
    /// A permanent child. It is described from the supervisor's struct and from its client, by which it finds its
    /// siblings.
    #[must_use]
    pub const fn new(id: &'static str, start: fn(&S, Client<S>) -> AnyChild) -> Self {
        Self { id, start, policy: Policy::DEFAULT, shutdown: None }
    }

    /// When the child is restarted.
    #[must_use]
    pub const fn restart(mut self, restart: Restart) -> Self {
        self.policy.restart = restart;
        self
    }

    /// Lets the supervisor end with the child.
    #[must_use]
    pub const fn significant(mut self) -> Self
    where
        S: ShutsDown,
    {
        self.policy.significant = true;
        self
    }

    /// Lets restarts of the child wait.
    #[must_use]
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.policy.backoff = Some(backoff);
        self
    }

    /// How the child is ended.
    #[must_use]
    pub const fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }
}

impl<S> std::fmt::Debug for ChildEntry<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChildEntry").field("id", &self.id).field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What the attribute on the struct says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared a supervisor",
    label = "these are children, but `{Self}` is a plain type",
    note = "put `#[supervisor(one_for_one)]` on `struct {Self}` too"
)]
#[doc(hidden)]
pub trait Supervised: Sized + 'static {
    type Client: Clone + Send + Sync + From<Client<Self>> + std::ops::Deref<Target = Client<Self>> + 'static;

    const FLAGS: Flags;
}

/// A supervisor that ends when its significant children have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` never shuts down by itself, so no child of it can be significant",
    label = "this asks for a supervisor with `auto_shutdown`",
    note = "write `auto_shutdown = any_significant`, or `all_significant`, in the `#[supervisor(..)]` on `struct {Self}`"
)]
#[doc(hidden)]
pub trait ShutsDown {}

/// What the attribute on the `impl` says: the children of a supervisor, in start order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a supervisor",
    label = "no `#[supervisor] impl {Self}` block gives it children",
    note = "write `#[supervisor] impl {Self} {{ #[child] fn worker(&self) -> Child<Worker> {{ .. }} }}`"
)]
pub trait Supervisor: Supervised {
    /// Its children.
    #[doc(hidden)]
    const CHILDREN: &'static [ChildEntry<Self>];

    /// What a process of it is made of.
    #[doc(hidden)]
    fn into_plan(self) -> Plan
    where
        Self: Behaviour,
    {
        let children = Self::CHILDREN.iter().map(|entry| Spec {
            id: entry.id.into(),
            of: None,
            policy: entry.policy,
            shutdown: entry.shutdown,
        });
        Plan {
            flags: Self::FLAGS,
            children: children.collect(),
            make: Box::new(move |index: usize, seat: &Arc<Seat>| {
                let client = Client::<Self>::new(Address::Seat(Arc::clone(seat)));
                (Self::CHILDREN[index].start)(&self, client)
            }),
        }
    }
}

/// Asks that a struct with the attribute also has children.
#[doc(hidden)]
pub const fn assert_supervisor<S: Supervisor>() {}

/// The table of supervisors that are called `S`.
struct Tables<S>(std::marker::PhantomData<S>);

impl<S: 'static> Tables<S> {
    const TABLE: Table =
        Table { outline: Some(outline::<Live>), ..Loop::<Letter, S>::table(ProcessKind::Supervisor, TypeId::of::<S>) };
}

/// The kind of a supervisor.
#[doc(hidden)]
#[must_use]
pub const fn supervisor_kind<S: 'static>() -> Kind {
    Kind(const { &Tables::<S>::TABLE })
}

impl<S: Supervisor + Behaviour> Start<S> {
    /// Describes the start of a supervisor.
    #[doc(hidden)]
    pub fn supervisor(supervisor: S) -> Self {
        let plan = supervisor.into_plan();
        describe(plan.flags.name, make(plan))
    }
}

/// Describes the start of a supervisor that is called `S`, which is made so.
pub(super) fn describe<S: Behaviour>(name: Option<&'static str>, make: Make) -> Start<S> {
    let seat = Seat::root(format!("{}#{}", name_of::<S>(), unique()).into());
    Start::describe(name, S::BEHAVIOUR.0, make).seated(seat)
}

/// Makes the inside of a supervisor.
pub(super) fn make(plan: Plan) -> Make {
    Box::new(move |process| {
        let inbox = RawInbox::<Letter>::new(Arc::clone(process));
        Made::Loop(Box::pin(live(plan, inbox)))
    })
}
