//! What a server does when nothing comes: the plain timeout, the event timeout with a message of its own, and timers
//! (otp.md 1.9 and 4.2; rows GS-02, 03, 21, 23, 25, 27, 28 and 29).
//!
//! OTP returns a timeout from a callback; here the callback asks its context for it. Absolute times are left to the
//! caller's arithmetic.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);
/// The time of the suite.
const T: Duration = Duration::from_millis(500);
/// As good as for ever.
const INFINITY: Duration = Duration::MAX;

/// Which timeout a callback asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Nothing,
    Plain(Duration),
    Event(Duration),
    /// As above, and gives back memory first.
    Hibernate(Duration),
    /// As above, by way of a continue.
    Continue(Duration),
    /// Two in one callback: the later word counts.
    Twice(Duration),
}

/// Asks for timeouts wherever it is told to, and tells the test what comes.
#[gen_server]
struct Waiter {
    test: Process<&'static str>,
}

#[derive(Clone)]
struct Line(&'static str);

struct Payload;

struct Go(Ask);

#[gen_server]
impl Waiter {
    #[init]
    fn init(cx: &mut Context<Self>, test: Process<&'static str>, ask: Ask) -> Self {
        if ask != Ask::Nothing {
            cx.client().send(Line("own message"));
        }
        let mut waiter = Self { test };
        waiter.ask(cx, ask);
        waiter
    }

    #[call]
    fn ping(&self) -> &'static str {
        "pong"
    }

    #[call]
    fn ask(&mut self, cx: &mut Context<Self>, ask: Ask) {
        match ask {
            Ask::Nothing => {}
            Ask::Plain(time) => cx.timeout(time),
            Ask::Event(time) => cx.timeout_with(time, Payload),
            Ask::Hibernate(time) => {
                cx.hibernate();
                cx.timeout_with(time, Payload);
            }
            Ask::Continue(time) => cx.continue_with(Go(Ask::Event(time))),
            Ask::Twice(time) => {
                cx.timeout_with(MS, Payload);
                cx.timeout(time);
            }
        }
    }

    #[call]
    async fn ask_after(&mut self, cx: &mut Context<Self>, wait: Duration, ask: Ask) {
        sleep(wait).await;
        self.ask(cx, ask);
    }

    #[call]
    fn ask_before_own_message(&mut self, cx: &mut Context<Self>, ask: Ask) {
        cx.client().send(Line("own message"));
        self.ask(cx, ask);
    }

    #[cast]
    fn ask_in_cast(&mut self, cx: &mut Context<Self>, ask: Ask) {
        self.ask_before_own_message(cx, ask);
    }

    #[info]
    fn ask_in_info(&mut self, cx: &mut Context<Self>, Go(ask): Go) {
        self.ask_before_own_message(cx, ask);
    }

    #[continues]
    fn go_on(&mut self, cx: &mut Context<Self>, Go(ask): Go) {
        self.ask(cx, ask);
    }

    #[info]
    fn line(&mut self, Line(line): Line) {
        self.test.send(line);
    }

    #[info]
    fn payload(&mut self, _: Payload) {
        self.test.send("payload");
    }

    #[info]
    fn timeout(&mut self, _: Timeout) {
        self.test.send("timeout");
    }
}

async fn start(inbox: &Inbox<&'static str>) -> WaiterClient {
    Waiter::start(inbox.process(), Ask::Nothing).await.unwrap()
}

