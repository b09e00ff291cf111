//! A look inside plain processes, which show what they want to be seen (OTP's special processes).

use std::fmt;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};
use behaviour::sys::{self, SysError};
use behaviour::testing::settle;

const SECOND: Duration = Duration::from_secs(1);

/// Adds up what it is sent.
fn adder(from: u64) -> Process<u64> {
    process::spawn(move |mut inbox: Inbox<u64>| async move {
        let sum = inbox.show(from);
        loop {
            let more = inbox.recv().await;
            sum.with(|sum| *sum += more);
        }
    })
}

/// What it shows is not `Clone`.
#[derive(Debug)]
struct Door {
    open: bool,
    passed: Vec<&'static str>,
}

/// Lets those pass who come while it is open.
fn doorman() -> Process<&'static str> {
    process::spawn(|mut inbox: Inbox<&'static str>| async move {
        let door = inbox.show(Door { open: true, passed: Vec::new() });
        loop {
            let guest = inbox.recv().await;
            door.with(|door| door.passed.extend(door.open.then_some(guest)));
        }
    })
}

// SYS-07
#[behaviour::test(start_paused = true)]
async fn the_state_of_a_plain_process_that_shows_it_is_seen_and_replaced(mut inbox: Inbox<()>) {
    let (adder, doorman) = (adder(1), doorman());
    process::register("sys: adder", adder.pid()).unwrap();
    let (sum, door) = (sys::of(adder.pid()), sys::of(doorman.pid()));
    adder.send(2);
    doorman.send("Ann");
    settle().await;
    assert_eq!(sum.get_state().await.as_deref(), Ok("3"));
    assert_eq!(door.get_status().await.unwrap().state.as_deref(), Some("Door { open: true, passed: [\"Ann\"] }"));
    assert_eq!(sum.get_state_of(|sum: &u64| *sum).await, Ok(3));

    sum.suspend().await.unwrap();
    assert_eq!(sum.replace_state_of(|sum: &mut u64| std::mem::replace(sum, 10)).await, Ok(3), "also while suspended");
    sum.resume().await.unwrap();
    door.replace_state_of(|door: &mut Door| door.open = false).await.unwrap();
    adder.send(1);
    doorman.send("Bob");
    settle().await;
    assert_eq!(sum.get_state_of(|sum: &u64| *sum).await, Ok(11));
    assert_eq!(door.get_state_of(|door: &Door| door.passed.clone()).await, Ok(vec!["Ann"]));

    let failed = sum.replace_state_of(|sum: &mut u64| *sum = "many".parse().expect("a number")).await;
    let Err(SysError::CallbackFailed(ExitReason::Panic(panic))) = failed else { panic!("{failed:?}") };
    assert!(panic.message().starts_with("a number"), "{panic:?}");
    let failed = door.get_state_of(|_: &Door| -> bool { panic!("cannot look") }).await;
    assert!(matches!(failed, Err(SysError::CallbackFailed(_))), "{failed:?}");
    assert_eq!(sum.get_state_of(|sum: &u64| *sum).await, Ok(11), "both live");
    assert!(doorman.is_alive());

    let monitor = process::monitor(adder.pid());
    sum.terminate(ExitReason::Normal).within(SECOND).await.unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
    assert_eq!(process::whereis("sys: adder"), None);
}

/// What it waits for comes last; the rest stays in its mailbox.
fn picky() -> Process<u64> {
    process::spawn(|mut inbox: Inbox<u64>| async move {
        let taken = inbox.show(Vec::new());
        loop {
            let chosen = inbox.select(|event| matches!(event, process::Event::Message(9))).await;
            taken.with(|taken| taken.push(chosen));
        }
    })
}

// SYS-07
#[behaviour::test(start_paused = true)]
async fn a_plain_process_is_asked_beside_its_mailbox_and_answers_whenever_it_waits() {
    let picky = picky();
    let sys = sys::of(picky.pid());
    for number in 0..3 {
        picky.send(number);
        settle().await;
        assert_eq!(sys.get_state().await.as_deref(), Ok("[]"), "it waits for something else");
    }
    picky.send(9);
    assert_eq!(sys.get_state().await.as_deref(), Ok("[]"), "asked before it came to what was sent before");
    settle().await;
    assert_eq!(sys.get_state().await.as_deref(), Ok("[Message(9)]"));
    assert_eq!(sys.get_status().await.unwrap().run, sys::Run::Running);
}

/// Cannot be printed.
struct Odd;

impl fmt::Debug for Odd {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("not to be printed")
    }
}

#[behaviour::test(start_paused = true)]
async fn what_is_shown_is_seen_as_long_as_it_is_there() {
    let shy = process::spawn(|mut inbox: Inbox<()>| async move {
        inbox.recv().await;
        let _first = inbox.show(1);
        let second = inbox.show("two");
        inbox.recv().await;
        drop(second);
        inbox.recv().await;
        let _third = inbox.show(Odd);
        inbox.recv().await;
    });
    let sys = sys::of(shy.pid());
    let next = async || {
        shy.send(());
        settle().await;
    };
    assert_eq!(sys.get_state().await, Err(SysError::NoState), "it says nothing yet");
    next().await;
    assert_eq!(sys.get_state().await.as_deref(), Ok("\"two\""), "the last thing it showed");
    assert_eq!(sys.get_state_of(|number: &i32| *number).await, Err(SysError::OtherImplementation));
    next().await;
    assert_eq!(sys.get_state().await, Err(SysError::NoState));
    assert_eq!(sys.get_status().await.unwrap().state, None);
    next().await;
    assert_eq!(sys.get_state().await.as_deref(), Ok("cannot be shown: panicked: not to be printed"));
    assert!(shy.is_alive());
}

/// Known by its pid only.
#[gen_server]
struct Account {
    cents: u64,
}

#[gen_server]
impl Account {
    #[init]
    fn init(cents: u64) -> Self {
        Self { cents }
    }
}

#[behaviour::test(start_paused = true)]
async fn the_state_of_a_server_known_by_its_pid_is_typed_for_who_knows_its_type() {
    let account = Account::start(5).await.unwrap();
    let sys = sys::of(account.pid());
    sys.replace_state_of(|account: &mut Account| account.cents += 1).await.unwrap();
    assert_eq!(sys.get_state_of(|account: &Account| account.cents).await, Ok(6));
    assert_eq!(sys.get_state_of(|cents: &u64| *cents).await, Err(SysError::OtherImplementation));
}
