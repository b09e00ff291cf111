//! New code for a running server (`code_change`).
//!
//! Erlang loads a module anew, and a suspended process is told to go on in it. Rust loads nothing; but the server of a
//! trait (`#[gen_server] trait Account`) runs any implementation of it, so another one, a new version of the old or
//! something else altogether, may take its place: behind the same client, pid and name, with the same mailbox, links,
//! monitors and timers.

use crate::edge::{Behaviour, Request, Sys};
use crate::process::sys::{SysError, guarded};
use crate::process::{ExitReason, IntoError, dropping};

use super::behaviour::GenServer;
use super::implementation::Runs;

impl<S: GenServer + Behaviour> Sys<S> {
    /// Looks at the implementation that the server of a trait runs, as [`get_state`](Sys::get_state) looks at the state of
    /// other servers. The closure says which one it expects: `|savings: &Savings| savings.cents`.
    ///
    /// # Errors
    /// [`SysError::OtherImplementation`] if it runs another, [`SysError::CallbackFailed`] if the function panics; else as
    /// for every request.
    pub fn get_state_of<T, R, F>(&self, look: F) -> Request<R>
    where
        S: Runs<T>,
        T: 'static,
        F: FnOnce(&T) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.with_server(move |server: &mut S| {
            let running = server.running().ok_or(SysError::OtherImplementation)?;
            guarded(|| look(running))
        })
    }

    /// Puts another implementation in the place of the one that a suspended server of a trait runs
    /// (`sys:change_code`, `code_change/3`).
    ///
    /// The closure makes the new one of the old one, whose type it says: `|old: &mut Savings| Ok(Premium::from(old))`.
    /// Client, pid, name, mailbox, links, monitors and timers stay, and what waits is handled by the new one after the
    /// [`resume`](Sys::resume). If the closure fails, the old one goes on.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// #[gen_server]
    /// pub trait Counter {
    ///     #[call]
    ///     fn count(&mut self) -> u32;
    /// }
    ///
    /// struct Old(u32);
    ///
    /// impl Counter for Old {
    ///     fn count(&mut self) -> u32 {
    ///         self.0 += 1;
    ///         self.0
    ///     }
    /// }
    ///
    /// struct New {
    ///     count: u32,
    ///     step: u32,
    /// }
    ///
    /// impl Counter for New {
    ///     fn count(&mut self) -> u32 {
    ///         self.count += self.step;
    ///         self.count
    ///     }
    /// }
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let counter = Old(0).serve().await?;
    /// assert_eq!(counter.count().await?, 1);
    ///
    /// let sys = counter.sys();
    /// sys.suspend().await?;
    /// sys.change_code(|old: &mut Old| Ok::<_, std::fmt::Error>(New { count: old.0, step: 10 })).await?;
    /// sys.resume().await?;
    /// assert_eq!(counter.count().await?, 11);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SysError::NotSuspended`] if the server runs, [`SysError::OtherImplementation`] if it runs another than `Old`,
    /// [`SysError::CodeChange`] if the closure returns an error or panics; else as for every request.
    pub fn change_code<Old, New, E, F>(&self, change: F) -> Request<()>
    where
        S: Runs<Old> + Runs<New>,
        Old: 'static,
        New: 'static,
        E: IntoError,
        F: FnOnce(&mut Old) -> Result<New, E> + Send + 'static,
    {
        self.with_suspended_server(move |server: &mut S| {
            let old = Runs::<Old>::running(server).ok_or(SysError::OtherImplementation)?;
            let new = match guarded(|| change(old)) {
                Ok(Ok(new)) => new,
                Ok(Err(error)) => return Err(SysError::CodeChange(ExitReason::error(error))),
                Err(SysError::CallbackFailed(reason)) => return Err(SysError::CodeChange(reason)),
                Err(error) => return Err(error),
            };
            let old = std::mem::replace(server, S::run(new));
            dropping(|| drop(old));
            Ok(())
        })
    }

    fn with_suspended_server<R: 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<R, SysError> + Send + 'static,
    ) -> Request<R> {
        self.request(move |visit| {
            if !visit.is_suspended() {
                return Err(SysError::NotSuspended);
            }
            visit.lend(|lent| work(lent.data.downcast_mut().ok_or(SysError::NoState)?))?
        })
    }

    fn with_server<R: 'static>(&self, work: impl FnOnce(&mut S) -> Result<R, SysError> + Send + 'static) -> Request<R> {
        self.request(move |visit| visit.lend(|lent| work(lent.data.downcast_mut().ok_or(SysError::NoState)?))?)
    }
}
