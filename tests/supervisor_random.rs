//! Random trees under random kills, ends and stops, against the rules written straight down.
//!
//! The rules are otp.md 7.5–7.7, as functions over a plain picture of the tree: what a child's end means to its
//! supervisor, and what the supervisor's end means to the one above. After each event the running tree must look like
//! the picture, and after the last one nothing of it is left. A failing case is told by its seed.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]
#![allow(clippy::needless_pass_by_value, reason = "a callback is given its message")]

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{ChildState, Restart, Strategy, Tree, TreeClient};
use behaviour::testing::settle;
use tokio::time::Instant;

use random::Random;

#[path = "support/random.rs"]
mod random;

const PERIOD: Duration = Duration::from_secs(5);

/// The pids of all leaves that ever were.
type Seen = Arc<Mutex<HashSet<Pid>>>;

/// Ends as it is told; some trap exits, some do not.
#[gen_server]
struct Leaf;

#[gen_server]
impl Leaf {
    #[init]
    fn init(cx: &mut Context<Self>, traps: bool, seen: Seen) -> Self {
        cx.trap_exit(traps);
        seen.lock().unwrap().insert(cx.pid());
        Self
    }

    #[call]
    fn ping(&self) {}

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}
}

/// What a supervisor is made with.
#[derive(Clone, Debug)]
struct Plan {
    strategy: Strategy,
    intensity: u32,
    children: Vec<(Restart, Made)>,
}

#[derive(Clone, Debug)]
enum Made {
    Leaf { traps: bool },
    Tree(Plan),
}

impl Plan {
    fn random(random: &mut Random, depth: usize) -> Self {
        let strategy = random.pick(&[Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne]);
        let intensity = random.pick(&[0, 1, 2, 3, 10]);
        let count = 1 + random.below(4);
        let children = (0..count).map(|_| {
            let restart = random.pick(&[Restart::Permanent, Restart::Transient, Restart::Temporary]);
            let is_tree = depth > 0 && random.below(3) == 0;
            let made = if is_tree {
                Made::Tree(Self::random(random, depth - 1))
            } else {
                Made::Leaf { traps: random.below(2) == 0 }
            };
            (restart, made)
        });
        Self { strategy, intensity, children: children.collect() }
    }

    fn build(&self, seen: &Seen) -> Tree {
        let tree = Tree::new(self.strategy).intensity(self.intensity).period(PERIOD);
        self.children.iter().enumerate().fold(tree, |tree, (id, (restart, made))| {
            let seen = seen.clone();
            let tree = match made.clone() {
                Made::Leaf { traps } => tree.child(id.to_string(), move || Leaf::child(traps, seen.clone())),
                Made::Tree(plan) => tree.child(id.to_string(), move || plan.build(&seen).into_child()),
            };
            tree.restart(*restart)
        })
    }
}

/// A running supervisor, as the rules see it.
struct Picture {
    plan: Plan,
    attempts: Vec<Instant>,
    children: Vec<Child>,
}

struct Child {
    restart: Restart,
    state: State,
}

enum State {
    Leaf,
    Tree(Picture),
    /// It is known and does not run.
    Undefined,
    /// It is not even known any more.
    Forgotten,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Normal,
    Shutdown,
    Abnormal,
}

/// The supervisor gives up.
struct GaveUp;

impl Picture {
    fn new(plan: &Plan) -> Self {
        let children = plan.children.iter().map(|(restart, made)| Child { restart: *restart, state: State::new(made) });
        Self { plan: plan.clone(), attempts: Vec::new(), children: children.collect() }
    }

    /// The process at the end of the path ends; the supervisors on the way see what it means to them.
    fn ends(&mut self, path: &[usize], end: End) -> Result<(), GaveUp> {
        let (child, end) = match (path, &mut self.children[path[0]].state) {
            ([child], _) => (*child, end),
            ([child, below @ ..], State::Tree(tree)) => match tree.ends(below, end) {
                Ok(()) => return Ok(()),
                Err(GaveUp) => (*child, End::Shutdown),
            },
            _ => unreachable!("only trees have somebody below"),
        };
        let entry = &mut self.children[child];
        match (entry.restart, end) {
            (Restart::Permanent, _) | (Restart::Transient, End::Abnormal) => self.restart(child),
            (Restart::Transient, _) => {
                entry.state = State::Undefined;
                Ok(())
            }
            (Restart::Temporary, _) => {
                entry.state = State::Forgotten;
                Ok(())
            }
        }
    }

