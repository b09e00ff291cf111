//! An application as a whole program: what `main` runs.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::process::ExitReason;
use crate::process::entry::Runtime;
use crate::supervisor::Restart;

use super::any::AnyApplication;
use super::behaviour::Application;
use super::config::ConfigError;
use super::controller::{Cause, Controller};
use super::error::ApplicationError;
use super::signals::Watch;
use super::table::Status;
use super::wait::{First, closed, first};

/// How long the stop of an application that does not say it may take, as far as the whole program is concerned.
const STOP: Duration = Duration::from_secs(30);

/// How long the end may take beside the stops of the applications.
const REST: Duration = Duration::from_secs(5);

/// Runs an application, and what it depends on, as a whole program.
///
/// It takes the application, or what [`Configured::configured`](super::Configured) gives: `behaviour::run(Bank::configured())`.
///
/// - It makes a tokio runtime with as many threads as there are processors, and starts all applications as
///   [permanent](Restart::Permanent) ones: if one ends, all end.
/// - If nobody has installed a `tracing` subscriber, it installs one that writes to the error stream what is at least
///   `INFO`, or what `RUST_LOG` says: `RUST_LOG=warn,behaviour=debug`.
/// - SIGINT (Ctrl-C) and SIGTERM stop all applications in order, also while they start. The whole stop may take as long
///   as its applications may together (their `shutdown_timeout`s, 30 s for one that does not say), and 5 s;
///   [`Program::stop_within`] says it otherwise. A second signal ends the program at once.
/// - The exit code says what happened:
///
/// | code | what happened |
/// |---|---|
/// | 0 | all was stopped in order: by a signal, by [`shut_down`](super::shut_down), or because an application's top ended with `Normal` |
/// | 1 | an application ended otherwise, such as a supervisor that gave up; the others were stopped in order |
/// | 2 | an application did not start; what had started was stopped in order |
/// | 78 | a configuration could not be read (`EX_CONFIG`) |
/// | 124 | the stop of an application took longer than its `shutdown_timeout`, and what was left of it was killed; or the whole stop took too long |
/// | 130, 143 | a second signal: 128 and the number of SIGINT or SIGTERM |
///
/// If the whole stop took too long, and at a second signal, the program ends where it stands, and no destructor runs.
pub fn run(app: impl IntoApplication) -> ExitCode {
    Program::new(app).run().into()
}

/// What can be run as a program: an application, or the attempt to configure one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be run as a program",
    label = "this is no application",
    note = "a program is an application, a struct with `#[application]` on it and on an `impl` block of it, whose `#[start]` \
            starts supervisors and servers"
)]
pub trait IntoApplication {
    /// The application.
    type Application: Application;

    /// The application, if it is configured.
    ///
    /// # Errors
    /// If it is not.
    fn into_application(self) -> Result<Self::Application, ConfigError>;
}

#[diagnostic::do_not_recommend]
impl<A: Application> IntoApplication for A {
    type Application = A;

    fn into_application(self) -> Result<A, ConfigError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<A: Application> IntoApplication for Result<A, ConfigError> {
    type Application = A;

    fn into_application(self) -> Self {
        self
    }
}

/// A program, for who wants [`run`] otherwise than it is.
#[must_use = "a program does nothing until it is run"]
pub struct Program {
    app: Result<Arc<dyn AnyApplication>, ConfigError>,
    runtime: Runtime,
    stop_within: Option<Duration>,
}

impl Program {
    /// A program of an application and of all that it depends on.
    pub fn new(app: impl IntoApplication) -> Self {
        let app = app.into_application().map(|app| Arc::new(app) as Arc<dyn AnyApplication>);
        Self { app, runtime: Runtime::multi_thread(), stop_within: None }
    }

    /// How many threads the runtime has.
    pub fn worker_threads(mut self, threads: usize) -> Self {
        self.runtime = self.runtime.worker_threads(threads);
        self
    }

    /// How long the whole stop may take. Then the program ends with the code 124, whatever still runs.
    pub fn stop_within(mut self, limit: Duration) -> Self {
        self.stop_within = Some(limit);
        self
    }

