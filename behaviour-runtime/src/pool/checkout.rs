//! A checkout, and what is borrowed by it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop;
use tokio::time::timeout;

use crate::edge::{Behaviour, Client};
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::ended::Ended;
use crate::process::{BoxFuture, CALL_TIMEOUT, CallError};

use super::error::CheckoutError;
use super::shared::{Shared, Ticket, Told, Unserved};
use super::worker::Lent;

/// A checkout that [`PoolClient::checkout`](super::PoolClient::checkout) describes: a future, and a builder.
///
/// It waits 5 s for a worker if nothing else is said, behind those who asked before. Dropping it gives up waiting: a
/// worker that had just come goes to the next one, or back into the pool.
///
/// # Errors
/// Any [`CheckoutError`].
#[must_use = "nothing is borrowed unless this is awaited"]
pub struct Checkout<S> {
    raw: RawCheckout,
    of: PhantomData<fn() -> S>,
}

impl<S: Behaviour> Checkout<S> {
    pub(super) fn new(pool: &Address, block: bool) -> Self {
        let raw = RawCheckout { pool: pool.clone(), block, limit: Some(CALL_TIMEOUT), waiting: None };
        Self { raw, of: PhantomData }
    }

    /// Waits at most this long for a worker. One that is idle is had in no time.
    pub fn within(mut self, limit: Duration) -> Self {
        self.raw.limit = Some(limit);
        self
    }

    /// Waits as long as it takes; the end of the pool still ends the wait.
    pub fn forever(mut self) -> Self {
        self.raw.limit = None;
        self
    }

    /// Borrows a worker for as long as a function runs; see [`PoolClient::transaction`](super::PoolClient::transaction).
    ///
    /// # Errors
    /// Any [`CheckoutError`]. What the function itself returns, an error of its own included, is inside the `Ok`.
    pub async fn transaction<F>(self, f: impl FnOnce(Borrowed<S>) -> F) -> Result<F::Output, CheckoutError>
    where
        F: Future,
    {
        let borrowed = self.await?;
        Ok(f(borrowed).await)
    }
}

impl<S: Behaviour> Future for Checkout<S> {
    type Output = Result<Borrowed<S>, CheckoutError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.raw.poll(cx).map_ok(Borrowed::new)
    }
}

impl<S> fmt::Debug for Checkout<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkout").finish_non_exhaustive()
    }
}

struct RawCheckout {
    pool: Address,
    block: bool,
    limit: Option<Duration>,
    /// There once it was polled and had to wait.
    waiting: Option<BoxFuture<'static, Result<Lent, CheckoutError>>>,
}

impl RawCheckout {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Lent, CheckoutError>> {
        if self.waiting.is_none() {
            let Poll::Ready(budget) = coop::poll_proceed(cx) else { return Poll::Pending };
            budget.made_progress();
            let told = self.pool.with(|pool| Some(Shared::of(pool)?.checkout(self.block))).flatten();
            let ticket = match told {
                Some(Told::Lent(lent)) => return Poll::Ready(Ok(lent)),
                Some(Told::Full) => return Poll::Ready(Err(CheckoutError::Full)),
                Some(Told::Waits(ticket)) => Some(ticket),
                Some(Told::Closed) | None => None,
            };
            let (wait, limit) = (wait(self.pool.clone(), self.block, ticket), self.limit);
            self.waiting = Some(Box::pin(async move {
                match limit {
                    None => wait.await,
                    Some(limit) => timeout(limit, wait).await.unwrap_or(Err(CheckoutError::Timeout)),
                }
            }));
        }
        self.waiting.as_mut().map_or(Poll::Pending, |waiting| waiting.as_mut().poll(cx))
    }
}

/// Waits for a worker, and for the pool if that is being restarted.
async fn wait(pool: Address, block: bool, ticket: Option<Ticket>) -> Result<Lent, CheckoutError> {
    let mut ticket = ticket;
    loop {
        if let Some(ticket) = &mut ticket {
            return match poll_fn(|cx| ticket.poll(cx)).await {
                Ok(lent) => Ok(lent),
                Err(Unserved::Refused(error)) => Err(CheckoutError::Start(error)),
                Err(Unserved::Closed) => {
                    let reason = Ended::new(ticket.process()).await;
                    Err(CheckoutError::Call(CallError::Exited(reason)))
                }
            };
        }
        let (_, shared) = find(&pool).await.map_err(CheckoutError::Call)?;
        match shared.checkout(block) {
            Told::Lent(lent) => return Ok(lent),
            Told::Full => return Err(CheckoutError::Full),
            Told::Waits(waits) => ticket = Some(waits),
            // It began to end meanwhile.
            Told::Closed => {}
        }
    }
}

/// The pool behind an address; waits for the next one if it is being restarted.
pub(super) async fn find(pool: &Address) -> Result<(Arc<ProcessCell>, Arc<Shared>), CallError> {
    loop {
        let process = pool.reach().await.ok_or(CallError::NoProcess)?;
        if let Some(shared) = Shared::of(&process).filter(|shared| !shared.is_closed()) {
            return Ok((process, shared));
        }
        Ended::new(Some(process)).await;
        if !matches!(pool, Address::Seat(_)) {
            return Err(CallError::NoProcess);
        }
    }
}

/// A worker that is borrowed. It is used through `Deref`, as its client; dropping it gives the worker back (`checkin/2`).
///
/// The worker may end while it is borrowed: calls then fail, and the pool has replaced it.
#[must_use = "what is not kept is given back at once"]
pub struct Borrowed<S: Behaviour> {
    worker: S::Client,
    /// Dropped last, so that nothing of this is left when somebody else has the worker.
    lent: Lent,
}

impl<S: Behaviour> Borrowed<S> {
    fn new(lent: Lent) -> Self {
        let worker = Client::new(Address::Process(Arc::clone(&lent.0.process))).into();
        Self { worker, lent }
    }

    /// Gives the worker back now.
    pub fn checkin(self) {
        drop(self.lent);
    }
}

impl<S: Behaviour> Deref for Borrowed<S> {
    type Target = S::Client;

    fn deref(&self) -> &S::Client {
        &self.worker
    }
}

impl<S: Behaviour> fmt::Debug for Borrowed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Borrowed").field(&*self.worker).finish()
    }
}
