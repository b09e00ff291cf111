//! A `#[gen_statem]` from start to stop: OTP's own script for a telephone line, run with a machine that has a handler
//! for each state and with one that has a handler for each event; every form of a start, of a name and of a stop
//! (otp.md 2.2, 3 and 6; rows SM-19 to SM-43).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Event, Process};
use behaviour::server::Start;
use tokio::time::{Instant, sleep, timeout};

use per_state::PerState;
use whole::Whole;

#[path = "gen_statem/per_state.rs"]
mod per_state;
#[path = "gen_statem/whole.rs"]
mod whole;

const MS: Duration = Duration::from_millis(1);

/// How an `#[init]` ends.
#[derive(Clone, Copy)]
enum Way {
    Fine,
    Slow,
    Ignore,
    Fail,
}

impl Way {
    async fn end(self) -> Result<bool, &'static str> {
        match self {
            Self::Fine => Ok(true),
            Self::Slow => {
                sleep(1000 * MS).await;
                Ok(true)
            }
            Self::Ignore => Ok(false),
            Self::Fail => Err("stopped"),
        }
    }
}

/// The name of a timeout: it is time to answer.
struct Enough;

/// What both styles take.
macro_rules! events {
    (casts: $($cast:ident)*; calls: $($call:ident($($argument:ident: $type:ty)?) -> $reply:ty;)*) => {
        /// The client of a telephone.
        trait Line {
            $(fn $cast(&self);)*
            $(fn $call(&self $(, $argument: $type)?) -> Call<$reply>;)*
        }
        events! { @ per_state::PerStateClient; $($cast)*; $($call($($argument: $type)?) -> $reply;)* }
        events! { @ whole::WholeClient; $($cast)*; $($call($($argument: $type)?) -> $reply;)* }
    };
    (@ $client:ty; $($cast:ident)*; $($call:ident($($argument:ident: $type:ty)?) -> $reply:ty;)*) => {
        impl Line for $client {
            $(fn $cast(&self) {
                <$client>::$cast(self);
            })*
            $(fn $call(&self $(, $argument: $type)?) -> Call<$reply> {
                <$client>::$call(self $(, $argument)?)
            })*
        }
    };
}

events! {
    casts: alive connect confirm ping message disconnect;
    calls:
    ask_alive() -> &'static str;
    ask_connect() -> &'static str;
    ask_confirm() -> &'static str;
    ask_ping() -> &'static str;
    ask_message() -> u32;
    ask_disconnect() -> &'static str;
    delayed(time: Duration) -> &'static str;
    hang_up(reason: ExitReason) -> &'static str;
    timeouts(time: Duration) -> Duration;
}

/// A telephone in one of the two styles.
trait Phone: Behaviour<Client: Line + PartialEq + std::fmt::Debug> {
    fn describe(test: Process<&'static str>, way: Way) -> Start<Self>;
    fn state(phone: &Self::Client) -> Call<&'static str>;
}

impl Phone for PerState {
    fn describe(test: Process<&'static str>, way: Way) -> Start<Self> {
        Self::start(test, way)
    }

    fn state(phone: &Self::Client) -> Call<&'static str> {
        phone.state_name()
    }
}

impl Phone for Whole {
    fn describe(test: Process<&'static str>, way: Way) -> Start<Self> {
        Self::start(test, way)
    }

    fn state(phone: &Self::Client) -> Call<&'static str> {
        phone.state_name()
    }
}

fn phone<P: Phone>(inbox: &Inbox<&'static str>) -> Start<P> {
    P::describe(inbox.process(), Way::Fine)
}

