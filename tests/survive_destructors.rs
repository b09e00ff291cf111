//! Messages that wait somewhere when a server ends, or that it makes and nobody takes, are dropped one by one: a destructor
//! that panics is logged, and two at a time, which would end the program, do not happen.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::sys::{Event, SysError};
use behaviour::testing::{Reports, settle};

const SECOND: Duration = Duration::from_secs(1);

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bomb was dropped");
    }
}

struct Next(Bomb);

struct Later(Bomb);

#[derive(Clone)]
struct Again(Arc<Bomb>);

struct Idle(Bomb);

/// Has bombs wait for it.
#[gen_server]
struct Bomber;

#[gen_server]
impl Bomber {
    #[init]
    fn init() -> Self {
        Self
    }

    /// Five bombs wait.
    #[cast]
    fn wait(&mut self, cx: &mut Context<Self>) {
        cx.timeout_with(SECOND, Idle(Bomb));
        for _ in 0..2 {
            cx.send_after(SECOND, Later(Bomb));
            cx.send_every(SECOND, Again(Arc::new(Bomb)));
        }
    }

    /// Two bombs are next, and their turn never comes.
    #[cast]
    fn stop_with_bombs(&mut self, cx: &mut Context<Self>) {
        cx.continue_with(Next(Bomb));
        cx.continue_with(Next(Bomb));
        cx.stop(ExitReason::Shutdown);
    }

    /// Waits anew, and so waits no more for the first bomb.
    #[cast]
    fn wait_twice(&mut self, cx: &mut Context<Self>) {
        cx.timeout_with(SECOND, Idle(Bomb));
        cx.timeout_with(SECOND, Idle(Bomb));
    }

    #[cast]
    async fn sleep(&mut self) {
        tokio::time::sleep(SECOND).await;
    }

    #[call]
    fn make(&self) -> Bomb {
        Bomb
    }

    #[call]
    fn lives(&self) -> bool {
        true
    }

    #[continues]
    fn next(&mut self, next: Next) {
        std::mem::forget(next.0);
    }

    #[info]
    fn later(&mut self, later: Later) {
        std::mem::forget(later.0);
    }

    #[info]
    fn again(&mut self, again: Again) {
        std::mem::forget(again.0);
    }

    #[info]
    fn idle(&mut self, idle: Idle) {
        std::mem::forget(idle.0);
    }
}

/// How many bombs were dropped.
fn dropped(reports: &Reports) -> usize {
    let all = reports.take().into_iter();
    all.filter(|report| report.message() == "panicked while it was dropped").count()
}

#[behaviour::test(start_paused = true)]
async fn what_waits_for_a_server_that_ends_is_dropped_one_by_one() {
    let bomber = Bomber::start().await.unwrap();
    bomber.wait();
    assert_eq!(bomber.lives().await, Ok(true), "which ends the idle timeout");
    bomber.wait();
    settle().await;
    let reports = Reports::listen();
    bomber.kill();
    assert_eq!(bomber.ended().await, ExitReason::Killed);
    assert_eq!(dropped(&reports), 9, "four timers, four intervals, one idle timeout");

    let bomber = Bomber::start().await.unwrap();
    bomber.stop_with_bombs();
    assert_eq!(bomber.ended().await, ExitReason::Shutdown);
    assert_eq!(dropped(&reports), 2);
}

#[behaviour::test(start_paused = true)]
async fn what_nobody_waits_for_any_more_is_dropped_and_the_server_lives() {
    let bomber = Bomber::start().await.unwrap();
    let reports = Reports::listen();
    bomber.make().detach();
    bomber.wait_twice();
    assert_eq!(bomber.lives().await, Ok(true));
    assert_eq!(dropped(&reports), 3, "the reply, and both idle timeouts");
}

/// A function to be installed, which keeps a bomb.
fn watch(fails: bool) -> impl FnMut(&Event, &str) + Send + 'static {
    let bomb = Bomb;
    move |_, _| {
        let _kept = &bomb;
        assert!(!fails, "cannot watch");
    }
}

// SYS-06
#[behaviour::test(start_paused = true)]
async fn functions_that_watch_are_dropped_one_by_one_and_the_server_lives() {
    let bomber =
        Bomber::start().debug(|items| items.install("1", watch(false)).install("1", watch(false))).await.unwrap();
    let sys = bomber.sys();
    assert_eq!(sys.install("1", watch(false)).await, Ok(false));
    assert_eq!(sys.install("2", watch(false)).await, Ok(true));
    assert_eq!(sys.remove("1").await, Ok(true));
    assert_eq!(sys.get_status().await.unwrap().debug, ["install 2"], "what is not removed goes on");
    sys.install("fails", watch(true)).await.unwrap();
    assert_eq!(bomber.lives().await, Ok(true));
    assert_eq!(sys.remove("fails").await, Ok(false));
    for id in ["3", "4"] {
        sys.install(id, watch(false)).await.unwrap();
    }
    assert_eq!(sys.no_debug().await, Ok(()));
    for id in ["5", "6"] {
        sys.install(id, watch(false)).await.unwrap();
    }
    assert_eq!(bomber.stop().await, Ok(()));
}

// Both wait for a server that is busy, and that does not come to them.
#[behaviour::test(start_paused = true)]
async fn system_requests_that_wait_for_a_server_that_ends_are_dropped_one_by_one() {
    let bomber = Bomber::start().await.unwrap();
    bomber.sleep();
    let requests = [Bomb, Bomb].map(|bomb| {
        let look = bomber.sys().get_state(move |_| {
            let _kept = &bomb;
        });
        tokio::spawn(look.into_future())
    });
    settle().await;
    let reports = Reports::listen();
    bomber.kill();
    for request in requests {
        let killed = SysError::Call(CallError::Exited(ExitReason::Killed));
        assert_eq!(request.await.unwrap(), Err(killed));
    }
    assert_eq!(dropped(&reports), 2);
}
