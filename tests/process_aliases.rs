//! Aliases: places to answer that can be closed (otp.md 1.6; rows PR-17, PR-23 to PR-25, PR-30 and PR-46 to PR-49).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::process::{self, Alias, Event, ExitReason, Inbox, Monitor, Process};

const MS: Duration = Duration::from_millis(1);

/// A process that lives until it is told to end.
fn sleeper() -> Process<ExitReason> {
    process::spawn(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

fn watched_sleeper() -> (Process<ExitReason>, Monitor) {
    process::spawn_monitor(|mut inbox: Inbox<ExitReason>| async move { Err::<(), _>(inbox.recv().await) })
}

async fn end(process: &Process<ExitReason>) {
    process.send(ExitReason::Shutdown);
    process.ended().await;
}

/// Sends these through the alias, and tells which of them arrived.
fn through(inbox: &mut Inbox<u32>, alias: &Alias<u32>, messages: [u32; 3]) -> Vec<u32> {
    for message in messages {
        alias.send(message);
    }
    let mut arrived = Vec::new();
    while let Some(Event::Message(message)) = inbox.try_next() {
        arrived.push(message);
    }
    arrived
}

// PR-46
#[behaviour::test(start_paused = true)]
async fn an_alias_lets_messages_through_until_unalias(mut inbox: Inbox<u32>) {
    let alias = inbox.alias();
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);
    alias.clone().send(4);
    assert!(inbox.unalias(&alias));
    // What is queued stays.
    assert_eq!(through(&mut inbox, &alias, [5, 6, 7]), [4]);
    assert!(!inbox.unalias(&alias));
    assert_eq!(through(&mut inbox, &alias.clone(), [5, 6, 7]), []);
}

// PR-46
#[behaviour::test(start_paused = true)]
async fn a_reply_alias_lets_exactly_the_first_message_through(mut inbox: Inbox<u32>) {
    let (alias, other) = (inbox.reply_alias(), inbox.reply_alias());
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1]);
    assert!(!inbox.unalias(&alias));
    assert_eq!(through(&mut inbox, &other, [1, 2, 3]), [1]);
    let unused = inbox.reply_alias();
    assert!(inbox.unalias(&unused));
    assert_eq!(through(&mut inbox, &unused, [1, 2, 3]), []);
}

// otp.md 1.6: only the owner can deactivate its alias, and its end does.
#[behaviour::test(start_paused = true)]
async fn an_alias_belongs_to_its_process(mut inbox: Inbox<u32>) {
    let alias = inbox.alias();
    let theirs = alias.clone();
    let thief = process::spawn(move |inbox: Inbox<u32>| async move { assert!(!inbox.unalias(&theirs)) });
    assert_eq!(thief.ended().await, ExitReason::Normal);
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);

    let (give, given) = tokio::sync::oneshot::channel();
    let owner = process::spawn(|inbox: Inbox<Arc<()>>| async move { give.send(inbox.alias()).unwrap() });
    let alias = given.await.unwrap();
    owner.ended().await;
    let message = Arc::new(());
    alias.send(Arc::clone(&message));
    assert_eq!(Arc::strong_count(&message), 1, "it was dropped");
}

// PR-47, PR-48
#[behaviour::test(start_paused = true)]
async fn an_alias_of_a_monitor_ends_with_it(mut inbox: Inbox<u32>) {
    for spawned in [true, false] {
        let watch = || {
            if spawned {
                return watched_sleeper();
            }
            let process = sleeper();
            let monitor = process::monitor(process.pid());
            (process, monitor)
        };
        // Taken back.
        let (process, monitor) = watch();
        let alias = inbox.alias_of(&monitor);
        assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);
        assert!(process::demonitor(&monitor));
        assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), []);
        end(&process).await;

        // Fired.
        let (process, monitor) = watch();
        let alias = inbox.alias_of(&monitor);
        end(&process).await;
        alias.send(1);
        assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
        assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), []);

        // Deactivated by hand: the monitor stays.
        let (process, monitor) = watch();
        let alias = inbox.alias_of(&monitor);
        assert!(inbox.unalias(&alias));
        assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), []);
        end(&process).await;
        assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    }
}

// PR-47, PR-48
#[behaviour::test(start_paused = true)]
async fn a_reply_alias_of_a_monitor_gives_the_reply_or_the_down(mut inbox: Inbox<u32>) {
    // The reply takes the monitor with it.
    let (process, monitor) = watched_sleeper();
    let alias = inbox.reply_alias_of(&monitor);
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1]);
    assert_eq!(process::monitors(), (Vec::new(), Vec::new()));
    assert!(!process::demonitor(&monitor));
    end(&process).await;
    assert_eq!(inbox.try_next(), None);

    // The `Down` deactivates the alias.
    let (process, monitor) = watched_sleeper();
    let alias = inbox.reply_alias_of(&monitor);
    end(&process).await;
    alias.send(1);
    assert!(matches!(inbox.try_next(), Some(Event::Down(down)) if down.monitor == monitor.reference()));
    assert_eq!(inbox.try_next(), None);
}

// PR-23
#[behaviour::test(start_paused = true)]
async fn demonitor_deactivates_a_reply_alias(mut inbox: Inbox<u32>) {
    let (process, monitor) = watched_sleeper();
    let alias = inbox.reply_alias_of(&monitor);
    assert!(inbox.demonitor(&monitor));
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), []);
    end(&process).await;
    assert_eq!(inbox.try_next(), None);
}