async fn asks_by_cast<P: Phone>(phone: &P::Client, inbox: &mut Inbox<&'static str>) {
    phone.alive();
    assert_eq!(inbox.recv().await, "alive");
    phone.confirm();
    phone.ping();
    phone.connect();
    assert_eq!(inbox.recv().await, "accepted");
    phone.ping();
    phone.message();
    assert_eq!(phone.ask_alive().await, Ok("alive"));
    assert_eq!(inbox.try_next(), None, "the ping is put off, the rest ignored");
    phone.confirm();
    assert_eq!(inbox.recv().await, "connected");
    assert_eq!(inbox.recv().await, "pong");
    for _ in 0..3 {
        phone.message();
        assert_eq!(inbox.recv().await, "acknowledged");
    }
    phone.disconnect();
    assert_eq!(inbox.recv().await, "disconnected");
    assert_eq!(phone.ask_alive().await, Ok("alive"));
    assert_eq!(inbox.try_next(), None);
}

async fn asks_by_call<P: Phone>(phone: &P::Client, inbox: &mut Inbox<&'static str>) {
    assert_eq!(phone.ask_alive().await, Ok("alive"));
    assert_eq!(phone.ask_confirm().await, Ok("nobody calls"));
    assert_eq!(phone.ask_connect().await, Ok("accepted"));
    assert_eq!(phone.ask_connect().await, Ok("busy"));
    // Requests that are put off: a look does not give them up, and each gets its own answer.
    let (mut ping, mut message) = (phone.ask_ping(), phone.ask_message());
    assert!(timeout(Duration::ZERO, &mut ping).await.is_err());
    assert!(timeout(Duration::ZERO, &mut message).await.is_err());
    assert_eq!(phone.ask_confirm().await, Ok("connected"));
    assert_eq!((message.await, ping.await), (Ok(1), Ok("pong")));
    for number in 2..5 {
        assert_eq!(phone.ask_message().await, Ok(number));
    }
    assert_eq!(phone.ask_ping().await, Ok("pong"));
    assert_eq!(phone.ask_disconnect().await, Ok("disconnected"));
    assert_eq!(inbox.try_next(), None);
}

/// All that a telephone can do, from idle to idle.
async fn works<P: Phone>(phone: &P::Client, inbox: &mut Inbox<&'static str>) {
    assert_eq!(P::state(phone).await, Ok("Idle"));
    asks_by_cast::<P>(phone, inbox).await;
    assert_eq!(P::state(phone).await, Ok("Idle"));
    asks_by_call::<P>(phone, inbox).await;
    assert_eq!(P::state(phone).await, Ok("Idle"));
    let before = Instant::now();
    assert_eq!(phone.timeouts(200 * MS).await, Ok(400 * MS));
    assert_eq!(before.elapsed(), 400 * MS);
    assert_eq!(P::state(phone).await, Ok("Idle"));
    assert_eq!(phone.timeouts(200 * MS).await, Ok(400 * MS), "and once more");
    assert_eq!(inbox.try_next(), None);
}

/// Ends it by a call that is answered.
async fn ends<P: Phone>(phone: &P::Client, reason: ExitReason) {
    assert_eq!(phone.hang_up(reason.clone()).await, Ok("stopped"));
    assert_eq!(phone.ended().await, reason);
    assert!(!phone.is_alive());
    assert_eq!(phone.ask_alive().await, Err(CallError::NoProcess));
    assert_eq!(phone.hang_up(reason).await, Err(CallError::NoProcess));
}

async fn starts_in_every_form<P: Phone>(inbox: &mut Inbox<&'static str>) {
    let alone = phone::<P>(inbox).await.unwrap();
    assert!(process::links().is_empty());
    works::<P>(&alone, inbox).await;
    ends::<P>(&alone, ExitReason::Shutdown).await;
    assert_eq!(inbox.try_next(), None);

    let linked = phone::<P>(inbox).link().await.unwrap();
    assert_eq!(process::links(), [linked.pid()]);
    works::<P>(&linked, inbox).await;
    ends::<P>(&linked, ExitReason::error("stopped")).await;
    assert_eq!(inbox.exit_of(linked.pid()).await.reason, ExitReason::error("stopped"));
    assert_eq!(inbox.try_next(), None);

    let (monitored, monitor) = phone::<P>(inbox).monitor().await.unwrap();
    works::<P>(&monitored, inbox).await;
    ends::<P>(&monitored, ExitReason::error("stopped")).await;
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("stopped"));
    assert_eq!(inbox.try_next(), None);
}

