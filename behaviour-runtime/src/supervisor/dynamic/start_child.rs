//! `start_child`: a description that is awaited.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::edge::{Behaviour, Child, Client};
use crate::process::address::Address;
use crate::process::start::Claim;
use crate::process::{BoxFuture, CallError, StartError};
use crate::supervisor::asking::ask;
use crate::supervisor::pure::Restart;
use crate::supervisor::spec::Shutdown;

use super::letter::{Letter, Refusal, Request};

/// The start of a child, as [`start_child`](super::DynamicSupervisorClient::start_child) describes it: `.await` does it.
///
/// What is not said here is as the supervisor's own options say.
/// `Times` says whether it can be started [`Again`], or only [`Once`], after
/// [`start_temporary`](super::DynamicSupervisorClient::start_temporary).
#[must_use = "a child is started when this is awaited"]
pub struct StartChild<S, Times = Again> {
    supervisor: Address,
    request: Box<Request>,
    of: PhantomData<fn() -> (S, Times)>,
}

/// Of a child that can be started more than once.
#[derive(Debug, Clone, Copy)]
pub enum Again {}

/// Of a child that is started once, and so is temporary.
#[derive(Debug, Clone, Copy)]
pub enum Once {}

impl<S: Behaviour> StartChild<S> {
    pub(crate) fn new(supervisor: &Address, make: impl FnMut() -> Child<S> + Send + 'static) -> Self {
        Self::describe(supervisor, make, None)
    }

    /// Restarts it always.
    pub fn permanent(self) -> Self {
        self.restart(Restart::Permanent)
    }

    /// Restarts it when it ends abnormally.
    pub fn transient(self) -> Self {
        self.restart(Restart::Transient)
    }

    /// Never restarts it. Its client names its one process, and nothing of its start is kept.
    pub fn temporary(self) -> Self {
        self.restart(Restart::Temporary)
    }

    /// When it is restarted.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.request.restart = Some(restart);
        self
    }
}

impl<S: Behaviour> StartChild<S, Once> {
    pub(crate) fn once(supervisor: &Address, make: impl FnOnce() -> Child<S> + Send + 'static) -> Self {
        let mut make = Some(make);
        let make = move || make.take().expect("a temporary child is started once")();
        Self::describe(supervisor, make, Some(Restart::Temporary))
    }

    /// Has it found by something else than its name.
    pub(super) fn claiming_once(self, claim: Claim) -> Self {
        let mut claim = Some(claim);
        self.claiming(move || claim.take().expect("a temporary child is started once"))
    }
}

impl<S: Behaviour, Times> StartChild<S, Times> {
    fn describe(
        supervisor: &Address,
        mut make: impl FnMut() -> Child<S> + Send + 'static,
        restart: Option<Restart>,
    ) -> Self {
        let make = Box::new(move || make().into_any());
        let request = Request { make, restart, shutdown: None, name: None, within: None, claim: None };
        Self { supervisor: supervisor.clone(), request: Box::new(request), of: PhantomData }
    }

    /// How it is ended.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.request.shutdown = Some(shutdown);
        self
    }

    /// Registers it under this name, at each start.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.request.name = Some(name.into());
        self
    }

    /// Has it found by something else than its name, at each start.
    pub(super) fn claiming(mut self, claim: impl FnMut() -> Claim + Send + 'static) -> Self {
        self.request.claim = Some(Box::new(claim));
        self
    }

    /// Gives an async `#[init]` this much time, at each start.
    pub fn within(mut self, limit: Duration) -> Self {
        self.request.within = Some(limit);
        self
    }
}

impl<S: Behaviour, Times> IntoFuture for StartChild<S, Times> {
    type Output = Result<S::Client, StartChildError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { supervisor, request, .. } = self;
        Box::pin(async move {
            match ask(&supervisor, |answer| Letter::StartChild(request, answer)).await {
                Ok(Ok(address)) => Ok(Client::<S>::new(address).into()),
                Ok(Err(Refusal::MaxChildren)) => Err(StartChildError::MaxChildren),
                Ok(Err(Refusal::Start(error))) => Err(StartChildError::Start(error)),
                Err(error) => Err(StartChildError::Call(error)),
            }
        })
    }
}

impl<S, Times> std::fmt::Debug for StartChild<S, Times> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartChild").finish_non_exhaustive()
    }
}

/// Why a child was not started.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StartChildError {
    /// The supervisor has as many children as it may have (`max_children`).
    MaxChildren,
    /// The child did not start. [`StartError::Ignored`] says that its `#[init]` chose so.
    Start(StartError),
    /// The supervisor does not live, or ended before it answered.
    Call(CallError),
}

impl std::fmt::Display for StartChildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MaxChildren => f.write_str("the supervisor has as many children as it may have"),
            Self::Start(error) => error.fmt(f),
            Self::Call(error) => write!(f, "the supervisor was not reached: {error}"),
        }
    }
}

impl std::error::Error for StartChildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::MaxChildren => None,
            Self::Start(error) => Some(error),
            Self::Call(error) => Some(error),
        }
    }
}
