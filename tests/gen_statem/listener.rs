//! Keeps what the runtime complains of on the thread of a test, which is the thread of its runtime.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// The fields of a warning or an error; the text is one of them, `message`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report(BTreeMap<&'static str, String>);

impl Report {
    /// A field, and nothing if it is not there.
    #[allow(dead_code, reason = "some tests only count")]
    pub(crate) fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl Visit for Report {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

#[derive(Clone, Default)]
pub(crate) struct Listener(Arc<Mutex<Vec<Report>>>);

impl Listener {
    pub(crate) fn listen() -> (Self, (DefaultGuard, Dispatch)) {
        let listener = Self::default();
        let guard = tracing::subscriber::set_default(listener.clone());
        // While there is one subscriber only, `tracing` asks the thread that comes first to a place whether it is of
        // interest, and that may be another test's, which has none.
        let second = Dispatch::new(listener.clone());
        (listener, (guard, second))
    }

    /// Warnings and errors since the last look.
    pub(crate) fn complaints(&self) -> Vec<Report> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("behaviour::") && *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut report = Report::default();
        event.record(&mut report);
        self.0.lock().unwrap().push(report);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