/// What has come until now.
fn told(inbox: &mut Inbox<&'static str>) -> Vec<&'static str> {
    std::iter::from_fn(|| inbox.try_next())
        .map(|event| if let process::Event::Message(line) = event { line } else { "an event" })
        .collect()
}

// GS-02
#[behaviour::test(start_paused = true)]
async fn a_timeout_of_an_init_is_delivered_on_time(mut inbox: Inbox<&'static str>) {
    for form in [Ask::Event, Ask::Hibernate, Ask::Continue, Ask::Plain] {
        let expected = if matches!(form(T), Ask::Plain(_)) { "timeout" } else { "payload" };
        // The message that `#[init]` sent itself ends the wait, so it asks again, without one.
        let waiter = start(&inbox).await;
        waiter.ask(form(T)).await.unwrap();
        let before = Instant::now();
        assert_eq!(inbox.recv().await, expected);
        assert_eq!(before.elapsed(), T);
        sleep(2 * T).await;
        assert_eq!(told(&mut inbox), [""; 0], "it comes once");
        assert_eq!(waiter.ping().await, Ok("pong"));
    }
}

// GS-02, GS-29
#[behaviour::test(start_paused = true)]
async fn any_message_ends_the_wait(mut inbox: Inbox<&'static str>) {
    for form in [Ask::Event, Ask::Hibernate, Ask::Continue, Ask::Plain] {
        let waiter = start(&inbox).await;
        waiter.ask(form(T)).await.unwrap();
        sleep(T / 2).await;
        assert_eq!(waiter.ping().await, Ok("pong"));
        sleep(2 * T).await;
        assert_eq!(told(&mut inbox), [""; 0], "{:?}", form(T));
        waiter.ask(form(T)).await.unwrap();
        sleep(T / 2).await;
        waiter.send(Line("line"));
        sleep(2 * T).await;
        assert_eq!(told(&mut inbox), ["line"]);
    }
    // An `#[init]`'s own message is a message, too.
    let waiter = Waiter::start(inbox.process(), Ask::Event(T)).await.unwrap();
    sleep(2 * T).await;
    assert_eq!(told(&mut inbox), ["own message"]);
    drop(waiter);
}

// GS-03
#[behaviour::test(start_paused = true)]
async fn an_event_timeout_of_zero_in_an_init_comes_before_what_waits(mut inbox: Inbox<&'static str>) {
    for form in [Ask::Event, Ask::Hibernate, Ask::Continue] {
        let before = Instant::now();
        let waiter = Waiter::start(inbox.process(), form(Duration::ZERO)).await.unwrap();
        assert_eq!(inbox.recv().await, "payload");
        assert_eq!(inbox.recv().await, "own message");
        assert_eq!(before.elapsed(), Duration::ZERO);
        assert_eq!(waiter.ping().await, Ok("pong"));
    }
}

// GS-28
#[behaviour::test(start_paused = true)]
async fn an_event_timeout_of_zero_comes_before_what_waits(mut inbox: Inbox<&'static str>) {
    let waiter = start(&inbox).await;
    for form in [Ask::Event, Ask::Hibernate, Ask::Continue] {
        waiter.ask_before_own_message(form(Duration::ZERO)).await.unwrap();
        waiter.ask_in_cast(form(Duration::ZERO));
        waiter.send(Go(form(Duration::ZERO)));
        sleep(MS).await;
        // The info was there before the cast's own message was sent.
        assert_eq!(told(&mut inbox), ["payload", "own message", "payload", "payload", "own message", "own message"]);
    }
}

// otp.md 4.2: the plain timeout is a `receive … after`, so that a message which waits already wins.
#[behaviour::test(start_paused = true)]
async fn a_plain_timeout_of_zero_comes_only_if_nothing_waits(mut inbox: Inbox<&'static str>) {
    let waiter = start(&inbox).await;
    waiter.ask_before_own_message(Ask::Plain(Duration::ZERO)).await.unwrap();
    sleep(T).await;
    assert_eq!(told(&mut inbox), ["own message"]);
    waiter.ask(Ask::Plain(Duration::ZERO)).await.unwrap();
    assert_eq!(inbox.recv().await, "timeout");
    let waiter = Waiter::start(inbox.process(), Ask::Plain(Duration::ZERO)).await.unwrap();
    sleep(T).await;
    assert_eq!(told(&mut inbox), ["own message"]);
    drop(waiter);
}

// GS-27
#[behaviour::test(start_paused = true)]
async fn an_infinite_timeout_never_comes(mut inbox: Inbox<&'static str>) {
    for form in [Ask::Event, Ask::Hibernate, Ask::Continue, Ask::Plain] {
        let waiter = Waiter::start(inbox.process(), form(INFINITY)).await.unwrap();
        assert_eq!(inbox.recv().await, "own message");
        waiter.ask(form(INFINITY)).await.unwrap();
        sleep(2 * T).await;
        assert_eq!(waiter.ping().await, Ok("pong"));
        waiter.ask_in_cast(form(INFINITY));
        waiter.send(Go(form(INFINITY)));
        sleep(2 * T).await;
        assert_eq!(told(&mut inbox), ["own message", "own message"]);
        assert_eq!(waiter.ping().await, Ok("pong"));
    }
}

// GS-21, GS-23
#[behaviour::test(start_paused = true)]
async fn a_timeout_counts_from_the_end_of_its_callback(mut inbox: Inbox<&'static str>) {
    let waiter = start(&inbox).await;
    let before = Instant::now();
    waiter.ask_after(T, Ask::Plain(MS)).await.unwrap();
    assert_eq!(inbox.recv().await, "timeout");
    assert_eq!(before.elapsed(), T + MS);
}

#[behaviour::test(start_paused = true)]
async fn of_two_timeouts_the_later_word_counts(mut inbox: Inbox<&'static str>) {
    let waiter = start(&inbox).await;
    let before = Instant::now();
    waiter.ask(Ask::Twice(T)).await.unwrap();
    assert_eq!(inbox.recv().await, "timeout");
    assert_eq!(before.elapsed(), T);
    // A short one after a long one, and a long one after a short one.
    for time in [T, MS, 3 * T, MS] {
        let before = Instant::now();
        waiter.ask(Ask::Plain(9 * T)).await.unwrap();
        waiter.ask(Ask::Plain(time)).await.unwrap();
        assert_eq!(inbox.recv().await, "timeout");
        assert_eq!(before.elapsed(), time);
    }
    sleep(20 * T).await;
    assert_eq!(told(&mut inbox), [""; 0]);
}

/// Has timers of its own.
#[gen_server]
struct Clock {
    test: Process<(&'static str, Duration)>,
    start: Instant,
    timers: Vec<process::Timer>,
}

#[gen_server]
impl Clock {
    #[init]
    fn init(test: Process<(&'static str, Duration)>) -> Self {
        Self { test, start: Instant::now(), timers: Vec::new() }
    }

    #[call]
    fn after(&mut self, cx: &mut Context<Self>, time: Duration, line: &'static str) -> process::Timer {
        cx.send_after(time, Counted(line, None))
    }

    #[call]
    fn every(&mut self, cx: &mut Context<Self>, time: Duration, token: Arc<()>) -> process::Timer {
        cx.send_every(time, Counted("tick", Some(token)))
    }

    #[call]
    async fn block(&mut self, time: Duration) {
        sleep(time).await;
    }

    #[call]
    fn idle(&mut self, cx: &mut Context<Self>, time: Duration) {
        cx.timeout(time);
    }

    #[call]
    fn cancel(&mut self) -> Vec<Option<Duration>> {
        self.timers.drain(..).map(|timer| timer.cancel()).collect()
    }

    #[cast]
    fn keep(&mut self, timer: process::Timer) {
        self.timers.push(timer);
    }

    #[info]
    fn come(&mut self, Counted(line, _): Counted) {
        self.test.send((line, self.start.elapsed()));
    }

    #[info]
    fn timeout(&mut self, _: Timeout) {
        self.test.send(("timeout", self.start.elapsed()));
    }
}

/// A message whose copies can be counted.
#[derive(Clone)]
struct Counted(&'static str, #[allow(dead_code, reason = "it is only held")] Option<Arc<()>>);

#[behaviour::test(start_paused = true)]
async fn timers_fire_on_time_and_in_order(mut inbox: Inbox<(&'static str, Duration)>) {
    let clock = Clock::start(inbox.process()).await.unwrap();
    for (time, line) in [(9 * MS, "nine"), (3 * MS, "three"), (Duration::ZERO, "none"), (3 * MS, "three again")] {
        clock.after(time, line).await.unwrap();
    }
    for expected in [("none", Duration::ZERO), ("three", 3 * MS), ("three again", 3 * MS), ("nine", 9 * MS)] {
        assert_eq!(inbox.recv().await, expected);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_timer_can_be_stopped_and_tells_what_was_left(mut inbox: Inbox<(&'static str, Duration)>) {
    let clock = Clock::start(inbox.process()).await.unwrap();
    clock.keep(clock.after(9 * MS, "never").await.unwrap());
    clock.keep(clock.after(2 * MS, "comes").await.unwrap());
    let every = clock.every(2 * MS, Arc::default()).await.unwrap();
    sleep(3 * MS).await;
    assert_eq!(clock.cancel().await.unwrap(), [Some(6 * MS), None]);
    assert_eq!(every.cancel(), Some(MS));
    assert_eq!(every.cancel(), None);
    sleep(T).await;
    assert_eq!(inbox.recv().await, ("comes", 2 * MS));
    assert_eq!(inbox.recv().await, ("tick", 2 * MS));
    assert_eq!(inbox.try_next(), None);
}

#[behaviour::test(start_paused = true)]
async fn an_interval_keeps_its_rhythm_and_skips_what_it_missed(mut inbox: Inbox<(&'static str, Duration)>) {
    let clock = Clock::start(inbox.process()).await.unwrap();
    clock.every(10 * MS, Arc::default()).await.unwrap();
    sleep(25 * MS).await;
    clock.block(30 * MS).await.unwrap();
    sleep(10 * MS).await;
    let times: Vec<_> = std::iter::from_fn(|| inbox.try_next())
        .map(|event| if let process::Event::Message((_, time)) = event { time } else { Duration::MAX })
        .collect();
    assert_eq!(times[..2], [10 * MS, 20 * MS]);
    // Whatever was missed came once the server had time, and then the rhythm went on.
    assert!(times[2..].iter().all(|time| *time == 55 * MS || *time == 60 * MS), "{times:?}");
    assert_eq!(times.last(), Some(&(60 * MS)));
}

// A timer's message is a message like any other: it ends the wait.
#[behaviour::test(start_paused = true)]
async fn a_timer_ends_the_wait_for_an_idle_timeout(mut inbox: Inbox<(&'static str, Duration)>) {
    let clock = Clock::start(inbox.process()).await.unwrap();
    clock.after(5 * MS, "timer").await.unwrap();
    clock.idle(9 * MS).await.unwrap();
    sleep(T).await;
    assert_eq!(inbox.recv().await, ("timer", 5 * MS));
    assert_eq!(inbox.try_next(), None);
    clock.after(9 * MS, "timer").await.unwrap();
    clock.idle(5 * MS).await.unwrap();
    assert_eq!(inbox.recv().await.0, "timeout");
    assert_eq!(inbox.recv().await.0, "timer");
}

#[behaviour::test(start_paused = true)]
async fn timers_die_with_their_process(mut inbox: Inbox<(&'static str, Duration)>) {
    let token = Arc::new(());
    for end in [ExitReason::Normal, ExitReason::error("boom"), ExitReason::Killed] {
        let clock = Clock::start(inbox.process()).await.unwrap();
        let once = clock.after(9 * MS, "never").await.unwrap();
        let every = clock.every(9 * MS, Arc::clone(&token)).await.unwrap();
        assert_eq!(Arc::strong_count(&token), 2);
        if end == ExitReason::Killed {
            clock.kill();
        } else {
            clock.stop().reason(end.clone()).await.unwrap();
        }
        assert_eq!(clock.ended().await, end);
        assert_eq!(Arc::strong_count(&token), 1, "the timer is gone with all that it held");
        assert_eq!((once.cancel(), every.cancel()), (None, None));
    }
    sleep(T).await;
    assert_eq!(inbox.try_next(), None);
}