    fn restart(&mut self, child: usize) -> Result<(), GaveUp> {
        let now = Instant::now();
        let earlier = self.attempts.iter().filter(|time| **time + PERIOD >= now).count();
        self.attempts.push(now);
        if earlier >= self.plan.intensity as usize {
            return Err(GaveUp);
        }
        let range = match self.plan.strategy {
            Strategy::OneForOne => child..child + 1,
            Strategy::OneForAll => 0..self.children.len(),
            Strategy::RestForOne => child..self.children.len(),
        };
        for index in range {
            let entry = &mut self.children[index];
            entry.state = match entry.restart {
                Restart::Temporary => State::Forgotten,
                _ => State::new(&self.plan.children[index].1),
            };
        }
        Ok(())
    }

    /// All that run, by the path to them.
    fn running(&self) -> Vec<Vec<usize>> {
        let mut all = Vec::new();
        for (index, child) in self.children.iter().enumerate() {
            match &child.state {
                State::Undefined | State::Forgotten => continue,
                State::Leaf => {}
                State::Tree(tree) => {
                    all.extend(tree.running().into_iter().map(|below| [vec![index], below].concat()));
                }
            }
            all.push(vec![index]);
        }
        all
    }

    fn is_leaf(&self, path: &[usize]) -> bool {
        match (&self.children[path[0]].state, path) {
            (State::Tree(tree), [_, below @ ..]) if !below.is_empty() => tree.is_leaf(below),
            (state, _) => matches!(state, State::Leaf),
        }
    }

    /// Compares the running tree with this picture.
    async fn compare(&self, tree: &TreeClient) {
        let told = tree.which_children().await.unwrap();
        let known =
            || self.children.iter().enumerate().filter(|(_, child)| !matches!(child.state, State::Forgotten)).rev();
        assert_eq!(told.len(), known().count());
        let mut active = 0;
        for ((index, child), info) in known().zip(&told) {
            let id = index.to_string();
            assert_eq!((&*info.id, info.restart), (id.as_str(), child.restart));
            let is_undefined = matches!(child.state, State::Undefined);
            assert_eq!(info.state == ChildState::Undefined, is_undefined, "{id}: {:?}", info.state);
            active += usize::from(!is_undefined);
            match &child.state {
                State::Leaf => {
                    let leaf = tree.child::<Leaf>(&id);
                    assert_eq!((leaf.ping().await, Some(leaf.pid())), (Ok(()), info.pid()));
                }
                State::Tree(below) => Box::pin(below.compare(&tree.child::<Tree>(&id))).await,
                State::Undefined | State::Forgotten => {}
            }
        }
        assert_eq!(tree.count_children().await.unwrap().active, active);
    }
}

impl State {
    fn new(made: &Made) -> Self {
        match made {
            Made::Leaf { .. } => Self::Leaf,
            Made::Tree(plan) => Self::Tree(Picture::new(plan)),
        }
    }
}

/// The supervisor that the last step of the path is a child of, and that child's id.
fn above(tree: &TreeClient, path: &[usize]) -> (TreeClient, String) {
    let (last, above) = path.split_last().unwrap();
    let tree = above.iter().fold(tree.clone(), |tree, index| tree.child::<Tree>(&index.to_string()));
    (tree, last.to_string())
}

/// Ends the process at the end of the path somehow; tells how its supervisor sees that.
async fn strike(random: &mut Random, tree: &TreeClient, path: &[usize], is_leaf: bool) -> End {
    let (tree, id) = above(tree, path);
    let (reason, end) = random.pick(&[
        (&ExitReason::Normal, End::Normal),
        (&ExitReason::Shutdown, End::Shutdown),
        (&ExitReason::NoProcess, End::Abnormal),
        (&ExitReason::Killed, End::Abnormal),
    ]);
    match (is_leaf, reason) {
        (true, ExitReason::Killed) => tree.child::<Leaf>(&id).kill(),
        (true, reason) => tree.child::<Leaf>(&id).end(reason.clone()),
        (false, ExitReason::Killed) => tree.child::<Tree>(&id).kill(),
        (false, reason) => tree.child::<Tree>(&id).stop().reason(reason.clone()).await.unwrap(),
    }
    end
}

