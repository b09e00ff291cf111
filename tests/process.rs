//! Processes by themselves: how they end, what they receive, their names and timers (otp.md 1.1–1.3 and 1.8; rows PR and
//! PL). Links, monitors, aliases and starts have files of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::process::{self, Event, ExitReason, Inbox, Pid, Process, RegisterError};
use behaviour::testing::settle;

const MS: Duration = Duration::from_millis(1);

/// A process that lives until it is told to end.
fn sleeper() -> Process<ExitReason> {
    process::spawn(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

/// An error of 128 KB.
#[derive(Debug)]
struct Large(String);

impl Large {
    fn reason() -> ExitReason {
        ExitReason::error(Self("x".repeat(128 * 1024)))
    }

    fn is_whole(reason: &ExitReason) -> bool {
        reason.downcast_ref::<Self>().is_some_and(|large| large.0.len() == 128 * 1024)
    }
}

impl std::fmt::Display for Large {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Large {}

/// Tells when it is dropped.
struct Told(Arc<AtomicBool>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn told() -> (Told, Arc<AtomicBool>) {
    let flag = Arc::new(AtomicBool::new(false));
    (Told(Arc::clone(&flag)), flag)
}

// PL-02
#[behaviour::test(start_paused = true)]
async fn a_process_ends_as_its_life_does() {
    let done = process::spawn(|_: Inbox<()>| async {});
    assert_eq!(done.ended().await, ExitReason::Normal);
    let fine = process::spawn(|_: Inbox<()>| async { Ok::<_, std::fmt::Error>(()) });
    assert_eq!(fine.ended().await, ExitReason::Normal);
    let failed = process::spawn(|_: Inbox<()>| async { Err::<(), _>(std::fmt::Error) });
    assert!(failed.ended().await.downcast_ref::<std::fmt::Error>().is_some());
    // A reason is taken as it is, not wrapped.
    let ordered = process::spawn(|_: Inbox<()>| async { Err::<(), _>(ExitReason::Shutdown) });
    assert_eq!(ordered.ended().await, ExitReason::Shutdown);

    let list = Vec::<u8>::new();
    let panicked = process::spawn(|_: Inbox<()>| async move { assert_eq!(list.first(), Some(&1), "no match") });
    let ExitReason::Panic(panic) = panicked.ended().await else { panic!("it panicked") };
    assert!(panic.message().contains("no match"));
    assert!(panic.place().unwrap().starts_with(file!()));
    let thrown = process::spawn(|_: Inbox<()>| async { std::panic::panic_any(42_u8) });
    let ExitReason::Panic(panic) = thrown.ended().await else { panic!("it panicked") };
    assert_eq!(panic.with_payload(|value: &u8| *value), Some(42));
}

#[behaviour::test(start_paused = true)]
async fn the_present_process_is_known_wherever_it_runs(inbox: Inbox<()>) {
    assert_eq!(process::current(), Some(inbox.pid()));
    assert!(process::is_alive(inbox.pid()));
    let (answer, asked) = tokio::sync::oneshot::channel();
    let other = process::spawn(|inbox: Inbox<()>| async move {
        tokio::task::yield_now().await;
        answer.send(process::current() == Some(inbox.pid())).unwrap();
    });
    assert_eq!(asked.await, Ok(true));
    assert_ne!(other.pid(), inbox.pid());
    assert_eq!(tokio::spawn(async { process::current() }).await.unwrap(), None);
}

// otp.md 1.1: no pid is used twice, and a dead one finds nothing.
#[behaviour::test(start_paused = true)]
async fn a_pid_names_one_process_for_ever() {
    let mut pids = Vec::<Pid>::new();
    for _ in 0..100 {
        let process = process::spawn(|_: Inbox<()>| async {});
        process.ended().await;
        assert!(!process.is_alive() && !process::is_alive(process.pid()));
        pids.push(process.pid());
    }
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), 100);
}

// PR-37
#[behaviour::test(start_paused = true)]
async fn a_normal_exit_does_nothing_to_another() {
    let other = sleeper();
    process::exit(other.pid(), ExitReason::Normal);
    settle().await;
    assert!(other.is_alive());
    process::exit(other.pid(), ExitReason::Shutdown);
    assert_eq!(other.ended().await, ExitReason::Shutdown);
    process::exit(other.pid(), ExitReason::Shutdown);
}

// PR-38
#[behaviour::test(start_paused = true)]
async fn an_exit_that_a_trapping_process_sends_itself_is_a_message(mut inbox: Inbox<()>) {
    assert!(!process::trap_exit(true));
    for round in 0..200 {
        let reason = if round % 2 == 0 { ExitReason::Normal } else { ExitReason::error("self") };
        process::exit(inbox.pid(), reason.clone());
        let Some(Event::Exit(exit)) = inbox.try_next() else { panic!("the exit is there at once") };
        assert_eq!((exit.pid, exit.reason), (inbox.pid(), reason));
    }
    assert!(process::trap_exit(false));
}

// PR-39, PR-40, PR-41
#[behaviour::test(start_paused = true)]
async fn an_exit_that_a_process_sends_itself_ends_it() {
    for awaits in [true, false] {
        for reason in [ExitReason::Normal, ExitReason::error("die"), Large::reason(), ExitReason::Killed] {
            let (suicide, wanted) = (reason.clone(), reason);
            let (alive, dropped) = told();
            let process = process::spawn(move |inbox: Inbox<()>| async move {
                let _alive = alive;
                process::exit(inbox.pid(), suicide);
                if awaits {
                    tokio::task::yield_now().await;
                    unreachable!("nothing runs after it");
                }
                // Whatever it returns, it was ended before.
                Err::<(), _>("caught")
            });
            assert_eq!(process.ended().await, wanted);
            assert!(dropped.load(Ordering::SeqCst));
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn a_large_reason_arrives_whole() {
    let process = sleeper();
    process::exit(process.pid(), Large::reason());
    assert!(Large::is_whole(&process.ended().await));
}

// otp.md 1.3: a kill cannot be trapped; an exit that is, is read when it is received.
#[behaviour::test(start_paused = true)]
async fn a_kill_ends_a_process_that_traps_exits() {
    let trapping = process::spawn(|mut inbox: Inbox<()>| async move {
        process::trap_exit(true);
        loop {
            inbox.next().await;
        }
    });
    settle().await;
    process::exit(trapping.pid(), ExitReason::Killed);
    process::exit(trapping.pid(), ExitReason::error("trapped"));
    settle().await;
    assert!(trapping.is_alive());
    process::kill(trapping.pid());
    assert_eq!(trapping.ended().await, ExitReason::Killed);
}

// otp.md 1.1: who hears of the end finds everything gone.
#[behaviour::test(start_paused = true)]
async fn what_a_process_held_is_dropped_before_anybody_hears_of_its_end(mut inbox: Inbox<()>) {
    let ((held, dropped), (waiting, lost)) = (told(), told());
    let (process, monitor) = process::spawn_monitor(|mut inbox: Inbox<Told>| async move {
        let _held = held;
        inbox.receive(|_| false).await;
    });
    process.send(waiting);
    process::register("holder", process.pid()).unwrap();
    settle().await;
    process::kill(process.pid());
    inbox.down_of(&monitor).await;
    assert!(dropped.load(Ordering::SeqCst) && lost.load(Ordering::SeqCst));
    assert!(!process.is_alive());
    assert_eq!(process::whereis("holder"), None);
    // What is sent to it now is dropped by the sender.
    let (late, refused) = told();
    process.send(late);
    assert!(refused.load(Ordering::SeqCst));
}

#[behaviour::test(start_paused = true)]
async fn a_receive_takes_the_first_match_and_leaves_the_rest(mut inbox: Inbox<u32>) {
    let test = inbox.process();
    for n in 0..6 {
        test.send(n);
    }
    assert_eq!(inbox.receive(|n| n % 2 == 1).await, 1);
    assert_eq!(inbox.receive(|n| n % 2 == 1).await, 3);
    // One that matches nothing and is given up has taken nothing.
    assert!(tokio::time::timeout(MS, inbox.receive(|n| *n > 9)).await.is_err());
    test.send(10);
    assert_eq!(inbox.receive(|n| *n > 9).await, 10);
    let gone = process::monitor(sleeper_that_ended().await);
    test.send(11);
    // `Down`s keep their place among the messages, and are not received as such.
    assert_eq!([inbox.recv().await, inbox.recv().await], [0, 2]);
    assert_eq!(inbox.select(|event| matches!(event, Event::Message(11))).await, Event::Message(11));
    assert_eq!([inbox.next().await, inbox.next().await], [Event::Message(4), Event::Message(5)]);
    assert!(matches!(inbox.next().await, Event::Down(down) if down.monitor == gone.reference()));
    assert_eq!(inbox.try_next(), None);
}

async fn sleeper_that_ended() -> Pid {
    let process = sleeper();
    process.send(ExitReason::Normal);
    process.ended().await;
    process.pid()
}

// otp.md 1.9
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_sender_arrive_in_order(mut inbox: Inbox<(usize, usize)>) {
    for sender in 0..4 {
        let test = inbox.process();
        process::spawn(move |_: Inbox<()>| async move {
            for n in 0..1_000 {
                test.send((sender, n));
                if n % 100 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    let mut next = [0; 4];
    for _ in 0..4_000 {
        let (sender, n) = inbox.recv().await;
        assert_eq!(next[sender], n);
        next[sender] += 1;
    }
}

// PR-44
#[behaviour::test(start_paused = true)]
async fn a_name_belongs_to_one_living_process(inbox: Inbox<()>) {
    let (one, other) = (sleeper(), sleeper());
    assert_eq!(process::register("one", one.pid()), Ok(()));
    assert_eq!(process::whereis("one"), Some(one.pid()));
    assert_eq!(process::register("one", other.pid()), Err(RegisterError::Taken(one.pid())));
    assert_eq!(process::register("two", one.pid()), Err(RegisterError::Named("one".into())));
    assert_eq!(process::whereis("two"), None);
    let dead = sleeper_that_ended().await;
    assert_eq!(process::register("dead", dead), Err(RegisterError::NoProcess));
    assert_eq!(process::whereis("dead"), None);

    assert!(process::unregister("one"));
    assert!(!process::unregister("one"));
    assert_eq!(process::whereis("one"), None);
    assert_eq!(process::register("two", one.pid()), Ok(()));
    assert_eq!(process::register("one", inbox.pid()), Ok(()));
    one.send(ExitReason::Normal);
    one.ended().await;
    assert_eq!(process::whereis("two"), None);
    assert_eq!(process::whereis("one"), Some(inbox.pid()));
}

// PR-45
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_can_be_given_on_right_after_its_owner_was_killed() {
    for _ in 0..1_000 {
        let owner = sleeper();
        while let Err(taken) = process::register("given on", owner.pid()) {
            // Either it was found before it was gone, and can be robbed, or it is gone.
            assert!(matches!(taken, RegisterError::Taken(_)), "{taken}");
            process::unregister("given on");
        }
        assert_eq!(process::whereis("given on"), Some(owner.pid()));
        process::kill(owner.pid());
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_given_to_a_process_that_ends_meanwhile_is_free_again() {
    for round in 0..3_000 {
        let ending = process::spawn(|_: Inbox<()>| async {});
        (0..round % 300 * 10).for_each(|_| std::hint::spin_loop());
        let given = process::register("too late", ending.pid());
        assert!(matches!(given, Ok(()) | Err(RegisterError::NoProcess)), "{round}: {given:?}");
        if round % 2 == 0 {
            process::unregister("too late");
            process::register("later still", ending.pid()).ok();
        }
        ending.ended().await;
        assert_eq!((process::whereis("too late"), process::whereis("later still")), (None, None), "{round}");
    }
}

// otp.md 1.9
#[behaviour::test(start_paused = true)]
async fn timers_fire_in_the_order_of_their_times(mut inbox: Inbox<u32>) {
    let start = tokio::time::Instant::now();
    for (after, number) in [(30, 3), (10, 1), (20, 2), (0, 0)] {
        inbox.send_after(after * MS, number);
    }
    for number in 0..4 {
        assert_eq!(inbox.recv().await, number);
        assert_eq!(start.elapsed(), number * 10 * MS);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_timer_that_is_cancelled_tells_what_was_left(mut inbox: Inbox<&'static str>) {
    let (early, late) = (inbox.send_after(10 * MS, "early"), inbox.send_after(100 * MS, "late"));
    tokio::time::sleep(40 * MS).await;
    assert_eq!(late.cancel(), Some(60 * MS));
    assert_eq!(late.cancel(), None);
    // One that has fired leaves its message where it is.
    assert_eq!(early.cancel(), None);
    tokio::time::sleep(100 * MS).await;
    assert_eq!(inbox.try_next(), Some(Event::Message("early")));
    assert_eq!(inbox.try_next(), None);
}

#[behaviour::test(start_paused = true)]
async fn the_timers_of_a_process_die_with_it() {
    let (message, dropped) = told();
    let (give, timer) = tokio::sync::oneshot::channel();
    let process = process::spawn(|mut inbox: Inbox<Told>| async move {
        give.send(inbox.send_after(1_000 * MS, message)).ok();
        inbox.recv().await;
    });
    let timer = timer.await.unwrap();
    assert!(!dropped.load(Ordering::SeqCst));
    process::kill(process.pid());
    process.ended().await;
    assert!(dropped.load(Ordering::SeqCst));
    assert_eq!(timer.cancel(), None);
}
