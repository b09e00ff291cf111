//! Ours: servers and processes as a user writes them, with the default deadline of 5 s.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};
use behaviour::registry::Registry;
use behaviour::supervisor::DynamicSupervisorClient;
use tokio::sync::mpsc::UnboundedSender;

use crate::contender;

/// Adds up.
#[gen_server]
pub(crate) struct Counter {
    sum: u64,
}

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { sum: 0 }
    }

    #[call]
    fn add(&mut self, by: u64) -> u64 {
        self.sum += by;
        self.sum
    }

    #[call]
    async fn add_async(&mut self, by: u64) -> u64 {
        self.sum += by;
        self.sum
    }

    #[call]
    async fn add_yielding(&mut self, by: u64) -> u64 {
        tokio::task::yield_now().await;
        self.sum += by;
        self.sum
    }

    #[call(queued)]
    fn add_queued(&mut self, by: u64) -> u64 {
        self.sum += by;
        self.sum
    }

    #[cast]
    fn grow(&mut self, by: u64) {
        self.sum += by;
    }

    #[call]
    fn crash(&mut self) {
        panic!("asked to");
    }
}

pub(crate) enum Server {}

const ANSWERS: &str = "the server answers";

impl contender::Served for Server {
    type Client = CounterClient;

    async fn start() -> CounterClient {
        Counter::start().await.expect("the server starts")
    }

    async fn call(client: &CounterClient, by: u64) -> u64 {
        client.add(by).await.expect(ANSWERS)
    }

    fn cast(client: &CounterClient, by: u64) {
        client.grow(by);
    }
}

impl contender::Counter for Server {
    async fn call_async(client: &CounterClient, by: u64) -> u64 {
        client.add_async(by).await.expect(ANSWERS)
    }

    async fn call_yielding(client: &CounterClient, by: u64) -> u64 {
        client.add_yielding(by).await.expect(ANSWERS)
    }

    async fn call_queued(client: &CounterClient, by: u64) -> u64 {
        client.add_queued(by).await.expect(ANSWERS)
    }
}

impl contender::Ends for Server {
    async fn start_and_stop() {
        let client = Counter::start().await.expect("the server starts");
        client.stop().await.expect("the server stops");
    }
}

/// Keeps one counter alive.
#[supervisor(one_for_one, intensity = 1_000_000_000, period = 1s)]
pub(crate) struct Keeper;

#[supervisor]
impl Keeper {
    #[child]
    fn counter(&self) -> Child<Counter> {
        Counter::child()
    }
}

impl contender::Restarts for Server {
    type Keeper = KeeperClient;
    type Client = CounterClient;

    async fn start() -> (KeeperClient, CounterClient) {
        let keeper = Keeper.start().await.expect("the supervisor starts");
        let client = keeper.counter();
        (keeper, client)
    }

    async fn crash(client: &CounterClient) {
        client.crash().await.expect_err("the server crashes");
    }

    async fn call(client: &CounterClient, by: u64) -> u64 {
        client.add(by).await.expect(ANSWERS)
    }
}

/// The counters that a dynamic supervisor keeps alive.
static CHILDREN: Registry<u64, Counter> = Registry::new();

/// A counter that a dynamic supervisor keeps alive, with a key of its own.
pub(crate) enum Dynamic {}

impl Dynamic {
    const SUPERVISOR: &str = "children";

    async fn supervisor() -> DynamicSupervisorClient<Counter> {
        if let Some(running) = DynamicSupervisor::find(Self::SUPERVISOR) {
            return running;
        }
        DynamicSupervisor::start().named(Self::SUPERVISOR).await.expect("the supervisor starts")
    }
}

impl contender::Served for Dynamic {
    type Client = CounterClient;

    async fn start() -> CounterClient {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        Self::supervisor().await.start_child(()).via(&CHILDREN, number).await.expect("the child starts")
    }

    async fn call(client: &CounterClient, by: u64) -> u64 {
        <Server as contender::Served>::call(client, by).await
    }

    fn cast(client: &CounterClient, by: u64) {
        client.grow(by);
    }
}

impl contender::Restarts for Dynamic {
    type Keeper = DynamicSupervisorClient<Counter>;
    type Client = CounterClient;

    async fn start() -> (Self::Keeper, CounterClient) {
        let supervisor = DynamicSupervisor::start().intensity(1_000_000_000).period(Duration::from_secs(1));
        let keeper: Self::Keeper = supervisor.await.expect("the supervisor starts");
        let client = keeper.start_child(()).await.expect("the child starts");
        (keeper, client)
    }

    async fn crash(client: &CounterClient) {
        client.crash().await.expect_err("the server crashes");
    }

    async fn call(client: &CounterClient, by: u64) -> u64 {
        client.add(by).await.expect(ANSWERS)
    }
}

/// A server in a ring of servers.
#[gen_server]
pub(crate) struct Node {
    next: Option<NodeClient>,
    done: UnboundedSender<()>,
}

#[gen_server]
impl Node {
    #[init]
    fn init(next: Option<NodeClient>, done: UnboundedSender<()>) -> Self {
        Self { next, done }
    }

    #[cast]
    fn close_ring(&mut self, next: NodeClient) {
        self.next = Some(next);
    }

    #[cast]
    fn pass(&mut self, hops: u64) {
        match &self.next {
            Some(next) if hops > 0 => next.pass(hops - 1),
            _ => self.done.send(()).expect("somebody waits"),
        }
    }
}

impl contender::Ring for Server {
    type Node = NodeClient;

    async fn start(size: usize, done: UnboundedSender<()>) -> NodeClient {
        let last = Node::start(None, done.clone()).await.expect("a node starts");
        let mut first = last.clone();
        for _ in 1..size {
            first = Node::start(Some(first), done.clone()).await.expect("a node starts");
        }
        last.close_ring(first.clone());
        first
    }

    fn pass(node: &NodeClient, hops: u64) {
        node.pass(hops);
    }
}

/// Plain processes in a ring.
pub(crate) enum Plain {}

/// What a plain process in the ring is sent.
pub(crate) enum Token {
    Close(Process<Token>),
    Hops(u64),
}

fn plain(mut next: Option<Process<Token>>, done: UnboundedSender<()>) -> Process<Token> {
    process::spawn(|mut inbox: Inbox<Token>| async move {
        loop {
            match (inbox.recv().await, &next) {
                (Token::Close(first), _) => next = Some(first),
                (Token::Hops(hops), Some(next)) if hops > 0 => next.send(Token::Hops(hops - 1)),
                // Nobody waits any more.
                (Token::Hops(_), _) if done.send(()).is_err() => break,
                (Token::Hops(_), _) => {}
            }
        }
    })
}

impl contender::Ring for Plain {
    type Node = Process<Token>;

    async fn start(size: usize, done: UnboundedSender<()>) -> Process<Token> {
        let last = plain(None, done.clone());
        let first = (1..size).fold(last.clone(), |next, _| plain(Some(next), done.clone()));
        last.send(Token::Close(first.clone()));
        first
    }

    fn pass(node: &Process<Token>, hops: u64) {
        node.send(Token::Hops(hops));
    }
}
