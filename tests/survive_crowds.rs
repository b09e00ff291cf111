//! What the house must survive of large numbers: a million casts to a bounded mailbox, a hundred thousand processes at
//! once.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::time::Duration;

use behaviour::prelude::*;
use tokio::task::JoinSet;

/// A server behind a bounded mailbox, under each policy.
macro_rules! bounded {
    ($name:ident($policy:ident)) => {
        #[gen_server(mailbox(capacity = 1_000, when_full = $policy))]
        struct $name {
            sum: Sum,
        }

        #[gen_server]
        impl $name {
            #[init]
            fn init() -> Self {
                Self { sum: Sum::default() }
            }

            #[cast]
            fn add(&mut self, sender: usize, number: u64) {
                self.sum.add(sender, number);
            }

            #[call]
            fn sum(&self) -> Sum {
                self.sum
            }
        }
    };
}

/// What a server counts of what it gets.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    /// The last number of each sender.
    last: [Option<u64>; 4],
}

impl Sum {
    fn add(&mut self, sender: usize, number: u64) {
        assert!(self.last[sender] < Some(number), "a sender is heard in order");
        self.last[sender] = Some(number);
        self.count += 1;
    }
}

bounded!(Rejecting(reject));
bounded!(DroppingNewest(drop_newest));
bounded!(DroppingOldest(drop_oldest));

const MILLION: u64 = 1_000_000;

/// A million casts without a pause, then as many from two threads at once while the server works.
macro_rules! flooded {
    ($name:ident) => {{
        let server = $name::start().await.unwrap();
        (0..MILLION).for_each(|number| server.add(0, number));
        assert!(server.mailbox_len() <= 1_000);
        tokio::time::sleep(Duration::from_millis(10)).await;
        let first = server.sum().await.unwrap();
        assert!((1_000..=MILLION).contains(&first.count));
        let mut threads = JoinSet::new();
        for sender in 1..=2 {
            let server = server.clone();
            threads.spawn_blocking(move || (0..MILLION / 2).for_each(|number| server.add(sender, number)));
        }
        threads.join_all().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        let sum = server.sum().await.unwrap();
        assert_eq!(server.mailbox_len(), 0);
        assert!(sum.count >= first.count + 1_000);
        server.stop().await.unwrap();
        (first.last[0], sum)
    }};
}

#[behaviour::test]
async fn a_million_casts_to_a_bounded_mailbox_cost_no_more_than_its_capacity() {
    // The runtime has one thread, so the server does not run while the first million is sent.
    let (first, _) = flooded!(Rejecting);
    assert_eq!(first, Some(999));
    let (first, _) = flooded!(DroppingNewest);
    assert_eq!(first, Some(999));
    let (first, sum) = flooded!(DroppingOldest);
    assert_eq!(first, Some(MILLION - 1));
    assert_eq!(sum.last[1..3].iter().flatten().max(), Some(&(MILLION / 2 - 1)), "the newest message of all is kept");
}

/// One of many.
#[gen_server]
struct One {
    number: u32,
    next: Option<OneClient>,
}

#[gen_server]
impl One {
    #[init]
    fn init(number: u32) -> Self {
        Self { number, next: None }
    }

    #[call]
    fn number(&self) -> u32 {
        self.number
    }

    #[call]
    fn join(&mut self, next: OneClient) {
        self.next = Some(next);
    }

    /// Goes all the way to the last.
    #[cast]
    fn pass(&self, reply: tokio::sync::mpsc::UnboundedSender<u32>) {
        match &self.next {
            Some(next) => next.pass(reply),
            None => drop(reply.send(self.number)),
        }
    }
}

const CROWD: u32 = 100_000;

#[behaviour::test]
async fn a_hundred_thousand_processes_live_at_once() {
    let mut crowd: Vec<OneClient> = Vec::new();
    for number in 0..CROWD {
        crowd.push(One::start(number).await.unwrap());
    }
    for (one, next) in crowd.iter().zip(&crowd[1..]) {
        one.join(next.clone()).await.unwrap();
    }
    let (sender, mut passed) = tokio::sync::mpsc::unbounded_channel();
    crowd[0].pass(sender);
    assert_eq!(passed.recv().await, Some(CROWD - 1));
    for (one, number) in crowd.iter().zip(0..) {
        assert_eq!(one.number().await, Ok(number));
    }
    let pids: std::collections::HashSet<Pid> = crowd.iter().map(|one| one.pid()).collect();
    assert_eq!(pids.len(), crowd.len());
    for one in &crowd {
        one.kill();
    }
    for one in crowd {
        assert_eq!(one.ended().await, ExitReason::Killed);
    }
}

/// Waits in a callback.
#[gen_server]
struct Slow {
    quick: u32,
}

#[gen_server]
impl Slow {
    #[init]
    fn init() -> Self {
        Self { quick: 0 }
    }

    #[cast]
    fn quick(&mut self) {
        self.quick += 1;
    }

    #[call]
    async fn slow(&mut self) -> u32 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        self.quick
    }
}

#[behaviour::test(start_paused = true)]
async fn a_callback_that_waits_soon_after_a_burst_leaves_the_thread_to_others() {
    let slow = Slow::start().await.unwrap();
    for _ in 0..200 {
        slow.quick();
    }
    while slow.mailbox_len() > 0 {
        tokio::task::yield_now().await;
    }
    // The memory of the burst is to be given back while the callback waits; the clock stands still if somebody is busy.
    assert_eq!(slow.slow().forever().await, Ok(200));
}
