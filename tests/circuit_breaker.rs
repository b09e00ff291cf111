//! The example `circuit_breaker`: what gets through when, and how often a retry tries.

#![allow(unreachable_pub, reason = "the example's files are modules here")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

#[path = "../examples/circuit_breaker/breaker.rs"]
mod breaker;
#[path = "../examples/circuit_breaker/retry.rs"]
mod retry;

use breaker::{Breaker, BreakerClient, Refused, Tripped};
use retry::Retry;

const SECOND: Duration = Duration::from_secs(1);

async fn fail(breaker: &BreakerClient) -> Result<(), Refused<&'static str>> {
    breaker.guard(async { Err("down") }).await
}

async fn succeed(breaker: &BreakerClient) -> Result<u8, Refused<&'static str>> {
    breaker.guard(async { Ok(7) }).await
}

/// A breaker that three failures have tripped.
async fn tripped() -> BreakerClient {
    let breaker = Breaker::start(3, 10 * SECOND).await.unwrap();
    for _ in 0..3 {
        assert_eq!(fail(&breaker).await, Err(Refused::Failed("down")));
    }
    assert_eq!(breaker.state_name().await, Ok("Open"));
    breaker
}

#[behaviour::test(start_paused = true)]
async fn failures_in_a_row_open_the_circuit_and_a_success_between_them_does_not_let_it() {
    let breaker = Breaker::start(3, 10 * SECOND).await.unwrap();
    for _ in 0..5 {
        assert_eq!(fail(&breaker).await, Err(Refused::Failed("down")));
        assert_eq!(fail(&breaker).await, Err(Refused::Failed("down")));
        assert_eq!(succeed(&breaker).await, Ok(7));
    }
    assert_eq!(breaker.state_name().await, Ok("Closed"));
}

#[behaviour::test(start_paused = true)]
async fn an_open_circuit_lets_nothing_through_until_it_has_cooled_down() {
    let breaker = tripped().await;
    assert_eq!(succeed(&breaker).await, Err(Refused::Tripped));
    sleep(Duration::from_millis(9_999)).await;
    assert_eq!(succeed(&breaker).await, Err(Refused::Tripped));
    sleep(Duration::from_millis(2)).await;
    assert_eq!(succeed(&breaker).await, Ok(7));
    assert_eq!(breaker.state_name().await, Ok("Closed"));
}

#[behaviour::test(start_paused = true)]
async fn one_trial_gets_through_a_half_open_circuit_and_its_failure_opens_it_again() {
    let breaker = tripped().await;
    sleep(11 * SECOND).await;
    assert_eq!(breaker.enter().await, Ok(Ok(())));
    assert_eq!(breaker.enter().await, Ok(Err(Tripped)));
    breaker.failure();
    assert_eq!(breaker.state_name().await, Ok("Open"));
    sleep(11 * SECOND).await;
    assert_eq!(succeed(&breaker).await, Ok(7));
}

#[behaviour::test(start_paused = true)]
async fn a_trial_that_never_tells_how_it_went_counts_as_failed() {
    let breaker = tripped().await;
    sleep(11 * SECOND).await;
    assert_eq!(breaker.enter().await, Ok(Ok(())));
    sleep(10 * SECOND).await;
    assert_eq!(breaker.state_name().await, Ok("Open"));
    sleep(10 * SECOND).await;
    assert_eq!(succeed(&breaker).await, Ok(7));
}

#[behaviour::test(start_paused = true)]
async fn a_retry_pauses_twice_as_long_each_time_and_tells_when_it_is_done() {
    let (tries, begun) = (Arc::new(AtomicU32::new(0)), Instant::now());
    let counted = tries.clone();
    let work = move || {
        let nth = counted.fetch_add(1, Ordering::Relaxed);
        async move { nth == 4 }
    };
    let retry = Retry::start(work, SECOND).await.unwrap();
    assert_eq!(retry.tries().await, Ok(5));
    assert_eq!(begun.elapsed().as_secs(), 1 + 2 + 4 + 8);
    // Done is done.
    assert_eq!(retry.tries().await, Ok(5));
    sleep(100 * SECOND).await;
    assert_eq!(tries.load(Ordering::Relaxed), 5);
}
