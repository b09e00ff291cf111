//! Debug items that a server starts with, and a file that its events are written to (OTP's start option `debug`, and
//! `sys:log_to_file`).

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::{self, DebugItems, Event, SysError};
use behaviour::testing::Reports;

const SECOND: Duration = Duration::from_secs(1);

/// Counts.
#[gen_server]
struct Counter {
    value: u64,
}

/// Counts on.
struct Further;

#[gen_server]
impl Counter {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        cx.continue_with(Further);
        Self { value: 0 }
    }

    #[continues]
    fn further(&mut self, _: Further) {
        self.value += 1;
    }

    #[call]
    fn get(&self) -> u64 {
        self.value
    }

    #[cast]
    fn fail(&mut self) {
        panic!("on purpose")
    }
}

/// A directory that is gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("behaviour-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(ToOwned::to_owned).collect()
}

// SYS-01, SYS-03
#[behaviour::test(start_paused = true)]
async fn a_server_that_starts_with_debug_items_is_watched_from_its_first_event_on() {
    let described = Counter::start().debug(|items| items.log(4).statistics());
    tokio::time::sleep(SECOND).await;
    let (counter, _monitor) = described.monitor().await.unwrap();
    assert_eq!(counter.get().await, Ok(1));
    let all = [Event::Own("further"), Event::NoReply("further"), Event::Call("get"), Event::Reply("get")];
    assert_eq!(counter.sys().get_log().await.as_deref(), Ok(&all[..]));
    let statistics = counter.sys().get_statistics().await.unwrap().unwrap();
    assert_eq!((statistics.messages_in, statistics.messages_out), (1, 1));
    assert_eq!(statistics.elapsed, Duration::ZERO, "counted since the start, and not since that was described");
    assert_eq!(counter.sys().get_status().await.unwrap().debug, ["log 4", "statistics"]);
    counter.sys().no_debug().await.unwrap();
    assert_eq!(counter.sys().get_status().await.unwrap().debug, [""; 0]);
}

#[behaviour::test(start_paused = true)]
async fn a_trace_that_a_server_starts_with_knows_its_name() {
    let reports = Reports::listen();
    let counter = Counter::start().monitor().named("debug items: traced").debug(DebugItems::trace);
    counter.await.unwrap().0.get().await.unwrap();
    let told: Vec<_> = reports.take().iter().map(ToString::to_string).filter(|line| line.contains(" trace ")).collect();
    let line = |event| format!("INFO sys: trace process=debug items: traced event={event}");
    let events = ["goes on with further", "handled further", "got call get", "answered get"];
    assert_eq!(told, events.map(line));
}

#[behaviour::test(start_paused = true)]
async fn debug_items_that_are_none_leave_a_start_as_it_is() {
    let counter = Counter::start().debug(|items| items.log(0)).await.unwrap();
    assert_eq!(counter.get().await, Ok(1));
    assert_eq!(counter.sys().get_status().await.unwrap().debug, [""; 0]);
}

/// What a function was told.
type Seen = Arc<Mutex<Vec<String>>>;

/// Keeps a counter that is watched.
#[supervisor(one_for_one)]
struct Office {
    seen: Seen,
}

#[supervisor]
impl Office {
    #[child]
    fn counter(&self) -> Child<Counter> {
        let (seen, other) = (Arc::clone(&self.seen), Arc::clone(&self.seen));
        let note = move |event: &Event, who: &str| seen.lock().unwrap().push(format!("{who} {event}"));
        let twice = move |_: &Event, _: &str| other.lock().unwrap().push("twice".into());
        Counter::child().named("debug items: child").debug(|items| items.install("note", note).install("note", twice))
    }
}

// SYS-06
#[behaviour::test(start_paused = true)]
async fn each_incarnation_of_a_child_starts_with_the_debug_items() {
    let seen = Seen::default();
    let office = Office { seen: Arc::clone(&seen) }.start().await.unwrap();
    let taken = async || {
        assert_eq!(office.counter().get().await, Ok(1));
        std::mem::take(&mut *seen.lock().unwrap())
    };
    let life = ["goes on with further", "handled further", "got call get", "answered get"]
        .map(|event| format!("debug items: child {event}"));
    assert_eq!(taken().await, life);
    office.counter().kill();
    assert_eq!(taken().await, life);
}

