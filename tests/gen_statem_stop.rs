//! How a machine ends: which reason, when `#[terminate]` runs and what it is given, and that replies come before it
//! (otp.md 2.2, 4.4 and 6.8; rows SM-01, SM-03, SM-14, SM-57 and SM-58).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::testing::Reports;
use tokio::time::{Instant, sleep};

use mortal::{Last, MS, Mortal, start, told};

#[path = "gen_statem/mortal.rs"]
mod mortal;

// SM-01
#[behaviour::test(start_paused = true)]
async fn a_machine_that_shuts_down_answers_first_and_complains_of_nothing(mut inbox: Inbox<String>) {
    process::trap_exit(true);
    let reports = Reports::listen();
    for reason in [ExitReason::shutdown_with("R"), ExitReason::Shutdown, ExitReason::Normal] {
        let mortal = Mortal::start(inbox.process(), Last::Nothing, false).link().await.unwrap();
        assert_eq!(mortal.last_words(reason.clone()).await, Ok("bye"));
        assert_eq!(inbox.exit_of(mortal.pid()).await.reason, reason);
        sleep(500 * MS).await;
        assert!(reports.complaints().is_empty());
        assert_eq!(mortal.ask().await, Err(CallError::NoProcess));
        assert_eq!(told(&mut inbox), [format!("terminate: {reason}, Well"), "dropped".into()]);
    }
    let mortal = start(&inbox, Last::Nothing).await;
    assert_eq!(mortal.last_words(ExitReason::error("R")).await, Ok("bye"));
    mortal.ended().await;
    assert_eq!(reports.complaints().len(), 1, "an error is complained of");
}

// SM-03
#[behaviour::test(start_paused = true)]
async fn replies_come_in_their_order_and_before_the_end(mut inbox: Inbox<String>) {
    process::trap_exit(true);
    let mortal = Mortal::start(inbox.process(), Last::Sleep, false).link().await.unwrap();
    for _ in 0..2 {
        let (mortal, test) = (mortal.clone(), inbox.process());
        process::spawn(move |_: Inbox<()>| async move { test.send(format!("{:?}", mortal.keep().await)) });
    }
    sleep(MS).await;
    let before = Instant::now();
    mortal.answer_and_end(ExitReason::error("R"));
    for line in ["terminate: R, Well", "Ok(\"one\")", "Ok(\"two\")"] {
        assert_eq!(inbox.recv().await, line);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }
    assert_eq!(inbox.exit_of(mortal.pid()).await.reason, ExitReason::error("R"));
    assert_eq!(before.elapsed(), 100 * MS);
    assert_eq!(mortal.ask().await, Err(CallError::NoProcess));
    assert_eq!(told(&mut inbox), ["dropped"]);
    assert_eq!(inbox.try_next(), None);
}

// otp.md 6.8: as opposed to a server's, whatever `#[terminate]` does then.
#[behaviour::test(start_paused = true)]
async fn the_reply_of_a_call_that_stops_the_machine_comes_before_terminate(mut inbox: Inbox<String>) {
    for last in [Last::Nothing, Last::Sleep, Last::Panic, Last::Fail] {
        let reason = ExitReason::error("enough");
        let (before, mortal) = (Instant::now(), start(&inbox, last).await);
        assert_eq!(mortal.last_words(reason.clone()).await, Ok("bye"));
        assert_eq!(before.elapsed(), Duration::ZERO);
        mortal.ended().await;
        assert_eq!(before.elapsed() >= 100 * MS, last == Last::Sleep);
        assert_eq!(told(&mut inbox), ["terminate: enough, Well", "dropped"]);
        let (before, mortal) = (Instant::now(), start(&inbox, last).await);
        assert_eq!(mortal.late_last_words(reason.clone()).await, Ok("bye"));
        assert_eq!(before.elapsed(), MS);
        mortal.ended().await;
        assert_eq!(told(&mut inbox), ["terminate: enough, Ill { days: 3 }", "dropped"]);
    }
}

// The transition is not gone through with: nothing is entered, and nothing that was put in is taken.
#[behaviour::test(start_paused = true)]
async fn a_handler_may_change_the_state_and_stop_at_once(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    assert_eq!(mortal.last_move(ExitReason::Shutdown).await, Ok("bye"));
    assert_eq!(mortal.ended().await, ExitReason::Shutdown);
    assert_eq!(told(&mut inbox), ["terminate: shutdown, Ill { days: 0 }", "dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn a_stop_from_outside_is_told_with_the_state(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    mortal.fall_ill().await.unwrap();
    let (asked, stopped) = tokio::join!(mortal.ask(), mortal.stop().reason(ExitReason::Shutdown));
    assert_eq!((asked, stopped), (Ok("alive"), Ok(())));
    assert_eq!(told(&mut inbox), ["enter: Ill { days: 1 }", "terminate: shutdown, Ill { days: 1 }", "dropped"]);
}

// otp.md 4.4
#[behaviour::test(start_paused = true)]
async fn the_exit_of_the_parent_runs_terminate_if_it_is_trapped(mut inbox: Inbox<String>) {
    for (trap, lines) in [(true, vec!["terminate: boom, Well", "dropped"]), (false, vec!["dropped"])] {
        let test = inbox.process();
        let parent = process::spawn(move |_: Inbox<()>| async move {
            let mortal = Mortal::start_link(test, Last::Nothing, trap).await.unwrap();
            sleep(MS).await;
            assert!(mortal.is_alive());
            Err::<(), _>("boom")
        });
        parent.ended().await;
        sleep(MS).await;
        assert_eq!(told(&mut inbox), lines);
    }
    // That of a stranger is an event.
    let mortal = Mortal::start(inbox.process(), Last::Nothing, true).await.unwrap();
    mortal.exit(ExitReason::error("boom"));
    assert_eq!(mortal.ask().await, Ok("alive"));
    assert_eq!(told(&mut inbox), ["exit: boom"]);
}

// SM-14, otp.md 2.2
#[behaviour::test(start_paused = true)]
async fn a_failure_in_terminate_is_the_reason_of_the_end(inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Panic).await;
    let Err(CallError::Exited(ExitReason::Panic(panic))) = mortal.stop().await else { panic!("a panic") };
    assert_eq!(panic.message(), "in terminate");
    let mortal = start(&inbox, Last::Fail).await;
    let failed = ExitReason::error(std::fmt::Error);
    assert_eq!(mortal.stop().await, Err(CallError::Exited(failed)));
}

/// Has no `#[terminate]`.
#[gen_statem(state)]
enum Lamp {
    Lit,
}

#[gen_statem(Lamp)]
struct Table;

#[gen_statem(Lamp)]
impl Table {
    #[init]
    fn init() -> (Self, Lit) {
        (Self, Lit)
    }
}

// SM-57, SM-58
#[behaviour::test(start_paused = true)]
async fn a_machine_needs_no_terminate(mut inbox: Inbox<()>) {
    for reason in [ExitReason::Normal, ExitReason::error("closing time")] {
        let (table, monitor) = Table::start().monitor().await.unwrap();
        table.stop().reason(reason.clone()).await.unwrap();
        assert_eq!(inbox.down_of(&monitor).await.reason, reason);
    }
}
