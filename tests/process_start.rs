//! Starts and stops that are acknowledged: when the starter goes on, the process has said that it runs, or is gone
//! (otp.md 2.1; rows PL-03 to PL-09 and PL-14). Failed starts in every form are in `gen_server_init.rs`, stops of
//! servers with a difficult `#[terminate]` in `gen_server_terminate.rs`.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Event};
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);

/// Takes a while to start.
#[gen_server]
struct Slow;

#[gen_server]
impl Slow {
    #[init]
    async fn init(takes: Duration) -> Self {
        tokio::time::sleep(takes).await;
        Self
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    /// Never done.
    #[cast]
    async fn hang(&mut self) {
        std::future::pending::<()>().await;
    }

    /// Is asked to end, and does so for another reason.
    #[terminate]
    fn close(&mut self, reason: ExitReason) {
        assert!(!reason.to_string().contains("refused"), "for another reason");
    }
}

/// Everything that is in the inbox when nothing is left to do.
async fn left(inbox: &mut Inbox<()>) -> Vec<Event<()>> {
    tokio::time::sleep(MS).await;
    std::iter::from_fn(|| inbox.try_next()).collect()
}

// PL-03
#[behaviour::test(start_paused = true)]
async fn a_start_goes_on_when_the_process_has_said_that_it_runs(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let before = Instant::now();
    let slow = Slow::start(100 * MS).await.unwrap();
    assert_eq!(before.elapsed(), 100 * MS);
    assert!(process::links().is_empty());
    slow.end(ExitReason::Normal);
    slow.ended().await;
    assert_eq!(left(&mut inbox).await, []);
}

// PL-05
#[behaviour::test(start_paused = true)]
async fn a_start_with_a_monitor_is_told_of_the_end_once(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let before = Instant::now();
    let (slow, monitor) = Slow::start(100 * MS).monitor().await.unwrap();
    assert_eq!(before.elapsed(), 100 * MS);
    assert_eq!((monitor.pid(), process::monitors().0), (Some(slow.pid()), vec![slow.pid()]));
    slow.end(ExitReason::Normal);
    let [Event::Down(down)] = &left(&mut inbox).await[..] else { panic!("a `Down` and no `Exit`") };
    assert_eq!((down.monitor, down.pid, &down.reason), (monitor.reference(), slow.pid(), &ExitReason::Normal));
}

// PL-06
#[behaviour::test(start_paused = true)]
async fn a_start_with_a_monitor_and_a_link_is_told_by_both(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for reason in [ExitReason::Normal, ExitReason::error("boom")] {
        let (slow, monitor) = Slow::start_link(100 * MS).monitor().await.unwrap();
        assert_eq!(process::links(), [slow.pid()]);
        slow.end(reason.clone());
        assert_eq!(inbox.down_of(&monitor).await.reason, reason);
        assert_eq!(inbox.exit_of(slow.pid()).await.reason, reason);
        assert_eq!(left(&mut inbox).await, []);
    }
}

// PL-07, PL-08, PL-09: a start that fails gives no monitor, so there is no `Down` to expect.
#[behaviour::test(start_paused = true)]
async fn a_start_that_takes_too_long_leaves_nothing_behind(mut inbox: Inbox<()>) {
    for traps in [true, false] {
        process::trap_exit(traps);
        for form in 0..4 {
            let before = Instant::now();
            let start = Slow::start(Duration::from_hours(1)).named("too slow").within(500 * MS);
            let error = match form {
                0 => start.await.err(),
                1 => start.link().await.err(),
                2 => start.monitor().await.err(),
                _ => start.link().monitor().await.err(),
            };
            assert_eq!((error, before.elapsed()), (Some(StartError::Timeout), 500 * MS));
            assert_eq!(process::whereis("too slow"), None);
            assert_eq!(left(&mut inbox).await, []);
            assert!(process::links().is_empty() && process::monitors().0.is_empty());
        }
    }
}

// PL-09, from the side of somebody else, who found the process by its name while it started.
#[behaviour::test(start_paused = true)]
async fn others_hear_of_the_end_of_a_process_that_does_not_start(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    process::spawn(|_: Inbox<()>| async {
        let start = Slow::start(Duration::from_hours(1)).named("not to be").monitor().within(500 * MS);
        assert_eq!(start.await.err(), Some(StartError::Timeout));
    });
    tokio::time::sleep(MS).await;
    let monitor = process::monitor_name("not to be");
    process::link(monitor.pid().unwrap()).unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Killed);
    assert_eq!(inbox.exit_of(monitor.pid().unwrap()).await.reason, ExitReason::Killed);
}

// PL-14
#[behaviour::test(start_paused = true)]
async fn a_stop_goes_on_when_the_process_is_gone() {
    let slow = Slow::start(MS).named("stopped").await.unwrap();
    assert_eq!(Slow::find("stopped"), Some(slow.clone()));
    assert_eq!(slow.stop().await, Ok(()));
    assert_eq!((slow.is_alive(), process::whereis("stopped")), (false, None));
    assert_eq!(slow.stop().await, Err(CallError::NoProcess));
    assert_eq!(Slow::find("stopped"), None);

    let slow = Slow::start(MS).await.unwrap();
    assert_eq!(slow.stop().reason(ExitReason::error("enough")).await, Ok(()));
    assert_eq!(slow.ended().await, ExitReason::error("enough"));
}

// PL-14
#[behaviour::test(start_paused = true)]
async fn a_stop_tells_when_the_process_ended_otherwise() {
    // It ends of what was sent before.
    let slow = Slow::start(MS).await.unwrap();
    slow.end(ExitReason::error("die"));
    assert_eq!(slow.stop().await, Err(CallError::Exited(ExitReason::error("die"))));
    let slow = Slow::start(MS).await.unwrap();
    let stopped = slow.stop().reason(ExitReason::error("refused")).await;
    assert!(
        matches!(&stopped, Err(CallError::Exited(ExitReason::Panic(panic))) if panic.message() == "for another reason")
    );
}

// PL-14
#[behaviour::test(start_paused = true)]
async fn a_stop_of_a_process_that_hangs_has_a_limit() {
    for limit in [1_000 * MS, Duration::ZERO] {
        let slow = Slow::start(MS).await.unwrap();
        slow.hang();
        let before = Instant::now();
        assert_eq!(slow.stop().within(limit).await, Err(CallError::Timeout));
        assert_eq!((before.elapsed(), slow.is_alive()), (limit, true));
        slow.kill();
        assert_eq!(slow.ended().await, ExitReason::Killed);
    }
    // Without a limit worth the name it still acts.
    let slow = Slow::start(MS).await.unwrap();
    let stopped = slow.stop().within(Duration::ZERO).await;
    assert!(matches!(stopped, Err(CallError::Timeout) | Ok(())));
    assert_eq!(slow.ended().await, ExitReason::Normal);
}
