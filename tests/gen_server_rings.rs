//! Who waits for whom: a server that calls itself, or closes a ring of servers that wait for each other, is told at
//! once; and the order in which one sender's messages arrive, whatever way they take (DESIGN 4, otp.md 1.9 and 3.2).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Strategy, Tree, TreeClient};

const MS: Duration = Duration::from_millis(1);

/// A server that hands a call on to the next, under several options.
macro_rules! link {
    ($name:ident, $client:ident, ($($option:tt)*), ($($call:tt)*)) => {
        #[gen_server($($option)*)]
        struct $name {
            next: Vec<$client>,
        }

        #[gen_server]
        impl $name {
            #[init]
            fn init() -> Self {
                Self { next: Vec::new() }
            }

            #[call]
            fn connect(&mut self, next: Vec<$client>) {
                self.next = next;
            }

            /// Asks all that are next, at the same time, and counts how far the call went.
            #[call($($call)*)]
            async fn hops(&mut self, left: u32) -> Result<u32, CallError> {
                if left == 0 || self.next.is_empty() {
                    return Ok(0);
                }
                let calls = self.next.iter().map(|next| next.hops(left - 1).forever());
                let far = futures_util::future::try_join_all(calls).await?;
                far.into_iter().try_fold(0, |most, hops| Ok(most.max(hops? + 1)))
            }

            /// Asks the next and gives up after a moment; then lives on.
            #[call($($call)*)]
            async fn impatient(&mut self, wait: Duration) -> Result<(), CallError> {
                self.next[0].busy(wait).within(MS).await
            }

            #[call($($call)*)]
            async fn busy(&mut self, wait: Duration) {
                tokio::time::sleep(wait).await;
            }

            #[cast]
            async fn go(&mut self, answer: tokio::sync::mpsc::UnboundedSender<Result<u32, CallError>>) {
                let hops = self.next[0].hops(5).forever().await;
                answer.send(hops.and_then(|hops| hops)).ok();
            }
        }
    };
}

link!(InPlace, InPlaceClient, (), ());
link!(Queued, QueuedClient, (), (queued));
link!(Tasked, TaskedClient, (inline = false), ());

/// `size` servers, each of which calls the one behind it, and the last the first.
macro_rules! ring {
    ($name:ident, $size:expr) => {{
        let mut ring = Vec::new();
        for _ in 0..$size {
            ring.push($name::start().await.unwrap());
        }
        for index in 0..ring.len() {
            ring[index].connect(vec![ring[(index + 1) % ring.len()].clone()]).forever().await.unwrap();
        }
        ring
    }};
}

/// Goes round a ring: fails at once, names the ring, and leaves it as it was.
macro_rules! goes_round {
    ($name:ident) => {
        for size in [1_usize, 2, 3, 20, 40] {
            let ring = ring!($name, size);
            let before = tokio::time::Instant::now();
            let error = ring[0].hops(100).forever().await.unwrap().unwrap_err();
            assert_eq!(before.elapsed(), Duration::ZERO);
            match error {
                CallError::CallingSelf => assert_eq!(size, 1),
                CallError::Deadlock(pids) => {
                    assert_eq!(pids[0], ring[size - 1].pid(), "the one whose call would close the ring comes first");
                    assert_eq!(pids.len(), size);
                    let named: HashSet<Pid> = pids.iter().copied().collect();
                    assert_eq!(named, ring.iter().map(|server| server.pid()).collect());
                }
                other => panic!("{other}"),
            }
            // Nobody waits any more: as many hops as there are others still work, from everywhere.
            let most = u32::try_from(size - 1).unwrap();
            for server in &ring {
                assert_eq!(server.hops(most).await, Ok(Ok(most)));
            }
        }
    };
}

// GS-32, XGS-07
#[behaviour::test(start_paused = true)]
async fn a_ring_of_calls_in_place_is_told_at_once() {
    goes_round!(InPlace);
}

// GS-32
#[behaviour::test(start_paused = true)]
async fn a_ring_of_calls_through_mailboxes_is_told_at_once() {
    goes_round!(Queued);
    goes_round!(Tasked);
}

