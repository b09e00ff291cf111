//! Starting a process of a behaviour, and describing a start for a supervisor.

use std::any::Any;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use crate::process::address::Address;
use crate::process::functions::{BoxFuture, Table};
use crate::process::relations::unique;
use crate::process::seat::Seat;
use crate::process::start::{Claim, InitOutcome, Make, RawStart, RawStarting};
use crate::process::sys::DebugItems;
use crate::process::{ExitReason, Monitor, MonitorRef, StartError};
use crate::supervisor::AnyChild;

use super::behaviour::{Behaviour, Receives};
use super::client::Client;

/// A start that `Account::start(..)` describes (`gen_server:start/3`).
///
/// `.await` does it: `#[init]` has returned before the starter goes on. The same description is what a supervisor
/// takes, through `Account::child(..)`.
///
/// # Errors
/// A [`StartError`]. By then the process is gone and its name is free.
#[must_use = "a start does nothing unless it is awaited"]
pub struct Start<S> {
    raw: RawStart,
    /// What `raw` was described with, for options that are said afterwards.
    plan: Option<Box<dyn Any + Send>>,
    of: PhantomData<fn() -> S>,
}

/// Why an `#[init]` did not make a server.
#[derive(Debug)]
pub struct Failure(pub(crate) ExitReason);

/// Keeps what `#[init]` made.
pub(crate) fn settle<T>(made: Result<Option<T>, Failure>, keep: impl FnOnce(T)) -> InitOutcome {
    match made {
        Ok(Some(made)) => {
            keep(made);
            InitOutcome::Ready
        }
        Ok(None) => InitOutcome::Ignored,
        Err(Failure(reason)) => InitOutcome::Failed(reason),
    }
}

impl<S> Start<S> {
    pub(crate) fn describe(name: Option<&'static str>, table: &'static Table, make: Make) -> Self {
        Self { raw: RawStart::new(name, table, make), plan: None, of: PhantomData }
    }

    /// Keeps what the start was described with, so that it can be changed.
    pub(crate) fn planned(mut self, plan: Box<dyn Any + Send>) -> Self {
        self.plan = Some(plan);
        self
    }

    /// Changes what the start was described with, and describes it again.
    pub(crate) fn replanned<P: Send + 'static>(
        mut self,
        change: impl FnOnce(&mut P),
        make: impl FnOnce(&P) -> Make,
    ) -> Self {
        if let Some(plan) = self.plan.as_mut().and_then(|plan| plan.downcast_mut()) {
            change(plan);
            self.raw.make = make(plan);
        }
        self
    }

    /// What the start was described with.
    pub(crate) fn into_plan<P: 'static>(self) -> Option<P> {
        Some(*self.plan?.downcast().ok()?)
    }
}

impl<S: Behaviour> Start<S> {
    /// Registers the process under this name; it is there before `#[init]` runs.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.raw.name = Some(name.into());
        self
    }

    /// Links the process to the present one from the beginning (`start_link`).
    ///
    /// # Panics
    /// The start panics outside a process.
    pub fn link(mut self) -> Self {
        self.raw.link = true;
        self
    }

    /// Watches the process from the beginning (`start_monitor`): the start gives the client and the monitor.
    pub fn monitor(mut self) -> StartMonitored<S> {
        let reference = MonitorRef(unique());
        self.raw.monitor = Some(reference);
        StartMonitored { start: self, reference }
    }

    /// Gives an async `#[init]` this much time; then the process is killed and the start fails with
    /// [`StartError::Timeout`].
    pub fn within(mut self, limit: Duration) -> Self {
        self.raw.within = Some(limit);
        self
    }

    /// Has the process watched from its first event on (the start option `debug`): see [`DebugItems`]. What is said last
    /// counts.
    ///
    /// A supervisor takes its messages by itself and cannot be watched.
    pub fn debug(mut self, items: impl FnOnce(DebugItems) -> DebugItems) -> Self
    where
        S: Receives,
    {
        self.raw.debug = Some(Box::new(items(DebugItems::none())));
        self
    }

    /// Has the process found by something else than its name, before `#[init]` runs.
    pub(crate) fn claiming(mut self, claim: Claim) -> Self {
        self.raw.claim = Some(claim);
        self
    }

    pub(crate) fn seated(mut self, seat: Arc<Seat>) -> Self {
        self.raw.seat = Some(seat);
        self
    }
}

impl<S: Behaviour> IntoFuture for Start<S> {
    type Output = Result<S::Client, StartError>;
    type IntoFuture = Starting<S>;

    fn into_future(self) -> Starting<S> {
        let seat = self.raw.seat.clone();
        Starting { raw: RawStarting::New(Some(Box::new(self.raw))), seat, of: PhantomData }
    }
}

impl<S> std::fmt::Debug for Start<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Start of {}", (self.raw.table.type_name)())
    }
}

/// A start under way. Dropping it ends the process.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Starting<S> {
    raw: RawStarting,
    /// A supervisor's own seat, by which its client knows it.
    seat: Option<Arc<Seat>>,
    of: PhantomData<fn() -> S>,
}