// SYS-02
#[behaviour::test(start_paused = true)]
async fn the_file_has_two_lines_for_one_call_and_is_complete_when_it_is_done_with() {
    let scratch = Scratch::new("log");
    let (one, two) = (scratch.file("one.log"), scratch.file("two.log"));
    let counter = Counter::start().named("debug items: filed").await.unwrap();
    counter.sys().log_to_file(&one).await.unwrap();
    counter.get().await.unwrap();
    let status = counter.sys().get_status().await.unwrap();
    assert_eq!(status.debug, [format!("log to file {}", one.display())]);
    let call = ["debug items: filed got call get", "debug items: filed answered get"];
    counter.sys().log_to_file(&two).await.unwrap();
    assert_eq!(lines(&one), call, "another file takes its place");
    counter.get().await.unwrap();
    counter.sys().no_log_to_file().await.unwrap();
    counter.get().await.unwrap();
    assert_eq!(lines(&two), call);
    counter.sys().log_to_file(&one).await.unwrap();
    for _ in 0..1_000 {
        counter.get().await.unwrap();
    }
    counter.sys().no_debug().await.unwrap();
    assert_eq!((lines(&one).len(), lines(&two).len()), (2_002, 2), "what was there stays");
}

#[behaviour::test(start_paused = true)]
async fn the_file_of_a_server_that_crashed_tells_what_it_was_at() {
    let scratch = Scratch::new("crash");
    let path = scratch.file("crash.log");
    let counter = Counter::start().named("debug items: crash").debug(|items| items.log_to_file(&path)).await.unwrap();
    counter.fail();
    counter.ended().await;
    let lines = lines(&path);
    assert_eq!(
        lines[..2],
        ["goes on with further", "handled further"].map(|event| format!("debug items: crash {event}"))
    );
    assert_eq!(lines[2..], ["debug items: crash got fail"]);
}

#[behaviour::test(start_paused = true)]
async fn a_file_that_cannot_be_opened_fails_the_request_or_the_start() {
    let scratch = Scratch::new("none");
    let path = scratch.file("no/such/directory/events.log");
    let counter = Counter::start().debug(|items| items.log(2)).await.unwrap();
    let failed = counter.sys().log_to_file(&path).await.unwrap_err();
    let SysError::LogFile(error) = &failed else { panic!("{failed:?}") };
    assert_eq!((error.path(), error.io_error().kind()), (&*path, std::io::ErrorKind::NotFound));
    assert!(failed.to_string().starts_with(&format!("cannot write events to {}: ", path.display())), "{failed}");
    assert!(failed.source().is_some_and(<dyn Error>::is::<std::io::Error>));
    assert_eq!(counter.get().await, Ok(1));
    assert_eq!(counter.sys().get_log().await.unwrap(), [Event::Call("get"), Event::Reply("get")], "still watched");

    let failed = Counter::start().named("debug items: unfiled").debug(|items| items.log_to_file(&path)).await;
    assert_eq!(failed, Err(StartError::Failed(ExitReason::error(error.clone()))));
    assert!(Counter::find("debug items: unfiled").is_none(), "its name is free");
    Counter::start().named("debug items: unfiled").await.unwrap();
}

#[cfg(target_os = "linux")]
#[behaviour::test(start_paused = true)]
async fn a_disk_that_is_full_is_told_and_the_server_goes_on() {
    let reports = Reports::listen();
    let counter = Counter::start().await.unwrap();
    counter.sys().log_to_file("/dev/full").await.unwrap();
    assert_eq!((counter.get().await, counter.get().await), (Ok(1), Ok(1)));
    counter.sys().no_log_to_file().await.unwrap();
    let report = reports.complaint();
    assert_eq!(report.field("path"), "/dev/full");
    assert!(report.to_string().contains("events are no longer written to the file"), "{report}");
    assert_eq!(counter.get().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn a_plain_process_has_no_events_to_write() {
    let scratch = Scratch::new("plain");
    let quiet = process::spawn(|_: Inbox<()>| std::future::pending::<()>());
    let path = scratch.file("events.log");
    assert_eq!(sys::of(quiet.pid()).log_to_file(&path).await, Err(SysError::NoEvents));
    assert!(!path.exists());
}
