//! A supervisor whose children are only known at run time.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::edge::{Behaviour, Child, Client, Kind, Start};
use crate::process::seat::Seat;

use super::children::{Make, Spec};
use super::live::{Describe, Plan};
use super::pure::{AutoShutdown, Backoff, Policy, Restart, Strategy};
use super::spec::{AnyChild, ChildEntry, Flags, Shutdown, Supervised, Supervisor, supervisor_kind};

/// A supervisor that is put together at run time, where `#[supervisor]` knows its children when it is compiled.
///
/// ```
/// use std::time::Duration;
/// use behaviour_runtime::supervisor::{Strategy, Tree};
///
/// let tree = Tree::new(Strategy::OneForOne).intensity(10).period(Duration::from_secs(5));
/// ```
#[must_use = "a tree does nothing until it is started"]
pub struct Tree {
    flags: Flags,
    name: Option<Arc<str>>,
    children: Vec<Spec>,
    make: Vec<Make>,
}

impl Tree {
    /// A supervisor without children: at most 1 restart in 5 s.
    pub fn new(strategy: Strategy) -> Self {
        Self { flags: Flags::new(strategy), name: None, children: Vec::new(), make: Vec::new() }
    }

    /// How many restarts there may be in a period.
    pub fn intensity(mut self, intensity: u32) -> Self {
        self.flags = self.flags.intensity(intensity);
        self
    }

    /// The period in which restarts are counted.
    ///
    /// # Panics
    /// If it is zero.
    #[track_caller]
    pub fn period(mut self, period: Duration) -> Self {
        self.flags = self.flags.period(period);
        self
    }

    /// Whether the supervisor ends when its significant children have.
    pub fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.flags = self.flags.auto_shutdown(auto_shutdown);
        self
    }

    /// The name that the supervisor is registered under.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a child behind the others; `make` is called anew at each start. What follows, until the next child, is
    /// about this one.
    pub fn child<S: Behaviour>(
        mut self,
        id: impl Into<Arc<str>>,
        mut make: impl FnMut() -> Child<S> + Send + 'static,
    ) -> Self {
        let of = Some(S::BEHAVIOUR.0);
        self.children.push(Spec { id: id.into(), of, policy: Policy::DEFAULT, shutdown: None });
        self.make.push(Box::new(move || AnyChild::new(make())));
        self
    }

    /// When the child that was added last is restarted.
    ///
    /// # Panics
    /// If no child was added yet.
    #[track_caller]
    pub fn restart(self, restart: Restart) -> Self {
        self.last(|child| child.policy.restart = restart)
    }

    /// How the child that was added last is ended.
    ///
    /// # Panics
    /// If no child was added yet.
    #[track_caller]
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.last(|child| child.shutdown = Some(shutdown))
    }

    /// Makes the child that was added last significant: the supervisor ends with it, as
    /// [`auto_shutdown`](Self::auto_shutdown) says.
    ///
    /// The start fails with a [`BadCombination`](super::BadCombination) if the child is permanent, or if the supervisor
    /// never shuts down by itself.
    ///
    /// # Panics
    /// If no child was added yet.
    #[track_caller]
    pub fn significant(self) -> Self {
        self.last(|child| child.policy.significant = true)
    }

    /// Lets restarts of the child that was added last wait.
    ///
    /// The start fails with a [`BadCombination`](super::BadCombination) if the child is temporary.
    ///
    /// # Panics
    /// If no child was added yet.
    #[track_caller]
    pub fn backoff(self, backoff: Backoff) -> Self {
        self.last(|child| child.policy.backoff = Some(backoff))
    }

    #[track_caller]
    fn last(mut self, change: impl FnOnce(&mut Spec)) -> Self {
        change(self.children.last_mut().expect("no child to say this of: write `.child(..)` first"));
        self
    }

    /// Describes the start.
    pub fn start(self) -> Start<Self> {
        let name = self.name.clone();
        let start = Start::supervisor(self);
        match name {
            Some(name) => start.named(name),
            None => start,
        }
    }

    /// Describes a start that is linked to the present process.
    pub fn start_link(self) -> Start<Self> {
        self.start().link()
    }

    /// Describes the start for another supervisor.
    pub fn into_child(self) -> Child<Self> {
        Child::new(self.start())
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let children: Vec<_> = self.children.iter().map(|child| &child.id).collect();
        f.debug_struct("Tree").field("flags", &self.flags).field("children", &children).finish_non_exhaustive()
    }
}

/// A client of a running [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TreeClient(Client<Tree>);

impl TreeClient {
    /// A client of a child by its id, whatever its incarnation.
    ///
    /// Calls fail with [`CallError::NoProcess`](crate::process::CallError::NoProcess) if there is no such child.
    #[must_use]
    pub fn child<S: Behaviour>(&self, id: &str) -> S::Client {
        self.0.child(id)
    }
}

impl Deref for TreeClient {
    type Target = Client<Tree>;

    fn deref(&self) -> &Client<Tree> {
        &self.0
    }
}

impl From<Client<Tree>> for TreeClient {
    fn from(client: Client<Tree>) -> Self {
        Self(client)
    }
}

/// What describes the starts of a tree's children, each until its child is never started again.
struct Makes(Vec<Option<Make>>);

impl Describe for Makes {
    fn describe(&mut self, index: usize, _: &Arc<Seat>) -> Option<AnyChild> {
        Some(self.0.get_mut(index)?.as_mut()?())
    }

    fn let_go(&mut self, index: usize) {
        self.0[index] = None;
    }
}

impl Supervised for Tree {
    type Client = TreeClient;

    const FLAGS: Flags = Flags::new(Strategy::OneForOne);
}

impl Supervisor for Tree {
    const CHILDREN: &'static [ChildEntry<Self>] = &[];

    fn into_plan(self) -> Plan {
        let make = Box::new(Makes(self.make.into_iter().map(Some).collect()));
        Plan { flags: self.flags, children: self.children, make }
    }
}

#[diagnostic::do_not_recommend]
impl Behaviour for Tree {
    type Client = TreeClient;

    const BEHAVIOUR: Kind = supervisor_kind::<Self>();
}
