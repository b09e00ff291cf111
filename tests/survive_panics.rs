//! What a server must survive, or end of and nothing else with it: panics, wherever a callback can panic.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::unused_async, reason = "an async callback may panic before it waits")]

use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Strategy, Tree};
use behaviour::testing::Reports;

const MS: Duration = Duration::from_millis(1);

/// Panics wherever it is told to.
#[gen_server]
struct Bomb {
    fuse: Fuse,
    /// How often a bomb was dropped.
    dropped: Arc<AtomicU32>,
}

/// Where else a bomb goes off.
#[derive(Clone, Copy, PartialEq)]
enum Fuse {
    None,
    Init,
    Terminate,
    Drop,
}

#[derive(Clone)]
struct Tick;

struct Soon;

/// A payload that is no text.
struct Payload(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
        assert!(self.fuse != Fuse::Drop, "while it was dropped");
    }
}

#[gen_server]
impl Bomb {
    #[init]
    fn init(cx: &mut Context<Self>, fuse: Fuse, dropped: Arc<AtomicU32>) -> Self {
        let bomb = Self { fuse, dropped };
        if fuse == Fuse::Init {
            cx.send_every(MS, Tick);
            panic!("in init");
        }
        bomb
    }

    #[call]
    fn ping(&self) -> &'static str {
        "pong"
    }

    #[call]
    fn call(&mut self) -> u32 {
        panic!("in a call")
    }

    #[call(queued)]
    fn queued(&mut self) -> u32 {
        panic!("in a queued call")
    }

    #[call]
    async fn at_once(&mut self) -> u32 {
        panic!("in an async call")
    }

    #[call]
    async fn waiting(&mut self) -> u32 {
        tokio::time::sleep(MS).await;
        panic!("after an await")
    }

    #[call(later)]
    fn later(&mut self, _reply: Reply<u32>) -> Later {
        panic!("with the reply in its hand")
    }

    #[call]
    fn with_payload(&mut self, number: u32) -> u32 {
        panic_any(Payload(number))
    }

    #[call]
    fn with_text(&mut self, text: String) -> u32 {
        panic_any(text)
    }

    #[cast]
    fn cast(&mut self) {
        panic!("in a cast")
    }

    #[cast]
    async fn waiting_cast(&mut self) {
        tokio::time::sleep(MS).await;
        panic!("in an async cast")
    }

    #[cast]
    fn ask(&mut self, cx: &mut Context<Self>, what: &'static str) {
        match what {
            "timeout" => cx.timeout(MS),
            "continue" => cx.continue_with(Soon),
            "timer" => drop(cx.send_after(MS, Tick)),
            "drop" => self.fuse = Fuse::Drop,
            "terminate" => self.fuse = Fuse::Terminate,
            _ => {}
        }
    }

    #[info]
    fn tick(&mut self, _: Tick) {
        panic!("in an info")
    }

    #[info]
    fn timeout(&mut self, _: Timeout) {
        panic!("in a timeout")
    }

    #[continues]
    async fn soon(&mut self, _: Soon) {
        panic!("in a continue")
    }

    #[terminate]
    fn terminate(&mut self) {
        assert!(self.fuse != Fuse::Terminate, "in terminate");
    }
}

async fn bomb() -> BombClient {
    Bomb::start(Fuse::None, Arc::default()).await.unwrap()
}

/// The message of the panic that this reason tells of.
fn said(reason: &ExitReason) -> &str {
    let ExitReason::Panic(panic) = reason else { panic!("no panic, but: {reason}") };
    assert!(panic.place().is_some_and(|place| place.contains("survive_panics.rs")), "{:?}", panic.place());
    panic.message()
}

/// What the caller hears of a panic; others hear the same.
async fn heard<T: Send + std::fmt::Debug + 'static>(call: impl FnOnce(&BombClient) -> Call<T>) -> String {
    let bomb = bomb().await;
    let CallError::Exited(reason) = call(&bomb).await.unwrap_err() else { panic!("the server ended") };
    assert!(!bomb.is_alive());
    assert_eq!(bomb.ended().await, reason);
    assert_eq!(bomb.ping().await, Err(CallError::NoProcess));
    said(&reason).to_owned()
}

#[behaviour::test(start_paused = true)]
async fn a_panic_in_a_call_ends_the_server_and_not_its_caller() {
    assert_eq!(heard(BombClient::call).await, "in a call");
    assert_eq!(heard(BombClient::queued).await, "in a queued call");
    assert_eq!(heard(BombClient::at_once).await, "in an async call");
    assert_eq!(heard(BombClient::waiting).await, "after an await");
    assert_eq!(heard(BombClient::later).await, "with the reply in its hand");
}