// SM-19, SM-20, SM-25
#[behaviour::test(start_paused = true)]
async fn a_machine_starts_in_every_form_and_works(mut inbox: Inbox<&'static str>) {
    process::trap_exit(true);
    starts_in_every_form::<PerState>(&mut inbox).await;
    starts_in_every_form::<Whole>(&mut inbox).await;
}

async fn may_fail_to_start<P: Phone>(inbox: &mut Inbox<&'static str>) {
    let quick = phone::<P>(inbox).within(5 * MS).await.unwrap();
    works::<P>(&quick, inbox).await;
    for (way, error) in [
        (Way::Slow, StartError::Timeout),
        (Way::Ignore, StartError::Ignored),
        (Way::Fail, StartError::Failed(ExitReason::error("stopped"))),
    ] {
        let start = || P::describe(inbox.process(), way).within(5 * MS);
        assert_eq!(start().await.as_ref().err(), Some(&error));
        assert_eq!(start().link().await.as_ref().err(), Some(&error));
        assert_eq!(start().monitor().await.as_ref().err(), Some(&error));
    }
    sleep(2000 * MS).await;
    assert_eq!(inbox.try_next(), None);
    let patient = P::describe(inbox.process(), Way::Slow).within(1001 * MS).await.unwrap();
    assert_eq!(patient.ask_alive().await, Ok("alive"));
}

// SM-21, SM-22, SM-23
#[behaviour::test(start_paused = true)]
async fn a_start_that_fails_says_why_and_leaves_nothing(mut inbox: Inbox<&'static str>) {
    process::trap_exit(true);
    may_fail_to_start::<PerState>(&mut inbox).await;
    may_fail_to_start::<Whole>(&mut inbox).await;
}

const NAME: &str = "a telephone's name";

async fn has_a_name<P: Phone>(inbox: &mut Inbox<&'static str>, first: &P::Client) {
    assert_eq!(first.name().as_deref(), Some(NAME));
    let taken = Some(StartError::AlreadyStarted(first.pid()));
    assert_eq!(phone::<P>(inbox).named(NAME).await.err(), taken);
    assert_eq!(phone::<P>(inbox).named(NAME).link().await.err(), taken);
    assert_eq!(phone::<P>(inbox).named(NAME).monitor().await.err(), taken);
    assert_eq!(inbox.try_next(), None);
    works::<P>(first, inbox).await;
    let found = P::find(NAME).unwrap();
    assert_eq!(&found, first);
    works::<P>(&found, inbox).await;
    ends::<P>(&found, ExitReason::error("stopped")).await;
    assert!(P::find(NAME).is_none());
}

async fn has_a_name_in_every_form<P: Phone>(inbox: &mut Inbox<&'static str>) {
    let alone = phone::<P>(inbox).named(NAME).await.unwrap();
    has_a_name::<P>(inbox, &alone).await;
    let linked = phone::<P>(inbox).named(NAME).link().await.unwrap();
    has_a_name::<P>(inbox, &linked).await;
    assert_eq!(inbox.exit_of(linked.pid()).await.reason, ExitReason::error("stopped"));
    let (monitored, monitor) = phone::<P>(inbox).named(NAME).monitor().await.unwrap();
    has_a_name::<P>(inbox, &monitored).await;
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("stopped"));
    assert_eq!(inbox.try_next(), None);
}

// SM-26, SM-27, SM-28, SM-29, SM-31
#[behaviour::test(start_paused = true)]
async fn a_machine_with_a_name_is_the_only_one_and_works_by_pid_and_by_name(mut inbox: Inbox<&'static str>) {
    process::trap_exit(true);
    has_a_name_in_every_form::<PerState>(&mut inbox).await;
    has_a_name_in_every_form::<Whole>(&mut inbox).await;
}

