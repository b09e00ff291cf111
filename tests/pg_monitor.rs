//! Monitors of groups and scopes (otp.md 10; rows PG-09, 26, 27, 28).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use behaviour::pg::{Change, Member, NotJoined, Scope};
use behaviour::prelude::*;
use behaviour::process::{self, Event, MonitorRef, Process};

type Changes = Change<&'static str, u32>;
type Scoped = Scope<&'static str, u32>;

/// A process that lives until it is sent something.
fn sleeper() -> Process<u32> {
    process::spawn(|mut inbox: Inbox<u32>| async move {
        inbox.recv().await;
    })
}

async fn end(process: &Process<u32>) {
    process.send(0);
    process.ended().await;
}

/// What a change says: which monitor, join or leave, the group, the pids.
type Said = (MonitorRef, bool, &'static str, Vec<Pid>);

fn said(change: &Changes) -> Said {
    (change.monitor(), change.is_join(), change.group(), change.members().iter().map(Member::pid).collect())
}

/// All changes that have come.
fn heard(inbox: &mut Inbox<Changes>) -> Vec<Said> {
    let next = || match inbox.try_next()? {
        Event::Message(change) => Some(said(&change)),
        _ => None,
    };
    std::iter::from_fn(next).collect()
}

fn member(process: &Process<u32>) -> Member<u32> {
    Member::of(process).unwrap()
}

// PG-09
#[behaviour::test(start_paused = true)]
async fn one_process_may_have_several_monitors() {
    static SCOPE: Scope<&str, Both> = Scope::new();
    /// What the process takes: what is published, and changes.
    enum Both {
        Number,
        Change(Change<&'static str, Both>),
    }
    impl From<Change<&'static str, Both>> for Both {
        fn from(change: Change<&'static str, Both>) -> Self {
            Self::Change(change)
        }
    }
    let process = process::spawn(|mut inbox: Inbox<Both>| async move {
        let here = inbox.process();
        let (scope, none) = SCOPE.monitor_scope(&here);
        assert!(none.is_empty());
        let (one, two) = (SCOPE.monitor("one", &here).0, SCOPE.monitor("two", &here).0);
        SCOPE.join("one", &here);
        SCOPE.join("two", &here);
        let mut monitors = Vec::new();
        for _ in 0..4 {
            let Both::Change(change) = inbox.recv().await else { panic!("only changes come") };
            assert!(change.is_join() && change.members() == [Member::of(&here).unwrap()]);
            monitors.push((change.monitor(), *change.group()));
        }
        assert_eq!(monitors, [(scope, "one"), (one, "one"), (scope, "two"), (two, "two")]);
        here.send(Both::Number);
        assert!(matches!(inbox.recv().await, Both::Number), "nothing came twice");
    });
    assert_eq!(process.ended().await, ExitReason::Normal);
    assert!(SCOPE.which_groups().is_empty());
}

// PG-09
#[behaviour::test(start_paused = true)]
async fn a_monitor_ends_with_its_process(mut inbox: Inbox<MonitorRef>) {
    static SCOPE: Scoped = Scope::new();
    let here = inbox.process();
    let watcher = process::spawn(move |mut inbox: Inbox<Changes>| async move {
        here.send(SCOPE.monitor("one", &inbox.process()).0);
        here.send(SCOPE.monitor_scope(&inbox.process()).0);
        inbox.recv().await;
    });
    let (one, scope) = (inbox.recv().await, inbox.recv().await);
    process::kill(watcher.pid());
    watcher.ended().await;
    assert!(!SCOPE.demonitor(one));
    assert!(!SCOPE.demonitor(scope));
    // Nor can one who has ended begin one.
    let (late, members) = SCOPE.monitor("one", &watcher);
    assert!(members.is_empty() && !SCOPE.demonitor(late));
}

// PG-26
#[behaviour::test(start_paused = true)]
async fn a_monitor_of_a_scope_begins_with_all_groups_and_their_members(inbox: Inbox<Changes>) {
    let scope = Scoped::new();
    let (ada, bob) = (sleeper(), sleeper());
    scope.join("one", &ada);
    scope.join_all("two", [&ada, &bob, &bob]);
    let all: HashMap<_, _> =
        [("one", vec![member(&ada)]), ("two", vec![member(&ada), member(&bob), member(&bob)])].into();
    let (monitor, groups) = scope.monitor_scope(&inbox.process());
    assert_eq!(groups, all);
    assert!(scope.demonitor(monitor));
    let (other, groups) = scope.monitor_scope(&inbox.process());
    assert_eq!(groups, all);
    assert_ne!(other, monitor);
}

// PG-27
#[behaviour::test(start_paused = true)]
async fn who_monitors_a_scope_hears_of_every_change_until_it_ends(mut inbox: Inbox<Changes>) {
    let scope = Scoped::new();
    let (other, here) = (Scoped::new(), inbox.process());
    let unknown = other.monitor_scope(&here).0;
    assert!(!scope.demonitor(unknown));
    let (ada, bob) = (sleeper(), sleeper());
    let (a, b) = (ada.pid(), bob.pid());

    let (first, groups) = scope.monitor_scope(&here);
    assert!(groups.is_empty());
    scope.join("one", &ada);
    assert_eq!(heard(&mut inbox), [(first, true, "one", vec![a])]);
    let (second, groups) = scope.monitor_scope(&here);
    assert_eq!(groups, [("one", vec![member(&ada)])].into());
    scope.join_all("two", [&bob, &bob]);
    assert_eq!(heard(&mut inbox), [(first, true, "two", vec![b, b]), (second, true, "two", vec![b, b])]);
    assert!(scope.demonitor(second));
    scope.leave("one", &ada).unwrap();
    assert_eq!(heard(&mut inbox), [(first, false, "one", vec![a])]);
    scope.leave("one", &ada).unwrap_err();
    // An end leaves once for each join.
    end(&bob).await;
    assert_eq!(heard(&mut inbox), [(first, false, "two", vec![b]), (first, false, "two", vec![b])]);

    assert!(scope.demonitor(first));
    assert!(!scope.demonitor(first));
    scope.join("one", &ada);
    assert_eq!(heard(&mut inbox), []);
}

// PG-28
#[behaviour::test(start_paused = true)]
async fn who_monitors_a_group_hears_of_its_changes_and_no_others(mut inbox: Inbox<Changes>) {
    let (scope, here) = (Scoped::new(), inbox.process());
    let (ada, bob) = (sleeper(), sleeper());
    let (a, b) = (ada.pid(), bob.pid());

    let (first, members) = scope.monitor("one", &here);
    assert_eq!(members, []);
    assert!(scope.which_groups().is_empty(), "to be monitored makes no group");
    scope.join("one", &ada);
    scope.join("two", &ada);
    assert_eq!(heard(&mut inbox), [(first, true, "one", vec![a])]);
    let (second, members) = scope.monitor("one", &here);
    assert_eq!(members, [member(&ada)]);
    scope.join_all("one", [&bob, &bob]);
    assert_eq!(heard(&mut inbox), [(first, true, "one", vec![b, b]), (second, true, "one", vec![b, b])]);
    assert!(scope.demonitor(second));
    // The group is gone for a while, which the monitor is not.
    scope.leave_all("one", [&ada, &bob, &bob]).unwrap();
    scope.join("one", &ada);
    end(&ada).await;
    assert_eq!(
        heard(&mut inbox),
        [(first, false, "one", vec![a, b, b]), (first, true, "one", vec![a]), (first, false, "one", vec![a])]
    );
    assert!(scope.demonitor(first));
    assert!(!scope.demonitor(first));
    scope.join("one", &bob);
    assert_eq!(heard(&mut inbox), []);
    assert_eq!(scope.get_members("one"), [member(&bob)]);
}

#[behaviour::test(start_paused = true)]
async fn what_changes_nothing_is_not_told_and_who_has_ended_is_told_of_nowhere(mut inbox: Inbox<Changes>) {
    let (scope, here) = (Scoped::new(), inbox.process());
    let (ada, dead, stranger) = (sleeper(), sleeper(), sleeper());
    end(&dead).await;
    let (all, one) = (scope.monitor_scope(&here).0, scope.monitor("one", &here).0);
    let told = |is_join| [(all, is_join, "one", vec![ada.pid()]), (one, is_join, "one", vec![ada.pid()])];
    scope.join_all("one", [&dead, &ada, &dead]);
    assert_eq!(heard(&mut inbox), told(true));
    scope.join("two", &dead);
    scope.join_all("two", [&dead, &dead]);
    scope.join_all("two", std::iter::empty::<&Process<u32>>());
    assert_eq!(scope.leave_all("one", std::iter::empty::<&Process<u32>>()), Err(NotJoined));
    assert_eq!(scope.leave_all("one", [&stranger, &dead]), Err(NotJoined));
    assert_eq!(heard(&mut inbox), []);
    assert_eq!(scope.which_groups(), ["one"]);
    scope.leave_all("one", [&stranger, &ada, &ada, &dead]).unwrap();
    assert_eq!(heard(&mut inbox), told(false));
}

#[behaviour::test(start_paused = true)]
async fn who_ends_leaves_each_group_as_often_as_it_joined_before_anybody_hears_of_its_end(mut inbox: Inbox<Changes>) {
    let scope = Scoped::new();
    let ada = sleeper();
    scope.join("one", &ada);
    scope.join_all("two", [&ada, &ada]);
    scope.join("one", &ada);
    let (monitor, _) = scope.monitor_scope(&inbox.process());
    let watched = process::monitor(ada.pid());
    ada.kill();
    inbox.down_of(&watched).await;
    let mut left = heard(&mut inbox);
    left.sort_by_key(|(_, _, group, _)| *group);
    assert_eq!(left, ["one", "one", "two", "two"].map(|group| (monitor, false, group, vec![ada.pid()])));
}

#[behaviour::test(start_paused = true)]
async fn what_a_listener_does_to_the_group_is_told_in_order(mut inbox: Inbox<Changes>) {
    /// A change, and the process that is told of it.
    struct Meddling;
    static SCOPE: Scoped = Scope::new();
    static MEDDLED: AtomicBool = AtomicBool::new(false);
    impl From<Changes> for Meddling {
        fn from(change: Changes) -> Self {
            // Joins from within the telling, once.
            if !MEDDLED.swap(true, Ordering::AcqRel) {
                SCOPE.join("one", &change.members()[0]);
            }
            Self
        }
    }
    let meddler = process::spawn(|mut inbox: Inbox<Meddling>| async move {
        inbox.recv().await;
        inbox.recv().await;
    });
    let ada = sleeper();
    let (first, _) = SCOPE.monitor("one", &meddler);
    let (second, _) = SCOPE.monitor("one", &inbox.process());
    assert_ne!(first, second);
    SCOPE.join("one", &ada);
    let one = (second, true, "one", vec![ada.pid()]);
    assert_eq!(heard(&mut inbox), [one.clone(), one]);
    meddler.ended().await;
    assert_eq!(SCOPE.get_members("one").len(), 2);
}

// No change is lost and none comes twice, whatever happens at the same time.
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_and_its_changes_make_the_present_members(mut inbox: Inbox<Changes>) {
    let (scope, here) = (Scoped::new(), inbox.process());
    for _ in 0..50 {
        let work = {
            let scope = scope.clone();
            tokio::spawn(async move {
                let all: Vec<_> = (0..8).map(|_| sleeper()).collect();
                for process in &all {
                    scope.join("one", process);
                    tokio::task::yield_now().await;
                }
                for process in &all[..4] {
                    scope.leave("one", process).unwrap();
                    tokio::task::yield_now().await;
                }
                for process in &all[4..6] {
                    end(process).await;
                }
                all
            })
        };
        tokio::task::yield_now().await;
        let (monitor, mut members) = scope.monitor("one", &here);
        let all = work.await.unwrap();
        assert!(scope.demonitor(monitor));
        while let Some(Event::Message(change)) = inbox.try_next() {
            if change.monitor() != monitor {
                continue;
            }
            for member in change.members() {
                if change.is_join() {
                    members.push(member.clone());
                } else {
                    let place = members.iter().position(|known| known == member).expect("it had joined");
                    members.remove(place);
                }
            }
        }
        assert_eq!(members, scope.get_members("one"));
        for process in &all[6..] {
            end(process).await;
        }
        assert!(scope.which_groups().is_empty());
    }
}
