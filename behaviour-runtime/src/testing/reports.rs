//! What the runtime tells through `tracing`, kept for a test to look at.

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// One report of the runtime: a `tracing` event whose target begins with `behaviour::`.
///
/// It is shown as a line: "ERROR process: crashed pid=<0.5.1> reason=boom".
#[derive(Clone, Debug)]
pub struct Report {
    level: Level,
    target: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl Report {
    /// How bad it is: a crash is an error.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// What it is about: `process`, `supervisor`, `mailbox`, `application`.
    #[must_use]
    pub fn topic(&self) -> &'static str {
        self.target.strip_prefix(OURS).unwrap_or(self.target)
    }

    /// What happened: "crashed".
    #[must_use]
    pub fn message(&self) -> &str {
        self.field("message")
    }

    /// A field, as text; empty if there is none of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The names and texts of the fields, in the order in which they were told; `message` is one of them.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.level, self.topic(), self.message())?;
        let others = self.fields().filter(|(name, _)| *name != "message");
        others.into_iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

const OURS: &str = "behaviour::";

/// Keeps the reports of the runtime, as long as it lives.
///
/// It hears what is told on the thread that called [`listen`](Reports::listen), which is all of it if the test's runtime
/// has one thread, as it has if nobody says otherwise.
///
/// ```
/// use behaviour::prelude::*;
/// use behaviour::testing::Reports;
///
/// # #[behaviour::main(flavor = "current_thread")]
/// # async fn main() {
/// let reports = Reports::listen();
/// let agent = Agent::start(|| 0_u8).await.unwrap();
/// let failed = agent.update(|n| *n = n.checked_sub(1).expect("not below zero")).await;
/// assert!(failed.is_err());
///
/// let report = reports.complaint();
/// assert_eq!((report.topic(), report.message()), ("process", "crashed"));
/// assert_eq!(report.field("reason"), "panicked: not below zero");
/// # }
/// ```
#[derive(Debug)]
pub struct Reports {
    kept: Kept,
    _guard: DefaultGuard,
    /// While there is one subscriber only, `tracing` asks the thread that comes first to a place whether it is of
    /// interest, and that may be another test's, which has none.
    _second: Dispatch,
}

impl Reports {
    /// Begins to listen.
    #[must_use = "it listens as long as it lives"]
    pub fn listen() -> Self {
        let kept = Kept::default();
        let guard = tracing::subscriber::set_default(kept.clone());
        Self { _guard: guard, _second: Dispatch::new(kept.clone()), kept }
    }

    /// What was told since the last look.
    #[allow(clippy::must_use_candidate, reason = "it also serves to forget what was told until now")]
    pub fn take(&self) -> Vec<Report> {
        std::mem::take(&mut *self.kept.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The warnings and errors among what was told since the last look.
    #[must_use]
    pub fn complaints(&self) -> Vec<Report> {
        self.take().into_iter().filter(|report| report.level <= Level::WARN).collect()
    }

    /// The one warning or error since the last look.
    ///
    /// # Panics
    /// If there was none, or more than one.
    #[must_use]
    pub fn complaint(&self) -> Report {
        let complaints = self.complaints();
        let [complaint] = &complaints[..] else { panic!("one complaint was expected, not {complaints:#?}") };
        complaint.clone()
    }
}

/// The subscriber.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<Report>>>);

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(OURS)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        let report = Report { level: *metadata.level(), target: metadata.target(), fields: fields.0 };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The fields of an event.
struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}
