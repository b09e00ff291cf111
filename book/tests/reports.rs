//! The page on reports against the reports: each row is provoked, and what is provoked has a row.
//!
//! The subscriber is written by hand, so that it sees each event with its fields as the runtime named them.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const MS: Duration = Duration::from_millis(1);

/// One kind of report: level, target, message, fields.
type Row = [String; 4];

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<BTreeSet<Row>>>);

/// Reads the message of an event.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("behaviour::")
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        let data = event.metadata();
        let mut fields: Vec<_> = data.fields().iter().map(|field| field.name()).collect();
        let place = fields.iter().position(|name| *name == "message").expect("each report has a message");
        fields.remove(place);
        let row = [data.level().to_string().to_lowercase(), data.target().into(), message.0, fields.join(" ")];
        self.0.lock().unwrap().insert(row);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What the page says.
fn page() -> BTreeSet<Row> {
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.replace(['`', ','], "").trim().to_owned()).collect()
    };
    let rows = include_str!("../src/supervision/reports.md").lines().filter(|line| line.starts_with("| `behaviour::"));
    rows.map(|line| {
        let cells = cells(line);
        [cells[3].clone(), cells[1].clone(), cells[2].clone(), cells[4].clone()]
    })
    .collect()
}

/// Does whatever gives a report.
#[gen_server(mailbox(capacity = 1, when_full = drop_oldest))]
struct Clumsy {
    end: End,
}

/// What goes wrong when it ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Well,
    Slow,
    Drop,
}

#[gen_server]
impl Clumsy {
    #[init]
    async fn init(cx: &mut Context<Self>, end: End) -> Self {
        cx.trap_exit(end == End::Slow);
        tokio::time::sleep(MS).await;
        Self { end }
    }

    #[info]
    fn exit(&mut self, _: Exit) {}

    #[cast]
    async fn busy(&mut self) {
        tokio::time::sleep(1_000 * MS).await;
    }

    #[cast]
    fn bad(&mut self) {
        panic!("as ordered");
    }

    #[cast]
    fn good(&mut self) {}

    #[call]
    fn watch(&self) {
        // Past the context, which would ask for a callback.
        process::monitor(process::spawn(|_: Inbox<()>| async {}).pid());
    }
}

impl Drop for Clumsy {
    fn drop(&mut self) {
        assert!(self.end != End::Drop, "dropped badly");
    }
}

/// Waits before it starts its child again.
#[supervisor(one_for_one)]
struct Patient;

#[supervisor]
impl Patient {
    #[child(backoff(initial = 1ms))]
    fn clumsy(&self) -> Child<Clumsy> {
        Clumsy::child(End::Well)
    }
}

/// Takes no more than one message.
#[gen_server(mailbox(capacity = 1))]
struct Strict;

#[gen_server]
impl Strict {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn good(&mut self) {}
}

/// Starts once.
#[gen_server]
struct Once;

#[gen_server]
impl Once {
    #[init]
    fn init(turn: u32) -> Result<Self, &'static str> {
        if turn == 0 { Ok(Self) } else { Err("once is enough") }
    }
}

/// Where the glass is.
#[gen_statem(state)]
enum Glass {
    Whole,
}

/// Drops what it has taken.
#[gen_statem(Glass)]
struct Butterfingers;

#[gen_statem(Glass)]
impl Butterfingers {
    #[init]
    fn init() -> (Self, Whole) {
        (Self, Whole)
    }

    #[cast]
    fn carry(&mut self, _: Whole) -> Whole {
        panic!("as ordered");
    }

    #[terminate]
    fn put_away(&mut self, _: &Glass) {}
}

#[supervisor(one_for_one, intensity = 2)]
struct Top {
    end: End,
    times: AtomicU32,
}

#[supervisor]
impl Top {
    #[child(shutdown = 10ms)]
    fn clumsy(&self) -> Child<Clumsy> {
        Clumsy::child(self.end)
    }

    #[child]
    fn once(&self) -> Child<Once> {
        Once::child(self.times.fetch_add(1, Ordering::Relaxed))
    }
}

// No process: the panic of one goes to the subscriber, which keeps it to itself.
#[tokio::test(start_paused = true)]
async fn the_page_on_reports_is_complete_and_true() {
    let listener = Listener::default();
    tracing::subscriber::set_global_default(listener.clone()).unwrap();
    let settle = || tokio::time::sleep(10 * MS);

    // crashed, ended, undelivered, dropped, unhandled, panicked while it was dropped
    let clumsy = Clumsy::start(End::Drop).await.unwrap();
    clumsy.watch().await.unwrap();
    settle().await;
    clumsy.bad();
    settle().await;
    clumsy.good();
    let clumsy = Clumsy::start(End::Well).await.unwrap();
    clumsy.good();
    clumsy.good();
    clumsy.stop().await.unwrap();
    let strict = Strict::start().await.unwrap();
    strict.good();
    strict.good();

    // terminate skipped
    Butterfingers::start().await.unwrap().carry();
    settle().await;

    // restarting, child_terminated, start_error, giving_up
    let top = Top { end: End::Well, times: AtomicU32::new(0) }.start().await.unwrap();
    top.clumsy().kill();
    tokio::time::sleep(MS / 2).await;
    top.clumsy().good();
    top.once().kill();
    top.ended().await;

    // child_waits
    let patient = Patient.start().await.unwrap();
    patient.clumsy().kill();
    settle().await;
    patient.stop().await.unwrap();

    // shutdown_error
    let top = Top { end: End::Slow, times: AtomicU32::new(0) }.start().await.unwrap();
    top.clumsy().busy();
    settle().await;
    top.terminate_child("clumsy").await.unwrap();
    top.stop().await.unwrap();

    let (seen, told) = (listener.0.lock().unwrap().clone(), page());
    let missing: Vec<_> = seen.difference(&told).collect();
    let stale: Vec<_> = told.difference(&seen).collect();
    assert!(missing.is_empty() && stale.is_empty(), "not on the page: {missing:#?}\nnot seen: {stale:#?}");
}
