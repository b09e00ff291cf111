//! Processes: links, monitors, exits, names, timers, selective receive (otp.md 1 and 2; rows PR and PL).

use std::time::Duration;

use behaviour::process::{self, CallError, Event, ExitReason, Inbox, Process, RegisterError};

const MS: Duration = Duration::from_millis(1);

/// A process that lives until it is told to end.
fn sleeper() -> Process<ExitReason> {
    process::spawn(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

fn linked_sleeper() -> Process<ExitReason> {
    process::spawn_link(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

/// Lets everything else run until nothing is left to do.
async fn settle() {
    tokio::time::sleep(MS).await;
}

// PR-01
#[behaviour::test(start_paused = true)]
async fn a_link_goes_both_ways_and_is_consumed_when_it_fires(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let child = linked_sleeper();
    assert_eq!(process::links(), [child.pid()]);
    process::unlink(child.pid());
    assert!(process::links().is_empty());
    process::link(child.pid()).unwrap();
    process::link(child.pid()).unwrap();
    process::link(inbox.pid()).unwrap();
    assert_eq!(process::links(), [child.pid()]);
    child.send(ExitReason::error("boom"));
    let exit = inbox.exit().await;
    assert_eq!((exit.pid, exit.reason), (child.pid(), ExitReason::error("boom")));
    assert!(process::links().is_empty());
}

// PR-01
#[behaviour::test(start_paused = true)]
async fn a_process_that_does_not_trap_exits_dies_with_its_link(mut inbox: Inbox<()>) {
    let (outer, inner) = {
        let inner = sleeper();
        let pid = inner.pid();
        let outer = process::spawn(move |mut inbox: Inbox<()>| async move {
            process::link(pid).unwrap();
            inbox.recv().await;
        });
        (outer, inner)
    };
    let monitor = process::monitor(outer.pid());
    settle().await;
    inner.send(ExitReason::error("boom"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("boom"));
}
