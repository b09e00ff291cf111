//! How a machine fails: errors and panics of its handlers, kills while they wait, what becomes of the state that one had
//! taken, and who is told (otp.md 4.4, 6.3 and 6.8; DESIGN 4).

use std::sync::Arc;

use behaviour::prelude::*;
use behaviour::process::{self, Process};
use tokio::time::{Instant, sleep};

use mortal::{Last, MS, start, told};

#[path = "gen_statem/mortal.rs"]
mod mortal;

#[behaviour::test(start_paused = true)]
async fn an_error_of_a_handler_is_a_reply_or_the_end(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    assert_eq!(mortal.divide(2).await, Ok(Ok(3)));
    assert_eq!(mortal.divide(0).await, Ok(Err("by zero")));
    mortal.fail();
    assert_eq!(mortal.ended().await, ExitReason::error(std::fmt::Error));
    let line = format!("terminate: {}, Ill {{ days: 7 }}", std::fmt::Error);
    assert_eq!(told(&mut inbox), [line.as_str(), "dropped"]);
}

// The reply of such a call is what stands beside the state.
#[behaviour::test(start_paused = true)]
async fn a_call_that_fails_on_the_way_is_answered_if_there_is_a_reply(inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    assert_eq!(mortal.fall_ill_or_fail(false).await, Ok(()));
    assert_eq!(mortal.state_name().await, Ok("Ill"));
    let failed = ExitReason::error(std::fmt::Error);
    assert_eq!(mortal.fall_ill_or_fail(true).await, Err(CallError::Exited(failed.clone())));
    let mortal = start(&inbox, Last::Nothing).await;
    assert_eq!(mortal.fail_with_words().await, Ok("it hurts"));
    assert_eq!(mortal.ended().await, failed);
}

#[behaviour::test(start_paused = true)]
async fn a_panic_ends_the_machine_with_the_state_as_it_is(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    let Err(CallError::Exited(ExitReason::Panic(panic))) = mortal.panic().await else { panic!("a panic") };
    assert_eq!(panic.message(), "in a call");
    assert_eq!(told(&mut inbox), ["terminate: panicked: in a call, Ill { days: 5 }", "dropped"]);
}

// A handler that took the state by value has taken it along: there is none to give to `#[terminate]`.
#[behaviour::test(start_paused = true)]
async fn a_state_that_was_taken_is_lost_with_its_handler(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    let Err(CallError::Exited(ExitReason::Panic(panic))) = mortal.panic_on_the_way().await else { panic!("a panic") };
    assert_eq!(panic.message(), "on the way");
    assert_eq!(mortal.ask().await, Err(CallError::NoProcess));
    assert_eq!(told(&mut inbox), ["dropped"]);
    let mortal = start(&inbox, Last::Nothing).await;
    mortal.fail_on_the_way();
    assert_eq!(mortal.ended().await, ExitReason::error(std::fmt::Error));
    assert_eq!(told(&mut inbox), ["dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn a_kill_ends_a_handler_that_waits_and_the_state_with_it(mut inbox: Inbox<String>) {
    for reason in [ExitReason::Killed, ExitReason::error("boom")] {
        let mortal = start(&inbox, Last::Nothing).await;
        let end = async {
            sleep(5 * MS).await;
            if reason == ExitReason::Killed { mortal.kill() } else { mortal.exit(reason.clone()) }
        };
        let before = Instant::now();
        let (travelled, never, ()) = tokio::join!(mortal.travel(1000 * MS), mortal.never(), end);
        assert_eq!(before.elapsed(), 5 * MS);
        let exited = Err(CallError::Exited(reason.clone()));
        assert_eq!((travelled, never), (exited.clone(), exited));
        assert_eq!(told(&mut inbox), ["dropped"]);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_stop_waits_for_a_handler_that_waits(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    let (travelled, stopped) = tokio::join!(mortal.travel(10 * MS), mortal.stop());
    assert_eq!((travelled, stopped), (Ok(()), Ok(())));
    assert_eq!(told(&mut inbox), ["enter: Ill { days: 2 }", "terminate: normal, Ill { days: 2 }", "dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn callers_that_were_put_off_are_told_of_the_end(mut inbox: Inbox<String>) {
    for reason in [ExitReason::Shutdown, ExitReason::error("boom"), ExitReason::Killed] {
        let mortal = start(&inbox, Last::Sleep).await;
        let end = async {
            sleep(5 * MS).await;
            if reason == ExitReason::Killed { mortal.kill() } else { mortal.end(reason.clone()) }
        };
        let (one, two, kept, ()) = tokio::join!(mortal.never(), mortal.never(), mortal.keep(), end);
        let exited = CallError::Exited(reason.clone());
        assert_eq!((one, two, kept), (Err(exited.clone()), Err(exited.clone()), Err(exited)));
        mortal.ended().await;
        told(&mut inbox);
    }
}

/// Holds something in its state.
#[gen_statem(state)]
enum Cup {
    Full {
        token: Arc<()>,
    },
    #[terminal]
    Empty,
}

#[gen_statem(Cup)]
struct Table;

#[gen_statem(Cup)]
impl Table {
    #[init]
    fn init(token: Arc<()>) -> (Self, Full) {
        (Self, Full { token })
    }

    #[call]
    fn drink(&mut self, full: Full) -> (Empty, usize) {
        (Empty, Arc::strong_count(&full.token))
    }

    #[call(drink)]
    fn nothing(&self, _: &Empty) -> usize {
        0
    }

    #[cast(else = ignore)]
    fn spill(&mut self, _: Full) -> Empty {
        panic!("all over the table")
    }
}

#[behaviour::test(start_paused = true)]
async fn a_state_is_dropped_as_it_is_left_and_with_its_machine() {
    let token = Arc::new(());
    let table = Table::start(Arc::clone(&token)).await.unwrap();
    assert_eq!(table.drink().await, Ok(2));
    assert_eq!(Arc::strong_count(&token), 1);
    assert_eq!(table.drink().await, Ok(0));
    for way in 0..3 {
        let table = Table::start(Arc::clone(&token)).await.unwrap();
        assert_eq!(Arc::strong_count(&token), 2);
        match way {
            0 => table.stop().await.unwrap(),
            1 => table.kill(),
            _ => table.spill(),
        }
        table.ended().await;
        assert_eq!(Arc::strong_count(&token), 1);
    }
}

/// Its `#[terminate]` does not ask for the state, so it runs whatever became of that.
#[gen_statem(Side)]
struct Coin {
    test: Process<String>,
}

#[gen_statem(state)]
enum Side {
    Heads,
    Tails,
}

#[gen_statem(Side)]
impl Coin {
    #[init]
    fn init(test: Process<String>) -> (Self, Heads) {
        (Self { test }, Heads)
    }

    #[cast]
    fn toss(&mut self, _: Heads) -> Tails {
        panic!("it rolls away")
    }

    #[cast(toss)]
    fn back(&mut self, _: Tails) -> Heads {
        Heads
    }

    #[terminate]
    fn end(&mut self, cx: &mut Context<Self>, reason: ExitReason) {
        let alive = process::is_alive(cx.pid());
        self.test.send(format!("{reason}, {alive}"));
    }
}

#[behaviour::test(start_paused = true)]
async fn a_terminate_without_a_state_runs_even_if_that_is_lost(mut inbox: Inbox<String>) {
    let coin = Coin::start(inbox.process()).await.unwrap();
    coin.toss();
    assert_eq!(inbox.recv().await, "panicked: it rolls away, true");
    assert!(matches!(coin.ended().await, ExitReason::Panic(_)));
}