/// What has happened, told when a test fails.
struct Trace(String);

impl Drop for Trace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn random_trees_under_random_ends_look_as_the_rules_say() {
    let (mut events, mut gave_up) = (0, 0);
    for seed in 0..400 {
        let mut random = Random(seed);
        let plan = Plan::random(&mut random, 3);
        let mut trace = Trace(format!("seed {seed}: {plan:?}"));
        let seen = Seen::default();
        let tree = plan.build(&seen).start().await.unwrap();
        let mut picture = Picture::new(&plan);
        picture.compare(&tree).await;
        for _ in 0..40 {
            let running = picture.running();
            if running.is_empty() {
                break;
            }
            let path = &running[random.below(running.len())];
            let is_leaf = picture.is_leaf(path);
            let end = strike(&mut random, &tree, path, is_leaf).await;
            write!(trace.0, ", {path:?} {end:?}").unwrap();
            events += 1;
            let survives = picture.ends(path, end).is_ok();
            settle().await;
            assert_eq!(tree.is_alive(), survives);
            if !survives {
                gave_up += 1;
                break;
            }
            picture.compare(&tree).await;
            // Never near the length of a period, so that a millisecond more or less does not matter.
            tokio::time::sleep(Duration::from_secs(random.pick(&[0, 0, 2, 7]))).await;
        }
        if tree.is_alive() {
            tree.stop().await.unwrap();
        }
        assert!(!seen.lock().unwrap().iter().any(|pid| process::is_alive(*pid)));
    }
    // All this has been worth something.
    assert!(events > 4_000 && gave_up > 50, "{events} {gave_up}");
}

/// Kills twenty processes of a tree, and stops it before it has come to rest.
async fn storm(random: &mut Random, tree: &TreeClient, picture: &Picture) {
    let running = picture.running();
    for _ in 0..20 {
        // Whom the storm hits may be gone already.
        let path = &running[random.below(running.len())];
        let (above, id) = above(tree, path);
        let pid = if picture.is_leaf(path) { above.child::<Leaf>(&id).pid() } else { above.child::<Tree>(&id).pid() };
        process::kill(pid);
        if random.below(2) == 0 {
            tokio::task::yield_now().await;
        }
    }
    tree.stop().await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn nothing_is_left_of_a_tree_that_is_stopped_in_the_middle_of_a_storm() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let plan = Plan { intensity: 1_000, ..Plan::random(&mut random, 3) };
        let seen = Seen::default();
        let tree = plan.build(&seen).start().await.unwrap();
        storm(&mut random, &tree, &Picture::new(&plan)).await;
        settle().await;
        let seen = seen.lock().unwrap();
        assert!(!seen.iter().any(|pid| process::is_alive(*pid)), "seed {seed}");
    }
}

/// Calls a leaf until it is gone for good. There is always somebody who answers, or who will.
async fn call(leaf: LeafClient) {
    loop {
        match leaf.ping().within(60 * PERIOD).await {
            Err(CallError::NoProcess) => return,
            Err(CallError::Timeout) => panic!("{leaf:?} is neither there nor gone"),
            _ => tokio::task::yield_now().await,
        }
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_calls_during_a_storm_on_many_threads_gets_an_answer() {
    for seed in 0..100 {
        let mut random = Random(seed);
        let plan = Plan { intensity: 1_000, ..Plan::random(&mut random, 3) };
        let seen = Seen::default();
        let tree = plan.build(&seen).start().await.unwrap();
        let picture = Picture::new(&plan);
        let leaves = picture.running().into_iter().filter(|path| picture.is_leaf(path));
        let calls: Vec<_> = leaves
            .map(|path| {
                let (above, id) = above(&tree, &path);
                tokio::spawn(call(above.child::<Leaf>(&id)))
            })
            .collect();
        storm(&mut random, &tree, &picture).await;
        for call in calls {
            call.await.unwrap();
        }
        // The children of a supervisor that was killed end by themselves.
        while seen.lock().unwrap().iter().any(|pid| process::is_alive(*pid)) {
            tokio::task::yield_now().await;
        }
    }
}
