//! How the server of a trait is started: with one of the trait's implementations, or with what makes one.
//!
//! `#[gen_server] trait Account` has one server, `AccountServer`, which runs any implementation of the trait. What its
//! `start` takes is told by its type: an implementation, a closure that makes one, an async closure. Each of these is
//! an impl of [`Starts`] of its own, kept apart by a parameter that nobody writes.

use std::future::Future;

use crate::edge::{Behaviour, Context, Failure, Start};
use crate::process::{ExitReason, IntoError};

use super::behaviour::GenServer;

/// The server of a trait, which can run a `T`.
///
/// The macro implements it for every implementation of the trait.
#[doc(hidden)]
pub trait Runs<T>: GenServer + Behaviour {
    fn run(implementation: T) -> Self;

    /// The implementation that it runs, if that is a `T`.
    fn running(&mut self) -> Option<&mut T>;
}

/// What the server `S` of a trait is started with.
///
/// | what is given | when it is made |
/// |---|---|
/// | an implementation | before the start |
/// | a closure that returns one, or a `Result` of one: `\|\| Savings::open(path)` | by the new process, as `#[init]` is |
/// | the same with the context: `\|cx: &mut Context<AccountServer>\| ..` | |
/// | an async closure that returns one, or a `Result` of one: `async \|\| Savings::load().await` | |
///
/// `By` tells these apart, is found by rustc, and need not be said.
///
/// ```
/// use behaviour::prelude::*;
///
/// #[gen_server]
/// pub trait Account {
///     #[call]
///     fn balance(&self) -> u64;
/// }
///
/// struct Savings(u64);
///
/// impl Account for Savings {
///     fn balance(&self) -> u64 {
///         self.0
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let given = AccountServer::start(Savings(1)).await?;
/// let made = AccountServer::start(|| "2".parse().map(Savings)).await?;
/// let waited_for = AccountServer::start(async || Savings(3)).await?;
/// assert_eq!(given.balance().await? + made.balance().await?, waited_for.balance().await?);
///
/// let failed = AccountServer::start(|| "two".parse().map(Savings)).await;
/// assert!(matches!(failed, Err(StartError::Failed(_))));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{S}` cannot be started with this",
    label = "this does not implement the trait, nor does what it makes",
    note = "give what implements the trait, or a closure that returns it: `|| Savings::new(100)`",
    note = "the closure may be `async`, may return a `Result`, and may take `cx: &mut Context<{S}>`, with its type"
)]
pub trait Starts<S, By> {
    #[doc(hidden)]
    fn described(self) -> Start<S>;
}

/// What a closure for [`Starts`] returns: an implementation, or a `Result` of one.
#[doc(hidden)]
pub trait Makes<S, By> {
    /// # Errors
    /// What kept the implementation from being made.
    fn made(self) -> Result<Option<S>, Failure>;
}

/// The ways in which an implementation comes.
#[doc(hidden)]
pub mod by {
    #[derive(Debug)]
    pub enum Itself {}
    #[derive(Debug)]
    pub enum Result {}
    #[derive(Debug)]
    pub enum Closure {}
    #[derive(Debug)]
    pub enum ClosureWithContext {}
    #[derive(Debug)]
    pub enum AsyncClosure {}
}

#[diagnostic::do_not_recommend]
impl<S: Runs<T>, T> Makes<S, by::Itself> for T {
    fn made(self) -> Result<Option<S>, Failure> {
        Ok(Some(S::run(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<S: Runs<T>, T, E: IntoError> Makes<S, by::Result> for Result<T, E> {
    fn made(self) -> Result<Option<S>, Failure> {
        self.map(|made| Some(S::run(made))).map_err(|error| Failure(ExitReason::error(error)))
    }
}

#[diagnostic::do_not_recommend]
impl<S: Runs<T>, T: Send + 'static> Starts<S, by::Itself> for T {
    fn described(self) -> Start<S> {
        Start::new(move |_| self.made())
    }
}

#[diagnostic::do_not_recommend]
impl<S, F, R, By> Starts<S, (by::Closure, By)> for F
where
    F: FnOnce() -> R + Send + 'static,
    R: Makes<S, By>,
    S: GenServer + Behaviour,
{
    fn described(self) -> Start<S> {
        Start::new(move |_| self().made())
    }
}

#[diagnostic::do_not_recommend]
impl<S, F, R, By> Starts<S, (by::ClosureWithContext, By)> for F
where
    F: FnOnce(&mut Context<S>) -> R + Send + 'static,
    R: Makes<S, By>,
    S: GenServer + Behaviour,
{
    fn described(self) -> Start<S> {
        Start::new(move |cx| self(cx).made())
    }
}

#[diagnostic::do_not_recommend]
impl<S, F, R, By> Starts<S, (by::AsyncClosure, By)> for F
where
    F: FnOnce() -> R + Send + 'static,
    R: Future<Output: Makes<S, By>> + Send + 'static,
    S: GenServer + Behaviour,
{
    fn described(self) -> Start<S> {
        Start::future(move |_| {
            let making = self();
            Box::pin(async move { making.await.made() })
        })
    }
}
