//! How a server begins: every form of `#[init]`, and every way in which a start fails and leaves nothing behind
//! (otp.md 2.1 and 3.1; rows GS-01 and GS-15).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::server::Start;

const MS: Duration = Duration::from_millis(1);

/// Something of which there is one, held from the beginning of an `#[init]` until the server is gone.
struct Exclusive(Arc<AtomicBool>);

impl Exclusive {
    fn take(free: &Arc<AtomicBool>) -> Self {
        assert!(free.swap(false, Ordering::SeqCst), "the process before is not gone");
        Self(Arc::clone(free))
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// How an `#[init]` ends.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Way {
    Fine,
    Ignore,
    Fail,
    Panic,
    Hang,
}

#[derive(Debug, PartialEq)]
struct NoMoney;

impl std::fmt::Display for NoMoney {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no money")
    }
}

impl std::error::Error for NoMoney {}

impl Way {
    fn end(self) -> Result<bool, NoMoney> {
        match self {
            Self::Fine | Self::Hang => Ok(true),
            Self::Ignore => Ok(false),
            Self::Fail => Err(NoMoney),
            Self::Panic => panic!("no init"),
        }
    }

    fn is_seen_in(self, error: &StartError) -> bool {
        match (self, error) {
            (Self::Ignore, StartError::Ignored) | (Self::Hang, StartError::Timeout) => true,
            (Self::Fail, error) => error.downcast_ref() == Some(&NoMoney),
            (Self::Panic, StartError::Failed(ExitReason::Panic(panic))) => {
                panic.message() == "no init" && panic.place().is_some_and(|place| place.contains("gen_server_init.rs"))
            }
            _ => false,
        }
    }
}

/// Its `#[init]` is a plain function and may do everything but take its time.
#[gen_server]
struct Plain {
    exclusive: Exclusive,
}

#[gen_server]
impl Plain {
    #[init]
    fn init(free: Arc<AtomicBool>, way: Way) -> Result<Option<Self>, NoMoney> {
        let exclusive = Exclusive::take(&free);
        Ok(way.end()?.then_some(Self { exclusive }))
    }

    #[call]
    fn holds(&self) -> bool {
        !self.exclusive.0.load(Ordering::SeqCst)
    }
}

/// Its `#[init]` waits.
#[gen_server]
struct Waiting {
    exclusive: Exclusive,
}

#[gen_server]
impl Waiting {
    #[init]
    async fn init(free: Arc<AtomicBool>, way: Way) -> Result<Option<Self>, NoMoney> {
        let exclusive = Exclusive::take(&free);
        tokio::time::sleep(MS).await;
        if way == Way::Hang {
            std::future::pending::<()>().await;
        }
        Ok(way.end()?.then_some(Self { exclusive }))
    }

    #[call]
    fn holds(&self) -> bool {
        !self.exclusive.0.load(Ordering::SeqCst)
    }
}

const NAMES: [&str; 2] = ["plain, five times", "waiting, five times"];

/// Starts five times what fails, in every form: each time there is room again, for the name and for the resource.
async fn fails<S: Behaviour>(inbox: &mut Inbox<()>, name: &'static str, way: Way, start: impl Fn() -> Start<S>) {
    for form in 0..4 {
        for _ in 0..5 {
            let start = start().named(name).within(200 * MS);
            let error = match form {
                0 => start.await.err(),
                1 => start.link().await.err(),
                2 => start.monitor().await.err(),
                _ => start.link().monitor().await.err(),
            };
            let error = error.expect("the start fails");
            assert!(way.is_seen_in(&error), "{way:?}: {error}");
            assert_eq!(process::whereis(name), None);
        }
    }
    // Nothing is left: no name, no link, no monitor, no message.
    tokio::time::sleep(MS).await;
    assert!(process::links().is_empty());
    assert!(process::monitors().0.is_empty());
    assert_eq!(inbox.try_next(), None);
}

// GS-15, PL-07, PL-08
#[behaviour::test(start_paused = true)]
async fn a_start_that_fails_is_over_when_the_starter_hears_of_it(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let free = Arc::new(AtomicBool::new(true));
    for way in [Way::Ignore, Way::Fail, Way::Panic] {
        fails(&mut inbox, NAMES[0], way, || Plain::start(Arc::clone(&free), way)).await;
    }
    for way in [Way::Ignore, Way::Fail, Way::Panic, Way::Hang] {
        fails(&mut inbox, NAMES[1], way, || Waiting::start(Arc::clone(&free), way)).await;
    }
    assert_eq!(Plain::start(Arc::clone(&free), Way::Fine).await.unwrap().holds().await, Ok(true));
    let waiting = Waiting::start(Arc::clone(&free), Way::Fine).await;
    assert!(waiting.is_err(), "the resource is exclusive");
}

// GS-01
#[behaviour::test(start_paused = true)]
async fn a_slow_init_may_have_a_limit() {
    let free = Arc::new(AtomicBool::new(true));
    let before = tokio::time::Instant::now();
    let late = Waiting::start(Arc::clone(&free), Way::Hang).within(100 * MS).await;
    assert_eq!(late.err(), Some(StartError::Timeout));
    assert_eq!(before.elapsed(), 100 * MS);
    let waiting = Waiting::start(free, Way::Fine).within(100 * MS).await.unwrap();
    assert_eq!(waiting.holds().await, Ok(true));
}

#[behaviour::test(start_paused = true)]
async fn a_start_that_is_dropped_is_given_up() {
    let free = Arc::new(AtomicBool::new(true));
    let start = Waiting::start(Arc::clone(&free), Way::Hang).named("given up");
    assert!(tokio::time::timeout(9 * MS, start.into_future()).await.is_err());
    tokio::time::sleep(MS).await;
    assert_eq!(process::whereis("given up"), None);
    assert!(free.load(Ordering::SeqCst));
}

