//! A look inside a server that is not at work yet, or no more: system requests during `#[init]` and `#[terminate]`
//! (otp.md 5; row SYS-05).

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Process;
use behaviour::sys::{self, Run, SysError};
use behaviour::testing::settle;

const SECOND: Duration = Duration::from_secs(1);

/// What servers have done.
type Done = Arc<Mutex<Vec<&'static str>>>;

/// Takes a second for each thing.
#[gen_server]
struct Slow {
    done: Done,
}

/// The rest of what is to be done first.
struct Rest;

#[gen_server]
impl Slow {
    #[init]
    async fn init(
        cx: &mut Context<Self>,
        done: Done,
        test: Process<Pid>,
        fails: bool,
    ) -> Result<Self, std::fmt::Error> {
        test.send(cx.pid());
        tokio::time::sleep(SECOND).await;
        if fails {
            return Err(std::fmt::Error);
        }
        cx.continue_with(Rest);
        Ok(Self { done })
    }

    #[continues]
    async fn rest(&mut self, _: Rest) {
        tokio::time::sleep(SECOND).await;
        self.note("rest");
    }

    #[cast]
    fn work(&mut self) {
        self.note("work");
    }

    #[cast]
    async fn work_long(&mut self) {
        tokio::time::sleep(SECOND).await;
        self.note("long work");
    }

    #[terminate]
    async fn close(&mut self, _: ExitReason) {
        self.note("close");
        tokio::time::sleep(SECOND).await;
        self.note("closed");
    }

    fn note(&self, what: &'static str) {
        self.done.lock().unwrap().push(what);
    }
}

fn taken(done: &Done) -> Vec<&'static str> {
    std::mem::take(&mut *done.lock().unwrap())
}

// SYS-05
#[behaviour::test(start_paused = true)]
async fn a_request_waits_for_the_end_of_init_and_of_what_that_continues_with(mut inbox: Inbox<Pid>) {
    let done = Done::default();
    let start = tokio::spawn(Slow::start(done.clone(), inbox.process(), false).into_future());
    let sys = sys::of(inbox.recv().await);
    let early = sys.get_status().within(SECOND / 2).await;
    assert_eq!(early.map(drop), Err(SysError::Call(CallError::Timeout)));
    sys.suspend().await.unwrap();
    assert_eq!(taken(&done), ["rest"]);
    let slow = start.await.unwrap().unwrap();
    slow.work();
    assert_eq!(sys.get_status().await.unwrap().run, Run::Suspended);
    assert_eq!(taken(&done), [""; 0]);
    sys.resume().await.unwrap();
    sys.get_status().await.unwrap();
    assert_eq!(taken(&done), ["work"]);
}

#[behaviour::test(start_paused = true)]
async fn a_request_hears_that_init_has_failed(mut inbox: Inbox<Pid>) {
    let start = tokio::spawn(Slow::start(Done::default(), inbox.process(), true).into_future());
    let sys = sys::of(inbox.recv().await);
    let ended = Err(SysError::Call(CallError::Exited(ExitReason::Normal)));
    assert_eq!(sys.suspend().await, ended, "an error of `#[init]` is no crash");
    assert!(matches!(start.await.unwrap(), Err(StartError::Failed(ExitReason::Error(_)))));
    assert_eq!(sys.suspend().await, Err(SysError::Call(CallError::NoProcess)));
}

#[behaviour::test(start_paused = true)]
async fn a_terminate_that_comes_during_init_ends_a_server_that_was_started(mut inbox: Inbox<Pid>) {
    let done = Done::default();
    let start = tokio::spawn(Slow::start(done.clone(), inbox.process(), false).into_future());
    let sys = sys::of(inbox.recv().await);
    assert_eq!(sys.terminate(ExitReason::Shutdown).await, Ok(()));
    let slow = start.await.unwrap().unwrap();
    assert_eq!(slow.ended().await, ExitReason::Shutdown);
    assert_eq!(taken(&done), ["rest", "close", "closed"]);
}

#[behaviour::test(start_paused = true)]
async fn a_server_that_terminates_is_neither_seen_nor_held_up(mut inbox: Inbox<Pid>) {
    let done = Done::default();
    let slow = Slow::start(done.clone(), inbox.process(), false).await.unwrap();
    inbox.recv().await;
    let sys = slow.sys();
    sys.get_status().await.unwrap();
    let stop = tokio::spawn(slow.stop().into_future());
    settle().await;
    let asks = [sys.suspend(), sys.terminate(ExitReason::error("otherwise")), sys.trace(true)];
    for ask in asks.map(|ask| tokio::spawn(ask.into_future())) {
        assert_eq!(ask.await.unwrap(), Err(SysError::Call(CallError::Exited(ExitReason::Normal))));
    }
    assert_eq!(stop.await.unwrap(), Ok(()));
    assert_eq!(taken(&done), ["rest", "close", "closed"]);
}

#[behaviour::test(start_paused = true)]
async fn a_terminate_has_its_turn_and_what_was_sent_after_it_has_none(mut inbox: Inbox<Pid>) {
    let done = Done::default();
    let slow = Slow::start(done.clone(), inbox.process(), false).await.unwrap();
    inbox.recv().await;
    slow.work_long();
    slow.work();
    let terminate = tokio::spawn(slow.sys().terminate(ExitReason::Shutdown).into_future());
    settle().await;
    slow.work();
    let late = tokio::spawn(slow.sys().get_status().into_future());
    assert_eq!(terminate.await.unwrap(), Ok(()));
    let ended = SysError::Call(CallError::Exited(ExitReason::Shutdown));
    assert_eq!(late.await.unwrap().map(drop), Err(ended));
    assert_eq!(taken(&done), ["rest", "long work", "work", "close", "closed"]);
}
