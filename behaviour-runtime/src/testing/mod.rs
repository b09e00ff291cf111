//! What tests of processes need beside a clock that stands still.
//!
//! A test that is marked `#[behaviour::test(start_paused = true)]` is a process, on a clock of its own: it links,
//! monitors and receives like any other, `client.kill()` ends whom it likes, `client.ended()` tells why somebody ended,
//! and an hour passes as soon as everybody waits for it. What is here does the rest: to wait until nothing is left to
//! do, and to see what the runtime has told.
//!
//! The module is there with the feature `test-util`, for the `[dev-dependencies]`.

mod reports;

use std::time::Duration;

pub use self::reports::{Report, Reports};

/// Lets all others run until nothing is left that they could do before the clock moves on.
///
/// It is for what cannot be waited for: that nothing happens, or that something has happened of which nobody is told.
/// The clock is the paused one of `#[behaviour::test(start_paused = true)]`, and is a millisecond later afterwards. On a
/// clock that runs this is a pause of a millisecond, and proves nothing.
///
/// ```
/// use behaviour::prelude::*;
/// use behaviour::testing::settle;
///
/// # #[behaviour::main(start_paused = true, flavor = "current_thread")]
/// # async fn main() {
/// let seen = Agent::start(|| 0).await.unwrap();
/// let client = seen.clone();
/// tokio::spawn(async move { client.cast(|n| *n += 1) });
/// settle().await;
/// assert_eq!(seen.get(|n| *n).await, Ok(1));
/// # }
/// ```
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
