//! What can be asked of a running pool.

use crate::edge::{Behaviour, Client, client_face};
use crate::process::CallError;

use super::checkout::{Borrowed, Checkout, find};
use super::describe::Pool;
use super::error::CheckoutError;
use super::pure::Status;

/// A client of a running [`Pool`].
///
/// What it is asked while the pool is being restarted waits for the new one.
pub struct PoolClient<S>(Client<Pool<S>>);

client_face!(PoolClient, Pool);

impl<S: Behaviour> PoolClient<S> {
    /// Borrows a worker (`checkout/3`): an idle one, or one more if the overflow has room; otherwise waits until one is
    /// given back.
    ///
    /// # Errors
    /// Any [`CheckoutError`] but [`Full`](CheckoutError::Full).
    pub fn checkout(&self) -> Checkout<S> {
        Checkout::new(self.address(), true)
    }

    /// Borrows a worker if that takes no waiting for others (`checkout/2` with `false`). A worker that is being started
    /// is waited for.
    ///
    /// # Errors
    /// [`CheckoutError::Full`] if all workers are lent and the overflow has no room, or any other [`CheckoutError`].
    pub fn try_checkout(&self) -> Checkout<S> {
        Checkout::new(self.address(), false)
    }

    /// Borrows a worker for as long as a function runs (`transaction/2`). The worker is given back when the function
    /// returns, panics, or is dropped half done.
    ///
    /// [`checkout().within(..).transaction(..)`](Checkout::transaction) waits for another time than 5 s.
    ///
    /// # Errors
    /// Any [`CheckoutError`] but [`Full`](CheckoutError::Full). What the function itself returns, an error of its own
    /// included, is inside the `Ok`.
    pub async fn transaction<F>(&self, f: impl FnOnce(Borrowed<S>) -> F) -> Result<F::Output, CheckoutError>
    where
        F: Future,
    {
        self.checkout().transaction(f).await
    }

    /// How many workers are idle and lent (`status/1`).
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the pool does not live.
    pub async fn status(&self) -> Result<Status, CallError> {
        Ok(find(self.address()).await?.1.status())
    }
}
