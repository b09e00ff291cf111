//! Machines among other processes: under supervisors, where a restart begins in the first state again; found by name,
//! linked and watched (otp.md 1.4, 1.5, 1.8 and 7; DESIGN 4).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};

const MS: Duration = Duration::from_millis(1);

#[gen_statem(state)]
#[derive(Debug)]
enum Door {
    Shut,
    Open { since: u32 },
}

/// Tells the test which states it enters.
#[gen_statem(Door, name = "the only doorman")]
struct Doorman {
    test: Process<String>,
    opened: u32,
}

struct Knock;

#[gen_statem(Door)]
impl Doorman {
    #[init]
    fn init(test: Process<String>) -> (Self, Shut) {
        (Self { test, opened: 0 }, Shut)
    }

    #[call]
    fn open(&mut self, _: Shut) -> (Open, u32) {
        self.opened += 1;
        (Open { since: self.opened }, self.opened)
    }

    #[call(open)]
    fn still(&self, open: &Open) -> u32 {
        open.since
    }

    #[cast(else = postpone)]
    fn shut(&mut self, _: Open) -> Shut {
        Shut
    }

    /// Is put off until the door is open.
    #[call(else = postpone)]
    fn go_through(&mut self, _: &Open) -> u32 {
        self.opened
    }

    #[cast]
    fn fall(&mut self, _: Door) -> Shut {
        panic!("over the threshold")
    }

    #[info]
    fn knock(&mut self, door: &Door, _: Knock) {
        self.test.send(format!("knock at {door:?}"));
    }

    #[state_timeout(50ms)]
    fn draught(&mut self, _: Open) -> Shut {
        Shut
    }

    #[enter]
    fn enter(&mut self, door: &Door) {
        self.test.send(format!("{door:?}"));
    }
}

#[supervisor(one_for_one, intensity = 10)]
struct House {
    test: Process<String>,
}

#[supervisor]
impl House {
    #[child]
    fn door(&self) -> Child<Doorman> {
        Doorman::child(self.test.clone())
    }
}

#[behaviour::test(start_paused = true)]
async fn a_restart_begins_in_the_first_state(mut inbox: Inbox<String>) {
    let house = House { test: inbox.process() }.start().await.unwrap();
    let door = house.door();
    assert_eq!(door.open().await, Ok(1));
    let (first, ended) = (door.pid(), door.ended());
    assert_eq!(process::whereis("the only doorman"), Some(first));
    door.fall();
    assert!(matches!(ended.await, ExitReason::Panic(_)));
    // The client names the child, not the incarnation.
    assert_eq!(door.state_name().await, Ok("Shut"));
    assert_ne!(door.pid(), first);
    assert_eq!(process::whereis("the only doorman"), Some(door.pid()));
    assert_eq!(door.open().await, Ok(1));
    for line in ["Shut", "Open { since: 1 }", "Shut", "Open { since: 1 }"] {
        assert_eq!(inbox.recv().await, line);
    }
    house.stop().await.unwrap();
    assert_eq!(process::whereis("the only doorman"), None);
}

#[behaviour::test(start_paused = true)]
async fn what_was_put_off_and_what_was_timed_die_with_the_incarnation(mut inbox: Inbox<String>) {
    let test = inbox.process();
    let doorman = Doorman::start(test.clone()).named("another doorman").await.unwrap();
    let (through, ()) = tokio::join!(doorman.go_through(), async {
        tokio::time::sleep(MS).await;
        doorman.fall();
    });
    assert!(matches!(through, Err(CallError::Exited(ExitReason::Panic(_)))));
    assert_eq!(inbox.recv().await, "Shut");

    let doorman = Doorman::start(test).named("another doorman").await.unwrap();
    doorman.open().await.unwrap();
    doorman.shut();
    doorman.shut();
    assert_eq!(doorman.open().await, Ok(2), "the second one waited for the door to be opened again");
    assert_eq!(doorman.state_name().await, Ok("Shut"));
    doorman.open().await.unwrap();
    doorman.kill();
    doorman.ended().await;
    tokio::time::sleep(100 * MS).await;
    let lines = std::iter::from_fn(|| inbox.try_next()).count();
    assert_eq!(lines, 6, "nothing fell shut after the end");
}

#[behaviour::test(start_paused = true)]
async fn a_machine_is_linked_watched_and_sent_to_like_any_process(mut inbox: Inbox<String>) {
    process::trap_exit(true);
    let doorman = Doorman::start(inbox.process()).named("a third doorman").await.unwrap();
    let monitor = doorman.monitor();
    doorman.link().unwrap();
    let found = Doorman::find("a third doorman").unwrap();
    assert_eq!(found, doorman);
    found.send(Knock);
    assert_eq!(found.open().await, Ok(1));
    found.send(Knock);
    for line in ["Shut", "knock at Shut", "Open { since: 1 }", "knock at Open { since: 1 }"] {
        assert_eq!(inbox.recv().await, line);
    }
    doorman.exit(ExitReason::error("boom"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("boom"));
    assert_eq!(inbox.exit_of(doorman.pid()).await.reason, ExitReason::error("boom"));
    assert_eq!(found.open().await, Err(CallError::NoProcess));
    assert!(format!("{doorman:?}").contains("Doorman"));
}

/// Works off its orders, of which it takes few at a time.
#[gen_statem(state)]
enum Work {
    Idle,
    #[terminal]
    AtWork,
}

#[gen_statem(Work, mailbox(capacity = 3, when_full = reject))]
struct Worker;

#[gen_statem(Work)]
impl Worker {
    #[init]
    fn init() -> (Self, Idle) {
        (Self, Idle)
    }

    #[call]
    async fn work(&mut self, _: Idle, time: Duration) -> AtWork {
        tokio::time::sleep(time).await;
        AtWork
    }

    #[call(work)]
    fn done(&mut self, _: &AtWork, _time: Duration) {}
}

#[behaviour::test(start_paused = true)]
async fn a_mailbox_may_be_bounded() {
    let worker = Worker::start().await.unwrap();
    assert_eq!(worker.state_name().await, Ok("Idle"));
    // One is at work, three wait.
    let calls = tokio::join!(worker.work(5 * MS), worker.work(MS), worker.work(MS), worker.work(MS), worker.work(MS),);
    assert_eq!(calls, (Ok(()), Ok(()), Ok(()), Ok(()), Err(CallError::Full)));
    assert_eq!(worker.state_name().await, Ok("AtWork"));
}
