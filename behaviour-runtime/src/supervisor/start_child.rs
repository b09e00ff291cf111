//! `start_child`: a child that comes while its supervisor runs.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::edge::{Behaviour, Child, Client};
use crate::process::BoxFuture;
use crate::process::address::Address;

use super::asking::ask_in_turn;
use super::children::{Make, Spec};
use super::client::OperationError;
use super::letter::Letter;
use super::pure::{Backoff, Policy, Restart};
use super::spec::{AnyChild, Shutdown};

/// A child that is to be started under a running supervisor, as [`start_child`](Client::start_child) describes it:
/// `.await` starts it.
///
/// # Errors
/// An [`OperationError`]. The child is not kept then, unless it chose not to start
/// ([`StartError::Ignored`](crate::process::StartError::Ignored)) and is not temporary.
#[must_use = "a child is started when this is awaited"]
pub struct NewChild<S> {
    supervisor: Address,
    new: Box<New>,
    of: PhantomData<fn() -> S>,
}

/// What a supervisor is given to start.
pub(super) struct New {
    pub(super) spec: Spec,
    pub(super) make: Make,
}

impl<S: Behaviour> NewChild<S> {
    pub(super) fn new(supervisor: &Address, id: &str, mut make: impl FnMut() -> Child<S> + Send + 'static) -> Self {
        let spec = Spec { id: id.into(), of: Some(S::BEHAVIOUR.0), policy: Policy::DEFAULT, shutdown: None };
        let new = Box::new(New { spec, make: Box::new(move || AnyChild::new(make())) });
        Self { supervisor: supervisor.clone(), new, of: PhantomData }
    }

    /// When it is restarted: always, if nothing is said.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.new.spec.policy.restart = restart;
        self
    }

    /// How it is ended.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.new.spec.shutdown = Some(shutdown);
        self
    }

    /// Lets the supervisor end with it, as its `auto_shutdown` says.
    pub fn significant(mut self) -> Self {
        self.new.spec.policy.significant = true;
        self
    }

    /// Lets its restarts wait.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.new.spec.policy.backoff = Some(backoff);
        self
    }
}

impl<S: Behaviour> IntoFuture for NewChild<S> {
    type Output = Result<S::Client, OperationError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { supervisor, new, .. } = self;
        Box::pin(async move {
            let answer = ask_in_turn(&supervisor, |answer| Letter::StartChild(new, answer)).await;
            let seat: Arc<_> = answer.map_err(OperationError::Call)??;
            Ok(Client::<S>::new(Address::Seat(seat)).into())
        })
    }
}

impl<S> std::fmt::Debug for NewChild<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewChild").field("id", &self.new.spec.id).finish_non_exhaustive()
    }
}