impl<S: Behaviour> Future for Starting<S> {
    type Output = Result<S::Client, StartError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let Poll::Ready(started) = self.raw.poll(cx) else { return Poll::Pending };
        Poll::Ready(started.map(|process| {
            let address = self.seat.take().map_or(Address::Process(process), Address::Seat);
            Client::new(address).into()
        }))
    }
}

impl<S> std::fmt::Debug for Starting<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Starting").finish_non_exhaustive()
    }
}

/// A start that gives a monitor beside the client.
#[must_use = "a start does nothing unless it is awaited"]
#[derive(Debug)]
pub struct StartMonitored<S> {
    start: Start<S>,
    reference: MonitorRef,
}

impl<S: Behaviour> StartMonitored<S> {
    /// As on the start.
    pub(crate) fn claiming(mut self, claim: Claim) -> Self {
        self.start = self.start.claiming(claim);
        self
    }

    /// As [`Start::named`].
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.start = self.start.named(name);
        self
    }

    /// As [`Start::link`].
    pub fn link(mut self) -> Self {
        self.start = self.start.link();
        self
    }

    /// As [`Start::within`].
    pub fn within(mut self, limit: Duration) -> Self {
        self.start = self.start.within(limit);
        self
    }

    /// As [`Start::debug`].
    pub fn debug(mut self, items: impl FnOnce(DebugItems) -> DebugItems) -> Self
    where
        S: Receives,
    {
        self.start = self.start.debug(items);
        self
    }
}

impl<S: Behaviour> IntoFuture for StartMonitored<S> {
    type Output = Result<(S::Client, Monitor), StartError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.start.await?;
            let monitor = Monitor::new(self.reference, client.pid());
            Ok((client, monitor))
        })
    }
}

/// How a supervisor starts a child: what a `#[child]` method returns (a child specification's `start`).
///
/// The method runs anew for each start, so that the arguments need not be `Clone`.
#[must_use = "a child is described for a supervisor"]
#[derive(Debug)]
pub struct Child<S> {
    start: Start<S>,
}

impl<S: Behaviour> Child<S> {
    /// A child that is started so.
    pub fn new(start: Start<S>) -> Self {
        Self { start }
    }

    /// Registers the child under this name, at each start.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.start = self.start.named(name);
        self
    }

    /// Gives an async `#[init]` this much time.
    pub fn within(mut self, limit: Duration) -> Self {
        self.start = self.start.within(limit);
        self
    }

    /// Has each incarnation watched from its first event on, as [`Start::debug`] does.
    pub fn debug(mut self, items: impl FnOnce(DebugItems) -> DebugItems) -> Self
    where
        S: Receives,
    {
        self.start = self.start.debug(items);
        self
    }

    /// Changes the description of the start.
    pub(crate) fn map(mut self, change: impl FnOnce(Start<S>) -> Start<S>) -> Self {
        self.start = change(self.start);
        self
    }

    pub(crate) fn into_any(self) -> AnyStart {
        AnyStart(self.start.raw)
    }
}

/// The type that a `#[child]` method returns.
#[diagnostic::on_unimplemented(
    message = "a `#[child]` method cannot return `{Self}`",
    label = "this does not say how to start a child",
    note = "return `Child<S>` for a gen_server, a gen_statem or a supervisor `S`: `S::child(..)` makes one"
)]
#[doc(hidden)]
pub trait IsChild {
    type Of: Behaviour<Client = Self::Client>;
    type Client: From<Client<Self::Of>>;

    fn into_child(self) -> Child<Self::Of>;

    /// Forgets the type.
    fn described(self) -> AnyChild
    where
        Self: Sized,
    {
        AnyChild { start: self.into_child().into_any() }
    }
}

impl<S: Behaviour> IsChild for Child<S> {
    type Of = S;
    type Client = S::Client;

    fn into_child(self) -> Self {
        self
    }
}

/// A start whose type is forgotten.
pub(crate) struct AnyStart(RawStart);

impl std::fmt::Debug for AnyStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Start of {}", (self.0.table.type_name)())
    }
}

impl AnyStart {
    pub(crate) fn table(&self) -> &'static Table {
        self.0.table
    }

    /// Registers the process under this name.
    pub(crate) fn named(mut self, name: Arc<str>) -> Self {
        self.0.name = Some(name);
        self
    }

    /// Gives an async `#[init]` this much time.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.0.within = Some(limit);
        self
    }

    /// As on the start.
    pub(crate) fn claiming(mut self, claim: Claim) -> Self {
        self.0.claim = Some(claim);
        self
    }

    /// A supervisor's own seat, if it is nobody's child.
    pub(crate) fn seat(&self) -> Option<&Arc<Seat>> {
        self.0.seat.as_ref()
    }

    /// Starts it as a child: linked to the present process, in this seat.
    pub(crate) fn begin(mut self, seat: Arc<Seat>) -> RawStarting {
        self.0.seat = Some(seat);
        self.begin_here()
    }

    /// Starts it as a child that is never started again, and needs no seat for that.
    pub(crate) fn begin_here(mut self) -> RawStarting {
        self.0.link = true;
        RawStarting::New(Some(Box::new(self.0)))
    }
}
