//! Links: how ends pass from process to process, and that both sides of a link agree whatever happens at one instant
//! (otp.md 1.3 and 1.4; rows PR-01 to PR-07, PR-27, PR-28, PR-35 and PR-43).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::process::{self, CallError, Event, ExitReason, Inbox, Pid, Process};
use behaviour::testing::settle;
use tokio::sync::Barrier;

use random::Random;

#[path = "support/random.rs"]
mod random;

/// A process that lives until it is told to end.
fn sleeper() -> Process<ExitReason> {
    process::spawn(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

fn linked_sleeper() -> Process<ExitReason> {
    process::spawn_link(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

/// Links (true) and unlinks.
fn steps(random: &mut Random) -> Vec<bool> {
    (0..=random.next() % 50).map(|_| random.next().is_multiple_of(2)).collect()
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
    process::unlink(inbox.pid());
    assert_eq!(process::links(), [child.pid()]);
    child.send(ExitReason::error("boom"));
    let exit = inbox.exit().await;
    assert_eq!((exit.pid, exit.reason), (child.pid(), ExitReason::error("boom")));
    assert!(process::links().is_empty());
    settle().await;
    assert_eq!(inbox.try_next(), None);
}

#[behaviour::test(start_paused = true)]
async fn a_handle_links_watches_and_ends_its_process_as_every_client_does(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let process = sleeper();
    process.link().unwrap();
    assert_eq!(process::links(), [process.pid()]);
    process.unlink();
    assert!(process::links().is_empty());
    process.link().unwrap();
    let monitor = process.monitor();
    process.exit(ExitReason::Normal);
    settle().await;
    assert!(process.is_alive(), "another's normal end is nothing to it");
    process.exit(ExitReason::error("boom"));
    assert_eq!(inbox.exit().await.reason, ExitReason::error("boom"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("boom"));
    process.link().unwrap();
    assert_eq!(inbox.exit().await.reason, ExitReason::NoProcess);

    let process = process::spawn(|mut inbox: Inbox<()>| async move {
        process::trap_exit(true);
        inbox.recv().await;
    });
    settle().await;
    process.exit(ExitReason::error("boom"));
    settle().await;
    assert!(process.is_alive(), "it traps exits");
    process.kill();
    assert_eq!(process.ended().await, ExitReason::Killed);
}

// PR-01
#[behaviour::test(start_paused = true)]
async fn a_process_that_does_not_trap_exits_dies_with_its_link(mut inbox: Inbox<()>) {
    let inner = sleeper();
    let pid = inner.pid();
    let outer = process::spawn(move |mut inbox: Inbox<()>| async move {
        process::link(pid).unwrap();
        inbox.recv().await;
    });
    let monitor = process::monitor(outer.pid());
    settle().await;
    inner.send(ExitReason::error("boom"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("boom"));
}

// PR-01
#[behaviour::test(start_paused = true)]
async fn a_normal_end_touches_only_who_traps_exits(mut inbox: Inbox<()>) {
    let child = linked_sleeper();
    child.send(ExitReason::Normal);
    child.ended().await;
    assert!(process::links().is_empty());
    process::trap_exit(true);
    let child = linked_sleeper();
    child.send(ExitReason::Normal);
    assert_eq!(inbox.exit_of(child.pid()).await.reason, ExitReason::Normal);
}

// PR-01: either side may remove the link, and then no end passes.
#[behaviour::test(start_paused = true)]
async fn a_link_may_be_removed_from_the_other_side(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let test = inbox.pid();
    let child = process::spawn_link(move |mut inbox: Inbox<()>| async move {
        assert_eq!(process::links(), [test]);
        process::unlink(test);
        inbox.recv().await;
        Err::<(), _>("boom")
    });
    settle().await;
    assert!(process::links().is_empty());
    child.send(());
    child.ended().await;
    settle().await;
    assert_eq!(inbox.try_next(), None);
}

// otp.md 1.4
#[behaviour::test(start_paused = true)]
async fn a_link_to_a_process_that_is_gone_fails_or_tells(mut inbox: Inbox<()>) {
    let gone = sleeper();
    gone.send(ExitReason::Normal);
    gone.ended().await;
    assert_eq!(process::link(gone.pid()), Err(CallError::NoProcess));
    process::trap_exit(true);
    assert_eq!(process::link(gone.pid()), Ok(()));
    assert_eq!(inbox.exit_of(gone.pid()).await.reason, ExitReason::NoProcess);
    assert!(process::links().is_empty());
}

// PR-03
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_unlink_an_exit_is_there_already_or_never_comes(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let mut late = Vec::new();
    for round in 0..1_000 {
        let child = linked_sleeper();
        process::exit(child.pid(), ExitReason::error("bang"));
        (0..round % 64).for_each(|_| std::hint::spin_loop());
        process::unlink(child.pid());
        match inbox.try_next() {
            Some(Event::Exit(exit)) => assert_eq!((exit.pid, exit.reason), (child.pid(), ExitReason::error("bang"))),
            Some(event) => panic!("{event:?}"),
            None => late.push(child),
        }
    }
    for child in late {
        child.ended().await;
    }
    assert_eq!(inbox.try_next(), None);
}

// PR-03: the same for who does not trap exits. After the unlink it is doomed already, or lives.
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_unlink_the_end_of_the_other_does_no_harm() {
    for round in 0..1_000 {
        let doomed = Arc::new(AtomicBool::new(true));
        let survives = Arc::clone(&doomed);
        let process = process::spawn(move |mut inbox: Inbox<()>| async move {
            let child = linked_sleeper();
            let monitor = process::monitor(child.pid());
            tokio::task::yield_now().await;
            let theirs = child.clone();
            // From a thread outside the runtime, so that the child runs on another than its parent.
            std::thread::spawn(move || theirs.send(ExitReason::error("bang")));
            let now = std::time::Instant::now();
            while now.elapsed() < Duration::from_micros(round % 100 * 4) {}
            process::unlink(child.pid());
            // An exit that came before acts here.
            tokio::task::yield_now().await;
            survives.store(false, Ordering::SeqCst);
            // The child tells its links first.
            inbox.down_of(&monitor).await;
            Err::<(), _>(ExitReason::Shutdown)
        });
        let reason = process.ended().await;
        let doomed = doomed.load(Ordering::SeqCst);
        assert_eq!(reason, if doomed { ExitReason::error("bang") } else { ExitReason::Shutdown }, "{round}");
    }
}

/// What one of two processes does, at the same time as the other.
struct Script {
    other: Pid,
    steps: Vec<bool>,
    start: Arc<Barrier>,
}

/// A process that runs scripts, and tells after each whether it is linked.
fn actor(test: Process<(Pid, bool)>) -> Process<Script> {
    process::spawn(|mut inbox: Inbox<Script>| async move {
        process::trap_exit(true);
        loop {
            let Script { other, steps, start } = inbox.recv().await;
            start.wait().await;
            for link in steps {
                if link {
                    process::link(other).unwrap();
                } else {
                    process::unlink(other);
                }
            }
            start.wait().await;
            test.send((inbox.pid(), process::links().contains(&other)));
        }
    })
}

/// Runs both scripts at one instant. Whether the two are linked afterwards, on which both agree.
async fn at_once(inbox: &mut Inbox<(Pid, bool)>, [one, other]: [&Process<Script>; 2], steps: [Vec<bool>; 2]) -> bool {
    let start = Arc::new(Barrier::new(2));
    let ends = [steps[0].last().copied(), steps[1].last().copied()];
    let [mine, its] = steps;
    one.send(Script { other: other.pid(), steps: mine, start: Arc::clone(&start) });
    other.send(Script { other: one.pid(), steps: its, start });
    let ((_, linked), (_, also)) = (inbox.recv().await, inbox.recv().await);
    assert_eq!(linked, also, "both have the same view");
    // Where nobody contradicts the last word, it stands.
    match ends {
        [Some(one), Some(other)] if one == other => assert_eq!(linked, one),
        _ => {}
    }
    assert!(one.is_alive() && other.is_alive());
    linked
}

// PR-05
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_and_a_link_that_is_removed_at_once_leave_one_view(mut inbox: Inbox<(Pid, bool)>) {
    let (one, other) = (actor(inbox.process()), actor(inbox.process()));
    for _ in 0..2_000 {
        at_once(&mut inbox, [&one, &other], [vec![true], vec![true, false]]).await;
        at_once(&mut inbox, [&one, &other], [vec![false], vec![false]]).await;
    }
}

// PR-06
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_links_and_unlinks_from_both_sides_leave_one_view(mut inbox: Inbox<(Pid, bool)>) {
    process::trap_exit(true);
    for seed in 0..100 {
        let mut random = Random(seed);
        let (one, other) = (actor(inbox.process()), actor(inbox.process()));
        let watch = process::monitor(other.pid());
        let mut linked = false;
        for _ in 0..10 {
            linked = at_once(&mut inbox, [&one, &other], [steps(&mut random), steps(&mut random)]).await;
        }
        // The view is true: the end of the one reaches the other, which then is linked no more.
        process::kill(one.pid());
        one.ended().await;
        let views = at_last(&mut inbox, &other).await;
        assert!(!views, "seed {seed}: {linked}");
        process::kill(other.pid());
        inbox.down_of(&watch).await;
    }
}

/// Whether this process is linked to the one that has just ended: asked with a script without steps.
async fn at_last(inbox: &mut Inbox<(Pid, bool)>, process: &Process<Script>) -> bool {
    process.send(Script { other: inbox.pid(), steps: Vec::new(), start: Arc::new(Barrier::new(1)) });
    inbox.recv().await.1
}

// PR-27
#[behaviour::test(start_paused = true)]
async fn a_kill_passes_through_a_chain_of_links_as_killed(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for length in [1, 2, 9, 10] {
        for from_outside in [true, false] {
            let (last, chain) = chain(length);
            settle().await;
            let first = *chain.lock().unwrap().last().unwrap();
            if from_outside {
                process::kill(first);
            } else {
                // Its own doing: an ordinary reason to everybody else.
                process::exit(first, ExitReason::Killed);
            }
            let exit = inbox.exit().await;
            assert_eq!((exit.pid, exit.reason), (last, ExitReason::Killed));
            assert!(chain.lock().unwrap().iter().all(|pid| !process::is_alive(*pid)));
        }
    }
}

type Pids = Arc<std::sync::Mutex<Vec<Pid>>>;

/// Processes each linked to the one before, the first one to the present process.
fn chain(length: usize) -> (Pid, Pids) {
    fn link_on(length: usize, pids: Pids) -> Pid {
        let process = process::spawn_link(move |mut inbox: Inbox<()>| async move {
            pids.lock().unwrap().push(inbox.pid());
            if length > 1 {
                link_on(length - 1, pids);
            }
            inbox.recv().await;
        });
        process.pid()
    }
    let pids = Pids::default();
    (link_on(length, Arc::clone(&pids)), pids)
}

// PR-28
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_a_process_that_is_ending_never_tells_the_reason_of_one_that_is_gone(
    mut inbox: Inbox<Result<ExitReason, CallError>>,
) {
    let (mut gone, mut real) = (0, 0);
    for round in 0..1_000 {
        let test = inbox.process();
        let traps = round % 2 == 0;
        process::spawn(move |inbox: Inbox<()>| async move {
            let parent = inbox.pid();
            let child = process::spawn_link(move |mut inbox: Inbox<()>| async move {
                process::trap_exit(true);
                inbox.recv().await;
                let dead = !process::is_alive(parent);
                process::trap_exit(traps || !dead);
                let told = match process::link(parent) {
                    Ok(()) => Ok(inbox.exit_of(parent).await.reason),
                    Err(error) => Err(error),
                };
                assert!(!dead || matches!(told, Ok(ExitReason::NoProcess) | Err(CallError::NoProcess)));
                test.send(told);
            });
            process::unlink(child.pid());
            child.send(());
            (0..round % 200).for_each(|_| std::hint::spin_loop());
            Err::<(), _>("the real reason")
        });
        match inbox.recv().await {
            Ok(ExitReason::NoProcess) | Err(CallError::NoProcess) => gone += 1,
            Ok(reason) if reason == ExitReason::error("the real reason") => real += 1,
            other => panic!("{round}: {other:?}"),
        }
    }
    assert_eq!(gone + real, 1_000);
}

/// An error of 128 KB.
#[derive(Debug)]
struct Large(String);

impl std::fmt::Display for Large {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Large {}

// PR-35, PR-43
#[behaviour::test(start_paused = true)]
async fn a_large_reason_passes_unchanged(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for round in 0..10 {
        let large = round.to_string().repeat(128 * 1024);
        let child = linked_sleeper();
        child.send(ExitReason::error(Large(large.clone())));
        let exit = inbox.exit_of(child.pid()).await;
        assert!(exit.reason.downcast_ref::<Large>().is_some_and(|it| it.0 == large));

        let thrown = large.clone();
        let child = process::spawn_link(|_: Inbox<()>| async { std::panic::resume_unwind(Box::new(Large(thrown))) });
        let ExitReason::Panic(panic) = inbox.exit_of(child.pid()).await.reason else { panic!("it panicked") };
        assert_eq!(panic.with_payload(|it: &Large| it.0 == large), Some(true));
    }
}
