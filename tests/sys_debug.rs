//! Watching what a server handles: log, statistics, trace and functions that are told each event (OTP's `sys`).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::{self, Event, SysError};
use behaviour::testing::Reports;

const SECOND: Duration = Duration::from_secs(1);

/// Counts.
#[gen_server]
struct Counter {
    value: u64,
    waiting: Vec<Reply<u64>>,
}

/// Counts on.
struct Further;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { value: 0, waiting: Vec::new() }
    }

    #[call]
    fn get(&self) -> u64 {
        self.value
    }

    #[call]
    async fn get_slowly(&self) -> u64 {
        tokio::time::sleep(SECOND).await;
        self.value
    }

    #[call(later)]
    fn get_later(&mut self, reply: Reply<u64>) -> Later {
        self.waiting.push(reply);
        Later
    }

    #[cast]
    fn add(&mut self, by: u64, cx: &mut Context<Self>) {
        self.value += by;
        cx.continue_with(Further);
    }

    #[continues]
    fn further(&mut self, _: Further) {
        for reply in self.waiting.drain(..) {
            reply.send(self.value);
        }
    }

    #[call]
    fn fail(&mut self) -> u64 {
        panic!("on purpose")
    }
}

// SYS-01
#[behaviour::test(start_paused = true)]
async fn the_log_keeps_the_last_events() {
    let counter = Counter::start().await.unwrap();
    let sys = counter.sys();
    sys.log(4).await.unwrap();
    assert_eq!(counter.get().await, Ok(0));
    assert_eq!(sys.get_log().await, Ok(vec![Event::Call("get"), Event::Reply("get")]));
    counter.add(1);
    let all = [Event::Message("add"), Event::NoReply("add"), Event::Own("further"), Event::NoReply("further")];
    assert_eq!(sys.get_log().await.as_deref(), Ok(&all[..]), "the oldest are gone, and what sys asks is no event");
    sys.log(2).await.unwrap();
    assert_eq!(sys.get_log().await.as_deref(), Ok(&all[2..]), "what fits is kept");
    let status = sys.get_status().await.unwrap();
    assert_eq!((status.debug, status.log), (vec!["log 2".to_owned()], all[2..].to_vec()));
    assert!(
        sys.get_status()
            .await
            .unwrap()
            .to_string()
            .ends_with("\n  debug     log 2\n  log       goes on with further\n  log       handled further")
    );
    sys.log(0).await.unwrap();
    counter.get().await.unwrap();
    assert_eq!(sys.get_log().await, Ok(vec![]));
    assert_eq!(sys.get_status().await.unwrap().debug, Vec::<String>::new());
}

// SYS-01
#[behaviour::test(start_paused = true)]
async fn a_watched_server_answers_as_any_other() {
    let counter = Counter::start().await.unwrap();
    counter.sys().log(10).await.unwrap();
    let later = tokio::spawn(counter.get_later());
    tokio::task::yield_now().await;
    assert_eq!(counter.get_slowly().await, Ok(0));
    counter.add(2);
    assert_eq!((later.await.unwrap(), counter.get().await), (Ok(2), Ok(2)));
    let log = counter.sys().get_log().await.unwrap();
    let calls = [
        Event::Call("get_later"),
        Event::NoReply("get_later"),
        Event::Call("get_slowly"),
        Event::Reply("get_slowly"),
        Event::Message("add"),
        Event::NoReply("add"),
        Event::Own("further"),
        Event::NoReply("further"),
        Event::Call("get"),
        Event::Reply("get"),
    ];
    assert_eq!(log, calls);
    let failed = counter.fail().await;
    assert!(matches!(failed, Err(CallError::Exited(ExitReason::Panic(_)))), "{failed:?}");
}

// SYS-03
#[behaviour::test(start_paused = true)]
async fn statistics_count_messages_and_replies() {
    let counter = Counter::start().await.unwrap();
    let sys = counter.sys();
    assert_eq!(sys.get_statistics().await, Ok(None));
    sys.statistics(true).await.unwrap();
    counter.get().await.unwrap();
    let statistics = sys.get_statistics().await.unwrap().unwrap();
    assert_eq!((statistics.messages_in, statistics.messages_out), (1, 1));
    counter.add(1);
    tokio::time::sleep(SECOND).await;
    let later = sys.get_statistics().await.unwrap().unwrap();
    assert_eq!((later.messages_in, later.messages_out, later.elapsed), (2, 1, SECOND));
    assert_eq!(later.start_time, statistics.start_time);
    sys.statistics(false).await.unwrap();
    assert_eq!(sys.get_statistics().await, Ok(None));
}

/// What a function was told.
type Seen = Arc<Mutex<Vec<String>>>;

