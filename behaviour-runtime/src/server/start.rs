//! Starting a server, and describing a start for a supervisor.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use crate::process::address::Address;
use crate::process::cell::{BoxFuture, Table};
use crate::process::relations::unique;
use crate::process::seat::Seat;
use crate::process::start::{InitOutcome, Made, Make, RawStart, RawStarting};
use crate::process::{Monitor, MonitorRef, StartError};
use crate::supervisor::AnyChild;

use super::behaviour::{Behaviour, GenServer};
use super::body::Body;
use super::client::Client;
use super::context::Context;
use super::init::Failure;

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
    of: PhantomData<fn() -> S>,
}

impl<S: GenServer + Behaviour> Start<S> {
    /// Describes a start whose `#[init]` is a plain function.
    #[doc(hidden)]
    pub fn new<F>(init: F) -> Self
    where
        F: FnOnce(&mut Context<S>) -> Result<Option<S>, Failure> + Send + 'static,
    {
        Self::from_make(Box::new(move |process| {
            let mut body = Body::<S>::new(process);
            let outcome = settle(init(&mut body.cx), &mut body.server);
            Made::Ready(Box::into_raw(body).cast(), outcome)
        }))
    }

    /// Describes a start whose `#[init]` is async.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    pub fn future<F>(init: F) -> Self
    where
        F: for<'a> FnOnce(&'a mut Context<S>) -> BoxFuture<'a, Result<Option<S>, Failure>> + Send + 'static,
    {
        Self::from_make(Box::new(move |process| {
            let body = ThePointer(Box::into_raw(Body::<S>::new(process)));
            let there = body.0.cast();
            let here = Arc::downgrade(process);
            let starting = async move {
                let body = body;
                // SAFETY: the cell keeps the body where it is until this future is done or dropped, and nobody else
                // touches it: the process holds its turn while it starts.
                let outcome = unsafe {
                    let made = init(&mut (*body.0).cx).await;
                    settle(made, &mut (*body.0).server)
                };
                if let Some(process) = here.upgrade() {
                    // SAFETY: this future is polled by the process's task, which holds the turn.
                    unsafe { (*process.inside()).extra().init = Some(outcome) };
                }
            };
            Made::Pending(there, Box::pin(starting))
        }))
    }

    fn from_make(make: Make) -> Self {
        Self::describe(S::OPTIONS.name, const { &Body::<S>::TABLE }, make)
    }
}

/// A body on its way into the future that fills it.
struct ThePointer<S>(*mut Body<S>);

// SAFETY: a body is `Send`: the server by its trait, the context by itself.
#[allow(unsafe_code)]
unsafe impl<S: Behaviour> Send for ThePointer<S> {}

fn settle<S>(made: Result<Option<S>, Failure>, server: &mut Option<S>) -> InitOutcome {
    match made {
        Ok(Some(made)) => {
            *server = Some(made);
            InitOutcome::Ready
        }
        Ok(None) => InitOutcome::Ignored,
        Err(Failure(reason)) => InitOutcome::Failed(reason),
    }
}

impl<S> Start<S> {
    pub(crate) fn describe(name: Option<&'static str>, table: &'static Table, make: Make) -> Self {
        let name = name.map(Arc::from);
        let raw = RawStart { table, make, name, link: false, monitor: None, within: None, seat: None };
        Self { raw, of: PhantomData }
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

    pub(crate) fn into_any(self) -> AnyStart {
        AnyStart(self.start.raw)
    }
}

/// The type that a `#[child]` method returns.
#[diagnostic::on_unimplemented(
    message = "a `#[child]` method cannot return `{Self}`",
    label = "this does not say how to start a child",
    note = "return `Child<S>` for a gen_server or a supervisor `S`: `S::child(..)` makes one"
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

    /// Starts it as a child: linked to the present process, in this seat.
    pub(crate) fn begin(mut self, seat: Arc<Seat>) -> RawStarting {
        self.0.link = true;
        self.0.seat = Some(seat);
        RawStarting::New(Some(Box::new(self.0)))
    }
}
