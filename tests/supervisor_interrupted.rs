//! What comes in the middle: a supervisor is told to end, or is killed, while a child starts, restarts or ends.
//!
//! Children take their time to open, and to close if they trap exits. Whatever happens, nothing is left of them.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{OperationError, Shutdown, Strategy, Tree, TreeClient};
use behaviour::testing::settle;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// What happened, who was there, and which door takes an hour to open.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    lines: Vec<String>,
    pids: Vec<Pid>,
    stuck: Option<&'static str>,
}

impl Log {
    fn note(&self, line: String) {
        self.0.lock().unwrap().lines.push(line);
    }

    /// What was written since the last time.
    fn take(&self) -> String {
        std::mem::take(&mut self.0.lock().unwrap().lines).join(" ")
    }

    /// From now on this door takes an hour to open.
    fn stuck(&self, name: &'static str) {
        self.0.lock().unwrap().stuck = Some(name);
    }

    fn alive(&self) -> usize {
        self.0.lock().unwrap().pids.iter().filter(|pid| process::is_alive(**pid)).count()
    }
}

/// Takes its time to open.
#[gen_server]
struct Door {
    name: &'static str,
    log: Log,
}

#[gen_server]
impl Door {
    #[init]
    async fn init(cx: &mut Context<Self>, name: &'static str, log: Log) -> Self {
        cx.trap_exit(true);
        log.note(format!("({name}"));
        let stuck = {
            let mut inside = log.0.lock().unwrap();
            inside.pids.push(cx.pid());
            inside.stuck == Some(name)
        };
        if stuck {
            tokio::time::sleep(HOUR).await;
        }
        log.note(format!("+{name}"));
        Self { name, log }
    }

    #[call]
    fn ping(&self) {}

