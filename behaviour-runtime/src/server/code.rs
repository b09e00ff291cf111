//! Another implementation for the server of a trait, while it runs (`code_change`).
//!
//! The server of a trait (`#[gen_server] trait Account`) runs any implementation of it, so another one, a new version of
//! the old or something else altogether, may take its place: behind the same client, pid and name, with the same
//! mailbox, links, monitors and timers.

use crate::edge::{Behaviour, Change, NewCode, Request, Sys, changed};
use crate::process::sys::{SysError, Visit, guarded};
use crate::process::{IntoError, dropping};

use super::behaviour::GenServer;
use super::implementation::{Runs, by};

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
        self.request(move |visit| {
            with_server(visit, |server: &mut S| {
                let running = server.running().ok_or(SysError::OtherImplementation)?;
                guarded(|| look(running))
            })
        })
    }
}

/// What makes another implementation of the one that the server of a trait runs.
#[diagnostic::do_not_recommend]
impl<S, Old, New, E, F> NewCode<S, (by::Closure, Old, New, E)> for F
where
    S: GenServer + Behaviour + Runs<Old> + Runs<New>,
    Old: 'static,
    New: 'static,
    E: IntoError,
    F: FnOnce(&mut Old) -> Result<New, E> + Send + 'static,
{
    fn change(self) -> Change {
        Change::new(move |visit| {
            with_server(visit, |server: &mut S| {
                let old = Runs::<Old>::running(server).ok_or(SysError::OtherImplementation)?;
                let new = changed(|| self(old))?;
                let old = std::mem::replace(server, S::run(new));
                dropping(|| drop(old));
                Ok(())
            })
        })
    }
}

fn with_server<S: 'static, R>(
    visit: &mut Visit<'_>,
    work: impl FnOnce(&mut S) -> Result<R, SysError>,
) -> Result<R, SysError> {
    visit.lend(|lent| work(lent.data.downcast_mut().ok_or(SysError::NoState)?))?
}
