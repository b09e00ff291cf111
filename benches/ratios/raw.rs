//! The baseline: a task, `mpsc::unbounded_channel` in and a `oneshot` back, written by hand. No deadline, no report, no
//! name; [`Timed`] is the same with `tokio::time::timeout` around each call.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::contender;

pub(crate) enum Message {
    Add { by: u64, reply: oneshot::Sender<u64> },
    AddAsync { by: u64, reply: oneshot::Sender<u64> },
    AddYielding { by: u64, reply: oneshot::Sender<u64> },
    Grow { by: u64 },
    Crash { reply: oneshot::Sender<u64> },
}

type Client = UnboundedSender<Message>;

struct Counter {
    sum: u64,
}

impl Counter {
    fn add(&mut self, by: u64) -> u64 {
        self.sum += by;
        self.sum
    }

    #[expect(clippy::unused_async, reason = "this is what is measured")]
    async fn add_async(&mut self, by: u64) -> u64 {
        self.add(by)
    }

    async fn add_yielding(&mut self, by: u64) -> u64 {
        tokio::task::yield_now().await;
        self.add(by)
    }

    /// Who asked may have gone; nobody minds.
    async fn handle(&mut self, message: Message) {
        match message {
            Message::Add { by, reply } => _ = reply.send(self.add(by)),
            Message::AddAsync { by, reply } => _ = reply.send(self.add_async(by).await),
            Message::AddYielding { by, reply } => _ = reply.send(self.add_yielding(by).await),
            Message::Grow { by } => self.sum += by,
            Message::Crash { reply } => {
                let _unanswered = reply;
                panic!("asked to");
            }
        }
    }

    async fn run(mut self, mut inbox: UnboundedReceiver<Message>) {
        while let Some(message) = inbox.recv().await {
            self.handle(message).await;
        }
    }
}

fn start() -> (Client, JoinHandle<()>) {
    let (client, inbox) = unbounded_channel();
    (client, tokio::spawn(Counter { sum: 0 }.run(inbox)))
}

async fn ask(client: &Client, message: impl FnOnce(oneshot::Sender<u64>) -> Message) -> u64 {
    let (reply, answer) = oneshot::channel();
    client.send(message(reply)).expect("the task lives");
    answer.await.expect("the task answers")
}

pub(crate) enum Raw {}

impl contender::Served for Raw {
    type Client = Client;

    async fn start() -> Client {
        start().0
    }

    async fn call(client: &Client, by: u64) -> u64 {
        ask(client, |reply| Message::Add { by, reply }).await
    }

    fn cast(client: &Client, by: u64) {
        client.send(Message::Grow { by }).expect("the task lives");
    }
}

impl contender::Counter for Raw {
    async fn call_async(client: &Client, by: u64) -> u64 {
        ask(client, |reply| Message::AddAsync { by, reply }).await
    }

    async fn call_yielding(client: &Client, by: u64) -> u64 {
        ask(client, |reply| Message::AddYielding { by, reply }).await
    }

    async fn call_queued(client: &Client, by: u64) -> u64 {
        <Self as contender::Served>::call(client, by).await
    }
}

impl contender::Ends for Raw {
    async fn start_and_stop() {
        let (client, task) = start();
        drop(client);
        task.await.expect("the task ends in order");
    }
}

/// The baseline with the deadline that ours has.
pub(crate) enum Timed {}

async fn in_time(answer: impl Future<Output = u64>) -> u64 {
    tokio::time::timeout(Duration::from_secs(5), answer).await.expect("the task answers in time")
}

impl contender::Served for Timed {
    type Client = Client;

    async fn start() -> Client {
        start().0
    }

    async fn call(client: &Client, by: u64) -> u64 {
        in_time(<Raw as contender::Served>::call(client, by)).await
    }

    fn cast(client: &Client, by: u64) {
        Raw::cast(client, by);
    }
}

impl contender::Counter for Timed {
    async fn call_async(client: &Client, by: u64) -> u64 {
        in_time(Raw::call_async(client, by)).await
    }

    async fn call_yielding(client: &Client, by: u64) -> u64 {
        in_time(Raw::call_yielding(client, by)).await
    }

    async fn call_queued(client: &Client, by: u64) -> u64 {
        in_time(<Raw as contender::Served>::call(client, by)).await
    }
}

impl contender::Restarts for Raw {
    type Keeper = ();
    type Client = Client;

    /// A task that catches the panic and builds its state anew.
    async fn start() -> ((), Client) {
        let (client, mut inbox) = unbounded_channel();
        tokio::spawn(async move {
            let mut counter = Counter { sum: 0 };
            while let Some(message) = inbox.recv().await {
                let handled = {
                    let mut handling = pin!(counter.handle(message));
                    poll_fn(|cx| {
                        catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(cx)))
                            .map_or_else(|panic| Poll::Ready(Err(panic)), |poll| poll.map(Ok))
                    })
                    .await
                };
                if handled.is_err() {
                    counter = Counter { sum: 0 };
                }
            }
        });
        ((), client)
    }

    async fn crash(client: &Client) {
        let (reply, answer) = oneshot::channel();
        client.send(Message::Crash { reply }).expect("the task lives");
        answer.await.expect_err("the handler panics");
    }

    async fn call(client: &Client, by: u64) -> u64 {
        <Self as contender::Served>::call(client, by).await
    }
}

type Hops = UnboundedSender<Token>;

/// What a task in the ring is sent.
pub(crate) enum Token {
    Close(Hops),
    Hops(u64),
}

fn node(mut next: Option<Hops>, done: UnboundedSender<()>) -> Hops {
    let (client, mut inbox) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(token) = inbox.recv().await {
            match (token, &next) {
                (Token::Close(first), _) => next = Some(first),
                (Token::Hops(hops), Some(next)) if hops > 0 => {
                    next.send(Token::Hops(hops - 1)).expect("the next task lives");
                }
                (Token::Hops(_), _) => done.send(()).expect("somebody waits"),
            }
        }
    });
    client
}

impl contender::Ring for Raw {
    type Node = Hops;

    async fn start(size: usize, done: UnboundedSender<()>) -> Hops {
        let last = node(None, done.clone());
        let first = (1..size).fold(last.clone(), |next, _| node(Some(next), done.clone()));
        last.send(Token::Close(first.clone())).expect("the task lives");
        first
    }

    fn pass(node: &Hops, hops: u64) {
        node.send(Token::Hops(hops)).expect("the task lives");
    }
}
