//! Messages that do odd things, and must not wedge a process by it.
//!
//! A message that waits for its time may hold a `Reply` of the very server that waits; it may panic when it is cloned or
//! dropped; and a call may be detached, so that nobody takes its reply.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::time::Duration;

use behaviour::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// Answers late, or when it is cancelled never.
struct Late(Reply<u32>);

/// Panics when it is cloned.
struct NotTwice;

impl Clone for NotTwice {
    fn clone(&self) -> Self {
        panic!("not twice")
    }
}

/// Panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("fragile")
    }
}

/// Sends itself such messages.
#[gen_server]
struct Sender {
    late: Option<Timer>,
}

#[gen_server]
impl Sender {
    #[init]
    fn init() -> Self {
        Self { late: None }
    }

    #[call(later)]
    fn ask(&mut self, cx: &mut Context<Self>, reply: Reply<u32>) -> Later {
        self.late = Some(cx.send_after(SECOND, Late(reply)));
        Later
    }

    #[call]
    fn cancel(&mut self) -> Option<Duration> {
        self.late.take()?.cancel()
    }

    #[call]
    fn not_twice(&self, cx: &mut Context<Self>) {
        cx.send_every(SECOND, NotTwice);
    }

    #[call]
    fn fragile(&self, cx: &mut Context<Self>) {
        cx.send_after(100 * SECOND, Fragile);
    }

    #[call]
    fn fragile_if_idle(&self, cx: &mut Context<Self>) {
        cx.timeout_with(100 * SECOND, Fragile);
    }

    #[call]
    fn ping(&self) {}

    #[info]
    fn late(&mut self, Late(reply): Late) {
        reply.send(1);
    }

    #[info]
    fn on_not_twice(&mut self, _: NotTwice) {}

    #[info]
    fn on_fragile(&mut self, fragile: Fragile) {
        std::mem::forget(fragile);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_timer_that_holds_a_reply_can_be_cancelled() {
    let sender = Sender::start().await.unwrap();
    let asked = tokio::spawn(sender.ask());
    tokio::time::sleep(SECOND / 4).await;
    assert_eq!(sender.cancel().await, Ok(Some(SECOND * 3 / 4)));
    assert_eq!(asked.await.unwrap(), Err(CallError::NoReply));
}

#[behaviour::test(start_paused = true)]
async fn a_message_that_panics_when_it_is_cloned_ends_its_server() {
    let sender = Sender::start().await.unwrap();
    let end = sender.ended();
    sender.not_twice().await.unwrap();
    let ExitReason::Panic(panic) = end.await else { panic!("it did not panic") };
    assert_eq!(panic.message(), "not twice");
    assert!(!sender.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn the_end_is_told_whatever_a_timer_drops(mut inbox: Inbox<()>) {
    let sender = Sender::start().await.unwrap();
    let monitor = sender.monitor();
    sender.fragile().await.unwrap();
    sender.stop().await.unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
}

#[behaviour::test(start_paused = true)]
async fn an_idle_timeout_that_panics_when_it_is_dropped_is_dropped() {
    let sender = Sender::start().await.unwrap();
    sender.fragile_if_idle().await.unwrap();
    assert_eq!(sender.ping().await, Ok(())); // in place
    sender.fragile_if_idle().await.unwrap();
    sender.ping().detach(); // through the mailbox
    assert_eq!(sender.stop().await, Ok(()));
}

#[behaviour::test(start_paused = true)]
async fn a_detached_call_after_an_awaited_one_is_handled() {
    let sender = Sender::start().await.unwrap();
    sender.ping().await.unwrap();
    sender.cancel().detach();
    sender.ping().detach();
    assert_eq!(sender.stop().await, Ok(()));
}
