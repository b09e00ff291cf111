//! Borrowing from a pool: an object from `deadpool`, and a worker from ours, and giving it back.
//!
//! Of `deadpool`, the pool that manages what is in it, for that is what ours does: it makes objects when they are
//! needed, and looks at each before it is lent again. The object is nothing, and the worker is not called.

use std::convert::Infallible;
use std::time::Instant;

use behaviour::pool::{Pool, PoolClient};
use behaviour::prelude::*;
use deadpool::managed::{self, Metrics, RecycleResult};

use crate::workload::{Running, together};

/// How many there are to borrow.
const SIZE: usize = 4;
/// How many want one at the same time, where that is measured.
const CLIENTS: u64 = 16;

/// Something to borrow from.
pub(crate) trait Lends: Clone + Send + Sync + 'static {
    fn start() -> impl Future<Output = Self> + Send;

    /// Borrows something, and gives it back; in between lets others run, if so asked.
    fn borrow(&self, yields: bool) -> impl Future<Output = ()> + Send;
}

/// Makes nothing.
pub(crate) struct Manager;

impl managed::Manager for Manager {
    type Type = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }

    async fn recycle(&self, (): &mut (), _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

pub(crate) type Deadpool = managed::Pool<Manager>;

impl Lends for Deadpool {
    async fn start() -> Self {
        Self::builder(Manager).max_size(SIZE).build().expect("the pool needs no timeouts")
    }

    async fn borrow(&self, yields: bool) {
        let _object = self.get().await.expect("an object comes free");
        if yields {
            tokio::task::yield_now().await;
        }
    }
}

/// A worker that does nothing.
#[gen_server]
pub(crate) struct Idle;

#[gen_server]
impl Idle {
    #[init]
    fn init() -> Self {
        Self
    }
}

pub(crate) type Ours = PoolClient<Idle>;

impl Lends for Ours {
    async fn start() -> Self {
        Pool::start(Idle::child).size(SIZE).max_overflow(0).await.expect("a pool starts")
    }

    async fn borrow(&self, yields: bool) {
        let borrow = async |_worker| {
            if yields {
                tokio::task::yield_now().await;
            }
        };
        self.transaction(borrow).await.expect("a worker comes free");
    }
}

/// One client, which never has to wait.
pub(crate) fn transactions<P: Lends>(times: u64) -> Running {
    Box::pin(async move {
        let pool = P::start().await;
        let begun = Instant::now();
        for _ in 0..times {
            pool.borrow(false).await;
        }
        begun.elapsed()
    })
}

/// More clients than there is to borrow.
pub(crate) fn contended<P: Lends>(times: u64) -> Running {
    Box::pin(async move {
        let pool = P::start().await;
        let begun = Instant::now();
        together(CLIENTS, || {
            let pool = pool.clone();
            async move {
                for _ in 0..times.div_ceil(CLIENTS) {
                    pool.borrow(true).await;
                }
            }
        })
        .await;
        begun.elapsed()
    })
}
