//! The example `accounts`: accounts that are opened under a dynamic supervisor, found in a registry, and closed.
//!
//! The registry is one for the whole program, so each test has owners of its own.

#[path = "../examples/accounts/bank.rs"]
mod bank;

use behaviour::application::Running;
use behaviour::prelude::*;
use behaviour::supervisor::{OperationError, StartChildError};

use self::bank::{BankApp, InsufficientFunds};

async fn bank() -> Running<BankApp> {
    application::ensure_all_started(BankApp).await.expect("the bank opens")
}

#[behaviour::test]
async fn an_account_is_found_by_its_owner() {
    let bank = bank().await;
    let ada = bank.open("ada", 100).await.unwrap();
    let found = bank.find("ada").expect("it is open");
    assert_eq!(found.pid(), ada.pid());
    assert_eq!(found.deposit(5).await, Ok(105));
    assert_eq!(ada.balance().await, Ok(105));
    assert_eq!(bank.find("adam"), None);
}

#[behaviour::test]
async fn nobody_has_two_accounts() {
    let bank = bank().await;
    let bob = bank.open("bob", 100).await.unwrap();
    let refused = bank.open("bob", 5).await;
    assert_eq!(refused, Err(StartChildError::Start(StartError::AlreadyStarted(bob.pid()))));
    assert_eq!(bob.balance().await, Ok(100));
    assert_eq!(bank.accounts().count_children().await.unwrap().specs, 1);
}

#[behaviour::test]
async fn money_is_moved_from_one_account_to_another() {
    let bank = bank().await;
    let (eve, flo) = (bank.open("eve", 100).await.unwrap(), bank.open("flo", 20).await.unwrap());
    assert_eq!(eve.transfer(&flo, 30).await, Ok(Ok(70)));
    assert_eq!((eve.balance().await, flo.balance().await), (Ok(70), Ok(50)));
}

#[behaviour::test]
async fn more_than_there_is_stays_where_it_is() {
    let bank = bank().await;
    let (gus, hal) = (bank.open("gus", 100).await.unwrap(), bank.open("hal", 20).await.unwrap());
    assert_eq!(gus.withdraw(101).await, Ok(Err(InsufficientFunds)));
    assert_eq!(gus.transfer(&hal, 101).await, Ok(Err(InsufficientFunds)));
    assert_eq!((gus.balance().await, hal.balance().await), (Ok(100), Ok(20)));
}

#[behaviour::test]
async fn money_that_does_not_arrive_comes_back() {
    let bank = bank().await;
    let (max, nan) = (bank.open("max", 100).await.unwrap(), bank.open("nan", 20).await.unwrap());
    bank.close("nan").await.unwrap();
    assert_eq!(max.transfer(&nan, 30).await, Err(CallError::NoProcess));
    assert_eq!(max.balance().await, Ok(100));
}

#[behaviour::test]
async fn an_account_that_crashed_is_found_again() {
    let bank = bank().await;
    let (ian, joe) = (bank.open("ian", 100).await.unwrap(), bank.open("joe", 20).await.unwrap());
    let before = ian.pid();
    ian.deposit(1).await.unwrap();
    let crash = ian.deposit(u64::MAX).await;
    assert!(matches!(&crash, Err(CallError::Exited(ExitReason::Panic(_)))), "{crash:?}");

    // Waits for the restart, and reaches the new process.
    assert_eq!(ian.balance().await, Ok(100));
    assert_ne!(ian.pid(), before);
    assert_eq!(bank.find("ian").expect("it is open again").pid(), ian.pid());
    assert_eq!(joe.balance().await, Ok(20));
    assert_eq!(bank.accounts().count_children().await.unwrap().active, 2);
}

#[behaviour::test]
async fn an_account_that_was_closed_is_not_found() {
    let bank = bank().await;
    let kim = bank.open("kim", 100).await.unwrap();
    assert_eq!(bank.close("kim").await, Ok(()));
    assert_eq!(bank.find("kim"), None);
    assert_eq!(kim.balance().await, Err(CallError::NoProcess));
    assert_eq!(bank.close("kim").await, Err(OperationError::NotFound));
    assert_eq!(bank.accounts().count_children().await.unwrap().specs, 0);

    // The name is free.
    assert_eq!(bank.open("kim", 5).await.unwrap().balance().await, Ok(5));
}

#[behaviour::test]
async fn a_bank_that_is_stopped_leaves_no_account() {
    let bank = bank().await;
    let lea = bank.open("lea", 100).await.unwrap();
    bank.stop().await.unwrap();
    assert_eq!(bank.find("lea"), None);
    assert_eq!(lea.balance().await, Err(CallError::NoProcess));
}
