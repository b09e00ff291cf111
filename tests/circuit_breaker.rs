//! The example `circuit_breaker`: what gets through when.

#![allow(unreachable_pub, reason = "the example's file is a module here")]

use std::time::Duration;

use tokio::time::sleep;

#[path = "../examples/circuit_breaker/breaker.rs"]
mod breaker;

use breaker::{Breaker, BreakerClient, Refused};

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
    assert_eq!(breaker.enter().await, Ok(true));
    assert_eq!(breaker.enter().await, Ok(false));
    breaker.failure();
    assert_eq!(breaker.state_name().await, Ok("Open"));
    sleep(11 * SECOND).await;
    assert_eq!(succeed(&breaker).await, Ok(7));
}

#[behaviour::test(start_paused = true)]
async fn a_trial_that_never_tells_how_it_went_counts_as_failed() {
    let breaker = tripped().await;
    sleep(11 * SECOND).await;
    assert_eq!(breaker.enter().await, Ok(true));
    sleep(9 * SECOND).await;
    assert_eq!(breaker.state_name().await, Ok("Trying"));
    sleep(2 * SECOND).await;
    assert_eq!(breaker.state_name().await, Ok("Open"));
    sleep(10 * SECOND).await;
    assert_eq!(succeed(&breaker).await, Ok(7));
}
