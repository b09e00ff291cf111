//! A machine's three kinds of timeouts: of an event, of a state, and by name; what sets, updates and ends them, and when
//! those of no time have their turn (otp.md 6.4 and 6.5; rows SM-06, SM-07 and SM-09).

use std::time::Duration;

use behaviour::prelude::*;
use tokio::time::{Instant, sleep};

use clock::{A, Act, B, Chime, Clock, ClockClient, ClockMessage, Gong, Inner, Letter, MS, NOTHING, NOW, Tick, Tock};

#[path = "gen_statem/clock.rs"]
mod clock;

async fn start() -> ClockClient {
    Clock::start(NOTHING).await.unwrap()
}

/// What was written down after a second more.
async fn log(clock: &ClockClient) -> Vec<String> {
    sleep(1000 * MS).await;
    clock.log().await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn every_kind_of_timeout_comes_once_and_in_time() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.event_timeout(5 * MS);
        cx.state_timeout_with("state timeout with content", 7 * MS);
        cx.timer(Tick("tick"), 9 * MS);
        cx.timer(Tock("tock"), Instant::now() + 8 * MS);
    };
    clock.stay(act).await.unwrap();
    let expected =
        ["event timeout in A at 5", "state timeout with content in A at 7", "tock in A at 8", "tick in A at 9"];
    assert_eq!(log(&clock).await, expected);
    assert_eq!(log(&clock).await, [""; 0]);
    // Of each kind, of each name, there is one, with or without a content: the last counts.
    clock.stay(act).await.unwrap();
    clock
        .stay(|cx| {
            cx.event_timeout_with("event", MS);
            cx.event_timeout_with("event timeout with content", 5 * MS);
            cx.state_timeout(6 * MS);
            cx.timer(Tick("tick again"), 2 * MS);
            cx.timer(Tick("tick at last"), 10 * MS);
        })
        .await
        .unwrap();
    let expected = [
        "event timeout with content in A at 2005",
        "state timeout in A at 2006",
        "tock in A at 2008",
        "tick at last in A at 2010",
    ];
    assert_eq!(log(&clock).await, expected);
}

// SM-06
#[behaviour::test(start_paused = true)]
async fn a_change_of_the_state_ends_its_timeout_and_that_of_the_event() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.event_timeout(9 * MS);
        cx.state_timeout(10 * MS);
        cx.timer(Tick("tick"), 11 * MS);
    };
    clock.stay(act).await.unwrap();
    clock.go(B.into(), NOTHING).await.unwrap();
    assert_eq!(log(&clock).await, ["tick in B at 11"]);
    // Those that are asked for on the way belong to the new state.
    clock.go(A.into(), act).await.unwrap();
    let expected = ["event timeout in A at 1009", "state timeout in A at 1010", "tick in A at 1011"];
    assert_eq!(log(&clock).await, expected);
}

#[behaviour::test(start_paused = true)]
async fn a_state_timeout_goes_on_while_the_state_is_the_same() {
    let clock = start().await;
    clock.stay(|cx| cx.state_timeout(10 * MS)).await.unwrap();
    clock.cast("a cast");
    clock.go(A.into(), NOTHING).await.unwrap();
    clock.stay(Context::repeat_state).await.unwrap();
    clock.stay(|cx| cx.next_event(Inner("internal"))).await.unwrap();
    assert_eq!(log(&clock).await, ["a cast in A at 0", "internal in A at 0", "state timeout in A at 10"]);
}

// SM-06
#[behaviour::test(start_paused = true)]
async fn timeouts_of_no_time_come_after_what_is_put_in_and_in_their_order() {
    let clock = start().await;
    clock
        .stay(|cx| {
            cx.client().cast("outside");
            cx.timer(Tick("tick"), NOW);
            cx.state_timeout(NOW);
            cx.timer(Tock("tock"), NOW);
            cx.next_event(Inner("internal"));
        })
        .await
        .unwrap();
    let expected =
        ["internal in A at 0", "tick in A at 0", "state timeout in A at 0", "tock in A at 0", "outside in A at 0"];
    assert_eq!(log(&clock).await, expected);
}

// Whatever comes from outside waits for ever then, but others can run, and kill it.
#[behaviour::test(start_paused = true)]
async fn a_timeout_of_no_time_may_come_again_for_ever() {
    fn again(cx: &mut Context<Clock>) {
        cx.timer(Chime("again", again), NOW);
    }
    let clock = start().await;
    clock.stay(again).await.unwrap();
    for _ in 0..9 {
        tokio::task::yield_now().await;
    }
    clock.kill();
    assert_eq!(clock.ended().await, ExitReason::Killed);
}

