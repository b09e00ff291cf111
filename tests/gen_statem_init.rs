//! How a machine begins: every form of `#[init]` and of the first state, what an `#[init]` may do, and every way in which a
//! start fails and leaves nothing behind (otp.md 3.1 and 6.1; row SM-02).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};
use behaviour::server::Start;

const MS: Duration = Duration::from_millis(1);

/// Something of which there is one, held from the beginning of an `#[init]` until the machine is gone.
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
    Ignore,
    Fail,
    Panic,
    Hang,
}

impl Way {
    fn end(self) -> Result<bool, &'static str> {
        match self {
            Self::Ignore | Self::Hang => Ok(false),
            Self::Fail => Err("no money"),
            Self::Panic => panic!("no init"),
        }
    }

    fn is_seen_in(self, error: &StartError) -> bool {
        match (self, error) {
            (Self::Ignore, StartError::Ignored) | (Self::Hang, StartError::Timeout) => true,
            (Self::Fail, StartError::Failed(reason)) => *reason == ExitReason::error("no money"),
            (Self::Panic, StartError::Failed(ExitReason::Panic(panic))) => panic.message() == "no init",
            _ => false,
        }
    }
}

#[gen_statem(state)]
enum Plain {
    Only { exclusive: Exclusive },
}

/// Its `#[init]` is a plain function.
#[gen_statem(Plain)]
struct AtOnce;

#[gen_statem(Plain)]
impl AtOnce {
    #[init]
    fn init(free: Arc<AtomicBool>, way: Way) -> Result<Option<(Self, Only)>, &'static str> {
        let exclusive = Exclusive::take(&free);
        Ok(way.end()?.then_some((Self, Only { exclusive })))
    }

    #[call]
    fn is_free(&self, only: &Only) -> bool {
        only.exclusive.0.load(Ordering::SeqCst)
    }
}

#[gen_statem(state)]
enum Waits {
    Sole { exclusive: Exclusive },
}

/// Its `#[init]` waits.
#[gen_statem(Waits)]
struct InTime;

#[gen_statem(Waits)]
impl InTime {
    #[init]
    async fn init(free: Arc<AtomicBool>, way: Way) -> Result<Option<(Self, Sole)>, &'static str> {
        let exclusive = Exclusive::take(&free);
        tokio::time::sleep(MS).await;
        if way == Way::Hang {
            std::future::pending::<()>().await;
        }
        Ok(way.end()?.then_some((Self, Sole { exclusive })))
    }

    #[call]
    fn is_free(&self, sole: &Sole) -> bool {
        sole.exclusive.0.load(Ordering::SeqCst)
    }
}