#[behaviour::test(start_paused = true)]
async fn a_ring_through_one_of_several_calls_is_told() {
    let (a, b, c) = (InPlace::start().await.unwrap(), InPlace::start().await.unwrap(), Queued::start().await.unwrap());
    a.connect(vec![b.clone(), a.clone()]).await.unwrap();
    assert_eq!(a.hops(9).await, Ok(Err(CallError::CallingSelf)));
    let d = Queued::start().await.unwrap();
    c.connect(vec![Queued::start().await.unwrap(), d.clone()]).await.unwrap();
    d.connect(vec![c.clone()]).await.unwrap();
    assert_eq!(c.hops(9).await, Ok(Err(CallError::Deadlock([d.pid(), c.pid()].into()))));
}

#[behaviour::test(start_paused = true)]
async fn a_ring_beside_a_call_that_is_answered_late_is_told() {
    let mut servers = Vec::new();
    for _ in 0..4 {
        servers.push(Queued::start().await.unwrap());
    }
    let [a, b, c, slow] = &servers[..] else { unreachable!() };
    a.connect(vec![slow.clone(), b.clone()]).await.unwrap();
    b.connect(vec![c.clone()]).await.unwrap();
    c.connect(vec![a.clone()]).await.unwrap();
    slow.busy(9 * MS).detach();
    assert_eq!(a.hops(9).await, Ok(Err(CallError::Deadlock([c.pid(), a.pid(), b.pid()].into()))));
}

#[behaviour::test(start_paused = true)]
async fn what_is_no_ring_is_not_told_as_one() {
    // A rhomb: two ways to the same server.
    let mut servers = Vec::new();
    for _ in 0..4 {
        servers.push(Queued::start().await.unwrap());
    }
    let [a, b, c, d] = &servers[..] else { unreachable!() };
    a.connect(vec![b.clone(), c.clone()]).await.unwrap();
    b.connect(vec![d.clone()]).await.unwrap();
    c.connect(vec![d.clone()]).await.unwrap();
    assert_eq!(a.hops(9).await, Ok(Ok(2)));
}

#[behaviour::test(start_paused = true)]
async fn a_call_that_was_given_up_is_no_part_of_a_ring() {
    let (a, b) = (InPlace::start().await.unwrap(), InPlace::start().await.unwrap());
    a.connect(vec![b.clone()]).await.unwrap();
    b.connect(vec![a.clone()]).await.unwrap();
    assert_eq!(a.impatient(9 * MS).await, Ok(Err(CallError::Timeout)));
    assert_eq!(b.hops(1).await, Ok(Ok(1)));
}

#[gen_server]
struct Early;

#[gen_server]
impl Early {
    #[init]
    async fn init(cx: &mut Context<Self>) -> Result<Self, CallError> {
        cx.client().ping().await?;
        Ok(Self)
    }

    #[call]
    fn ping(&self) {}
}

#[behaviour::test(start_paused = true)]
async fn a_server_that_calls_itself_before_it_has_started_is_told() {
    let error = Early::start().await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&CallError::CallingSelf));
}

/// A child that reaches its siblings, and itself, through its supervisor.
#[gen_server]
struct Sibling {
    tree: Option<TreeClient>,
}

#[gen_server]
impl Sibling {
    #[init]
    fn init() -> Self {
        Self { tree: None }
    }

    #[call]
    fn grow(&mut self, tree: TreeClient) {
        self.tree = Some(tree);
    }

    #[call]
    async fn ask(&mut self, other: &'static str, then: Option<&'static str>) -> Result<(), CallError> {
        let Some((tree, then)) = self.tree.as_ref().zip(then) else { return Ok(()) };
        tree.child::<Self>(other).ask(then, Some(other)).await?
    }
}