fn note(seen: &Seen, id: &'static str) -> impl FnMut(&Event, &str) + Send + 'static {
    let seen = Arc::clone(seen);
    move |event, process| seen.lock().unwrap().push(format!("{id}: {process} {event}"))
}

fn taken(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut *seen.lock().unwrap())
}

// SYS-06
#[behaviour::test(start_paused = true)]
async fn a_function_that_is_installed_sees_each_event_until_it_is_removed() {
    let (counter, seen) = (Counter::start().named("sys: watched").await.unwrap(), Seen::default());
    let sys = counter.sys();
    assert_eq!(sys.install("one", note(&seen, "one")).await, Ok(true));
    assert_eq!(sys.install("one", note(&seen, "again")).await, Ok(false), "the same id acts once");
    counter.get().await.unwrap();
    assert_eq!(taken(&seen), ["one: sys: watched got call get", "one: sys: watched answered get"]);
    assert_eq!(sys.install("two", note(&seen, "two")).await, Ok(true));
    counter.get().await.unwrap();
    assert_eq!(taken(&seen).len(), 4, "both act");
    assert_eq!((sys.remove("one").await, sys.remove("one").await), (Ok(true), Ok(false)));
    counter.get().await.unwrap();
    assert_eq!(taken(&seen), ["two: sys: watched got call get", "two: sys: watched answered get"]);
    sys.no_debug().await.unwrap();
    counter.get().await.unwrap();
    assert_eq!(taken(&seen), [""; 0]);
}

// SYS-02
#[behaviour::test(start_paused = true)]
async fn the_trace_tells_each_event_through_tracing() {
    let counter = Counter::start().named("sys: traced").await.unwrap();
    counter.sys().trace(true).await.unwrap();
    let reports = Reports::listen();
    counter.get().await.unwrap();
    let told: Vec<_> = reports.take().iter().map(ToString::to_string).collect();
    let line = |event| format!("INFO sys: trace process=sys: traced event={event}");
    assert_eq!(told, [line("got call get"), line("answered get")]);
    counter.sys().trace(false).await.unwrap();
    counter.get().await.unwrap();
    assert!(reports.take().is_empty());
}

// SYS-06
#[behaviour::test(start_paused = true)]
async fn a_function_that_panics_is_removed_and_the_server_lives() {
    let counter = Counter::start().await.unwrap();
    counter.sys().install("broken", |_, _| panic!("cannot watch")).await.unwrap();
    assert_eq!(counter.get().await, Ok(0));
    assert_eq!(counter.sys().remove("broken").await, Ok(false));
    assert_eq!(counter.get().await, Ok(0));
}

#[behaviour::test(start_paused = true)]
async fn a_callback_that_crashes_has_handled_nothing() {
    let (counter, seen) = (Counter::start().named("sys: crashes").await.unwrap(), Seen::default());
    counter.sys().install("one", note(&seen, "one")).await.unwrap();
    counter.sys().log(10).await.unwrap();
    let reports = Reports::listen();
    assert!(counter.fail().await.is_err());
    assert_eq!(taken(&seen), ["one: sys: crashes got call fail"]);
    assert_eq!(reports.complaint().field("log"), "got call fail");
}

#[behaviour::test(start_paused = true)]
async fn a_plain_process_takes_its_messages_by_itself_and_has_no_events() {
    let quiet = process::spawn(|_: Inbox<()>| std::future::pending::<()>());
    assert_eq!(sys::of(quiet.pid()).log(10).await, Err(SysError::NoEvents));
}

/// What a machine shows.
#[gen_statem(state)]
#[derive(Debug)]
enum Door {
    Shut,
    Ajar,
}

#[gen_statem(Door)]
struct Guard {}

#[gen_statem(Door)]
impl Guard {
    #[init]
    fn init() -> (Self, Shut) {
        (Self {}, Shut)
    }

    #[cast(else = ignore)]
    fn open(&mut self, _: Shut) -> Ajar {
        Ajar
    }

    #[call(else = postpone)]
    fn pass(&mut self, _: &Ajar) -> bool {
        true
    }

    #[state_timeout(10s)]
    fn close(&mut self, _: Ajar) -> Shut {
        Shut
    }

    #[enter]
    fn creak(&mut self, _: &Door) {}
}

#[behaviour::test(start_paused = true)]
async fn a_machine_is_watched_with_its_postponed_events_and_its_timeouts() {
    let guard = Guard::start().await.unwrap();
    guard.sys().log(20).await.unwrap();
    let waits = tokio::spawn(guard.pass());
    tokio::task::yield_now().await;
    guard.open();
    assert_eq!(waits.await.unwrap(), Ok(true));
    tokio::time::sleep(11 * SECOND).await;
    let expected = [
        "got call pass",
        "handled pass",
        "got open",
        "handled open",
        "goes on with pass",
        "answered pass",
        "goes on with close",
        "handled close",
    ];
    let log: Vec<_> = guard.sys().get_log().await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(log, expected);
}