/// Starts five times what fails, in every form: each time there is room again, for the name and for the resource.
async fn fails<S: Behaviour>(inbox: &mut Inbox<()>, name: &'static str, way: Way, start: impl Fn() -> Start<S>) {
    for form in 0..5 {
        for _ in 0..5 {
            let start = start().named(name).within(200 * MS);
            let error = match form {
                0 => start.await.err(),
                1 => start.link().await.err(),
                2 => start.monitor().await.err(),
                3 => start.link().monitor().await.err(),
                _ => start.monitor().link().await.err(),
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

// SM-02
#[behaviour::test(start_paused = true)]
async fn a_start_that_fails_is_over_when_the_starter_hears_of_it(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let free = Arc::new(AtomicBool::new(true));
    for way in [Way::Ignore, Way::Fail, Way::Panic] {
        fails(&mut inbox, "a machine at once", way, || AtOnce::start(Arc::clone(&free), way)).await;
    }
    for way in [Way::Ignore, Way::Fail, Way::Panic, Way::Hang] {
        fails(&mut inbox, "a machine in time", way, || InTime::start(Arc::clone(&free), way)).await;
    }
    assert!(free.load(Ordering::SeqCst));
}

#[derive(Debug)]
struct NotANumber;

impl std::fmt::Display for NotANumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a number")
    }
}

impl std::error::Error for NotANumber {}

/// One machine for each form of an `#[init]`, with two states each.
macro_rules! inits {
    ($($module:ident { $($init:tt)+ })*) => { $(
        mod $module {
            #![allow(dead_code, reason = "not all begin in both states")]

            use super::*;

            #[gen_statem(state)]
            pub(crate) enum Number {
                Odd,
                Even,
            }

            #[gen_statem(Number)]
            pub(crate) struct Machine;

            #[gen_statem(Number)]
            impl Machine {
                #[init]
                $($init)+

                #[cast]
                pub(crate) fn next(&mut self, _: Odd) -> Even {
                    Even
                }

                #[cast(next)]
                fn next_odd(&mut self, _: Even) -> Odd {
                    Odd
                }
            }

            pub(crate) fn choose(number: u32) -> Next<(Odd, Even)> {
                if number % 2 == 1 { Next::to(Odd) } else { Next::to(Even) }
            }

            pub(crate) fn whole(number: u32) -> Number {
                if number % 2 == 1 { Odd.into() } else { Even.into() }
            }
        }
    )* };
}

inits! {
    one { fn init() -> (Self, Odd) { (Self, Odd) } }
    choice { fn init(number: u32) -> (Self, Next<(Odd, Even)>) { (Self, choose(number)) } }
    every { fn init(number: u32) -> (Self, Number) { (Self, whole(number)) } }
    maybe { fn init(number: u32) -> Option<(Self, Even)> { number.is_multiple_of(2).then_some((Self, Even)) } }
    fallible {
        fn init(text: &'static str) -> Result<(Self, Number), NotANumber> {
            text.parse().map(|number| (Self, whole(number))).map_err(|_| NotANumber)
        }
    }
    both {
        async fn init(number: Option<u32>) -> Result<Option<(Self, Next<(Odd, Even)>)>, NotANumber> {
            tokio::task::yield_now().await;
            let number = number.ok_or(NotANumber)?;
            Ok((number > 0).then_some((Self, choose(number))))
        }
    }
    waits {
        async fn init(words: Vec<String>, cx: &mut Context<Self>) -> (Self, Number) {
            let first = words.first();
            tokio::task::yield_now().await;
            assert!(process::is_alive(cx.pid()));
            (Self, whole(if first.is_some() { 1 } else { 2 }))
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn an_init_may_have_many_forms() {
    assert_eq!(one::Machine::start().await.unwrap().state_name().await, Ok("Odd"));
    assert_eq!(choice::Machine::start(3).await.unwrap().state_name().await, Ok("Odd"));
    assert_eq!(choice::Machine::start(4).await.unwrap().state_name().await, Ok("Even"));
    assert_eq!(every::Machine::start(3).await.unwrap().state_name().await, Ok("Odd"));
    assert_eq!(every::Machine::start(4).await.unwrap().state_name().await, Ok("Even"));
    assert_eq!(maybe::Machine::start(4).await.unwrap().state_name().await, Ok("Even"));
    assert_eq!(maybe::Machine::start(3).await.err(), Some(StartError::Ignored));
    assert_eq!(fallible::Machine::start("8").await.unwrap().state_name().await, Ok("Even"));
    assert!(fallible::Machine::start("eight").await.err().unwrap().downcast_ref::<NotANumber>().is_some());
    assert_eq!(both::Machine::start(Some(7)).await.unwrap().state_name().await, Ok("Odd"));
    assert_eq!(both::Machine::start(Some(0)).await.err(), Some(StartError::Ignored));
    assert!(both::Machine::start(None).await.err().unwrap().downcast_ref::<NotANumber>().is_some());
    assert_eq!(waits::Machine::start(vec![String::new()]).await.unwrap().state_name().await, Ok("Odd"));
    let machine = waits::Machine::start(Vec::new()).await.unwrap();
    assert_eq!(machine.state_name().await, Ok("Even"));
    machine.next();
    assert_eq!(machine.state_name().await, Ok("Odd"));
}

#[gen_statem(state)]
#[derive(Debug)]
enum Phase {
    Early,
    Late,
}

/// Does in its `#[init]` what a handler may do.
#[gen_statem(Phase)]
struct Busy {
    test: Process<String>,
}

struct Step(&'static str);

struct Note(&'static str);

#[gen_statem(Phase)]
impl Busy {
    #[init]
    fn init(cx: &mut Context<Self>, test: Process<String>, stop: bool) -> (Self, Early) {
        cx.trap_exit(true);
        cx.spawn(async { Err::<(), _>("a child's end") });
        cx.client().send(Note("own message"));
        cx.send_after(5 * MS, Note("timer"));
        cx.next_event(Step("put in"));
        assert_eq!(cx.name().as_deref(), Some("busy machine"));
        if stop {
            cx.stop(ExitReason::error("not for long"));
        }
        (Self { test }, Early)
    }

    #[internal]
    fn step(&mut self, _: Early, Step(line): Step) -> Late {
        self.test.send(line.into());
        Late
    }

    #[internal]
    fn no_step(&mut self, _: &Late, _: Step) {
        unreachable!("there is one step");
    }

    #[info]
    fn note(&mut self, phase: &Phase, Note(line): Note) {
        self.test.send(format!("{line} in {phase:?}"));
    }

    #[info]
    fn exit(&mut self, phase: &Phase, exit: Exit) {
        self.test.send(format!("{} in {phase:?}", exit.reason));
    }

    #[cast(else = ignore)]
    fn again(&mut self, _: Late) -> Early {
        Early
    }

    #[terminate]
    fn end(&mut self, reason: ExitReason, phase: &Phase) {
        self.test.send(format!("{reason} in {phase:?}"));
    }
}

#[behaviour::test(start_paused = true)]
async fn an_init_may_use_its_context(mut inbox: Inbox<String>) {
    let busy = Busy::start(inbox.process(), false).named("busy machine").await.unwrap();
    for line in ["put in", "own message in Late", "a child's end in Late", "timer in Late"] {
        assert_eq!(inbox.recv().await, line);
    }
    busy.stop().await.unwrap();
    assert_eq!(inbox.recv().await, "normal in Late");
    let busy = Busy::start(inbox.process(), true).named("busy machine").await.unwrap();
    assert_eq!(busy.ended().await, ExitReason::error("not for long"));
    assert_eq!(inbox.recv().await, "not for long in Early");
}
