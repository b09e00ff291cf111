//! Requests whose answer is waited for later: a call is a future, so OTP's request ids are futures, and its collections
//! of them a set of futures (otp.md 3.3; rows GS-17 to GS-20).
//!
//! `wait_response` is a wait that keeps the future, `receive_response` one that drops it, `check_response` a look.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout, timeout_at};

const MS: Duration = Duration::from_millis(1);

/// Answers when it is time, and takes other requests meanwhile.
#[gen_server]
struct Server;

#[gen_server]
impl Server {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call(later)]
    fn after(&self, reply: Reply<Duration>, time: Duration) -> Later {
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            reply.send(time)
        });
        Later
    }

    #[call]
    fn ping(&self) -> &'static str {
        "pong"
    }

    #[call(later)]
    fn end(&self, reply: Reply<Duration>, cx: &mut Context<Self>, reason: ExitReason) -> Later {
        tokio::spawn(async move {
            tokio::time::sleep(MS).await;
            drop(reply);
        });
        cx.stop(reason);
        Later
    }
}

/// A look: is the answer there? The first look sends the request.
async fn check<F: Future + Unpin>(request: &mut F) -> Option<F::Output> {
    timeout(Duration::ZERO, request).await.ok()
}

/// A request with its label.
async fn labelled<T>(label: u32, call: Call<T>) -> (Result<T, CallError>, u32)
where
    T: Send + 'static,
{
    (call.forever().await, label)
}

/// The three requests of the suite: they are answered after 400, 1 and 200 ms.
fn collection(server: &ServerClient) -> FuturesUnordered<impl Future<Output = (Result<Duration, CallError>, u32)>> {
    [(1, 400), (2, 1), (3, 200)].into_iter().map(|(label, time)| labelled(label, server.after(time * MS))).collect()
}

// GS-17
#[behaviour::test(start_paused = true)]
async fn requests_are_answered_each_to_its_own() {
    let server = Server::start().await.unwrap();
    let (mut slow, mut quick) = (server.after(9 * MS), server.after(MS));
    assert_eq!((check(&mut slow).await, check(&mut quick).await), (None, None));
    assert_eq!(server.ping().await, Ok("pong"));
    assert_eq!(quick.await, Ok(MS));
    assert_eq!(check(&mut slow).await, None, "a wait of no time does not give the request up");
    assert_eq!(timeout(MS, &mut slow).await.ok(), None);
    assert_eq!(slow.await, Ok(9 * MS));
}

// GS-17
#[behaviour::test(start_paused = true)]
async fn a_request_that_cannot_be_answered_says_why(mut inbox: Inbox<()>) {
    let server = Server::start().named("asked").await.unwrap();
    let mut waiting = server.after(9 * MS);
    assert_eq!(check(&mut waiting).await, None);
    assert_eq!(server.end(ExitReason::Shutdown).await, Err(CallError::Exited(ExitReason::Shutdown)));
    assert_eq!(waiting.await, Err(CallError::Exited(ExitReason::Shutdown)));
    assert_eq!(check(&mut server.ping()).await, Some(Err(CallError::NoProcess)));
    assert!(Server::find("asked").is_none());
    tokio::time::sleep(20 * MS).await;
    assert_eq!(inbox.try_next(), None);
}

// GS-18
#[behaviour::test(start_paused = true)]
async fn a_collection_gives_answers_as_they_come() {
    let server = Server::start().await.unwrap();
    let mut separate = server.after(2 * MS);
    assert_eq!(check(&mut separate).await, None);
    let mut requests = collection(&server);
    for (left, label, time) in [(3, 2, 1), (2, 3, 200), (1, 1, 400)] {
        assert_eq!(requests.len(), left);
        assert_eq!(requests.next().await, Some((Ok(time * MS), label)));
    }
    assert_eq!(requests.next().await, None);
    assert_eq!(separate.await, Ok(2 * MS));
}

// GS-18
#[behaviour::test(start_paused = true)]
async fn a_collection_that_is_dropped_is_abandoned(mut inbox: Inbox<()>) {
    let server = Server::start().await.unwrap();
    let deadline = Instant::now() + 100 * MS;
    let mut requests = collection(&server);
    assert_eq!(timeout_at(deadline, requests.next()).await, Ok(Some((Ok(MS), 2))));
    assert!(timeout_at(deadline, requests.next()).await.is_err());
    assert_eq!(requests.len(), 2);
    drop(requests);
    tokio::time::sleep(500 * MS).await;
    // The late answers reach nobody, and the server lives on.
    assert_eq!(inbox.try_next(), None);
    assert_eq!(server.ping().await, Ok("pong"));
}

// GS-19
#[behaviour::test(start_paused = true)]
async fn a_collection_outlives_a_wait_that_is_over() {
    let server = Server::start().await.unwrap();
    let mut requests = collection(&server);
    let deadline = Instant::now() + 100 * MS;
    assert_eq!(timeout_at(deadline, requests.next()).await, Ok(Some((Ok(MS), 2))));
    assert!(timeout_at(deadline, requests.next()).await.is_err());
    assert_eq!(requests.next().await, Some((Ok(200 * MS), 3)));
    assert_eq!(requests.next().await, Some((Ok(400 * MS), 1)));
}

// GS-18, GS-19, GS-20
#[behaviour::test(start_paused = true)]
async fn a_server_that_stops_fails_what_it_was_asked_by_label() {
    let (one, two) = (Server::start().await.unwrap(), Server::start().await.unwrap());
    let mut requests: FuturesUnordered<_> =
        [labelled(1, one.after(9 * MS)), labelled(2, two.after(9 * MS)), labelled(3, one.end(ExitReason::Shutdown))]
            .into_iter()
            .collect();
    let mut failed = Vec::new();
    for _ in 0..2 {
        let (answer, label) = requests.next().await.unwrap();
        assert_eq!(answer, Err(CallError::Exited(ExitReason::Shutdown)));
        failed.push(label);
    }
    failed.sort_unstable();
    assert_eq!(failed, [1, 3]);
    assert_eq!(requests.next().await, Some((Ok(9 * MS), 2)));
}

// GS-20: a look through a collection, among other messages.
#[behaviour::test(start_paused = true)]
async fn answers_and_messages_can_be_waited_for_together(mut inbox: Inbox<&'static str>) {
    let server = Server::start().await.unwrap();
    let mut requests = collection(&server);
    inbox.send_after(100 * MS, "a message");
    let mut seen = Vec::new();
    while seen.len() < 4 {
        tokio::select! {
            message = inbox.recv() => seen.push(message.to_owned()),
            Some((answer, label)) = requests.next() => seen.push(format!("{label} after {:?}", answer.unwrap())),
        }
    }
    assert_eq!(seen, ["2 after 1ms", "a message", "3 after 200ms", "1 after 400ms"]);
    assert_eq!(inbox.try_next(), None::<process::Event<_>>);
}
