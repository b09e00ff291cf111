//! Hibernation: a server that asks for it gives back the memory that a burst of messages took, and is no other for that.
//!
//! The memory of this thread is counted, so this has a file, and with it a program, of its own.

#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::testing::settle;

const MS: Duration = Duration::from_millis(1);
/// How many messages a burst has, and the memory that they take at least.
const BURST: u64 = 10_000;
const LARGE: usize = 100_000;

/// Counts what is in use.
struct Counting;

thread_local! {
    static IN_USE: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is left to the system's allocator; what counts allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.set(IN_USE.get().wrapping_add(layout.size()));
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        IN_USE.set(IN_USE.get().wrapping_sub(layout.size()));
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Counts, and sleeps when it is told to.
#[gen_server]
struct Bear {
    heard: u64,
    waiting: Vec<Reply<u64>>,
}

/// Asks it to sleep.
struct Winter;

#[gen_server]
impl Bear {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        cx.hibernate();
        Self { heard: 0, waiting: Vec::new() }
    }

    #[call]
    fn heard(&mut self) -> u64 {
        for reply in self.waiting.drain(..) {
            reply.send(self.heard);
        }
        self.heard
    }

    #[cast]
    fn noise(&mut self, loudness: u64) {
        self.heard += loudness;
    }

    #[call]
    fn sleep(&mut self, cx: &mut Context<Self>) -> u64 {
        cx.hibernate();
        self.heard
    }

    #[call(later)]
    fn sleep_first(&mut self, cx: &mut Context<Self>, reply: Reply<u64>) -> Later {
        cx.hibernate();
        self.waiting.push(reply);
        Later
    }

    #[cast]
    fn go_to_sleep(&mut self, cx: &mut Context<Self>) {
        cx.hibernate();
    }

    #[cast]
    fn sleep_in(&mut self, cx: &mut Context<Self>, time: Duration) {
        cx.send_after(time, Winter);
    }

    #[info]
    fn winter(&mut self, cx: &mut Context<Self>, _: Winter) {
        cx.hibernate();
    }
}

/// Lets it hear a burst, and tells what was in use before.
fn burst(bear: &BearClient) -> usize {
    let before = IN_USE.get();
    for _ in 0..BURST {
        bear.noise(1);
    }
    before
}

fn is_held_since(before: usize) -> bool {
    IN_USE.get() > before + LARGE
}

// GS-41
#[behaviour::test(start_paused = true)]
async fn whatever_callback_asks_for_it_a_burst_leaves_no_memory_behind_and_every_message_wakes_the_server() {
    let bear = Bear::start().await.unwrap();
    assert_eq!(bear.heard().await, Ok(0), "asked for in `#[init]`");

    let before = burst(&bear);
    assert_eq!(bear.heard().await, Ok(BURST));
    assert!(is_held_since(before), "nobody asked for anything yet");
    assert_eq!(bear.sleep().await, Ok(BURST), "asked for in a call");
    assert!(!is_held_since(before));

    let before = burst(&bear);
    let later = tokio::spawn(bear.sleep_first());
    settle().await;
    assert!(!is_held_since(before), "asked for in a call that is answered later");
    assert_eq!((bear.heard().await, later.await.unwrap()), (Ok(2 * BURST), Ok(2 * BURST)));

    let before = burst(&bear);
    bear.go_to_sleep();
    settle().await;
    assert!(!is_held_since(before), "asked for in a cast");
    bear.noise(1);
    assert_eq!(bear.heard().await, Ok(3 * BURST + 1));

    let before = burst(&bear);
    bear.send(Winter);
    settle().await;
    assert!(!is_held_since(before), "asked for in an info");
    assert_eq!(bear.heard().await, Ok(4 * BURST + 1));

    let before = burst(&bear);
    bear.sleep_in(10 * MS);
    settle().await;
    assert!(is_held_since(before), "asked for later");
    tokio::time::sleep(20 * MS).await;
    assert!(!is_held_since(before));
    assert_eq!(bear.heard().await, Ok(5 * BURST + 1));
}

// GS-41
#[behaviour::test(start_paused = true)]
async fn a_server_that_hibernates_is_suspended_resumed_and_stopped_as_any_other() {
    let bear = Bear::start().await.unwrap();
    let before = burst(&bear);
    bear.go_to_sleep();
    settle().await;
    bear.sys().suspend().await.unwrap();
    bear.noise(1);
    assert_eq!(bear.sys().get_state(|bear| bear.heard).await, Ok(BURST));
    assert!(!is_held_since(before));
    bear.sys().resume().await.unwrap();
    assert_eq!(bear.heard().await, Ok(BURST + 1));
    assert!(!is_held_since(before));
    bear.go_to_sleep();
    settle().await;
    bear.stop().await.unwrap();
    assert!(!bear.is_alive());
}