// GS-48
#[behaviour::test(start_paused = true)]
async fn a_panic_without_a_caller_is_the_reason_of_the_end() {
    let ends = |bomb: BombClient| async move { said(&bomb.ended().await).to_owned() };
    let bombs = [bomb().await, bomb().await, bomb().await, bomb().await, bomb().await, bomb().await];
    bombs[0].cast();
    bombs[1].waiting_cast();
    bombs[2].send(Tick);
    for (bomb, what) in bombs[3..].iter().zip(["timeout", "continue", "timer"]) {
        bomb.ask(what);
    }
    let expected = ["in a cast", "in an async cast", "in an info", "in a timeout", "in a continue", "in an info"];
    for (bomb, expected) in bombs.into_iter().zip(expected) {
        assert_eq!(ends(bomb).await, expected);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_panic_in_init_is_a_failed_start() {
    let dropped = Arc::new(AtomicU32::new(0));
    let error = Bomb::start(Fuse::Init, Arc::clone(&dropped)).named("bomb").await.unwrap_err();
    let StartError::Failed(reason) = error else { panic!("{error}") };
    assert_eq!(said(&reason), "in init");
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert_eq!(process::whereis("bomb"), None);
}

// GS-47
#[behaviour::test(start_paused = true)]
async fn a_panic_in_terminate_is_what_is_heard_last() {
    let bomb = bomb().await;
    bomb.ask("terminate");
    let CallError::Exited(reason) = bomb.stop().await.unwrap_err() else { panic!("it ended") };
    assert_eq!(said(&reason), "in terminate");
    // Also where there was a panic before.
    let bomb = Bomb::start(Fuse::Terminate, Arc::default()).await.unwrap();
    let CallError::Exited(reason) = bomb.call().await.unwrap_err() else { panic!("it ended") };
    assert_eq!(said(&reason), "in terminate");
}

#[behaviour::test(start_paused = true)]
async fn a_panic_in_a_destructor_hurts_nobody(mut inbox: Inbox<()>) {
    let dropped = Arc::new(AtomicU32::new(0));
    let (bomb, monitor) = Bomb::start(Fuse::Drop, Arc::clone(&dropped)).named("falls").monitor().await.unwrap();
    assert_eq!(bomb.stop().await, Ok(()));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
    assert_eq!(process::whereis("falls"), None);
    let bomb = Bomb::start(Fuse::Drop, Arc::clone(&dropped)).await.unwrap();
    let CallError::Exited(reason) = bomb.call().await.unwrap_err() else { panic!("it ended") };
    assert_eq!(said(&reason), "in a call");
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

#[behaviour::test(start_paused = true)]
async fn a_payload_that_is_no_text_is_kept() {
    let one = bomb().await;
    let CallError::Exited(ExitReason::Panic(panic)) = one.with_payload(7).await.unwrap_err() else {
        panic!("it ended")
    };
    assert_eq!(panic.message(), "a panic whose payload is no text");
    assert_eq!(panic.with_payload(|payload: &Payload| payload.0), Some(7));
    assert_eq!(panic.with_payload(|text: &String| text.clone()), None);
    let one = bomb().await;
    let CallError::Exited(reason) = one.with_text("a text of its own".into()).await.unwrap_err() else {
        panic!("ended")
    };
    assert_eq!(said(&ExitReason::error(reason)), "a text of its own");
}

/// An error that cannot be told.
#[derive(Debug)]
struct Unspeakable;

impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("while it was shown")
    }
}

impl std::error::Error for Unspeakable {}

#[behaviour::test(start_paused = true)]
async fn a_process_ends_with_an_error_that_panics_when_it_is_shown() {
    let reports = Reports::listen();
    let failed = process::spawn(|_: Inbox<()>| async { Err::<(), _>(Unspeakable) });
    let reason = failed.ended().await;
    assert_eq!(reason.to_string(), "an error that panics when it is shown");
    let told = reports.take();
    assert!(told.iter().any(|report| report.field("reason") == "an error that panics when it is shown"), "{told:?}");
}

#[behaviour::test(start_paused = true)]
async fn everybody_who_waits_hears_of_a_panic_and_the_next_incarnation_knows_nothing() {
    let dropped = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&dropped);
    let tree = Tree::new(Strategy::OneForOne)
        .intensity(100)
        .child("bomb", move || Bomb::child(Fuse::None, Arc::clone(&counted)))
        .start()
        .await
        .unwrap();
    let bomb = tree.child::<Bomb>("bomb");
    for round in 1..=20 {
        let pid = bomb.pid();
        let (first, second, third) = tokio::join!(bomb.waiting(), bomb.queued(), bomb.later());
        for answer in [first, second, third] {
            let Err(CallError::Exited(reason)) = answer else { panic!("{answer:?}") };
            assert_eq!(said(&reason), "after an await");
        }
        assert_eq!(bomb.ping().await, Ok("pong"));
        assert_ne!(bomb.pid(), pid);
        assert_eq!(dropped.load(Ordering::SeqCst), round);
    }
    tree.stop().await.unwrap();
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn panics_on_several_threads_keep_their_own_message_and_place() {
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            tokio::spawn(async move {
                let bomb = bomb().await;
                let text = format!("number {number}");
                let CallError::Exited(reason) = bomb.with_text(text.clone()).await.unwrap_err() else {
                    panic!("ended")
                };
                assert_eq!(said(&reason), text);
                assert_eq!(bomb.ended().await, reason);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
