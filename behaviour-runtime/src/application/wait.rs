//! Waiting for the first of two things, and not for ever.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// What came first.
pub(super) enum First<A, B> {
    One(A),
    Other(B),
}

/// Waits for one of two things.
pub(super) async fn first<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> First<A, B> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|cx| match one.as_mut().poll(cx) {
        Poll::Ready(one) => Poll::Ready(First::One(one)),
        Poll::Pending => other.as_mut().poll(cx).map(First::Other),
    })
    .await
}

/// Waits for something, but not beyond the limit.
pub(super) async fn within<T>(limit: Option<Instant>, wait: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout_at(limit, wait).await.ok(),
        None => Some(wait.await),
    }
}

/// Waits until the other end has gone.
pub(super) async fn closed(mut end: watch::Receiver<()>) {
    // Nothing is ever sent.
    while end.changed().await.is_ok() {}
}
