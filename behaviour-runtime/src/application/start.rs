//! How an application is started, and the handle that this gives.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::process::BoxFuture;
use crate::supervisor::Restart;

use super::any::{AnyApplication, client};
use super::behaviour::{Application, TopClient};
use super::controller::{Controller, id};
use super::error::ApplicationError;
use super::face::stop;

/// What a start does beside starting the one application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ensure {
    /// Nothing: it must not run yet.
    Nothing,
    /// It may run already.
    Itself,
    /// It may run already, and what it depends on is started first.
    All { concurrent: bool },
}

/// A start of an application, as [`start`] and its kin describe it. `.await` does it.
///
/// # Errors
/// An [`ApplicationError`]. By then nothing is left of what it had started.
#[must_use = "a start does nothing unless it is awaited"]
pub struct StartApplication<A> {
    app: A,
    restart: Restart,
    ensure: Ensure,
}

impl<A: Application> StartApplication<A> {
    /// What its end does to the others: a [permanent](Restart::Permanent) application takes all applications with it, a
    /// [transient](Restart::Transient) one unless its top ended with `Normal`, a [temporary](Restart::Temporary) one,
    /// as if nothing is said, never. What is started because it depends on that is of the same type.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Starts what it depends on at the same time, as far as that does not depend on each other.
    pub fn concurrently(mut self) -> Self {
        if self.ensure != Ensure::Nothing {
            self.ensure = Ensure::All { concurrent: true };
        }
        self
    }
}

impl<A: Application> IntoFuture for StartApplication<A> {
    type Output = Result<Running<A>, ApplicationError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { app, restart, ensure } = self;
        Box::pin(async move {
            let controller = Controller::here();
            let app: Arc<dyn AnyApplication> = Arc::new(app);
            match ensure {
                Ensure::Nothing => {
                    if !controller.start(app, restart).await? {
                        return Err(ApplicationError::AlreadyStarted(A::ABOUT.name));
                    }
                }
                Ensure::Itself => drop(controller.start(app, restart).await?),
                Ensure::All { concurrent } => drop(controller.start_all(app, restart, concurrent).await?),
            }
            let top = controller.table().running(id::<A>()).and_then(|entry| entry.top.clone());
            Ok(Running { top: client::<A>(&top), of: PhantomData })
        })
    }
}

impl<A> std::fmt::Debug for StartApplication<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartApplication").field("restart", &self.restart).finish_non_exhaustive()
    }
}

/// An application that was started: a client of its top, and how it is stopped.
///
/// It keeps nothing alive: dropping it does nothing.
pub struct Running<A: Application> {
    top: TopClient<A>,
    of: PhantomData<fn() -> A>,
}

impl<A: Application> Running<A> {
    /// Stops the application in order, as [`stop`] does.
    ///
    /// # Errors
    /// [`ApplicationError::NotStarted`] if it was stopped before.
    pub async fn stop(&self) -> Result<(), ApplicationError> {
        stop::<A>().await
    }

    /// A client of its top.
    #[must_use]
    pub fn supervisor(&self) -> &TopClient<A> {
        &self.top
    }
}

impl<A: Application> Deref for Running<A> {
    type Target = TopClient<A>;

    fn deref(&self) -> &TopClient<A> {
        &self.top
    }
}

impl<A: Application> Clone for Running<A> {
    fn clone(&self) -> Self {
        Self { top: self.top.clone(), of: PhantomData }
    }
}

impl<A: Application> std::fmt::Debug for Running<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({}, {})", A::ABOUT.name, self.top.pid())
    }
}

/// Describes the start of an application (`application:start/2`).
///
/// What it depends on must run: [`ensure_all_started`] sees to that. The value given is its configuration, also if it was
/// [`load`](super::load)ed with another one. Several who start an application at the same time are told the same; it is
/// started once.
///
/// # Errors
/// When awaited: [`AlreadyStarted`](ApplicationError::AlreadyStarted) if it runs,
/// [`NotStarted`](ApplicationError::NotStarted) or [`NotRunning`](ApplicationError::NotRunning) if something that it
/// depends on does not, and whatever keeps it from starting.
pub fn start<A: Application>(app: A) -> StartApplication<A> {
    StartApplication { app, restart: Restart::Temporary, ensure: Ensure::Nothing }
}

/// Describes the start of an application that may run already (`application:ensure_started/2`); then it keeps the
/// configuration that it runs with.
///
/// # Errors
/// When awaited: as [`start`], but for `AlreadyStarted`.
pub fn ensure_started<A: Application>(app: A) -> StartApplication<A> {
    StartApplication { app, restart: Restart::Temporary, ensure: Ensure::Itself }
}

/// Describes the start of an application and of all that it depends on, which is started first
/// (`application:ensure_all_started/2`).
///
/// A dependency that nobody has [`load`](super::load)ed is configured by itself ([`Configured`](super::Configured)). An optional one
/// is started if it was loaded.
///
/// # Errors
/// When awaited: what keeps one of them from starting. Those that this call had started are stopped again.
pub fn ensure_all_started<A: Application>(app: A) -> StartApplication<A> {
    StartApplication { app, restart: Restart::Temporary, ensure: Ensure::All { concurrent: false } }
}
