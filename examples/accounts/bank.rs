//! Accounts that are opened and closed while the bank runs, each of them a process.
//!
//! A dynamic supervisor keeps them alive, a registry finds them by their owners. An account that crashes begins again
//! with what it was opened with; the book's chapter on the design of trees tells where to put money that is not to be lost.

#![allow(unreachable_pub, clippy::unused_self, reason = "a program has nobody to hide from, and methods read well")]

use behaviour::prelude::*;
use behaviour::registry::Registry;
use behaviour::supervisor::{OperationError, StartChildError};

/// The accounts that are open, by their owners.
static ACCOUNTS: Registry<String, Account> = Registry::new();

/// One owner's money.
#[gen_server]
pub struct Account {
    cents: u64,
}

/// There is not so much money in the account.
#[derive(Debug, PartialEq)]
pub struct InsufficientFunds;

#[gen_server]
impl Account {
    #[init]
    fn init(opening: u64) -> Self {
        Self { cents: opening }
    }

    /// What is in it.
    #[call]
    pub fn balance(&self) -> u64 {
        self.cents
    }

    /// Puts money in, and tells what is in it then. The account crashes if that is more than it can count.
    #[call]
    pub fn deposit(&mut self, cents: u64) -> u64 {
        self.cents = self.cents.checked_add(cents).expect("nobody is that rich");
        self.cents
    }

    /// Takes money out, and tells what is left.
    #[call]
    pub fn withdraw(&mut self, cents: u64) -> Result<u64, InsufficientFunds> {
        self.cents = self.cents.checked_sub(cents).ok_or(InsufficientFunds)?;
        Ok(self.cents)
    }
}

impl AccountClient {
    /// Moves money to another account, and tells what is left.
    pub async fn transfer(&self, to: &Self, cents: u64) -> Result<Result<u64, InsufficientFunds>, CallError> {
        let left = self.withdraw(cents).await?;
        if left.is_ok()
            && let Err(error) = to.deposit(cents).await
        {
            self.deposit(cents).await?; // it did not arrive
            return Err(error);
        }
        Ok(left)
    }
}

/// What the bank is made of.
#[supervisor(one_for_one)]
pub struct Bank;

#[supervisor]
impl Bank {
    /// The accounts that are open.
    #[child]
    pub fn accounts(&self) -> Child<DynamicSupervisor<Account>> {
        DynamicSupervisor::child().max_children(100_000)
    }
}

impl BankClient {
    /// Opens an account. Nobody has two.
    pub async fn open(&self, owner: &str, opening: u64) -> Result<AccountClient, StartChildError> {
        self.accounts().start_child(opening).via(&ACCOUNTS, owner.into()).await
    }

    /// Finds an account that is open.
    pub fn find(&self, owner: &str) -> Option<AccountClient> {
        ACCOUNTS.lookup(owner)
    }

    /// Closes an account.
    pub async fn close(&self, owner: &str) -> Result<(), OperationError> {
        let account = self.find(owner).ok_or(OperationError::NotFound)?;
        self.accounts().terminate_child(&account).await
    }
}

/// The bank, to be started and stopped as a whole.
#[application(name = "bank")]
pub struct BankApp;

#[application]
impl BankApp {
    #[start]
    fn start(&self) -> Child<Bank> {
        Bank.child()
    }

    #[stop]
    fn stop(&self) {
        println!("The bank is closed.");
    }
}
