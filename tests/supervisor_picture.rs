//! A running tree as a picture: names, pids, types, who is restarting, how many messages wait.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::ProcessKind;
use behaviour::supervisor::{Backoff, ChildState, DynamicSupervisor, Picture, Restart, Strategy, Tree, TreeClient};
use behaviour::testing::settle;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Takes its time, if it is asked to.
#[gen_server]
struct Worker;

#[gen_server]
impl Worker {
    #[init]
    async fn init(opening: Duration) -> Self {
        tokio::time::sleep(opening).await;
        Self
    }

    #[call]
    async fn work(&self) {
        tokio::time::sleep(SECOND).await;
    }
}

/// Does not want to come.
#[gen_server]
struct Shy;

#[gen_server]
impl Shy {
    #[init]
    fn init() -> Option<Self> {
        None
    }
}

/// A worker and others.
#[supervisor(rest_for_one, intensity = 10)]
struct Office {
    clerk: &'static str,
}

#[supervisor]
impl Office {
    #[child]
    fn clerk(&self) -> Child<Worker> {
        Worker::child(Duration::ZERO).named(self.clerk)
    }

    #[child(transient, backoff(initial = 1m))]
    fn intern(&self) -> Child<Worker> {
        Worker::child(Duration::ZERO)
    }

    #[child]
    fn shy(&self) -> Child<Shy> {
        Shy::child()
    }

    #[child]
    fn archive(&self) -> Child<Tree> {
        Tree::new(Strategy::OneForAll).child("box", worker).child("shelf", worker).into_child()
    }

    #[child]
    fn guests(&self) -> Child<DynamicSupervisor<Worker>> {
        DynamicSupervisor::child()
    }
}

fn worker() -> Child<Worker> {
    Worker::child(Duration::ZERO)
}

#[behaviour::test(start_paused = true)]
async fn a_tree_shows_who_is_there_and_how_they_are() {
    let office = Office { clerk: "picture: the clerk" }.start().await.unwrap();
    for _ in 0..8 {
        office.guests().start_child(Duration::ZERO).await.unwrap();
    }
    let calls: Vec<_> = (0..3).map(|_| tokio::spawn(office.clerk().work())).collect();
    settle().await;
    let picture = office.tree().await.unwrap();
    let archive = office.archive();
    let pids = [
        office.pid(),
        office.clerk().pid(),
        office.intern().pid(),
        archive.pid(),
        archive.child::<Worker>("box").pid(),
        archive.child::<Worker>("shelf").pid(),
        office.guests().pid(),
    ];
    let text = picture.to_string();
    let lines: Vec<_> = text.lines().collect();
    let expected = [
        format!("Office {}, rest_for_one", pids[0]),
        format!("├─ clerk: Worker {}, \"picture: the clerk\", 2 messages wait", pids[1]),
        format!("├─ intern: Worker {}", pids[2]),
        "├─ shy: Shy, does not run".into(),
        format!("├─ archive: Tree {}, one_for_all", pids[3]),
        format!("│  ├─ box: Worker {}", pids[4]),
        format!("│  └─ shelf: Worker {}", pids[5]),
        format!("└─ guests: DynamicSupervisor<Worker> {}, 8 children", pids[6]),
    ];
    assert_eq!(lines[..8], expected);
    assert!(lines[8..13].iter().all(|line| line.starts_with("   ├─ Worker <")), "{text}");
    assert_eq!(lines[13..], ["   └─ .. 3 more"]);
    assert_eq!(picture.mermaid().matches(" --> ").count(), 13);
    assert_eq!(picture.iter().count(), 13);

    let told = picture.children.iter().map(|child| (child.id.as_deref().unwrap(), child.kind, child.restart.unwrap()));
    let told: Vec<_> = told.collect();
    let (worker, supervisor) = (ProcessKind::Worker, ProcessKind::Supervisor);
    let expected = [
        ("clerk", worker, Restart::Permanent),
        ("intern", worker, Restart::Transient),
        ("shy", worker, Restart::Permanent),
        ("archive", supervisor, Restart::Permanent),
        ("guests", supervisor, Restart::Permanent),
    ];
    assert_eq!(told, expected);
    assert_eq!((picture.restart, picture.id.clone(), picture.strategy), (None, None, Some(Strategy::RestForOne)));
    assert_eq!(office.guests().tree().await.unwrap().more, 3);
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_waits_for_its_restart_is_shown_so() {
    let office = Office { clerk: "picture: another clerk" }.start().await.unwrap();
    office.intern().kill();
    settle().await;
    let states: Vec<_> = office.tree().await.unwrap().children.into_iter().map(|child| child.state).collect();
    let clerk = ChildState::Running(office.clerk().pid());
    assert_eq!(states[..3], [clerk, ChildState::Restarting, ChildState::Undefined]);
    assert_eq!(states[3..], [ChildState::Undefined; 2]);
    let text = office.tree().await.unwrap().to_string();
    assert!(text.contains("├─ intern: Worker, restarting\n├─ shy: Shy, does not run\n"), "{text}");
}

/// `slow` is busy for a minute when its child restarts after that was set, `quick` never.
async fn busy(slow: &Arc<AtomicBool>) -> TreeClient {
    let slow = slow.clone();
    let top = Tree::new(Strategy::OneForOne).child("slow", move || {
        let slow = slow.clone();
        let opening = move || if slow.load(Ordering::Relaxed) { 60 * SECOND } else { Duration::ZERO };
        Tree::new(Strategy::OneForOne).child("a", move || Worker::child(opening())).into_child()
    });
    let top = top.child("quick", || Tree::new(Strategy::OneForOne).child("deep", || deep().into_child()).into_child());
    top.start().await.unwrap()
}

fn deep() -> Tree {
    Tree::new(Strategy::OneForOne).child("b", worker)
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_does_not_answer_is_shown_as_busy() {
    let slow = Arc::new(AtomicBool::new(false));
    let tree = busy(&slow).await;
    slow.store(true, Ordering::Relaxed);
    tree.child::<Tree>("slow").child::<Worker>("a").kill();
    settle().await;
    let begun = Instant::now();
    let picture = tree.tree().await.unwrap();
    assert_eq!(begun.elapsed(), 5 * SECOND);
    let [slow, quick] = &picture.children[..] else { panic!("{picture}") };
    assert!(slow.is_busy && slow.children.is_empty());
    assert_eq!(slow.to_string(), format!("slow: Tree {}, busy", tree.child::<Tree>("slow").pid()));
    // One that is busy takes no time from the others.
    assert_eq!(quick.iter().map(|child| child.is_busy).collect::<Vec<_>>(), [false; 3]);
    assert_eq!(tree.child::<Tree>("slow").tree().await, Err(CallError::Timeout));
}

#[behaviour::test(start_paused = true)]
async fn there_is_no_picture_of_a_supervisor_that_is_gone() {
    let tree = deep().start().await.unwrap();
    tree.stop().await.unwrap();
    assert_eq!(tree.tree().await, Err(CallError::NoProcess));
    // Of one that is being restarted there is one as soon as it is back.
    let top = Tree::new(Strategy::OneForOne).child("deep", || deep().into_child()).backoff(Backoff::new(SECOND));
    let top = top.start().await.unwrap();
    let deep = top.child::<Tree>("deep");
    deep.kill();
    let picture: Picture = deep.tree().await.unwrap();
    assert_eq!(picture.children.len(), 1);
}
