//! Starts that register (`{:via, Registry, {registry, key}}`).

use crate::edge::{Behaviour, Child, Key, Start, StartMonitored};
use crate::process::start::Claim;

use super::unique::Registry;

/// Registers a process that is about to start.
pub(crate) fn claim<K: Key, S: Behaviour, V: Send + Sync + 'static>(
    registry: &Registry<K, S, V>,
    key: K,
    value: V,
) -> Claim {
    let registry = registry.clone();
    Box::new(move |process| registry.enter(key, process, value).map_err(|taken| taken.pid()))
}

impl<S: Behaviour> Start<S> {
    /// Registers the process under this key; it is there before `#[init]` runs.
    ///
    /// If the key is taken the start fails with [`AlreadyStarted`](crate::process::StartError::AlreadyStarted). A start
    /// that fails leaves nothing in the registry.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::registry::Registry;
    /// # #[gen_server]
    /// # pub struct Account;
    /// # #[gen_server]
    /// # impl Account {
    /// #     #[init]
    /// #     fn init() -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// static ACCOUNTS: Registry<u64, Account> = Registry::new();
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let account = Account::start().via(&ACCOUNTS, 7).await?;
    /// assert_eq!(ACCOUNTS.lookup(&7), Some(account.clone()));
    /// assert_eq!(Account::start().via(&ACCOUNTS, 7).await, Err(StartError::AlreadyStarted(account.pid())));
    /// # Ok(())
    /// # }
    /// ```
    pub fn via<K: Key, V: Default + Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K) -> Self {
        self.via_with(registry, key, V::default())
    }

    /// As [`via`](Self::via), with a value beside the key.
    pub fn via_with<K: Key, V: Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K, value: V) -> Self {
        self.claiming(claim(registry, key, value))
    }
}

impl<S: Behaviour> StartMonitored<S> {
    /// As [`Start::via`].
    pub fn via<K: Key, V: Default + Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K) -> Self {
        self.via_with(registry, key, V::default())
    }

    /// As [`Start::via_with`].
    pub fn via_with<K: Key, V: Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K, value: V) -> Self {
        self.claiming(claim(registry, key, value))
    }
}

impl<S: Behaviour> Child<S> {
    /// Registers the child under this key, at each start.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::registry::Registry;
    /// # #[gen_server]
    /// # pub struct Account;
    /// # #[gen_server]
    /// # impl Account {
    /// #     #[init]
    /// #     fn init() -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// static ACCOUNTS: Registry<&str, Account> = Registry::new();
    ///
    /// #[supervisor(one_for_one)]
    /// pub struct Bank;
    ///
    /// #[supervisor]
    /// impl Bank {
    ///     #[child]
    ///     pub fn vault(&self) -> Child<Account> {
    ///         Account::child().via(&ACCOUNTS, "vault")
    ///     }
    /// }
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let bank = Bank.start().await?;
    /// assert_eq!(ACCOUNTS.lookup("vault").map(|vault| vault.pid()), Some(bank.vault().pid()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn via<K: Key, V: Default + Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K) -> Self {
        self.via_with(registry, key, V::default())
    }

    /// As [`via`](Self::via), with a value beside the key.
    pub fn via_with<K: Key, V: Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K, value: V) -> Self {
        self.map(|start| start.via_with(registry, key, value))
    }
}
