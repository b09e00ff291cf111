//! Publishing to a thousand: one message to each member of a group, and the same with a list of channels.
//!
//! What is measured is what the publisher does, and for information all that happens until the last one has heard. In
//! both a task that waits is woken for each message.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use behaviour::pg::Scope;
use behaviour::prelude::*;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::workload::Running;

const MEMBERS: usize = 1_000;

/// What is published.
#[derive(Clone, Copy)]
pub(crate) struct News(u64);

/// Whom to publish to, and how many have heard so far.
pub(crate) trait Publisher: Sized + Send + Sync + 'static {
    fn gather(heard: &Arc<AtomicUsize>) -> impl Future<Output = Self> + Send;

    /// Sends to all.
    fn publish(&self, news: News);
}

/// A list of channels, with a task at each.
pub(crate) struct Channels(Vec<UnboundedSender<News>>);

impl Publisher for Channels {
    async fn gather(heard: &Arc<AtomicUsize>) -> Self {
        let member = |_| {
            let (sender, mut inbox) = unbounded_channel();
            let heard = Arc::clone(heard);
            tokio::spawn(async move {
                let mut sum = 0;
                while let Some(News(number)) = inbox.recv().await {
                    sum += number;
                    heard.fetch_add(1, Ordering::Relaxed);
                }
                sum
            });
            sender
        };
        Self((0..MEMBERS).map(member).collect())
    }

    fn publish(&self, news: News) {
        for member in &self.0 {
            member.send(news).expect("the task lives");
        }
    }
}

/// A member.
#[gen_server]
struct Reader {
    heard: Arc<AtomicUsize>,
    sum: u64,
}

#[gen_server]
impl Reader {
    #[init]
    fn init(heard: Arc<AtomicUsize>) -> Self {
        Self { heard, sum: 0 }
    }

    #[info]
    fn news(&mut self, News(number): News) {
        self.sum += number;
        self.heard.fetch_add(1, Ordering::Relaxed);
    }
}

/// A group.
pub(crate) struct Group {
    scope: Scope<&'static str, News>,
    members: Vec<ReaderClient>,
}

impl Publisher for Group {
    async fn gather(heard: &Arc<AtomicUsize>) -> Self {
        let (scope, mut members) = (Scope::new(), Vec::new());
        for _ in 0..MEMBERS {
            let reader = Reader::start(Arc::clone(heard)).await.expect("a server starts");
            scope.join("all", &reader);
            members.push(reader);
        }
        Self { scope, members }
    }

    fn publish(&self, news: News) {
        assert_eq!(self.scope.publish("all", news), MEMBERS);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for member in &self.members {
            member.kill();
        }
    }
}

/// What the publisher does.
pub(crate) fn publishes<P: Publisher>(times: u64) -> Running {
    Box::pin(async move { publish_all::<P>(times).await.0 })
}

/// All that happens until the last one has heard.
pub(crate) fn heard_by_all<P: Publisher>(times: u64) -> Running {
    Box::pin(async move { publish_all::<P>(times).await.1 })
}

async fn publish_all<P: Publisher>(times: u64) -> (Duration, Duration) {
    let heard = Arc::new(AtomicUsize::new(0));
    let publisher = P::gather(&heard).await;
    let (mut sending, whole) = (Duration::ZERO, Instant::now());
    for number in 0..times {
        let begun = Instant::now();
        publisher.publish(News(number));
        sending += begun.elapsed();
        while heard.load(Ordering::Relaxed) < MEMBERS {
            tokio::task::yield_now().await;
        }
        heard.store(0, Ordering::Relaxed);
    }
    (sending, whole.elapsed())
}