    /// Stops its own supervisor, and waits for it.
    #[cast]
    async fn shut_all(&mut self, tree: TreeClient) {
        let _ = tree.stop().await;
        self.log.note("it waited in vain".into());
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    async fn close(&mut self, reason: ExitReason) {
        tokio::time::sleep(SECOND).await;
        self.log.note(format!("-{}:{reason}", self.name));
    }
}

/// A tree of doors.
fn doors(names: &[&'static str], log: &Log) -> Tree {
    names.iter().fold(Tree::new(Strategy::OneForAll), |tree, name| {
        let (name, log) = (*name, log.clone());
        tree.child(name, move || Door::child(name, log.clone()))
    })
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_is_stopped_while_it_starts_gives_the_start_up() {
    let log = Log::default();
    log.stuck("b");
    let tree = doors(&["a", "b", "c"], &log).named("still starting");
    let starting = tokio::spawn(tree.start().into_future());
    settle().await;
    let begun = Instant::now();
    Tree::find("still starting").unwrap().stop().await.unwrap();
    // One second for `a` to close; nobody waits for `b`.
    assert_eq!(begun.elapsed().as_millis(), 1_000);
    assert_eq!((log.take().as_str(), log.alive()), ("(a +a (b -a:shutdown", 0));
    assert_eq!(starting.await.unwrap().unwrap_err(), StartError::Failed(ExitReason::Normal));
    assert_eq!(process::whereis("still starting"), None);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_whose_starter_dies_gives_the_start_up() {
    let log = Log::default();
    log.stuck("b");
    let tree = doors(&["a", "b"], &log);
    let starter = process::spawn(|_: Inbox<()>| async { drop(tree.start_link().await) });
    settle().await;
    assert_eq!(log.alive(), 2);
    process::kill(starter.pid());
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!((log.take().as_str(), log.alive()), ("(a +a (b -a:killed", 0));
}

#[behaviour::test(start_paused = true)]
async fn a_start_of_a_supervisor_that_takes_too_long_leaves_nothing_behind() {
    let log = Log::default();
    log.stuck("b");
    let error = doors(&["a", "b"], &log).start().within(SECOND).await.unwrap_err();
    assert_eq!(error, StartError::Timeout);
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!((log.take().as_str(), log.alive()), ("(a +a (b -a:killed", 0));
    // So does one that nobody waits for any longer.
    let start = tokio::time::timeout(SECOND, doors(&["a", "b"], &log).start().into_future());
    assert!(start.await.is_err());
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!((log.take().as_str(), log.alive()), ("(a +a (b -a:killed", 0));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_is_stopped_while_a_child_restarts() {
    let log = Log::default();
    let tree = doors(&["a", "b"], &log).start().await.unwrap();
    log.stuck("b");
    let b = tree.child::<Door>("b");
    b.kill();
    let waiting = tokio::spawn(b.ping().within(HOUR));
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(log.take(), "(a +a (b +b -a:shutdown (a +a (b");
    let begun = Instant::now();
    tree.stop().await.unwrap();
    assert_eq!(begun.elapsed().as_millis(), 1_000);
    assert_eq!((log.take().as_str(), log.alive()), ("-a:shutdown", 0));
    assert_eq!(waiting.await.unwrap(), Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_is_killed_while_a_child_restarts() {
    let log = Log::default();
    let tree = doors(&["a", "b"], &log).start().await.unwrap();
    log.stuck("b");
    let b = tree.child::<Door>("b");
    b.kill();
    let waiting = tokio::spawn(b.ping().within(HOUR));
    tokio::time::sleep(2 * SECOND).await;
    log.take();
    tree.kill();
    // Who waits for the child is told at once, though `a` takes its time.
    settle().await;
    assert!(waiting.is_finished());
    assert_eq!(waiting.await.unwrap(), Err(CallError::NoProcess));
    tokio::time::sleep(SECOND).await;
    assert_eq!((log.take().as_str(), log.alive()), ("-a:killed", 0));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_is_stopped_while_a_child_is_started_by_hand() {
    let log = Log::default();
    let tree = doors(&["a", "b"], &log).start().await.unwrap();
    tree.terminate_child("b").await.unwrap();
    log.stuck("b");
    let restart = tokio::spawn({
        let tree = tree.clone();
        async move { tree.restart_child("b").await }
    });
    settle().await;
    log.take();
    tree.stop().await.unwrap();
    assert_eq!((log.take().as_str(), log.alive()), ("-a:shutdown", 0));
    assert_eq!(restart.await.unwrap(), Err(OperationError::Call(CallError::Exited(ExitReason::Normal))));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_below_that_still_starts_ends_in_order_with_the_one_above() {
    for shutdown in [Shutdown::Infinity, Shutdown::Timeout(SECOND / 2), Shutdown::BrutalKill] {
        let log = Log::default();
        log.stuck("c");
        let inside = log.clone();
        let top = doors(&["a"], &log)
            .child("inner", move || doors(&["b", "c"], &inside).into_child())
            .shutdown(shutdown)
            .named("the top of it");
        let starting = tokio::spawn(top.start().into_future());
        settle().await;
        assert_eq!((log.take().as_str(), log.alive()), ("(a +a (b +b (c", 3));
        let begun = Instant::now();
        Tree::find("the top of it").unwrap().stop().await.unwrap();
        let (expected, time) = match shutdown {
            Shutdown::Infinity => ("-b:shutdown -a:shutdown", 2_000),
            // It is killed while `b` closes, and `b` has no supervisor then that waits for it.
            Shutdown::Timeout(_) => ("-b:shutdown -a:shutdown", 1_500),
            Shutdown::BrutalKill => ("-b:killed -a:shutdown", 1_000),
        };
        assert_eq!((log.take().as_str(), begun.elapsed().as_millis()), (expected, time), "{shutdown:?}");
        assert!(starting.await.unwrap().is_err());
        tokio::time::sleep(2 * SECOND).await;
        assert_eq!(log.alive(), 0);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_killed_supervisor_takes_its_children_along() {
    let log = Log::default();
    let inside = log.clone();
    let top = doors(&["a"], &log).child("inner", move || doors(&["b"], &inside).into_child()).start().await.unwrap();
    let inner = top.child::<Tree>("inner");
    let leaves = [top.child::<Door>("a"), inner.child::<Door>("b")];
    log.take();
    top.kill();
    assert_eq!(top.ended().await, ExitReason::Killed);
    // From now on nobody restarts them.
    for leaf in &leaves {
        assert_eq!(leaf.ping().await, Err(CallError::NoProcess));
    }
    assert!(!top.is_alive());
    assert_eq!(top.which_children().await, Err(CallError::NoProcess));
    assert_eq!(inner.which_children().await, Err(CallError::NoProcess));
    tokio::time::sleep(2 * SECOND).await;
    // Those who trap exits end in order: `b` because its own supervisor does.
    assert_eq!((log.take().as_str(), log.alive()), ("-a:killed -b:shutdown", 0));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_was_killed_and_restarted_is_not_disturbed_by_what_is_left_of_the_old_one() {
    let log = Log::default();
    let inside = log.clone();
    // In the middle there is a supervisor that is killed; its own supervisor below takes a second to end.
    let top = Tree::new(Strategy::OneForOne).child("middle", move || {
        let inside = inside.clone();
        Tree::new(Strategy::OneForOne).child("inner", move || doors(&["a", "b"], &inside).into_child()).into_child()
    });
    let top = top.start().await.unwrap();
    let middle = top.child::<Tree>("middle");
    let inner = middle.child::<Tree>("inner");
    let [a, b] = ["a", "b"].map(|id| inner.child::<Door>(id));
    let before = [middle.pid(), inner.pid(), a.pid(), b.pid()];
    log.take();
    middle.kill();
    settle().await;
    assert_eq!((a.ping().await, b.ping().await), (Ok(()), Ok(())));
    let after = [middle.pid(), inner.pid(), a.pid(), b.pid()];
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    tokio::time::sleep(3 * SECOND).await;
    assert_eq!(log.take(), "(a +a (b +b -b:shutdown -a:shutdown");
    assert_eq!([middle.pid(), inner.pid(), a.pid(), b.pid()], after);
    assert_eq!((a.ping().await, b.ping().await), (Ok(()), Ok(())));
    assert_eq!((middle.count_children().await.unwrap().active, log.alive()), (1, 2));
    top.stop().await.unwrap();
    assert_eq!(log.alive(), 0);
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_waits_for_the_end_of_its_own_supervisor_is_killed_in_the_end() {
    let log = Log::default();
    let tree = doors(&["a", "b"], &log).start().await.unwrap();
    log.take();
    tree.child::<Door>("b").shut_all(tree.clone());
    assert_eq!(tree.ended().await, ExitReason::Normal);
    assert_eq!((log.take().as_str(), log.alive()), ("-a:shutdown", 0));
}
