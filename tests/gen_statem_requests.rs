//! Requests to machines whose answer is waited for later: a call is a future, so OTP's collections of requests are sets of
//! futures (otp.md 3.3; rows SM-16 and SM-18).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Event;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout_at};

const MS: Duration = Duration::from_millis(1);

#[gen_statem(state)]
enum Desk {
    Free,
    Busy { orders: Vec<(Reply<u64>, u64)> },
}

/// Answers orders when it is time, and keeps them in its state until then.
#[gen_statem(Desk)]
struct Clerk;

struct Due(u64);

#[gen_statem(Desk)]
impl Clerk {
    #[init]
    fn init() -> (Self, Free) {
        (Self, Free)
    }

    #[call(later)]
    fn order(&mut self, _: Free, reply: Reply<u64>, cx: &mut Context<Self>, after: u64) -> (Busy, Later) {
        cx.send_after(Duration::from_millis(after), Due(after));
        (Busy { orders: vec![(reply, after)] }, Later)
    }

    #[call(order, later)]
    fn another(&mut self, busy: &mut Busy, reply: Reply<u64>, cx: &mut Context<Self>, after: u64) -> Later {
        cx.send_after(Duration::from_millis(after), Due(after));
        busy.orders.push((reply, after));
        Later
    }

    #[info(else = ignore)]
    fn due(&mut self, busy: Busy, Due(after): Due) -> Next<(Free, Busy)> {
        let (due, orders): (Vec<_>, Vec<_>) = busy.orders.into_iter().partition(|order| order.1 == after);
        for (reply, after) in due {
            reply.send(after);
        }
        if orders.is_empty() { Next::to(Free) } else { Next::to(Busy { orders }) }
    }

    #[cast]
    fn end(&mut self, _: &Desk, cx: &mut Context<Self>, reason: ExitReason) {
        cx.stop(reason);
    }
}

/// A request with its label.
async fn labelled(label: u32, call: Call<u64>) -> (Result<u64, CallError>, u32) {
    (call.await, label)
}

/// The three requests of the suite: they are answered after 400, 1 and 200 ms.
fn collection(clerk: &ClerkClient) -> FuturesUnordered<impl Future<Output = (Result<u64, CallError>, u32)>> {
    [(1, 400), (2, 1), (3, 200)].into_iter().map(|(label, time)| labelled(label, clerk.order(time))).collect()
}

// SM-16
#[behaviour::test(start_paused = true)]
async fn a_collection_gives_answers_as_they_come() {
    let clerk = Clerk::start().await.unwrap();
    let mut requests = collection(&clerk);
    for (left, label, time) in [(3, 2, 1), (2, 3, 200), (1, 1, 400)] {
        assert_eq!(requests.len(), left);
        assert_eq!(requests.next().await, Some((Ok(time), label)));
    }
    assert_eq!(requests.next().await, None);
    assert_eq!(clerk.state_name().await, Ok("Free"));
}

// SM-16
#[behaviour::test(start_paused = true)]
async fn a_collection_that_is_dropped_is_abandoned(mut inbox: Inbox<()>) {
    let clerk = Clerk::start().await.unwrap();
    let mut requests = collection(&clerk);
    let deadline = Instant::now() + 100 * MS;
    assert_eq!(timeout_at(deadline, requests.next()).await, Ok(Some((Ok(1), 2))));
    assert!(timeout_at(deadline, requests.next()).await.is_err());
    assert_eq!(requests.len(), 2);
    drop(requests);
    tokio::time::sleep(500 * MS).await;
    // The late answers reach nobody, and the machine lives on.
    assert_eq!(inbox.try_next(), None);
    assert_eq!(clerk.state_name().await, Ok("Free"));
}

// SM-16, SM-18
#[behaviour::test(start_paused = true)]
async fn a_machine_that_ends_fails_what_it_was_asked_by_label() {
    let killed = Clerk::start().await.unwrap();
    killed.kill();
    killed.ended().await;
    let (one, two) = (Clerk::start().await.unwrap(), Clerk::start().await.unwrap());
    let mut requests: FuturesUnordered<_> =
        [labelled(1, one.order(400)), labelled(2, two.order(200)), labelled(3, killed.order(1))].into_iter().collect();
    assert_eq!(requests.next().await, Some((Err(CallError::NoProcess), 3)));
    one.end(ExitReason::Shutdown);
    assert_eq!(requests.next().await, Some((Err(CallError::Exited(ExitReason::Shutdown)), 1)));
    assert_eq!(requests.next().await, Some((Ok(200), 2)));
    assert_eq!(requests.next().await, None);
}

// SM-18: a look through a collection, among other messages.
#[behaviour::test(start_paused = true)]
async fn answers_and_messages_can_be_waited_for_together(mut inbox: Inbox<&'static str>) {
    let clerk = Clerk::start().await.unwrap();
    let mut requests = collection(&clerk);
    inbox.send_after(100 * MS, "a message");
    let mut seen = Vec::new();
    while seen.len() < 4 {
        tokio::select! {
            message = inbox.recv() => seen.push(message.to_owned()),
            Some((answer, label)) = requests.next() => seen.push(format!("{label} after {}", answer.unwrap())),
        }
    }
    assert_eq!(seen, ["2 after 1", "a message", "3 after 200", "1 after 400"]);
    assert_eq!(inbox.try_next(), None::<Event<_>>);
}
