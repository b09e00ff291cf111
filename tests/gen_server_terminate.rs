//! How a server ends: when `#[terminate]` runs and with which reason, what comes before and after it, and what a stop
//! tells the one who asked for it (otp.md 2.2 and 4.4; rows GS-38, GS-47, GS-48, PL-14, XGS-13).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};

const MS: Duration = Duration::from_millis(1);

/// What `#[terminate]` does when it has told the test.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Nothing,
    Sleep,
    Hang,
    Panic,
    Fail,
}

/// Tells the test of its end.
#[gen_server]
struct Mortal {
    test: Process<String>,
    last: Last,
    served: u32,
}

struct Poke;

impl Drop for Mortal {
    fn drop(&mut self) {
        self.test.send("dropped".into());
    }
}

#[gen_server]
impl Mortal {
    #[init]
    fn init(cx: &mut Context<Self>, test: Process<String>, last: Last, trap: bool) -> Self {
        cx.trap_exit(trap);
        Self { test, last, served: 0 }
    }

    #[call]
    fn serve(&mut self) -> u32 {
        self.served += 1;
        self.served
    }

    #[call]
    fn last_words(&mut self, cx: &mut Context<Self>, reason: ExitReason) -> &'static str {
        cx.stop(reason);
        "bye"
    }

    #[call]
    async fn late_last_words(&mut self, cx: &mut Context<Self>, reason: ExitReason) -> &'static str {
        tokio::time::sleep(MS).await;
        cx.stop(reason);
        "bye"
    }

    #[call(later)]
    fn no_word(&mut self, reply: Reply<()>, cx: &mut Context<Self>, reason: ExitReason) -> Later {
        cx.stop(reason);
        drop(reply);
        Later
    }

    #[call]
    async fn stop_yourself(&mut self, cx: &mut Context<Self>) -> Result<(), CallError> {
        cx.client().stop().await
    }

    #[call]
    fn panic(&mut self) -> u32 {
        self.served += 1;
        panic!("in a call")
    }

    #[cast]
    fn end(&mut self, cx: &mut Context<Self>, reason: ExitReason) {
        cx.stop(reason);
    }

    #[cast]
    fn fail(&mut self) -> Result<(), std::fmt::Error> {
        self.served += 1;
        Err(std::fmt::Error)
    }

    #[info]
    fn poke(&mut self, _: Poke) {
        panic!("in an info")
    }

    #[info]
    fn exit(&mut self, exit: Exit) {
        self.test.send(format!("exit: {}", exit.reason));
    }

    #[terminate]
    async fn die(&mut self, reason: ExitReason) -> Result<(), std::fmt::Error> {
        self.test.send(format!("terminate: {reason}, {} served", self.served));
        match self.last {
            Last::Nothing => {}
            Last::Sleep => tokio::time::sleep(100 * MS).await,
            Last::Hang => std::future::pending().await,
            Last::Panic => panic!("in terminate"),
            Last::Fail => return Err(std::fmt::Error),
        }
        Ok(())
    }
}

/// What has been told until now.
fn told(inbox: &mut Inbox<String>) -> Vec<String> {
    std::iter::from_fn(|| inbox.try_next())
        .filter_map(|event| if let process::Event::Message(line) = event { Some(line) } else { None })
        .collect()
}

async fn start(inbox: &Inbox<String>, last: Last) -> MortalClient {
    Mortal::start(inbox.process(), last, false).await.unwrap()
}

// GS-21, GS-38: also under a parent that has a name.
#[behaviour::test(start_paused = true)]
async fn a_stop_in_a_callback_runs_terminate(mut inbox: Inbox<String>) {
    process::trap_exit(true);
    process::register("the parent", inbox.pid()).unwrap();
    let mortal = Mortal::start_link(inbox.process(), Last::Nothing, false).await.unwrap();
    mortal.end(ExitReason::error("enough"));
    assert_eq!(inbox.exit_of(mortal.pid()).await.reason, ExitReason::error("enough"));
    assert_eq!(told(&mut inbox), ["terminate: enough, 0 served", "dropped"]);
}