// SM-06
#[behaviour::test(start_paused = true)]
async fn an_event_timeout_of_no_time_is_ended_by_what_comes_before_it() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.state_timeout(NOW);
        cx.event_timeout(NOW);
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["state timeout in A at 0"]);
    let act: Act = |cx| {
        cx.event_timeout(NOW);
        cx.state_timeout(NOW);
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["event timeout in A at 1000", "state timeout in A at 1000"]);
    let act: Act = |cx| {
        cx.event_timeout(NOW);
        cx.next_event(Inner("internal"));
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["internal in A at 2000"]);
    clock.stay(|cx| cx.event_timeout(NOW)).await.unwrap();
    assert_eq!(log(&clock).await, ["event timeout in A at 3000"]);
}

// SM-06: while one is handled the others wait, and may be set anew, updated or ended.
#[behaviour::test(start_paused = true)]
async fn a_timeout_of_no_time_may_be_changed_while_it_waits() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.timer(Chime("chime", |cx| cx.state_timeout_with("anew", NOW)), NOW);
        cx.state_timeout_with("state timeout", NOW);
        cx.timer(Tick("tick"), NOW);
    };
    clock.stay(act).await.unwrap();
    let mut lines = log(&clock).await;
    assert_eq!(lines.remove(0), "chime in A at 0");
    lines.sort();
    assert_eq!(lines, ["anew in A at 0", "tick in A at 0"]);

    let act: Act = |cx| {
        let act: Act = |cx| {
            cx.update_timer(Tick("updated"));
            cx.cancel_timer::<Tock>();
            cx.state_timeout(5 * MS);
        };
        cx.timer(Chime("chime", act), NOW);
        cx.timer(Tock("tock"), NOW);
        cx.state_timeout(NOW);
        cx.timer(Tick("tick"), NOW);
    };
    clock.stay(act).await.unwrap();
    let expected = ["chime in A at 1000", "updated in A at 1000", "state timeout in A at 1005"];
    assert_eq!(log(&clock).await, expected);
}

#[behaviour::test(start_paused = true)]
async fn a_change_of_the_state_ends_its_timeout_of_no_time() {
    let clock = start().await;
    clock
        .stay(|cx| {
            cx.state_timeout(NOW);
            cx.timer(Tick("tick"), NOW);
            cx.next_event(ClockMessage::Go { to: B.into(), act: NOTHING });
        })
        .await
        .unwrap();
    assert_eq!(log(&clock).await, ["tick in B at 0"]);
}

// SM-06
#[behaviour::test(start_paused = true)]
async fn a_state_timeout_comes_after_what_waits_and_before_what_takes_longer() {
    let clock = start().await;
    clock
        .stay(|cx| {
            cx.timer(Tick("a second"), 1000 * MS);
            cx.state_timeout(500 * MS);
            cx.client().cast("waits");
        })
        .await
        .unwrap();
    clock.stay(NOTHING).await.unwrap();
    sleep(500 * MS).await;
    assert_eq!(log(&clock).await, ["waits in A at 0", "state timeout in A at 500", "a second in A at 1000"]);
    let ended = clock.ended();
    clock.stop().await.unwrap();
    assert_eq!(ended.await, ExitReason::Normal);
}

// In OTP it is a message: it comes behind what was in the mailbox when its time came, and before what came later.
#[behaviour::test(start_paused = true)]
async fn a_timeout_has_its_place_among_what_comes_from_outside() {
    let clock = start().await;
    clock.stay(|cx| cx.timer(Tick("tick"), 5 * MS)).await.unwrap();
    let (waited, ()) = tokio::join!(clock.stay_after(10 * MS, NOTHING), async {
        sleep(2 * MS).await;
        clock.cast("before");
        sleep(5 * MS).await;
        clock.cast("after");
    });
    waited.unwrap();
    assert_eq!(log(&clock).await, ["before in A at 10", "tick in A at 10", "after in A at 10"]);
}

// SM-07
#[behaviour::test(start_paused = true)]
async fn a_timeout_that_is_cancelled_does_not_come() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.state_timeout(10 * MS);
        cx.timer(Tick("tick"), 10 * MS);
        cx.timer(Tock("tock"), 10 * MS);
        cx.event_timeout(10 * MS);
        cx.cancel_event_timeout();
    };
    clock.stay(act).await.unwrap();
    let act: Act = |cx| {
        cx.cancel_state_timeout();
        cx.cancel_timer::<Tick>();
        // There is none to cancel.
        cx.cancel_timer::<Chime>();
        cx.cancel_event_timeout();
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["tock in A at 10"]);
    // Setting one for ever ends it, too.
    let act: Act = |cx| {
        cx.state_timeout(10 * MS);
        cx.timer(Tick("tick"), 10 * MS);
        cx.event_timeout(10 * MS);
        cx.event_timeout(Duration::MAX);
    };
    clock.stay(act).await.unwrap();
    let act: Act = |cx| {
        cx.state_timeout(Duration::MAX);
        cx.timer(Tick("tick"), Duration::MAX);
    };
    clock.stay(act).await.unwrap();
    sleep(Duration::from_hours(100_000)).await;
    assert_eq!(log(&clock).await, [""; 0]);
}