// otp.md 2.1: a parent that does not trap exits hears of a crash through its link, and of nothing else.
#[behaviour::test(start_paused = true)]
async fn a_linked_parent_dies_with_an_init_that_panics(mut inbox: Inbox<&'static str>) {
    for (way, survives) in [(Way::Ignore, true), (Way::Fail, true), (Way::Panic, false), (Way::Hang, true)] {
        let (test, free) = (inbox.process(), Arc::new(AtomicBool::new(true)));
        let (_, monitor) = process::spawn_monitor(move |_: Inbox<()>| async move {
            assert!(Waiting::start_link(free, way).within(9 * MS).await.is_err());
            tokio::time::sleep(MS).await;
            test.send("lives on");
        });
        let reason = inbox.down_of(&monitor).await.reason;
        assert_eq!(matches!(reason, ExitReason::Panic(_)), !survives, "{way:?}: {reason}");
        assert_eq!(inbox.try_next().is_some(), survives, "{way:?}");
    }
}

/// Takes its context, and does everything with it that an `#[init]` may.
#[gen_server]
struct Busy {
    log: Vec<&'static str>,
}

#[derive(Clone)]
struct Line(&'static str);

#[gen_server]
impl Busy {
    #[init]
    fn init(cx: &mut Context<Self>, test: process::Process<&'static str>, stop: bool) -> Self {
        assert_eq!(process::current(), Some(cx.pid()));
        assert_eq!(process::whereis(&cx.name().expect("the name is there before")), Some(cx.pid()));
        cx.trap_exit(true);
        cx.client().send(Line("own message"));
        cx.send_after(MS, Line("timer"));
        cx.continue_with(Line("continue"));
        cx.spawn(async move { test.send("spawned") });
        if stop {
            cx.stop(ExitReason::error("not for long"));
        }
        Self { log: Vec::new() }
    }

    #[call]
    fn log(&self) -> Vec<&'static str> {
        self.log.clone()
    }

    #[info]
    fn line(&mut self, Line(text): Line) {
        self.log.push(text);
    }

    #[info]
    fn exit(&mut self, exit: Exit) {
        assert_eq!(exit.reason, ExitReason::Normal);
        self.log.push("exit");
    }

    #[continues]
    async fn go_on(&mut self, Line(text): Line) {
        tokio::time::sleep(Duration::ZERO).await;
        self.log.push(text);
    }
}

// GS-25
#[behaviour::test(start_paused = true)]
async fn an_init_may_use_its_context(mut inbox: Inbox<&'static str>) {
    let busy = Busy::start(inbox.process(), false).named("busy").await.unwrap();
    assert_eq!(inbox.recv().await, "spawned");
    tokio::time::sleep(9 * MS).await;
    assert_eq!(busy.log().await.unwrap(), ["continue", "own message", "exit", "timer"]);
}

#[behaviour::test(start_paused = true)]
async fn a_server_that_stops_in_its_init_has_started(inbox: Inbox<&'static str>) {
    let busy = Busy::start(inbox.process(), true).named("not for long").await.unwrap();
    assert_eq!(busy.ended().await, ExitReason::error("not for long"));
}

macro_rules! inits {
    ($($name:ident { $($init:tt)+ })*) => { $(
        #[gen_server]
        struct $name;

        #[gen_server]
        impl $name {
            #[init]
            $($init)+

            #[call]
            fn ping(&self) -> &'static str {
                "pong"
            }
        }
    )* };
}

inits! {
    Itself { fn init() -> Self { Self } }
    Maybe { fn init(there: bool) -> Option<Self> { there.then_some(Self) } }
    Fallible { fn init(text: &'static str) -> Result<Self, std::num::ParseIntError> { text.parse::<u8>().map(|_| Self) } }
    Text { fn init(text: String) -> Result<Self, String> { if text.is_empty() { Ok(Self) } else { Err(text) } } }
    Async { async fn init(wait: Duration) -> Self { tokio::time::sleep(wait).await; Self } }
    AsyncContext {
        async fn init(cx: &mut Context<Self>) -> Result<Self, std::io::Error> {
            tokio::time::sleep(MS).await;
            assert_eq!(process::current(), Some(cx.pid()));
            Ok(Self)
        }
    }
    Borrows {
        async fn init(words: Vec<String>, cx: &mut Context<Self>) -> Option<Self> {
            let first = words.first();
            tokio::task::yield_now().await;
            assert!(process::is_alive(cx.pid()));
            first.map(|_| Self)
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn an_init_may_have_many_forms() {
    assert_eq!(Itself::start().await.unwrap().ping().await, Ok("pong"));
    assert_eq!(Maybe::start(true).await.unwrap().ping().await, Ok("pong"));
    assert_eq!(Maybe::start(false).await.err(), Some(StartError::Ignored));
    assert_eq!(Fallible::start("7").await.unwrap().ping().await, Ok("pong"));
    let error = Fallible::start("seven").await.err().unwrap();
    assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    assert_eq!(Text::start(String::new()).await.unwrap().ping().await, Ok("pong"));
    assert_eq!(Text::start("text".into()).await.err(), Some(StartError::Failed(ExitReason::error("text"))));
    assert_eq!(Async::start(Duration::from_hours(1)).await.unwrap().ping().await, Ok("pong"));
    assert_eq!(AsyncContext::start().await.unwrap().ping().await, Ok("pong"));
    assert_eq!(Borrows::start(vec![String::new()]).await.unwrap().ping().await, Ok("pong"));
    assert_eq!(Borrows::start(Vec::new()).await.err(), Some(StartError::Ignored));
}
