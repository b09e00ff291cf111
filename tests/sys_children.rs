//! A look inside a supervisor's children: a request names the child, as a call does, and not one incarnation of it.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::sys::{Run, SysError};
use behaviour::testing::settle;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Where the money is. It takes as many seconds to open as are set from the outside.
#[gen_server]
struct Vault {
    cents: u64,
}

#[gen_server]
impl Vault {
    #[init]
    async fn init(opening: Arc<AtomicU64>) -> Self {
        tokio::time::sleep(Duration::from_secs(opening.load(Ordering::Relaxed))).await;
        Self { cents: 100 }
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }
}

#[supervisor(one_for_one, intensity = 100)]
#[derive(Default)]
struct Bank {
    opening: Arc<AtomicU64>,
}

#[supervisor]
impl Bank {
    #[child]
    fn vault(&self) -> Child<Vault> {
        Vault::child(self.opening.clone())
    }
}

/// A bank whose vault was killed and takes so many seconds to open again.
async fn bank_that_opens_again(seconds: u64) -> BankClient {
    let bank = Bank::default();
    let opening = bank.opening.clone();
    let bank = bank.start().await.unwrap();
    bank.vault().deposit(5);
    opening.store(seconds, Ordering::Relaxed);
    let vault = bank.vault();
    vault.kill();
    vault.ended().await;
    bank
}

#[behaviour::test(start_paused = true)]
async fn a_request_that_finds_the_child_restarting_waits_for_it_within_its_own_time() {
    let bank = bank_that_opens_again(2).await;
    let (begun, sys) = (Instant::now(), bank.vault().sys());
    let seen = tokio::join!(
        sys.get_state(|vault| vault.cents).into_future(),
        sys.get_state(|vault| vault.cents).within(SECOND).into_future(),
        sys.suspend().within(3 * SECOND).into_future(),
    );
    assert_eq!(seen, (Ok(100), Err(SysError::Call(CallError::Timeout)), Ok(())));
    assert_eq!(begun.elapsed(), 2 * SECOND);
    assert_eq!(sys.get_status().await.map(|status| status.run), Ok(Run::Suspended));
}

#[behaviour::test(start_paused = true)]
async fn a_request_to_a_child_that_does_not_come_back_in_time_fails_after_five_seconds() {
    let bank = bank_that_opens_again(3_600).await;
    let begun = Instant::now();
    assert_eq!(bank.vault().sys().get_status().await, Err(SysError::Call(CallError::Timeout)));
    assert_eq!(begun.elapsed(), 5 * SECOND);
}

#[behaviour::test(start_paused = true)]
async fn a_request_that_waits_for_a_child_hears_that_it_will_not_come_back() {
    let bank = bank_that_opens_again(3_600).await;
    let vault = bank.vault();
    let waiting = tokio::spawn(vault.sys().get_status().within(7_200 * SECOND).into_future());
    settle().await;
    assert!(!waiting.is_finished());
    bank.stop().await.unwrap();
    assert_eq!(waiting.await.unwrap(), Err(SysError::Call(CallError::NoProcess)));
    assert_eq!(vault.sys().get_status().await, Err(SysError::Call(CallError::NoProcess)), "and at once by then");
}
