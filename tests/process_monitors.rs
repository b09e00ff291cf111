//! Monitors: what is told of an end, to whom, and when it is told no more (otp.md 1.5; rows PR-02, PR-07 to PR-29).

use std::collections::HashSet;

use behaviour::process::{self, Event, ExitReason, Inbox, Monitor, MonitorRef, Process};
use behaviour::testing::settle;
use tokio::sync::watch;

/// A process that lives until it is told to end.
fn sleeper() -> Process<ExitReason> {
    process::spawn(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

async fn end(process: &Process<ExitReason>, reason: ExitReason) {
    process.send(reason);
    process.ended().await;
}

// PR-02
#[behaviour::test(start_paused = true)]
async fn a_monitor_is_seen_on_both_sides_and_tells_the_reason(mut inbox: Inbox<(usize, usize)>) {
    let (test, pid) = (inbox.process(), inbox.pid());
    let watched = process::spawn(move |mut inbox: Inbox<()>| async move {
        loop {
            inbox.recv().await;
            let (watching, watchers) = process::monitors();
            assert!(watchers.iter().all(|watcher| *watcher == pid));
            test.send((watching.len(), watchers.len()));
        }
    });
    process::register("watched", watched.pid()).unwrap();
    let (by_pid, by_name) = (process::monitor(watched.pid()), process::monitor_name("watched"));
    assert_eq!((by_pid.pid(), by_name.pid()), (Some(watched.pid()), Some(watched.pid())));
    assert_ne!(by_pid.reference(), by_name.reference());
    assert_eq!(process::monitors(), (vec![watched.pid(); 2], Vec::new()));
    watched.send(());
    assert_eq!(inbox.recv().await, (0, 2));
    assert!(process::demonitor(&by_pid));
    watched.send(());
    assert_eq!(inbox.recv().await, (0, 1));

    // A monitor by name watches the process, not the name.
    process::unregister("watched");
    process::exit(watched.pid(), ExitReason::error("boom"));
    let down = inbox.down().await;
    assert_eq!((down.monitor, down.pid), (by_name.reference(), watched.pid()));
    assert_eq!((down.name.as_deref(), down.reason), (Some("watched"), ExitReason::error("boom")));
    assert_eq!(process::monitors(), (Vec::new(), Vec::new()));
}

// PR-02
#[behaviour::test(start_paused = true)]
async fn a_monitor_of_nobody_fires_at_once(mut inbox: Inbox<()>) {
    let gone = sleeper();
    end(&gone, ExitReason::Normal).await;
    let monitor = process::monitor(gone.pid());
    let Some(Event::Down(down)) = inbox.try_next() else { panic!("it is there at once") };
    assert_eq!((down.monitor, down.pid, down.name), (monitor.reference(), gone.pid(), None));
    assert_eq!(down.reason, ExitReason::NoProcess);
    let monitor = process::monitor_name("nobody is called so");
    assert_eq!(monitor.pid(), None);
    let down = inbox.down_of(&monitor).await;
    assert_eq!((down.name.as_deref(), down.reason), (Some("nobody is called so"), ExitReason::NoProcess));
    assert!(process::monitors().0.is_empty());
}

// PR-02
#[behaviour::test(start_paused = true)]
async fn a_monitor_of_oneself_is_nothing(mut inbox: Inbox<()>) {
    process::register("myself", inbox.pid()).unwrap();
    let monitors = [process::monitor(inbox.pid()), process::monitor_name("myself")];
    assert_eq!(process::monitors(), (Vec::new(), Vec::new()));
    assert!(!monitors.iter().any(process::demonitor));
    settle().await;
    assert_eq!(inbox.try_next(), None);
    process::unregister("myself");
}

// PR-07, PR-08
#[behaviour::test(start_paused = true)]
async fn a_process_may_end_its_watcher_and_itself(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for spawned in [true, false] {
        let parent = process::spawn_link(move |mut inbox: Inbox<()>| async move {
            let parent = inbox.pid();
            let life = move |_: Inbox<()>| async move { process::exit(parent, ExitReason::error("foo")) };
            if spawned {
                let _ = process::spawn_monitor(life);
            } else {
                process::monitor(process::spawn(life).pid());
            }
            inbox.recv().await;
        });
        assert_eq!(inbox.exit_of(parent.pid()).await.reason, ExitReason::error("foo"));
        settle().await;
        assert_eq!(inbox.try_next(), None);
    }
}

// PR-02, PR-09, PR-10, PR-12: a `Monitor` may be passed on, but takes nothing back in another process's hand.
#[behaviour::test(start_paused = true)]
async fn a_monitor_is_taken_back_by_its_owner_only(mut inbox: Inbox<bool>) {
    let test = inbox.process();
    let (watched, monitor) = process::spawn_monitor(move |mut inbox: Inbox<Monitor>| async move {
        let monitor = inbox.recv().await;
        test.send(process::demonitor(&monitor) || inbox.demonitor(&monitor));
    });
    watched.send(monitor);
    assert!(!inbox.recv().await);
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
}

// PR-13, PR-15
#[behaviour::test(start_paused = true)]
async fn a_monitor_that_was_taken_back_tells_nothing(mut inbox: Inbox<()>) {
    let watched = sleeper();
    let monitor = process::monitor(watched.pid());
    assert!(process::demonitor(&monitor));
    assert!(!process::demonitor(&monitor));
    assert!(!inbox.demonitor(&monitor));
    end(&watched, ExitReason::error("unseen")).await;
    assert!(!process::demonitor(&monitor));
    assert_eq!(inbox.try_next(), None);
}

// PR-16
#[behaviour::test(start_paused = true)]
async fn a_down_that_has_come_stays_unless_it_is_flushed(mut inbox: Inbox<()>) {
    let watched = sleeper();
    let [before, flushed, plain, untouched] = [(); 4].map(|()| process::monitor(watched.pid()));
    assert!(inbox.demonitor(&before));
    end(&watched, ExitReason::Shutdown).await;
    assert!(!inbox.demonitor(&flushed));
    assert!(!process::demonitor(&plain));
    let mut downs = HashSet::new();
    while let Some(event) = inbox.try_next() {
        let Event::Down(down) = event else { panic!("{event:?}") };
        assert_eq!(down.reason, ExitReason::Shutdown);
        downs.insert(down.monitor);
    }
    assert_eq!(downs, HashSet::from([plain.reference(), untouched.reference()]));
}

/// A crowd that ends at once, and the monitors of its members.
fn crowd(of: usize) -> (watch::Sender<()>, Vec<(Process<()>, Monitor)>) {
    let (gate, _) = watch::channel(());
    let members = (0..of).map(|_| {
        let mut gate = gate.subscribe();
        process::spawn_monitor(move |_: Inbox<()>| async move {
            gate.changed().await.ok();
        })
    });
    let members = members.collect();
    (gate, members)
}

/// The `Down`s that are in the inbox now.
fn take_downs(inbox: &mut Inbox<()>, downs: &mut HashSet<MonitorRef>) {
    while let Some(Event::Down(down)) = inbox.try_next() {
        assert_eq!(down.reason, ExitReason::Normal);
        assert!(downs.insert(down.monitor), "told twice");
    }
}

// PR-18
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn demonitor_says_whether_the_down_has_come_while_a_crowd_ends(mut inbox: Inbox<()>) {
    let (mut early, mut late) = (0, 0);
    for _ in 0..100 {
        let (gate, members) = crowd(100);
        let (mut downs, mut silent) = (HashSet::new(), Vec::new());
        gate.send_replace(());
        for (_, monitor) in &members {
            if process::demonitor(monitor) {
                silent.push(monitor.reference());
                early += 1;
            } else {
                take_downs(&mut inbox, &mut downs);
                assert!(downs.contains(&monitor.reference()), "its `Down` is there");
                late += 1;
            }
        }
        for (member, _) in &members {
            member.ended().await;
        }
        take_downs(&mut inbox, &mut downs);
        assert!(silent.iter().all(|monitor| !downs.contains(monitor)));
        assert_eq!(downs.len() + silent.len(), members.len());
    }
    assert_eq!(early + late, 10_000);
}

// PR-24: the half without the alias.
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_demonitor_with_flush_no_down_comes_while_a_crowd_ends(mut inbox: Inbox<()>) {
    for _ in 0..100 {
        let (gate, members) = crowd(100);
        gate.send_replace(());
        for (_, monitor) in &members {
            inbox.demonitor(monitor);
        }
        for (member, _) in &members {
            member.ended().await;
        }
        assert_eq!(inbox.try_next(), None);
    }
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

// PR-19
#[behaviour::test(start_paused = true)]
async fn a_large_reason_arrives_unchanged(mut inbox: Inbox<()>) {
    for round in 0..100 {
        let large = format!("{round:03}").repeat(44 * 1024);
        let reason = ExitReason::error(Large(large.clone()));
        let (_, monitor) = process::spawn_monitor(|_: Inbox<()>| async { Err::<(), _>(reason) });
        let down = inbox.down_of(&monitor).await;
        assert!(down.reason.downcast_ref::<Large>().is_some_and(|it| it.0 == large));
    }
}

/// What a process of the mixer is told.
enum Mix {
    Watch(Vec<Process<Mix>>),
    /// Takes every other monitor back, the last ones first if so said.
    TakeBack(bool),
    /// Tells how many it watches and is watched by.
    Count(Process<(usize, usize)>),
    End,
}

fn mixer() -> Process<Mix> {
    process::spawn(|mut inbox: Inbox<Mix>| async move {
        let mut monitors = Vec::new();
        loop {
            match inbox.recv().await {
                Mix::Watch(others) => {
                    for other in others.iter().filter(|other| other.pid() != inbox.pid()) {
                        monitors.push(process::monitor(other.pid()));
                    }
                }
                Mix::TakeBack(backwards) => {
                    if backwards {
                        monitors.reverse();
                    }
                    let mut odd = false;
                    monitors.retain(|monitor| {
                        odd = !odd;
                        !(odd && inbox.demonitor(monitor))
                    });
                }
                Mix::Count(asker) => {
                    let (watching, watchers) = process::monitors();
                    asker.send((watching.len(), watchers.len()));
                }
                Mix::End => return,
            }
        }
    })
}

// PR-21
#[behaviour::test(start_paused = true)]
async fn nothing_is_left_of_many_monitors_made_and_taken_back_in_many_orders(mut inbox: Inbox<(usize, usize)>) {
    let all: Vec<_> = (0..10).map(|_| mixer()).collect();
    let count = async |inbox: &mut Inbox<(usize, usize)>, process: &Process<Mix>| {
        process.send(Mix::Count(inbox.process()));
        inbox.recv().await
    };
    // Each watches all others, twice.
    for _ in 0..2 {
        for process in &all {
            process.send(Mix::Watch(all.clone()));
        }
    }
    settle().await;
    for process in &all {
        assert_eq!(count(&mut inbox, process).await, (18, 18));
    }
    // Half are taken back, then half of the rest, and so on, from either end.
    let mut watching = 18;
    for round in 0..6 {
        let backwards = round % 2 == 1;
        for process in &all {
            process.send(Mix::TakeBack(backwards));
        }
        watching /= 2;
        settle().await;
        let mut watchers = 0;
        for process in &all {
            let (out, into) = count(&mut inbox, process).await;
            assert_eq!(out, watching);
            watchers += into;
        }
        assert_eq!(watchers, 10 * watching);
    }
    assert_eq!(watching, 0);
    // An end takes away what others have on the one that ends, and what it has on others.
    for process in &all {
        process.send(Mix::Watch(all.clone()));
    }
    settle().await;
    for (ended, process) in all.iter().enumerate() {
        assert_eq!(count(&mut inbox, process).await, (9 - ended, 9 - ended));
        process.send(Mix::End);
        settle().await;
    }
}

// PR-22
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_free_when_the_down_comes(mut inbox: Inbox<()>) {
    for _ in 0..1_000 {
        let owner = sleeper();
        process::register("named down", owner.pid()).expect("the name is free");
        let monitor = process::monitor_name("named down");
        process::exit(owner.pid(), ExitReason::Shutdown);
        let down = inbox.down_of(&monitor).await;
        assert_eq!((down.name.as_deref(), down.reason), (Some("named down"), ExitReason::Shutdown));
        assert!(!process::is_alive(owner.pid()));
    }
}

// PR-29
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_sent_arrives_before_its_down(mut inbox: Inbox<u32>) {
    for round in 0..500 {
        let test = inbox.process();
        let (_, monitor) = process::spawn_monitor(move |_: Inbox<()>| async move {
            for n in 0..round % 10 {
                test.send(n);
            }
        });
        for n in 0..round % 10 {
            assert_eq!(inbox.next().await, Event::Message(n));
        }
        assert!(matches!(inbox.next().await, Event::Down(down) if down.monitor == monitor.reference()));
    }
}

// otp.md 1.5: monitors of a process that ends disappear; they keep nothing alive.
#[behaviour::test(start_paused = true)]
async fn the_monitors_of_a_process_end_with_it(mut inbox: Inbox<(usize, usize)>) {
    let watched = mixer();
    for _ in 0..100 {
        let other = mixer();
        other.send(Mix::Watch(vec![watched.clone()]));
        other.send(Mix::End);
        other.ended().await;
    }
    watched.send(Mix::Count(inbox.process()));
    assert_eq!(inbox.recv().await, (0, 0));
}
