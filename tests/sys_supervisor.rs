//! What `sys` shows of supervisors and pools: text, in which their flags and their children are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::pool::Pool;
use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{AutoShutdown, Strategy, Tree};
use behaviour::sys::{self, SysError};
use behaviour::testing::settle;
use tokio::sync::Semaphore;

#[gen_server]
struct Worker;

#[gen_server]
impl Worker {
    #[init]
    async fn init(gate: Arc<Semaphore>) -> Self {
        gate.acquire().await.expect("nobody closes it").forget();
        Self
    }
}

fn worker(starts: usize) -> (Arc<Semaphore>, impl Fn() -> Child<Worker> + Clone + Send + Sync) {
    let gate = Arc::new(Semaphore::new(starts));
    (Arc::clone(&gate), move || Worker::child(Arc::clone(&gate)))
}

/// The state of a process of which only the pid is known.
async fn text(pid: Pid) -> String {
    sys::of(pid).get_state().await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_tells_its_flags_and_its_children_in_start_order() {
    let (_, make) = worker(3);
    let broken = Arc::new(AtomicBool::new(false));
    let breaks = {
        let (make, broken) = (make.clone(), Arc::clone(&broken));
        move || {
            assert!(!broken.load(Ordering::Relaxed), "it is broken");
            make()
        }
    };
    let tree = Tree::new(Strategy::OneForOne)
        .intensity(1_000_000)
        .period(Duration::from_mins(1))
        .auto_shutdown(AutoShutdown::AnySignificant)
        .child("a", make.clone())
        .child("b", make)
        .child("c", breaks)
        .start()
        .await
        .unwrap();
    tree.terminate_child("b").await.unwrap();
    let (a, c) = (tree.child::<Worker>("a"), tree.child::<Worker>("c"));
    let told = |state: &str| {
        format!(
            "Supervisor {{ strategy: OneForOne, intensity: 1000000, period: 60s, auto_shutdown: AnySignificant, \
             children: {{\"a\": Running({}), \"b\": Undefined, \"c\": {state}}} }}",
            a.pid()
        )
    };
    assert_eq!(text(tree.pid()).await, told(&format!("Running({})", c.pid())));
    broken.store(true, Ordering::Relaxed);
    c.kill();
    while process::is_alive(c.pid()) {
        tokio::task::yield_now().await;
    }
    // Also one that stands still tells it.
    tree.sys().suspend().await.unwrap();
    assert_eq!(text(tree.pid()).await, told("Restarting"));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_is_starting_a_child_tells_its_state_afterwards() {
    let (gate, make) = worker(1);
    let tree = Tree::new(Strategy::OneForAll).intensity(9).child("a", make).start().await.unwrap();
    let a = tree.child::<Worker>("a");
    a.kill();
    settle().await;
    let asked = sys::of(tree.pid());
    let late = asked.get_state().within(Duration::from_millis(1)).await;
    assert_eq!(late, Err(SysError::Call(CallError::Timeout)));
    let telling = tokio::spawn(async move { asked.get_state().await });
    settle().await;
    assert!(!telling.is_finished());
    gate.add_permits(1);
    let told = telling.await.unwrap().unwrap();
    assert!(told.contains(&format!("children: {{\"a\": Running({})}}", a.pid())), "{told}");

    // One that ends meanwhile tells nothing.
    a.kill();
    settle().await;
    let asked = sys::of(tree.pid());
    let telling = tokio::spawn(async move { asked.get_state().await });
    settle().await;
    tree.kill();
    assert_eq!(telling.await.unwrap(), Err(SysError::Call(CallError::Exited(ExitReason::Killed))));
}

#[behaviour::test(start_paused = true)]
async fn a_dynamic_supervisor_tells_its_limits_and_how_many_children_it_has() {
    let (_, make) = worker(2);
    let crowd = DynamicSupervisor::<Worker>::start().max_children(7).intensity(2).await.unwrap();
    for _ in 0..2 {
        crowd.start_child_with(make.clone()).await.unwrap();
    }
    let told = "DynamicSupervisor { children: 2, max_children: Some(7), intensity: 2, period: 5s }";
    assert_eq!(text(crowd.pid()).await, told);
    let crowd = DynamicSupervisor::<Worker>::start().await.unwrap();
    let told = "DynamicSupervisor { children: 0, max_children: None, intensity: 3, period: 5s }";
    assert_eq!(text(crowd.pid()).await, told);
}

#[behaviour::test(start_paused = true)]
async fn a_pool_tells_its_status() {
    let (_, make) = worker(2);
    let pool = Pool::start(make).size(2).await.unwrap();
    let worker = pool.checkout().await.unwrap();
    let told = format!("{:?}", pool.status().await.unwrap());
    assert!(told.contains("lent: 1"), "{told}");
    assert_eq!(text(pool.pid()).await, told);
    assert_eq!(sys::of(pool.pid()).get_status().await.unwrap().state, Some(told));
    drop(worker);
}

#[behaviour::test(start_paused = true)]
async fn the_text_of_a_supervisor_is_nothing_to_be_replaced() {
    let tree = Tree::new(Strategy::OneForOne).start().await.unwrap();
    let (_, make) = worker(1);
    let pool = Pool::start(make).size(1).await.unwrap();
    for pid in [tree.pid(), pool.pid()] {
        let replaced = sys::of(pid).replace_state_of(|text: &mut String| text.clear()).await;
        assert_eq!(replaced, Err(SysError::NoState));
    }
}
