//! The example `retry`: how often it tries, how long it waits in between, and when it gives up.

#![allow(unreachable_pub, reason = "the example's file is a module here")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

#[path = "../examples/retry/retry.rs"]
mod retry;

use retry::{GaveUp, Retry};

const SECOND: Duration = Duration::from_secs(1);

/// At which second each try was.
#[derive(Clone, Default)]
struct Tries(Arc<Mutex<Vec<u64>>>);

impl Tries {
    /// Some work that succeeds at the `nth` try.
    fn until(&self, nth: usize) -> impl FnMut() -> std::future::Ready<bool> + Send + 'static {
        let (tries, begun) = (self.clone(), Instant::now());
        move || {
            let mut tries = tries.0.lock().unwrap();
            tries.push(begun.elapsed().as_secs());
            std::future::ready(tries.len() == nth)
        }
    }

    fn seconds(&self) -> Vec<u64> {
        self.0.lock().unwrap().clone()
    }
}

#[behaviour::test(start_paused = true)]
async fn a_retry_pauses_twice_as_long_each_time_and_tells_when_it_is_done() {
    let tries = Tries::default();
    let retry = Retry::start(tries.until(5), SECOND, 10).await.unwrap();
    assert_eq!(retry.tries().forever().await, Ok(Ok(5)));
    assert_eq!(tries.seconds(), [0, 1, 3, 7, 15]);
    // Done is done.
    assert_eq!(retry.tries().await, Ok(Ok(5)));
    sleep(1_000 * SECOND).await;
    assert_eq!(tries.seconds().len(), 5);
}

#[behaviour::test(start_paused = true)]
async fn no_pause_is_longer_than_a_minute() {
    let tries = Tries::default();
    let retry = Retry::start(tries.until(4), 40 * SECOND, 10).await.unwrap();
    assert_eq!(retry.tries().forever().await, Ok(Ok(4)));
    assert_eq!(tries.seconds(), [0, 40, 100, 160]);
}

#[behaviour::test(start_paused = true)]
async fn a_retry_gives_up_after_as_many_tries_as_it_was_given() {
    let tries = Tries::default();
    let retry = Retry::start(tries.until(4), SECOND, 3).await.unwrap();
    assert_eq!(retry.tries().await, Ok(Err(GaveUp)));
    assert_eq!(retry.state_name().await, Ok("GivenUp"));
    assert_eq!(tries.seconds(), [0, 1, 3]);
    sleep(1_000 * SECOND).await;
    assert_eq!(tries.seconds().len(), 3);
}