#[behaviour::test(start_paused = true)]
async fn a_name_is_only_found_as_the_machine_that_has_it(inbox: Inbox<&'static str>) {
    let phone = phone::<Whole>(&inbox).named("whole, not per state").await.unwrap();
    assert!(PerState::find("whole, not per state").is_none());
    assert_eq!(Whole::find("whole, not per state"), Some(phone));
}

async fn frees_its_name<P: Phone>(inbox: &Inbox<&'static str>) {
    for _ in 0..3 {
        let first = phone::<P>(inbox).named("a name again").await.unwrap();
        first.stop().await.unwrap();
        let second = phone::<P>(inbox).named("a name again").await.unwrap();
        assert_ne!(first.pid(), second.pid());
        P::find("a name again").unwrap().stop().await.unwrap();
    }
}

// SM-30
#[behaviour::test(start_paused = true)]
async fn a_name_can_be_given_again_as_soon_as_a_machine_is_stopped(inbox: Inbox<&'static str>) {
    frees_its_name::<PerState>(&inbox).await;
    frees_its_name::<Whole>(&inbox).await;
}

async fn stops<P: Phone>(inbox: &mut Inbox<&'static str>) {
    for reason in [ExitReason::Normal, ExitReason::Shutdown, ExitReason::error("closing time")] {
        let (phone, monitor) = phone::<P>(inbox).named("to be stopped").monitor().await.unwrap();
        let found = P::find("to be stopped").unwrap();
        if reason == ExitReason::Normal {
            phone.stop().await.unwrap();
        } else {
            found.stop().reason(reason.clone()).await.unwrap();
        }
        assert!(!phone.is_alive());
        assert_eq!(process::whereis("to be stopped"), None);
        assert_eq!(inbox.down_of(&monitor).await.reason, reason);
        assert_eq!(phone.stop().await, Err(CallError::NoProcess));
        assert_eq!(found.stop().reason(reason).await, Err(CallError::NoProcess));
    }
    // What was sent before is handled before, and a stop without time still acts.
    let phone = phone::<P>(inbox).await.unwrap();
    phone.alive();
    assert_eq!(phone.stop().within(Duration::ZERO).await, Err(CallError::Timeout));
    assert_eq!(phone.ended().await, ExitReason::Normal);
    assert_eq!(inbox.try_next(), Some(Event::Message("alive")));
}

// SM-33, SM-34, SM-36, SM-38, SM-39
#[behaviour::test(start_paused = true)]
async fn a_machine_is_stopped_by_pid_and_by_name(mut inbox: Inbox<&'static str>) {
    stops::<PerState>(&mut inbox).await;
    stops::<Whole>(&mut inbox).await;
}

async fn drops_late_replies<P: Phone>(inbox: &mut Inbox<&'static str>) {
    let phone = phone::<P>(inbox).await.unwrap();
    assert_eq!(phone.delayed(100 * MS).within(2000 * MS).await, Ok("delayed"));
    let before = Instant::now();
    assert_eq!(phone.delayed(2000 * MS).within(100 * MS).await, Err(CallError::Timeout));
    assert_eq!(before.elapsed(), 100 * MS);
    assert_eq!(phone.ask_alive().await, Ok("alive"), "the machine is not affected");
    assert_eq!(before.elapsed(), 2000 * MS);
    phone.stop().await.unwrap();
    sleep(1100 * MS).await;
    assert_eq!(inbox.try_next(), None);
}

// SM-43
#[behaviour::test(start_paused = true)]
async fn a_late_reply_reaches_nobody(mut inbox: Inbox<&'static str>) {
    drops_late_replies::<PerState>(&mut inbox).await;
    drops_late_replies::<Whole>(&mut inbox).await;
}

// otp.md 3.2: a call of a machine waits for ever if nobody says otherwise.
#[behaviour::test(start_paused = true)]
async fn a_call_has_all_the_time_in_the_world(inbox: Inbox<&'static str>) {
    let phone = phone::<PerState>(&inbox).await.unwrap();
    assert_eq!(phone.delayed(Duration::from_hours(10_000)).await, Ok("delayed"));
}