// SM-07
#[behaviour::test(start_paused = true)]
async fn a_timeout_that_is_updated_keeps_its_time() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.state_timeout_with("state timeout", 20 * MS);
        cx.timer(Tick("tick"), 30 * MS);
    };
    clock.stay(act).await.unwrap();
    sleep(15 * MS).await;
    let act: Act = |cx| {
        cx.update_state_timeout("state timeout, updated");
        cx.update_timer(Tick("tick, updated"));
        cx.update_timer(Tick("tick, updated twice"));
    };
    clock.stay(act).await.unwrap();
    let expected = ["state timeout, updated in A at 20", "tick, updated twice in A at 30"];
    assert_eq!(log(&clock).await, expected);
}

// SM-07
#[behaviour::test(start_paused = true)]
async fn an_update_of_what_does_not_run_acts_at_once() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.client().cast("outside");
        cx.update_timer(Tick("tick"));
        cx.update_state_timeout("state timeout");
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["tick in A at 0", "state timeout in A at 0", "outside in A at 0"]);
    // Of an event there is none to update: the event that asks for it has ended it.
    clock.stay(|cx| cx.event_timeout_with("event timeout", 10 * MS)).await.unwrap();
    clock.stay(|cx| cx.update_event_timeout("updated")).await.unwrap();
    assert_eq!(log(&clock).await, ["updated in A at 1000"]);
    // One that has come, or was ended, runs no more.
    clock.stay(|cx| cx.timer(Tock("tock"), 5 * MS)).await.unwrap();
    assert_eq!(log(&clock).await, ["tock in A at 2005"]);
    clock.stay(|cx| cx.state_timeout(5 * MS)).await.unwrap();
    clock.stay(Context::cancel_state_timeout).await.unwrap();
    let act: Act = |cx| {
        cx.update_state_timeout("not cancelled");
        cx.update_timer(Tock("tock again"));
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["not cancelled in A at 3000", "tock again in A at 3000"]);
    // What one callback asks for counts as its last word: here the update of what runs.
    clock.stay(|cx| cx.state_timeout(5 * MS)).await.unwrap();
    let act: Act = |cx| {
        cx.cancel_state_timeout();
        cx.update_state_timeout("updated");
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["updated in A at 4005"]);
}

// SM-07: its time is over, but nobody has handled it.
#[behaviour::test(start_paused = true)]
async fn a_timeout_whose_time_is_over_may_still_be_changed() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.timer(Tick("tick"), 5 * MS);
        cx.timer(Tock("tock"), 6 * MS);
        cx.state_timeout_with("state timeout", 7 * MS);
    };
    clock.stay(act).await.unwrap();
    let act: Act = |cx| {
        cx.update_timer(Tick("updated"));
        cx.cancel_timer::<Tock>();
        cx.state_timeout_with("anew", 5 * MS);
    };
    clock.stay_after(10 * MS, act).await.unwrap();
    assert_eq!(log(&clock).await, ["updated in A at 10", "anew in A at 15"]);
    // A change of the state is in time, too.
    clock.stay(|cx| cx.state_timeout(5 * MS)).await.unwrap();
    let act: Act = |cx| cx.next_event(ClockMessage::Go { to: B.into(), act: NOTHING });
    clock.stay_after(10 * MS, act).await.unwrap();
    assert_eq!(log(&clock).await, [""; 0]);
}

// SM-09
#[behaviour::test(start_paused = true)]
async fn timeouts_by_name_outlive_a_change_of_the_state() {
    let clock = start().await;
    let act: Act = |cx| {
        cx.timer(Tick("a"), 1500 * MS);
        cx.timer(Tock("b"), 1000 * MS);
        cx.state_timeout(1000 * MS);
    };
    clock.stay(act).await.unwrap();
    let act: Act = |cx| {
        cx.timer(Gong("c"), Instant::now() + 500 * MS);
        cx.timer(Chime("d", NOTHING), NOW);
        cx.event_timeout(NOW);
        cx.timer(Tock("b"), Duration::MAX);
        cx.timer(Tick("a, anew"), 1000 * MS);
    };
    clock.go(B.into(), act).await.unwrap();
    sleep(3000 * MS).await;
    assert_eq!(log(&clock).await, ["d in B at 0", "c in B at 500", "a, anew in B at 1000"]);
}

