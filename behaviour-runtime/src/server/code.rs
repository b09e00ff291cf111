//! New code for a running server (`code_change`): what `#[code_change]` makes of it, or, of the server of a trait, another
//! implementation.
//!
//! A new version of a server is a type of its own that takes the messages of the old one: so the clients stay, and the
//! mailbox, and all that others have of the process. What is put in its place is the body, and the table by which the
//! core reaches it.

use crate::edge::{Behaviour, Change, Failure, NewCode, Receives, Request, Sys, Upgrade, changed};
use crate::process::sys::{SysError, Visit, guarded};
use crate::process::{ExitReason, IntoError, discard};

use super::behaviour::GenServer;
use super::body::Body;
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
                let new = changed(|| self(old).map_err(|error| Failure(ExitReason::error(error))))?;
                let old = std::mem::replace(server, S::run(new));
                discard(old);
                Ok(())
            })
        })
    }
}

/// What `#[code_change]` makes of a server.
impl<M: 'static> Upgrade<M> {
    /// The same server, changed.
    #[doc(hidden)]
    pub fn server<S, F>(change: F) -> Self
    where
        S: GenServer + Behaviour + Receives<Message = M>,
        F: FnOnce(&mut S) -> Result<(), Failure> + Send + 'static,
    {
        Self::new(move |visit| with_server(visit, |server: &mut S| changed(|| change(server))))
    }

    /// Another version of the server.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    pub fn server_version<Old, New, F>(change: F) -> Self
    where
        Old: GenServer + Behaviour + Receives<Message = M>,
        New: GenServer + Behaviour + Receives<Message = M>,
        F: FnOnce(&mut Old) -> Result<New, Failure> + Send + 'static,
    {
        Self::new(move |visit| {
            let new = with_server(visit, |old: &mut Old| changed(|| change(old)))?;
            // SAFETY: the new body is made for the new table, whose messages are those of the old one.
            unsafe {
                visit.replace(const { &Body::<New>::TABLE }, |process, _| {
                    let mut body = Body::<New>::new(process);
                    body.server = Some(new);
                    Ok(Box::into_raw(body).cast())
                })
            }
        })
    }
}

fn with_server<S: 'static, R>(
    visit: &mut Visit<'_>,
    work: impl FnOnce(&mut S) -> Result<R, SysError>,
) -> Result<R, SysError> {
    visit.find(|lent| Some(work(lent.data.downcast_mut()?)))
}

/// What a `#[code_change]` may return that makes a new version: `Self`, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a `#[code_change]` of `{S}` cannot return `{Self}`",
    label = "this does not make a `{S}` of its old version",
    note = "return `Self`, or `Result<Self, E>`, where `E` is an error"
)]
pub trait IntoVersion<S> {
    /// The new version.
    ///
    /// # Errors
    /// The error that the callback returned.
    fn into_version(self) -> Result<S, Failure>;
}

impl<S: GenServer> IntoVersion<S> for S {
    fn into_version(self) -> Result<S, Failure> {
        Ok(self)
    }
}

impl<S: GenServer, E: IntoError> IntoVersion<S> for Result<S, E> {
    fn into_version(self) -> Result<S, Failure> {
        self.map_err(|error| Failure(ExitReason::error(error)))
    }
}
