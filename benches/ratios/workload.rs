//! The measured loops: one text for all contenders.
//!
//! A loop is given how many operations to do and tells how long they took, without what it set up before. It runs as a
//! spawned task: the future of `block_on` itself is woken through the I/O driver, which would cost more than the call.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;

use crate::contender::{Computes, Counter, Ends, Restarts, Ring, Served};

/// A loop at work: in the end it tells how long that took.
pub(crate) type Running = Pin<Box<dyn Future<Output = Duration> + Send>>;

/// A loop, waiting to be told how often to go round.
pub(crate) type Workload = fn(u64) -> Running;

/// How many casts go out between two calls that wait until they are handled.
const BURST: u64 = 10_000;
const RING: usize = 1_000;

/// Which call a client makes.
pub(crate) trait Kind: Send + 'static {
    fn call<C: Counter>(client: &C::Client, by: u64) -> impl Future<Output = u64> + Send;
}

pub(crate) enum Sync {}
pub(crate) enum Async {}
pub(crate) enum Yielding {}
pub(crate) enum Queued {}
pub(crate) enum BehindCast {}

impl Kind for Sync {
    fn call<C: Counter>(client: &C::Client, by: u64) -> impl Future<Output = u64> + Send {
        C::call(client, by)
    }
}

impl Kind for Async {
    fn call<C: Counter>(client: &C::Client, by: u64) -> impl Future<Output = u64> + Send {
        C::call_async(client, by)
    }
}

impl Kind for Yielding {
    fn call<C: Counter>(client: &C::Client, by: u64) -> impl Future<Output = u64> + Send {
        C::call_yielding(client, by)
    }
}

impl Kind for Queued {
    fn call<C: Counter>(client: &C::Client, by: u64) -> impl Future<Output = u64> + Send {
        C::call_queued(client, by)
    }
}

impl Kind for BehindCast {
    fn call<C: Counter>(client: &C::Client, by: u64) -> impl Future<Output = u64> + Send {
        C::cast(client, by);
        C::call(client, by)
    }
}

/// One client, one call after the other.
pub(crate) fn call<C: Counter, K: Kind>(calls: u64) -> Running {
    Box::pin(async move {
        let client = C::start().await;
        let begun = Instant::now();
        for _ in 0..calls {
            K::call::<C>(&client, 1).await;
        }
        begun.elapsed()
    })
}

/// One client of whatever is called in one way only, one call after the other.
pub(crate) fn steps<C: Served>(steps: u64) -> Running {
    Box::pin(async move {
        let client = C::start().await;
        let begun = Instant::now();
        for _ in 0..steps {
            C::call(&client, 1).await;
        }
        begun.elapsed()
    })
}

/// Many clients at once, each one call after the other.
pub(crate) fn calls<C: Counter, K: Kind, const CLIENTS: u64>(calls: u64) -> Running {
    Box::pin(async move {
        let client = C::start().await;
        let begun = Instant::now();
        together(CLIENTS, || {
            let client = client.clone();
            async move {
                for _ in 0..calls.div_ceil(CLIENTS) {
                    K::call::<C>(&client, 1).await;
                }
            }
        })
        .await;
        begun.elapsed()
    })
}

/// Many producers at once, each with a call after each burst, so that no queue grows without bound.
pub(crate) fn casts<C: Served, const PRODUCERS: u64>(casts: u64) -> Running {
    Box::pin(async move {
        let client = C::start().await;
        let begun = Instant::now();
        together(PRODUCERS, || {
            let client = client.clone();
            async move {
                let mut left = casts.div_ceil(PRODUCERS);
                while left > 0 {
                    let burst = left.min(BURST);
                    for _ in 0..burst {
                        C::cast(&client, 1);
                    }
                    C::call(&client, 0).await;
                    left -= burst;
                }
            }
        })
        .await;
        begun.elapsed()
    })
}

/// Starts and stops one server after the other.
pub(crate) fn starts<C: Ends>(starts: u64) -> Running {
    Box::pin(async move {
        let begun = Instant::now();
        for _ in 0..starts {
            C::start_and_stop().await;
        }
        begun.elapsed()
    })
}

/// One task after the other, each awaited.
pub(crate) fn computes<C: Computes>(tasks: u64) -> Running {
    Box::pin(async move {
        let begun = Instant::now();
        for number in 0..tasks {
            assert_eq!(C::compute(number).await, number);
        }
        begun.elapsed()
    })
}

/// As above, in a process, to which tasks are linked.
pub(crate) fn computes_linked<C: Computes + 'static>(tasks: u64) -> Running {
    Box::pin(async move {
        let (tell, told) = tokio::sync::oneshot::channel();
        behaviour::process::spawn(move |_: behaviour::process::Inbox<()>| async move {
            tell.send(computes::<C>(tasks).await).expect("somebody waits");
        });
        told.await.expect("the process tells")
    })
}

/// One number goes round.
pub(crate) fn ring<R: Ring>(hops: u64) -> Running {
    Box::pin(async move {
        let (done, mut finished) = unbounded_channel();
        let node = R::start(RING, done).await;
        // Once round, so that the ring is closed and everybody has run.
        R::pass(&node, RING as u64);
        finished.recv().await;
        let begun = Instant::now();
        R::pass(&node, hops);
        finished.recv().await;
        begun.elapsed()
    })
}

/// From a panic to the first answer after it.
pub(crate) fn crashes<R: Restarts>(crashes: u64) -> Running {
    Box::pin(async move {
        let (_keeper, client) = R::start().await;
        let begun = Instant::now();
        for _ in 0..crashes {
            R::crash(&client).await;
            assert_eq!(R::call(&client, 1).await, 1, "the state is new");
        }
        begun.elapsed()
    })
}

/// Runs this many tasks and waits for all of them.
pub(crate) async fn together<F>(tasks: u64, task: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let tasks: Vec<_> = (0..tasks).map(|_| tokio::spawn(task())).collect();
    for task in tasks {
        task.await.expect("a client does not panic");
    }
}
