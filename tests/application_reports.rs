//! What is told of applications through `tracing`: starts, starts that failed, ends, and that everything stops (rows APP-28
//! and APP-29, as far as they are about what is told).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::supervisor::Restart;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Reports, one a line, of those about applications.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

/// A report as a line.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // The pid is another one every time.
        let value = if field.name() == "top" { "a pid".to_owned() } else { format!("{value:?}") };
        if field.name() == "message" {
            self.0.insert_str(self.0.find(':').unwrap() + 1, &format!(" {value}"));
        } else {
            write!(self.0, " {}={value}", field.name()).unwrap();
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "behaviour::application"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{}:", event.metadata().level()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Listener {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Ends as it is told.
#[gen_server]
struct Mortal;

#[gen_server]
impl Mortal {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }
}

#[application]
struct Reported {
    starts: bool,
}

#[application]
impl Reported {
    #[start]
    fn start(&self) -> Result<Child<Mortal>, CallError> {
        if self.starts { Ok(Mortal::child()) } else { Err(CallError::Full) }
    }
}

#[application]
struct Library;

#[application]
impl Library {}

// APP-28, APP-29
#[behaviour::test(start_paused = true)]
async fn starts_and_ends_are_told() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let kinds =
        [(Restart::Temporary, "temporary"), (Restart::Transient, "transient"), (Restart::Permanent, "permanent")];
    for (restart, kind) in kinds {
        application::start(Reported { starts: true }).restart(restart).await.unwrap();
        assert_eq!(listener.take(), ["INFO: started application=\"reported\" top=a pid"]);
        application::stop::<Reported>().await.unwrap();
        let stopped = format!("INFO: exited application=\"reported\" exited=\"stopped\" kind=\"{kind}\"");
        assert_eq!(listener.take(), [stopped]);
    }

    let running = application::start(Reported { starts: true }).restart(Restart::Permanent).await.unwrap();
    application::start(Library).await.unwrap();
    listener.take();
    running.end(ExitReason::error("boom"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        listener.take(),
        [
            "WARN: exited application=\"reported\" exited=\"boom\" kind=\"permanent\"",
            "ERROR: shutting_down application=\"reported\" reason=boom",
            "INFO: exited application=\"library\" exited=\"stopped\" kind=\"temporary\"",
        ]
    );

    let _ = application::start(Reported { starts: false }).await;
    let told = "ERROR: not_started application=\"reported\" error=the application `reported` did not start: \
                the process did not start: the mailbox is full";
    assert_eq!(listener.take(), [told]);
    application::start(Library).await.unwrap();
    assert_eq!(listener.take(), ["INFO: started application=\"library\""]);
    application::shut_down().await;
    assert_eq!(listener.take()[0], "INFO: shutting_down");
}