    /// Runs the program to its end.
    pub fn run(self) -> ProgramEnd {
        subscribe();
        let app = match self.app {
            Ok(app) => app,
            Err(error) => {
                tracing::error!(target: "behaviour::application", %error, "not_started");
                return ProgramEnd::Misconfigured;
            }
        };
        let watch = Watch::begin(self.stop_within.unwrap_or(STOP + REST));
        let runtime = self.runtime.build();
        let end = runtime.block_on(live(app, watch, self.stop_within));
        // Everything that is looked after has ended; what is not, such as a thread that reads from a terminal, shall not
        // keep the program.
        runtime.shutdown_background();
        end
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("runtime", &self.runtime)
            .field("stop_within", &self.stop_within)
            .finish_non_exhaustive()
    }
}

/// How a program ended, as its exit code tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramEnd {
    /// All was stopped in order.
    Stopped,
    /// The stop of an application took longer than its `shutdown_timeout`, and what was left of it was killed.
    Late,
    /// An application ended that should have run on.
    Failed,
    /// An application did not start.
    NotStarted,
    /// A configuration could not be read.
    Misconfigured,
}

impl ProgramEnd {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Stopped => 0,
            Self::Late => 124,
            Self::Failed => 1,
            Self::NotStarted => 2,
            Self::Misconfigured => 78,
        }
    }

    /// What a start that failed comes to.
    fn of(error: &ApplicationError) -> Self {
        match error {
            ApplicationError::Config(_) => Self::Misconfigured,
            _ => Self::NotStarted,
        }
    }
}

impl From<ProgramEnd> for ExitCode {
    fn from(end: ProgramEnd) -> Self {
        end.code().into()
    }
}

impl std::process::Termination for ProgramEnd {
    fn report(self) -> ExitCode {
        self.into()
    }
}

/// The life of a program: start, wait, stop.
async fn live(app: Arc<dyn AnyApplication>, mut watch: Watch, stop_within: Option<Duration>) -> ProgramEnd {
    let controller = Controller::here();
    let mut cause = controller.cause.subscribe();
    let stop = match first(watch.signal(), controller.start_all(app, Restart::Permanent, false)).await {
        First::One(signal) => {
            tracing::info!(target: "behaviour::application", %signal, "stopping");
            Cause::Asked
        }
        // Who stopped everything while it started did not make it fail.
        First::Other(Err(error)) => controller.cause.borrow().clone().unwrap_or(Cause::NotStarted(error)),
        First::Other(Ok(_)) => match first(watch.signal(), cause.wait_for(Option::is_some)).await {
            First::One(signal) => {
                tracing::info!(target: "behaviour::application", %signal, "stopping");
                Cause::Asked
            }
            First::Other(cause) => cause.ok().and_then(|cause| cause.clone()).unwrap_or(Cause::Asked),
        },
    };
    let end = match &stop {
        Cause::Ended(_, reason) if *reason != ExitReason::Normal => ProgramEnd::Failed,
        Cause::NotStarted(error) => ProgramEnd::of(error),
        Cause::Ended(..) | Cause::Asked => ProgramEnd::Stopped,
    };
    if stop_within.is_none() {
        watch.set_deadline(stops(&controller) + REST);
    }
    watch.stopping();
    closed(controller.shut_down(stop)).await;
    match end {
        ProgramEnd::Stopped if controller.late.load(Ordering::Relaxed) => ProgramEnd::Late,
        end => end,
    }
}

/// How long the stops of all that runs, starts or stops may take together.
fn stops(controller: &Controller) -> Duration {
    let table = controller.table();
    let alive = table.apps.values().filter(|entry| !matches!(entry.status, Status::Loaded | Status::Ended));
    alive.map(|entry| entry.app.about().shutdown_timeout.unwrap_or(STOP)).sum()
}

/// Installs a subscriber, if nobody has.
fn subscribe() {
    if tracing::dispatcher::has_been_set() {
        return;
    }
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.is_empty());
    let parsed = wanted.as_deref().map(str::parse::<Targets>);
    let unread = parsed.as_ref().and_then(|parsed| parsed.as_ref().err().map(ToString::to_string));
    let targets = parsed.and_then(Result::ok).unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(io::stderr);
    // Another thread may have been faster: then there is one.
    let _ = tracing_subscriber::registry().with(lines).with(targets).try_init();
    if let Some(error) = unread {
        tracing::warn!(target: "behaviour::application", error, "`RUST_LOG` cannot be read: what is at least `INFO` is shown");
    }
}
