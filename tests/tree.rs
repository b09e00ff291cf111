//! `Tree`: a supervisor that is put together at run time.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, ProcessKind};
use behaviour::supervisor::{Backoff, Restart, Shutdown, Strategy, Tree};
use behaviour::testing::settle;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Knows the how-manieth it is.
#[gen_server]
struct Cell {
    number: u32,
}

#[gen_server]
impl Cell {
    #[init]
    fn init(number: u32) -> Self {
        Self { number }
    }

    #[call]
    fn number(&self) -> u32 {
        self.number
    }
}

/// Is something else than a cell, and may not want to start.
#[gen_server]
struct Other;

#[gen_server]
impl Other {
    #[init]
    fn init(there: bool) -> Option<Self> {
        there.then_some(Self)
    }

    #[call]
    fn number(&self) -> u32 {
        0
    }
}

/// Traps exits and does not close in time.
#[gen_server]
struct Stubborn;

#[gen_server]
impl Stubborn {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        cx.trap_exit(true);
        Self
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    async fn close(&mut self, _: ExitReason) {
        std::future::pending::<()>().await;
    }
}

#[behaviour::test(start_paused = true)]
async fn a_child_is_described_anew_at_each_start() {
    let mut number = 0;
    let tree = Tree::new(Strategy::OneForOne).child("cell", move || {
        number += 1;
        Cell::child(number)
    });
    let tree = tree.start().await.unwrap();
    let cell = tree.child::<Cell>("cell");
    assert_eq!(cell.number().await, Ok(1));
    cell.kill();
    assert_eq!(cell.number().await, Ok(2));
}

#[behaviour::test(start_paused = true)]
async fn what_follows_a_child_is_about_that_child() {
    let tree = Tree::new(Strategy::RestForOne)
        .child("a", || Cell::child(1))
        .restart(Restart::Transient)
        .child("b", Stubborn::child)
        .shutdown(Shutdown::Timeout(SECOND))
        .restart(Restart::Temporary)
        .child("c", || Tree::new(Strategy::OneForOne).into_child());
    assert!(format!("{tree:?}").contains(r#"children: ["a", "b", "c"]"#));
    let tree = tree.start().await.unwrap();
    let children = tree.which_children().await.unwrap();
    let told: Vec<_> = children.iter().map(|child| (&*child.id, child.restart, child.kind)).collect();
    let expected = [
        ("c", Restart::Permanent, ProcessKind::Supervisor),
        ("b", Restart::Temporary, ProcessKind::Worker),
        ("a", Restart::Transient, ProcessKind::Worker),
    ];
    assert_eq!(told, expected);
    let begun = Instant::now();
    tree.stop().await.unwrap();
    assert_eq!(begun.elapsed(), SECOND);
}

#[behaviour::test(start_paused = true)]
async fn a_tree_of_trees_is_reached_to_its_leaves() {
    let starts = Arc::new(AtomicU32::new(0));
    let counter = starts.clone();
    let tree = Tree::new(Strategy::OneForOne).intensity(10).period(SECOND).child("left", move || {
        let counter = counter.clone();
        let inner = Tree::new(Strategy::OneForOne).intensity(0);
        inner.child("cell", move || Cell::child(counter.fetch_add(1, Ordering::Relaxed))).into_child()
    });
    let tree = tree.start_link().await.unwrap();
    assert!(process::links().contains(&tree.pid()));
    let leaf = tree.child::<Tree>("left").child::<Cell>("cell");
    for number in 0..5 {
        assert_eq!(leaf.number().await, Ok(number));
        leaf.kill();
        leaf.ended().await;
    }
    assert_eq!(leaf.number().await, Ok(5));
    tree.stop().await.unwrap();
    assert_eq!(leaf.number().await, Err(CallError::NoProcess));
    assert_eq!(starts.load(Ordering::Relaxed), 6);
}

#[behaviour::test(start_paused = true)]
async fn there_is_no_child_of_another_type_or_of_an_unknown_id() {
    let tree = Tree::new(Strategy::OneForOne)
        .child("cell", || Cell::child(1))
        .child("shy", {
            let mut there = false;
            move || Other::child(std::mem::replace(&mut there, true))
        })
        .child("inner", || Tree::new(Strategy::OneForOne).into_child());
    let tree = tree.start().await.unwrap();
    assert_eq!(tree.child::<Other>("cell").number().await, Err(CallError::NoProcess));
    assert_eq!(tree.child::<Cell>("nobody").number().await, Err(CallError::NoProcess));
    assert!(!tree.child::<Other>("cell").is_alive());
    let inner = tree.child::<Tree>("inner");
    assert_eq!(inner.child::<Cell>("nobody").number().await, Err(CallError::NoProcess));
    assert_eq!(tree.child::<Tree>("cell").which_children().await, Err(CallError::NoProcess));
    assert_eq!(tree.child::<Cell>("cell").number().await, Ok(1));
    // Asking wrongly does no harm, also before the child has ever run.
    assert_eq!(tree.child::<Cell>("shy").number().await, Err(CallError::NoProcess));
    tree.restart_child("shy").await.unwrap();
    assert_eq!(tree.child::<Other>("shy").number().await, Ok(0));
    assert_eq!(tree.child::<Cell>("shy").number().await, Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn the_next_incarnation_of_a_tree_may_have_other_children() {
    let mut first = true;
    let tree = Tree::new(Strategy::OneForOne).child("inner", move || {
        let inner = Tree::new(Strategy::OneForOne).child("same", || Cell::child(1));
        let inner = if std::mem::replace(&mut first, false) {
            inner.child("x", || Cell::child(2)).child("y", || Cell::child(3))
        } else {
            inner.child("x", || Other::child(true))
        };
        inner.into_child()
    });
    let tree = tree.start().await.unwrap();
    let inner = tree.child::<Tree>("inner");
    let [same, x, y] = ["same", "x", "y"].map(|id| inner.child::<Cell>(id));
    assert_eq!(y.number().await, Ok(3));
    inner.kill();
    settle().await;
    assert_eq!(same.number().await, Ok(1));
    // What is called so now is something else, or nothing.
    assert_eq!(x.number().await, Err(CallError::NoProcess));
    assert_eq!(y.number().await, Err(CallError::NoProcess));
    assert_eq!(inner.child::<Other>("x").number().await, Ok(0));
}

#[behaviour::test(start_paused = true)]
async fn a_period_is_longer_than_zero() {
    let tree = AssertUnwindSafe(|| Tree::new(Strategy::OneForOne).period(Duration::ZERO));
    assert!(catch_unwind(tree).is_err());
}

#[behaviour::test(start_paused = true)]
async fn what_is_said_of_a_child_is_said_after_it() {
    let tree = || Tree::new(Strategy::OneForOne);
    let early: [fn(Tree) -> Tree; 4] = [
        |tree| tree.restart(Restart::Temporary),
        |tree| tree.shutdown(Shutdown::BrutalKill),
        Tree::significant,
        |tree| tree.backoff(Backoff::new(SECOND)),
    ];
    for early in early {
        assert!(catch_unwind(AssertUnwindSafe(|| early(tree()))).is_err());
    }
}
