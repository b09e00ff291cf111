//! A day at a bank: accounts are opened, found, emptied, crashed and closed.

mod bank;

use behaviour::prelude::*;

use self::bank::BankApp;

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bank = application::ensure_all_started(BankApp).await?;

    let ada = bank.open("ada", 100).await?;
    let bob = bank.open("bob", 20).await?;
    println!("Ada opens another account: {}.", bank.open("ada", 7).await.unwrap_err());

    println!("Ada pays 30 to Bob: {:?} left.", ada.transfer(&bob, 30).await?);
    println!("Ada pays 500 to Bob: {:?}.", ada.transfer(&bob, 500).await?);
    println!("Who has {}? {:?} is found as Bob's.", bob.balance().await?, bank.find("bob"));

    println!("Bob gets more than can be counted: {}.", bob.deposit(u64::MAX).await.unwrap_err());
    println!("He has {} again, and is found as {:?}.", bob.balance().await?, bank.find("bob"));

    println!("{}", bank.tree().await?);

    bank.close("bob").await?;
    println!(
        "Bob's account is closed: {:?} is found, and a call says: {}.",
        bank.find("bob"),
        bob.balance().await.unwrap_err()
    );
    bank.stop().await?;
    Ok(())
}