#[behaviour::test(start_paused = true)]
async fn a_ring_through_a_supervisors_clients_is_told() {
    let tree =
        Tree::new(Strategy::OneForOne).child("a", Sibling::child).child("b", Sibling::child).start().await.unwrap();
    let (a, b) = (tree.child::<Sibling>("a"), tree.child::<Sibling>("b"));
    a.grow(tree.clone()).await.unwrap();
    b.grow(tree.clone()).await.unwrap();
    assert_eq!(a.ask("a", Some("a")).await, Ok(Err(CallError::CallingSelf)));
    assert_eq!(a.ask("b", Some("a")).await, Ok(Err(CallError::Deadlock([b.pid(), a.pid()].into()))));
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_call_each_other_at_one_instant_do_not_hang() {
    macro_rules! collide {
        ($name:ident) => {
            for _ in 0..500 {
                let ring = ring!($name, 2);
                let (sender, mut answers) = tokio::sync::mpsc::unbounded_channel();
                for server in &ring {
                    server.go(sender.clone());
                }
                for _ in 0..2 {
                    let answer = tokio::time::timeout(Duration::from_mins(5), answers.recv()).await;
                    let answer = answer.expect("nobody hangs").expect("both answer");
                    assert!(matches!(answer, Ok(_) | Err(CallError::Deadlock(_))), "{answer:?}");
                }
            }
        };
    }
    collide!(InPlace);
    collide!(Queued);
    collide!(Tasked);
}

/// Notes what it is sent, by whom and which.
#[gen_server]
struct Notes {
    seen: Vec<(u32, u32)>,
}

struct Note(u32, u32);

#[gen_server]
impl Notes {
    #[init]
    fn init() -> Self {
        Self { seen: Vec::new() }
    }

    #[cast]
    fn cast(&mut self, sender: u32, number: u32) {
        self.seen.push((sender, number));
    }

    #[cast]
    async fn slow_cast(&mut self, sender: u32, number: u32) {
        tokio::task::yield_now().await;
        self.seen.push((sender, number));
    }

    #[info]
    fn note(&mut self, Note(sender, number): Note) {
        self.seen.push((sender, number));
    }

    #[call]
    fn call(&mut self, sender: u32, number: u32) {
        self.seen.push((sender, number));
    }

    #[call]
    async fn slow_call(&mut self, sender: u32, number: u32) {
        tokio::task::yield_now().await;
        self.seen.push((sender, number));
    }

    #[call(queued)]
    fn queued_call(&mut self, sender: u32, number: u32) {
        self.seen.push((sender, number));
    }

    #[call]
    fn take(&mut self) -> Vec<(u32, u32)> {
        std::mem::take(&mut self.seen)
    }
}

/// Sends a thousand messages in all ways, of which a small generator of random numbers takes one.
async fn send_all(notes: NotesClient, sender: u32) {
    let mut random = sender + 1;
    for number in 0..1_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match (random >> 16) % 8 {
            0 => notes.call(sender, number).forever().await.unwrap(),
            1 => notes.slow_call(sender, number).forever().await.unwrap(),
            2 => notes.queued_call(sender, number).forever().await.unwrap(),
            3 => notes.slow_cast(sender, number),
            4 => notes.send(Note(sender, number)),
            5 => notes.call(sender, number).detach(),
            _ => notes.cast(sender, number),
        }
    }
    // What was cast is handled before what is called.
    notes.queued_call(sender, 1_000).forever().await.unwrap();
}

async fn each_sender_is_heard_in_order(senders: u32) {
    let notes = Notes::start().await.unwrap();
    let tasks: Vec<_> = (0..senders).map(|sender| tokio::spawn(send_all(notes.clone(), sender))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let seen = notes.take().await.unwrap();
    for sender in 0..senders {
        let theirs = seen.iter().filter(|(from, _)| *from == sender).map(|(_, number)| *number);
        assert!(theirs.eq(0..=1_000), "sender {sender} was heard out of order");
    }
}

#[behaviour::test(start_paused = true)]
async fn messages_of_one_sender_arrive_in_order() {
    each_sender_is_heard_in_order(1).await;
    each_sender_is_heard_in_order(4).await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_sender_arrive_in_order_on_several_threads() {
    each_sender_is_heard_in_order(1).await;
    each_sender_is_heard_in_order(4).await;
}

#[behaviour::test(start_paused = true)]
async fn nothing_of_a_ring_is_left_behind() {
    let ring = ring!(Queued, 3);
    assert!(ring[0].hops(9).await.unwrap().is_err());
    for server in &ring {
        server.stop().within(MS).await.unwrap();
    }
    let pids: Arc<[Pid]> = ring.iter().map(|server| server.pid()).collect();
    assert!(pids.iter().all(|pid| !process::is_alive(*pid)));
}