// PR-17, PR-49
#[behaviour::test(start_paused = true)]
async fn demonitor_does_no_harm_to_an_alias_of_its_own(mut inbox: Inbox<u32>) {
    let (process, monitor) = watched_sleeper();
    let alias = inbox.alias();
    assert!(inbox.demonitor(&monitor));
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);
    // A monitor whose process is gone, with and without flush.
    let monitor = process::monitor(process.pid());
    end(&process).await;
    assert!(!process::demonitor(&monitor));
    assert!(!inbox.demonitor(&monitor));
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);
    let too_late = inbox.alias_of(&monitor);
    assert!(!inbox.demonitor(&monitor));
    assert_eq!(through(&mut inbox, &too_late, [1, 2, 3]), []);
}

// PR-25
#[behaviour::test(start_paused = true)]
async fn a_monitor_of_nobody_leaves_an_alias_alone(mut inbox: Inbox<u32>) {
    let alias = inbox.alias();
    let monitor = process::monitor_name("nobody has this name");
    let of_it = inbox.alias_of(&monitor);
    let down = inbox.down_of(&monitor).await;
    assert_eq!((down.name.as_deref(), down.reason), (Some("nobody has this name"), ExitReason::NoProcess));
    assert_eq!(through(&mut inbox, &of_it, [1, 2, 3]), []);
    assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);
    assert!(inbox.unalias(&alias));
    let hasty = process::spawn(|inbox: Inbox<u32>| async move {
        let monitor = process::monitor_name("nobody has this name");
        let _ = (inbox.alias_of(&monitor), inbox.reply_alias());
    });
    assert_eq!(hasty.ended().await, ExitReason::Normal);
}

// PR-24
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_down_comes_after_demonitor_while_the_alias_goes_on(mut inbox: Inbox<u32>) {
    let alias = inbox.alias();
    for round in 0..1_000 {
        let (process, monitor) = watched_sleeper();
        process.send(if round % 2 == 0 { ExitReason::Shutdown } else { ExitReason::error("x".repeat(1_000)) });
        (0..round % 64).for_each(|_| std::hint::spin_loop());
        inbox.demonitor(&monitor);
        process.ended().await;
        assert_eq!(through(&mut inbox, &alias, [1, 2, 3]), [1, 2, 3]);
    }
}

// PR-46: the promise of `unalias`, against a sender that never stops.
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_slips_in_after_unalias(mut inbox: Inbox<u32>) {
    for round in 0..200 {
        let (alias, stop) = (inbox.alias(), Arc::new(AtomicBool::new(false)));
        let (theirs, stopped) = (alias.clone(), Arc::clone(&stop));
        let sender = std::thread::spawn(move || {
            let mut number = 0;
            while !stopped.load(Ordering::Relaxed) {
                theirs.send(number);
                number += 1;
            }
        });
        if round % 2 == 0 {
            inbox.recv().await;
        }
        assert!(inbox.unalias(&alias));
        while inbox.try_next().is_some() {}
        std::thread::yield_now();
        assert_eq!(inbox.try_next(), None);
        stop.store(true, Ordering::Relaxed);
        sender.join().unwrap();
        assert_eq!(inbox.try_next(), None);
    }
}

// PR-47: of many who answer at once, and an end, one comes through.
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_replies_and_the_down_arrives(mut inbox: Inbox<u32>) {
    let (mut replies, mut downs) = (0, 0);
    for round in 0..500 {
        let (process, monitor) = watched_sleeper();
        let alias = inbox.reply_alias_of(&monitor);
        let senders: Vec<_> = (0..3)
            .map(|number| {
                let alias = alias.clone();
                process::spawn(move |_: Inbox<()>| async move { alias.send(number) })
            })
            .collect();
        if round % 2 == 0 {
            process.send(ExitReason::Shutdown);
        }
        match inbox.next().await {
            Event::Message(number) => {
                assert!(number < 3);
                replies += 1;
            }
            Event::Down(down) => {
                assert_eq!(down.monitor, monitor.reference());
                downs += 1;
            }
            event => panic!("{event:?}"),
        }
        process.send(ExitReason::Shutdown);
        process.ended().await;
        for sender in senders {
            sender.ended().await;
        }
        assert_eq!(inbox.try_next(), None);
    }
    assert_eq!(replies + downs, 500);
}

// PR-30
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_by_any_way_arrive_in_order_and_the_down_after_them(mut inbox: Inbox<u32>) {
    let lasting = sleeper();
    let lasting = process::monitor(lasting.pid());
    for _ in 0..100 {
        let (test, alias, of_monitor) = (inbox.process(), inbox.alias(), inbox.alias_of(&lasting));
        let sender = process::spawn(move |mut inbox: Inbox<()>| async move {
            inbox.recv().await;
            for n in 0..1_000 {
                match n % 3 {
                    0 => test.send(n),
                    1 => alias.send(n),
                    _ => of_monitor.send(n),
                }
            }
        });
        process::register("sender of many", sender.pid()).unwrap();
        let monitor = process::monitor_name("sender of many");
        sender.send(());
        for n in 0..1_000 {
            assert_eq!(inbox.next().await, Event::Message(n));
        }
        assert!(matches!(inbox.next().await, Event::Down(down) if down.monitor == monitor.reference()));
    }
}

// otp.md 1.6: this is how late answers are dropped.
#[behaviour::test(start_paused = true)]
async fn an_answer_that_comes_too_late_is_dropped(mut inbox: Inbox<u32>) {
    let slow = process::spawn(|mut inbox: Inbox<Alias<u32>>| async move {
        for answer in 0..2 {
            let asker = inbox.recv().await;
            tokio::time::sleep(100 * MS).await;
            asker.send(answer);
        }
    });
    let late = inbox.reply_alias();
    slow.send(late.clone());
    assert!(tokio::time::timeout(50 * MS, inbox.recv()).await.is_err());
    assert!(inbox.unalias(&late));
    slow.send(inbox.reply_alias());
    assert_eq!(inbox.recv().await, 1);
}
