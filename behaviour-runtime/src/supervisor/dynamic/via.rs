//! Children that are found in a registry.

use crate::edge::Behaviour;
use crate::registry::{Key, Registry, claim};

use super::start_child::{Once, StartChild};

impl<S: Behaviour> StartChild<S> {
    /// Registers the child under this key, at each start anew; it is there before `#[init]` runs.
    ///
    /// If the key is taken the start fails with [`AlreadyStarted`](crate::process::StartError::AlreadyStarted); so does a
    /// restart, which is tried again until the supervisor gives up. So a child that callers start on demand, whenever
    /// they find its key free, is better [`temporary`](crate::supervisor::Restart::Temporary): then only they start it.
    ///
    /// ```
    /// use behaviour::prelude::*;
    /// use behaviour::registry::Registry;
    /// # #[gen_server]
    /// # pub struct Account;
    /// # #[gen_server]
    /// # impl Account {
    /// #     #[init]
    /// #     fn init(_cents: u64) -> Self {
    /// #         Self
    /// #     }
    /// # }
    ///
    /// static ACCOUNTS: Registry<u64, Account> = Registry::new();
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let accounts = DynamicSupervisor::<Account>::start().await?;
    /// accounts.start_child(25).via(&ACCOUNTS, 7).await?;
    ///
    /// let account = ACCOUNTS.lookup(&7).ok_or("no such account")?;
    /// accounts.terminate_child(&account).await?;
    /// assert_eq!(ACCOUNTS.count(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn via<K: Key + Clone, V: Default + Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K) -> Self {
        let registry = registry.clone();
        self.claiming(move || claim(&registry, key.clone(), V::default()))
    }

    /// As [`via`](Self::via), with a value beside the key.
    pub fn via_with<K: Key + Clone, V: Clone + Send + Sync + 'static>(
        self,
        registry: &Registry<K, S, V>,
        key: K,
        value: V,
    ) -> Self {
        let registry = registry.clone();
        self.claiming(move || claim(&registry, key.clone(), value.clone()))
    }
}

impl<S: Behaviour> StartChild<S, Once> {
    /// Registers the child under this key; it is there before `#[init]` runs.
    ///
    /// If the key is taken the start fails with [`AlreadyStarted`](crate::process::StartError::AlreadyStarted).
    pub fn via<K: Key, V: Default + Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K) -> Self {
        self.via_with(registry, key, V::default())
    }

    /// As [`via`](Self::via), with a value beside the key.
    pub fn via_with<K: Key, V: Send + Sync + 'static>(self, registry: &Registry<K, S, V>, key: K, value: V) -> Self {
        self.claiming_once(claim(registry, key, value))
    }
}