// GS-48
#[behaviour::test(start_paused = true)]
async fn a_crash_runs_terminate_with_the_state_as_it_is(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    let Err(CallError::Exited(ExitReason::Panic(panic))) = mortal.panic().await else { panic!("a panic") };
    assert_eq!(panic.message(), "in a call");
    assert_eq!(told(&mut inbox), ["terminate: panicked: in a call, 1 served", "dropped"]);
    let mortal = start(&inbox, Last::Nothing).await;
    let monitor = mortal.monitor();
    mortal.send(Poke);
    let ExitReason::Panic(panic) = inbox.down_of(&monitor).await.reason else { panic!("a panic") };
    assert_eq!(panic.message(), "in an info");
    assert_eq!(told(&mut inbox), ["terminate: panicked: in an info, 0 served", "dropped"]);
    let mortal = start(&inbox, Last::Nothing).await;
    mortal.fail();
    assert_eq!(mortal.ended().await, ExitReason::error(std::fmt::Error));
    let line = format!("terminate: {}, 1 served", std::fmt::Error);
    assert_eq!(told(&mut inbox), [line.as_str(), "dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn a_stop_from_outside_runs_terminate(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    mortal.stop().reason(ExitReason::Shutdown).await.unwrap();
    assert_eq!(told(&mut inbox), ["terminate: shutdown, 0 served", "dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn the_exit_of_the_parent_runs_terminate_if_it_is_trapped(mut inbox: Inbox<String>) {
    for (trap, reason, lines) in [
        (true, ExitReason::error("boom"), vec!["terminate: boom, 0 served", "dropped"]),
        (true, ExitReason::Normal, vec!["terminate: normal, 0 served", "dropped"]),
        (false, ExitReason::error("boom"), vec!["dropped"]),
        (false, ExitReason::Normal, vec![]),
    ] {
        let test = inbox.process();
        let (tell, told_pid) = tokio::sync::oneshot::channel();
        process::spawn(move |_: Inbox<()>| async move {
            let mortal = Mortal::start_link(test, Last::Nothing, trap).await.unwrap();
            tell.send(mortal).unwrap();
            if reason == ExitReason::Normal { Ok(()) } else { Err(reason) }
        });
        let mortal = told_pid.await.unwrap();
        tokio::time::sleep(MS).await;
        assert_eq!(told(&mut inbox), lines);
        assert_eq!(mortal.is_alive(), lines.is_empty());
        mortal.kill();
        mortal.ended().await;
        told(&mut inbox);
    }
}

#[behaviour::test(start_paused = true)]
async fn an_exit_of_a_stranger_is_a_message_or_the_end(mut inbox: Inbox<String>) {
    let trapping = Mortal::start(inbox.process(), Last::Nothing, true).await.unwrap();
    trapping.exit(ExitReason::error("boom"));
    assert_eq!(trapping.serve().await, Ok(1));
    assert_eq!(told(&mut inbox), ["exit: boom"]);
    let plain = start(&inbox, Last::Nothing).await;
    plain.exit(ExitReason::error("boom"));
    assert_eq!(plain.ended().await, ExitReason::error("boom"));
    assert_eq!(told(&mut inbox), ["dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn a_kill_leaves_no_time_to_terminate(mut inbox: Inbox<String>) {
    let mortal = Mortal::start(inbox.process(), Last::Nothing, true).await.unwrap();
    mortal.kill();
    assert_eq!(mortal.ended().await, ExitReason::Killed);
    assert_eq!(told(&mut inbox), ["dropped"]);
    // Not even half of it.
    let mortal = Mortal::start(inbox.process(), Last::Sleep, true).await.unwrap();
    assert_eq!(mortal.stop().within(MS).await, Err(CallError::Timeout));
    assert_eq!(told(&mut inbox), ["terminate: normal, 0 served"]);
    mortal.kill();
    assert_eq!(mortal.ended().await, ExitReason::Killed);
}

#[behaviour::test(start_paused = true)]
async fn a_reply_is_sent_after_terminate(mut inbox: Inbox<String>) {
    let reason = ExitReason::error("enough");
    for last in [Last::Nothing, Last::Sleep, Last::Panic, Last::Fail] {
        let (before, mortal) = (tokio::time::Instant::now(), start(&inbox, last).await);
        assert_eq!(mortal.last_words(reason.clone()).await, Ok("bye"));
        assert_eq!(before.elapsed() >= 100 * MS, last == Last::Sleep);
        assert!(!mortal.is_alive());
        assert_eq!(told(&mut inbox), ["terminate: enough, 0 served", "dropped"]);
        let mortal = start(&inbox, last).await;
        assert_eq!(mortal.late_last_words(reason.clone()).await, Ok("bye"));
        assert_eq!(told(&mut inbox), ["terminate: enough, 0 served", "dropped"]);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_call_without_reply_hears_of_the_end(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    let reason = ExitReason::shutdown_with("enough");
    let silent = mortal.no_word(reason.clone()).await;
    assert!(matches!(silent, Err(CallError::NoReply | CallError::Exited(_))), "{silent:?}");
    assert_eq!(mortal.ended().await, reason);
    assert_eq!(told(&mut inbox), ["terminate: shutdown: enough, 0 served", "dropped"]);
}

#[behaviour::test(start_paused = true)]
async fn calls_that_wait_behind_the_end_are_told(inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Sleep).await;
    mortal.end(ExitReason::Shutdown);
    let (queued, late) = tokio::join!(mortal.serve(), async {
        tokio::time::sleep(50 * MS).await;
        mortal.serve().await
    });
    let end = Err(CallError::Exited(ExitReason::Shutdown));
    assert_eq!((queued, late), (end.clone(), end));
}

// GS-47, PL-14
#[behaviour::test(start_paused = true)]
async fn a_failure_in_terminate_is_the_reason_of_the_end(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Panic).await;
    let Err(CallError::Exited(ExitReason::Panic(panic))) = mortal.stop().await else { panic!("a panic") };
    assert_eq!(panic.message(), "in terminate");
    let mortal = start(&inbox, Last::Fail).await;
    let failed = ExitReason::error(std::fmt::Error);
    assert_eq!(mortal.stop().await, Err(CallError::Exited(failed)));
    assert_eq!(told(&mut inbox).len(), 4);
}

// PL-14, GS-05
#[behaviour::test(start_paused = true)]
async fn a_stop_may_have_a_limit_and_acts_all_the_same(mut inbox: Inbox<String>) {
    for limit in [Duration::ZERO, 99 * MS] {
        let mortal = start(&inbox, Last::Sleep).await;
        let before = tokio::time::Instant::now();
        assert_eq!(mortal.stop().within(limit).await, Err(CallError::Timeout));
        assert_eq!(before.elapsed(), limit);
        assert_eq!(mortal.ended().await, ExitReason::Normal);
        assert_eq!(before.elapsed(), 100 * MS);
        assert_eq!(mortal.stop().await, Err(CallError::NoProcess));
        told(&mut inbox);
    }
    let mortal = start(&inbox, Last::Hang).await;
    assert_eq!(mortal.stop().within(Duration::from_hours(1)).await, Err(CallError::Timeout));
}

// PL-14: a process that ends with the reason that was asked for counts as stopped.
#[behaviour::test(start_paused = true)]
async fn a_stop_tells_if_the_server_ended_otherwise(inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Sleep).await;
    let (stopped, ()) = tokio::join!(mortal.stop().reason(ExitReason::Killed), async {
        tokio::time::sleep(MS).await;
        mortal.kill();
    });
    assert_eq!(stopped, Ok(()));
    let mortal = start(&inbox, Last::Sleep).await;
    let (stopped, ()) = tokio::join!(mortal.stop(), async {
        tokio::time::sleep(MS).await;
        mortal.kill();
    });
    assert_eq!(stopped, Err(CallError::Exited(ExitReason::Killed)));
}

// XGS-13
#[behaviour::test(start_paused = true)]
async fn a_server_that_waits_for_its_own_stop_is_told(mut inbox: Inbox<String>) {
    let mortal = start(&inbox, Last::Nothing).await;
    assert_eq!(mortal.stop_yourself().await, Ok(Err(CallError::CallingSelf)));
    assert_eq!(mortal.serve().await, Ok(1));
    assert_eq!(told(&mut inbox), [""; 0]);
}