fn has_come(lines: &[String]) -> bool {
    lines.iter().any(|line| line.starts_with("event timeout"))
}

#[behaviour::test(start_paused = true)]
async fn an_event_timeout_is_ended_by_whatever_comes() {
    let disturbances: [fn(&ClockClient); 7] = [
        |clock| clock.cast("a cast"),
        |clock| clock.stay(NOTHING).detach(),
        |clock| clock.send(Letter("an info")),
        |clock| clock.hint(),
        |clock| clock.wait("put off"),
        |clock| clock.go(A.into(), NOTHING).detach(),
        |clock| clock.go(B.into(), NOTHING).detach(),
    ];
    for disturb in disturbances {
        let clock = start().await;
        clock.stay(|cx| cx.event_timeout(10 * MS)).await.unwrap();
        sleep(5 * MS).await;
        disturb(&clock);
        assert!(!has_come(&log(&clock).await));
    }
    // Events of its own end it as well: what is put in, what was put off, other timeouts.
    let acts: [Act; 4] = [
        |cx| (cx.event_timeout(10 * MS), cx.next_event(Inner("internal"))).0,
        |cx| (cx.event_timeout(10 * MS), cx.state_timeout(5 * MS)).0,
        |cx| (cx.event_timeout(10 * MS), cx.timer(Tick("tick"), 5 * MS)).0,
        |cx| (cx.event_timeout(10 * MS), drop(cx.send_after(5 * MS, Letter("timer")))).0,
    ];
    for act in acts {
        let clock = start().await;
        clock.stay(act).await.unwrap();
        let lines = log(&clock).await;
        assert_eq!((lines.len(), has_come(&lines)), (1, false), "{lines:?}");
    }
    let clock = start().await;
    clock.wait("put off");
    clock.go(B.into(), |cx| cx.event_timeout(10 * MS)).await.unwrap();
    assert_eq!(log(&clock).await, ["put off in B at 0"]);
}

#[behaviour::test(start_paused = true)]
async fn an_event_timeout_goes_on_while_nothing_comes() {
    let clock = start().await;
    // It may be set again by the event that ended it.
    for _ in 0..3 {
        clock.stay(|cx| cx.event_timeout(10 * MS)).await.unwrap();
        sleep(9 * MS).await;
    }
    // To ask for the state's name is no event.
    assert_eq!(clock.state_name().await, Ok("A"));
    assert_eq!(log(&clock).await, ["event timeout in A at 28"]);
}

// SM-11, SM-12: nothing but memory is given back.
#[behaviour::test(start_paused = true)]
async fn a_machine_that_hibernates_keeps_its_timeouts_and_what_was_put_off() {
    let clock = Clock::start(Context::hibernate).await.unwrap();
    clock.wait("put off");
    let act: Act = |cx| {
        cx.timer(Tick("tick"), 500 * MS);
        cx.timer(Chime("chime", Context::hibernate), 20 * MS);
        cx.event_timeout(10 * MS);
        cx.hibernate();
    };
    clock.stay(act).await.unwrap();
    let expected = ["event timeout in A at 10", "chime in A at 20", "tick in A at 500"];
    assert_eq!(log(&clock).await, expected);
    clock.go(B.into(), Context::hibernate).await.unwrap();
    assert_eq!(log(&clock).await, ["put off in B at 1000"]);
    clock.stop().await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn a_time_in_the_past_is_now() {
    let clock = start().await;
    sleep(10 * MS).await;
    let act: Act = |cx| {
        cx.timer(Tick("tick"), Instant::now() - 5 * MS);
        cx.state_timeout(Instant::now());
    };
    clock.stay(act).await.unwrap();
    assert_eq!(log(&clock).await, ["tick in A at 10", "state timeout in A at 10"]);
}

#[behaviour::test(start_paused = true)]
async fn an_init_may_set_timeouts() {
    let act: Act = |cx| {
        cx.timer(Tick("tick"), 10 * MS);
        cx.timer(Tock("tock"), NOW);
        cx.state_timeout(20 * MS);
        cx.client().cast("outside");
    };
    let clock = Clock::start(act).await.unwrap();
    let expected = ["tock in A at 0", "outside in A at 0", "tick in A at 10", "state timeout in A at 20"];
    assert_eq!(log(&clock).await, expected);
    let clock = Clock::start(|cx| cx.event_timeout(10 * MS)).await.unwrap();
    assert_eq!(log(&clock).await, ["event timeout in A at 10"]);
}
