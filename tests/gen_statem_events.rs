//! The order in which a machine takes its events: what was put in comes first, then what was put off, then what waited
//! already, then timeouts of no time, and what comes from outside last (otp.md 6.4 and 6.6; rows SM-05, SM-06 and
//! SM-08).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;

use recorder::{A, Act, B, Bell, C, Inner, Letter, NOTHING, NOW, Patient, Recorder, RecorderClient, RecorderMessage};

#[path = "gen_statem/recorder.rs"]
mod recorder;

async fn start() -> RecorderClient {
    Recorder::start(NOTHING).await.unwrap()
}

/// What was written down once there is nothing more to do.
async fn log_at_rest(recorder: &RecorderClient) -> Vec<String> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    recorder.log().await.unwrap()
}

// SM-05
#[behaviour::test(start_paused = true)]
async fn what_is_put_in_comes_before_what_was_put_off() {
    let recorder = start().await;
    recorder.wait("cast 1");
    recorder.wait("cast 2");
    let act: Act = |cx| {
        cx.next_event(Inner("internal 1", None, NOTHING));
        cx.next_event(Inner("internal 2", None, NOTHING));
        cx.event_timeout(NOW);
    };
    assert_eq!(recorder.ask("call", B.into(), act).await, Ok(A.into()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        recorder.log().await.unwrap(),
        [
            "cast 1 put off",
            "cast 2 put off",
            "call in A",
            "internal 1 in B",
            "internal 2 in B",
            "cast 1 in B",
            "cast 2 in B"
        ]
    );
}

// SM-05, SM-06: the whole order of otp.md 6.6.
#[behaviour::test(start_paused = true)]
async fn every_kind_of_event_has_its_turn() {
    let recorder = start().await;
    recorder.wait("put off 1");
    recorder.wait("put off 2");
    recorder.stay("begin", |cx| {
        cx.client().stay("outside", NOTHING);
        cx.timer("timer of no time", NOW);
        cx.next_event(Inner("first", Some(B.into()), |cx| {
            cx.state_timeout(NOW);
            cx.next_event(Inner("put in 1", None, NOTHING));
            cx.next_event(Inner("put in 2", None, NOTHING));
        }));
        cx.next_event(Inner("waited", None, NOTHING));
    });
    assert_eq!(
        log_at_rest(&recorder).await,
        [
            "put off 1 put off",
            "put off 2 put off",
            "begin in A",
            "first in A",
            "put in 1 in B",
            "put in 2 in B",
            "put off 1 in B",
            "put off 2 in B",
            "waited in B",
            "timer of no time in B",
            "state timeout in B",
            "outside in B"
        ]
    );
}

#[behaviour::test(start_paused = true)]
async fn what_is_put_in_later_comes_before_what_was_put_in_earlier() {
    let recorder = start().await;
    recorder.stay("begin", |cx| {
        cx.next_event(Inner("1", None, |cx| {
            cx.next_event(Inner("1.1", None, |cx| cx.next_event(Inner("1.1.1", None, NOTHING))));
            cx.next_event(Inner("1.2", None, NOTHING));
        }));
        cx.next_event(Inner("2", None, NOTHING));
    });
    let expected = ["begin in A", "1 in A", "1.1 in A", "1.1.1 in A", "1.2 in A", "2 in A"];
    assert_eq!(recorder.log().await.unwrap(), expected);
}

// SM-08
#[behaviour::test(start_paused = true)]
async fn every_event_of_the_machines_own_can_be_put_in() {
    let recorder = start().await;
    recorder.go("begin", B.into(), |cx| {
        cx.next_event(Inner("internal", Some(C.into()), NOTHING));
        cx.next_event(RecorderMessage::Go { name: "cast", to: B.into(), act: NOTHING });
        cx.next_event(RecorderMessage::Letter { letter: Letter("info") });
        cx.next_event(RecorderMessage::StateTimeout {});
        cx.next_event(RecorderMessage::EventTimeout {});
        cx.next_event(RecorderMessage::Timer { name: "timer" });
        // Nobody waits for the reply of a call that is put in without one.
        cx.next_event(RecorderMessage::Ask { name: "call", to: A.into(), act: NOTHING });
        cx.next_event(Inner("last", None, NOTHING));
    });
    assert_eq!(
        recorder.log().await.unwrap(),
        [
            "begin in A",
            "internal in B",
            "cast in C",
            "info in B",
            "state timeout in B",
            "event timeout in B",
            "timer in B",
            "call in B",
            "last in A"
        ]
    );
}

// SM-08
#[behaviour::test(start_paused = true)]
async fn a_call_that_is_put_in_again_is_answered_as_what_it_became() {
    let recorder = start().await;
    assert_eq!(recorder.pass_on().await, Ok(A.into()));
    assert_eq!(recorder.log().await.unwrap(), ["before in A", "passed on in A", "after in B"]);
}

// SM-08
#[behaviour::test(start_paused = true)]
async fn an_init_may_put_events_in() {
    let act: Act = |cx| {
        cx.client().stay("outside", NOTHING);
        cx.next_event(Inner("1", Some(B.into()), NOTHING));
        cx.next_event(RecorderMessage::Stay { name: "2", act: NOTHING });
        cx.next_event(Inner("3", None, NOTHING));
    };
    let recorder = Recorder::start(act).await.unwrap();
    assert_eq!(recorder.log().await.unwrap(), ["1 in A", "2 in B", "3 in B", "outside in B"]);
}

#[behaviour::test(start_paused = true)]
async fn what_was_put_off_waits_for_a_change_of_the_state() {
    let recorder = start().await;
    recorder.wait("put off");
    recorder.stay("stays", NOTHING);
    recorder.go("comes back", A.into(), NOTHING);
    recorder.stay("repeats", Context::repeat_state);
    recorder.stay("puts in", |cx| cx.next_event(Inner("internal", None, NOTHING)));
    recorder.go("goes", C.into(), NOTHING);
    recorder.go("goes on", B.into(), NOTHING);
    assert_eq!(
        recorder.log().await.unwrap(),
        [
            "put off put off",
            "stays in A",
            "comes back in A",
            "repeats in A",
            "puts in in A",
            "internal in A",
            "goes in A",
            "put off in C",
            "goes on in C"
        ]
    );
}

#[behaviour::test(start_paused = true)]
async fn what_is_put_off_again_keeps_its_place() {
    let recorder = start().await;
    for name in ["1", "2", "3"] {
        recorder.wait_for_c(name);
    }
    recorder.go("goes", B.into(), NOTHING);
    recorder.wait_for_c("4");
    recorder.go("goes on", C.into(), NOTHING);
    let expected = ["goes in A", "goes on in B", "1 in C", "2 in C", "3 in C", "4 in C"];
    assert_eq!(recorder.log().await.unwrap(), expected);
}

// The first that was put off changes the state: it is that state which the others are tried in.
#[behaviour::test(start_paused = true)]
async fn what_was_put_off_may_change_the_state_itself() {
    let recorder = start().await;
    recorder.turn_back("back 1");
    recorder.wait("2");
    recorder.turn_back("back 3");
    recorder.go("goes", B.into(), |cx| cx.client().stay("outside", NOTHING));
    let expected = ["2 put off", "goes in A", "back 1 in B", "2 put off", "outside in A"];
    assert_eq!(log_at_rest(&recorder).await, expected);
    recorder.go("goes", C.into(), NOTHING);
    assert_eq!(recorder.log().await.unwrap(), ["goes in A", "2 in C"]);
    recorder.go("goes", B.into(), NOTHING);
    assert_eq!(recorder.log().await.unwrap(), ["goes in C", "back 3 in B"]);
    assert_eq!(recorder.state_name().await, Ok("A"));
}

// otp.md 6.6: an event is put off before the queue is made up for the new state.
#[behaviour::test(start_paused = true)]
async fn what_changes_the_state_may_put_itself_off_for_it() {
    let recorder = start().await;
    recorder.wait("earlier");
    recorder.again_in_b("again");
    recorder.wait("later");
    let expected = ["earlier put off", "again in A", "earlier in B", "again in B", "later in B"];
    assert_eq!(recorder.log().await.unwrap(), expected);
}

#[behaviour::test(start_paused = true)]
async fn a_call_that_was_put_off_is_answered_by_the_state_that_takes_it() {
    let recorder = start().await;
    let (by_option, by_hand, went) = tokio::join!(
        recorder.ask_in_b("by option"),
        recorder.ask_out_of_a("by hand"),
        recorder.ask("go", B.into(), NOTHING)
    );
    assert_eq!((by_option, by_hand, went), (Ok("by option"), Ok("by hand"), Ok(A.into())));
    assert_eq!(recorder.log().await.unwrap(), ["go in A", "by option in B", "by hand in B"]);
    // There it is answered at once.
    assert_eq!(recorder.ask_in_b("here").await, Ok("here"));
    assert_eq!(recorder.ask_out_of_a("here").await, Ok("here"));
}

// A caller that gives up is not waited for, but the event is taken all the same.
#[behaviour::test(start_paused = true)]
async fn a_call_that_was_put_off_outlives_its_caller(mut inbox: Inbox<()>) {
    let recorder = start().await;
    assert_eq!(recorder.ask_in_b("late").within(Duration::from_millis(5)).await, Err(CallError::Timeout));
    recorder.go("goes", B.into(), NOTHING);
    assert_eq!(recorder.log().await.unwrap(), ["goes in A", "late in B"]);
    assert_eq!(inbox.try_next(), None);
}

#[behaviour::test(start_paused = true)]
async fn every_kind_of_event_can_be_put_off() {
    let recorder = start().await;
    recorder.wait("cast");
    recorder.send(Letter("info"));
    recorder.stay("puts in", |cx| cx.next_event(Patient("internal")));
    recorder.ask_in_b("call").detach();
    assert_eq!(recorder.log().await.unwrap(), ["cast put off", "puts in in A"]);
    recorder.go("goes", B.into(), NOTHING);
    let expected = ["goes in A", "cast in B", "info in B", "internal in B", "call in B"];
    assert_eq!(recorder.log().await.unwrap(), expected);
}

#[behaviour::test(start_paused = true)]
async fn what_is_ignored_is_gone() {
    let recorder = start().await;
    recorder.hint("too early");
    recorder.go("goes", B.into(), NOTHING);
    recorder.hint("in time");
    recorder.go("goes on", C.into(), NOTHING);
    recorder.hint("too late");
    recorder.go("goes back", B.into(), NOTHING);
    assert_eq!(recorder.log().await.unwrap(), ["goes in A", "in time in B", "goes on in B", "goes back in C"]);
}

#[behaviour::test(start_paused = true)]
async fn the_end_of_a_process_is_an_event() {
    let recorder = start().await;
    recorder.stay("watches", |cx| {
        let watched = process::spawn(|_: Inbox<()>| async { Err::<(), _>("gone") });
        cx.monitor(watched.pid());
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(recorder.log().await.unwrap(), ["watches in A", "down: gone in A"]);
}

// otp.md 6.5: a timeout is an event like any other.
#[behaviour::test(start_paused = true)]
async fn a_timeout_can_be_put_off() {
    let recorder = start().await;
    recorder.stay("sets", |cx| cx.timer(Bell("bell"), Duration::from_millis(5)));
    tokio::time::sleep(Duration::from_millis(10)).await;
    recorder.go("goes", B.into(), NOTHING);
    recorder.go("goes on", C.into(), NOTHING);
    assert_eq!(recorder.log().await.unwrap(), ["sets in A", "goes in A", "goes on in B", "bell in C"]);
}

#[behaviour::test(start_paused = true)]
async fn the_state_has_its_name_while_an_event_is_handled() {
    let recorder = start().await;
    assert_eq!(recorder.names(B.into()).await, Ok(["A", "A"]));
    assert_eq!(recorder.names(A.into()).await, Ok(["B", "B"]));
    assert_eq!(recorder.state_name().await, Ok("A"));
}

// otp.md 3.4
#[behaviour::test(start_paused = true)]
async fn a_reply_may_come_from_any_process_and_in_any_state() {
    let recorder = start().await;
    let (answered, ()) = tokio::join!(recorder.give_away(), async {
        recorder.go("goes", B.into(), NOTHING);
        assert_eq!(recorder.log().await.unwrap(), ["goes in A"]);
    });
    assert!(answered.is_ok_and(|pid| pid != recorder.pid()));
}

// A kill acts at the next await, and so must find one.
#[behaviour::test(start_paused = true)]
async fn a_machine_that_puts_events_in_for_ever_can_be_killed() {
    let recorder = start().await;
    recorder.stay("begin", |cx| cx.next_event(RecorderMessage::Count { left: u32::MAX }));
    tokio::task::yield_now().await;
    recorder.kill();
    assert_eq!(recorder.ended().await, ExitReason::Killed);
}

// What comes from outside is not looked at while there is anything else to do, however long that goes on.
#[behaviour::test(start_paused = true)]
async fn what_comes_from_outside_waits_until_all_else_is_done() {
    let recorder = start().await;
    recorder.stay("begin", |cx| {
        cx.client().stay("outside", NOTHING);
        cx.next_event(RecorderMessage::Count { left: 1000 });
    });
    let log = log_at_rest(&recorder).await;
    assert_eq!((log.len(), log.last().map(String::as_str)), (3, Some("outside in A")));
    assert_eq!(log[1], "counted in A");
}
