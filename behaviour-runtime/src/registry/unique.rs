//! Registries with unique keys.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use papaya::{Compute, Operation};

use crate::edge::{Behaviour, Key};
use crate::process::cell::ProcessCell;

use super::at;
use super::entry::entries_of;
use super::error::AlreadyRegistered;
use super::listeners::{Change, Listener};
use super::locks::KeyLock;
use super::slots::{Entry, Slot, Unique};

/// Finds clients of `S` by keys, each of which belongs to at most one process (Elixir's `Registry` with unique keys).
///
/// A value of type `V` can stand beside each key. Looking up takes no lock and is as fast with a million keys on many
/// cores as on one; registering is for what is looked up more often than it changes.
///
/// ```
/// use behaviour::prelude::*;
/// use behaviour::registry::Registry;
///
/// static ACCOUNTS: Registry<u64, Account> = Registry::new();
///
/// #[gen_server]
/// pub struct Account {
///     cents: u64,
/// }
///
/// #[gen_server]
/// impl Account {
///     #[init]
///     fn init(cents: u64) -> Self {
///         Self { cents }
///     }
///
///     #[call]
///     pub fn balance(&self) -> u64 {
///         self.cents
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Account::start(100).via(&ACCOUNTS, 7).await?; // it is registered before its `#[init]` runs
///
/// let account = ACCOUNTS.lookup(&7).ok_or("there is no account 7")?;
/// assert_eq!(account.balance().await?, 100);
///
/// account.stop().await?;
/// assert_eq!(ACCOUNTS.lookup(&7), None); // gone with its process
/// # Ok(())
/// # }
/// ```
///
/// Whose an entry is: a process's, and one incarnation's. `register(key, &client)` with a client that follows a child
/// through its restarts registers the present incarnation; [`via`](crate::server::Start::via) registers each one as it
/// starts. [`at`](Self::at) gives a client that looks the key up at each call.
///
/// A key and a value may be dropped a while after they left the registry, when no reader can be looking at them any
/// more. Which threads do so is not said.
pub struct Registry<K: Key, S: Behaviour, V: Send + Sync + 'static = ()> {
    shared: OnceLock<Arc<Unique<K, S, V>>>,
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Registry<K, S, V> {
    /// An empty registry, most often of a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { shared: OnceLock::new() }
    }

    fn shared(&self) -> &Arc<Unique<K, S, V>> {
        self.shared.get_or_init(Arc::default)
    }

    /// Registers the process behind a client, with a value (`register/3`).
    ///
    /// If that process has ended, its entry is gone at once: this succeeds, and nobody is found.
    ///
    /// # Errors
    /// If the key is taken, be it by the same process.
    pub fn register_with(&self, key: K, client: &S::Client, value: V) -> Result<(), AlreadyRegistered<S>> {
        match client.address().process() {
            Some(process) => self.enter(key, &process, value),
            None => Ok(()),
        }
    }

    /// Registers the process behind a client, with the default value.
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
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let accounts = Registry::<&str, Account>::new();
    /// let (ada, bob) = (Account::start().await?, Account::start().await?);
    ///
    /// accounts.register("ada", &ada)?;
    /// let taken = accounts.register("ada", &bob).unwrap_err();
    /// assert_eq!(*taken.client(), ada);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`register_with`](Self::register_with).
    pub fn register(&self, key: K, client: &S::Client) -> Result<(), AlreadyRegistered<S>>
    where
        V: Default,
    {
        self.register_with(key, client, V::default())
    }

    pub(super) fn enter(&self, key: K, process: &Arc<ProcessCell>, value: V) -> Result<(), AlreadyRegistered<S>> {
        self.shared().enter(key, process, value)
    }

    /// Takes a process's own entry out (`unregister/2`). False, and without effect, if the key is free or another's.
    #[allow(clippy::must_use_candidate)]
    pub fn unregister<Q>(&self, key: &Q, client: &S::Client) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.unregister_match(key, client, |_| true)
    }

    /// Takes a process's own entry out, if its value is as wanted (`unregister_match/4`).
    pub fn unregister_match<Q>(&self, key: &Q, client: &S::Client, wanted: impl FnOnce(&V) -> bool) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let pid = client.pid();
        self.shared().withdraw(key, |slot| slot.process.pid() == pid && wanted(&slot.value))
    }

    /// Takes an entry out, whosever it is. False if there is none.
    #[allow(clippy::must_use_candidate)]
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shared().withdraw(key, |_| true)
    }

    /// The client of whoever has a key (`lookup/2`).
    ///
    /// If a supervisor looks after the process this is a client of the child: it reaches the next incarnation, too, and a
    /// call that meets a restart waits for it. Otherwise it stays with the process; [`at`](Self::at) gives one that asks
    /// for the key each time.
    #[must_use]
    pub fn lookup<Q>(&self, key: &Q) -> Option<S::Client>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shared().find(key, Slot::client)
    }

    /// The client of whoever has a key, and the value beside it.
    #[must_use]
    pub fn lookup_with<Q>(&self, key: &Q) -> Option<(S::Client, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.shared().find(key, |slot| (slot.client(), slot.value.clone()))
    }

    /// The value beside a key.
    #[must_use]
    pub fn value<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.shared().find(key, |slot| slot.value.clone())
    }

    /// A client that looks the key up each time it is used (`{:via, Registry, {registry, key}}`).
    ///
    /// A call fails with [`NoProcess`](crate::process::CallError::NoProcess), at once, while nobody has the key; a cast
    /// is dropped. Such clients are equal if they name the same key of the same registry.
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
    /// #     #[call]
    /// #     pub fn balance(&self) -> u64 {
    /// #         5
    /// #     }
    /// # }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let accounts = Registry::<u64, Account>::new();
    /// let account = accounts.at(7);
    /// assert_eq!(account.balance().await, Err(CallError::NoProcess));
    ///
    /// Account::start().via(&accounts, 7).await?;
    /// assert_eq!(account.balance().await, Ok(5));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn at(&self, key: K) -> S::Client
    where
        K: fmt::Debug,
    {
        at::client(self.clone(), key)
    }

    pub(super) fn process(&self, key: &K) -> Option<Arc<ProcessCell>> {
        self.shared().find(key, |slot| Arc::clone(&slot.process))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.shared(), other.shared())
    }

    /// The keys of a process (`keys/2`), in no order.
    #[must_use]
    pub fn keys(&self, client: &S::Client) -> Vec<K> {
        let Some(process) = client.address().process() else { return Vec::new() };
        entries_of(&process, self.shared()).iter().map(|entry: &Arc<Entry<K, S, V>>| entry.key().clone()).collect()
    }

    /// How many entries there are (`count/1`).
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared().slots.len()
    }

    /// Replaces the value beside a process's own key (`update_value/3`); gives the new and the old one.
    ///
    /// Nothing happens if the key is free or another's. If somebody else replaces the value meanwhile, `update` is asked
    /// again, with that one: it should do nothing but make a new value.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::registry::Registry;
    /// # #[gen_server]
    /// # pub struct Room;
    /// # #[gen_server]
    /// # impl Room {
    /// #     #[init]
    /// #     fn init() -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let rooms = Registry::<String, Room, u32>::new(); // the value: how many are in the room
    /// let kitchen = Room::start().via(&rooms, "kitchen".to_owned()).await?;
    /// assert_eq!(rooms.update_value("kitchen", &kitchen, |guests| guests + 1), Some((1, 0)));
    /// assert_eq!(rooms.value("kitchen"), Some(1));
    /// # Ok(())
    /// # }
    /// ```
    #[allow(clippy::must_use_candidate)]
    pub fn update_value<Q>(&self, key: &Q, client: &S::Client, update: impl Fn(&V) -> V) -> Option<(V, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        let (slots, pid) = (self.shared().slots.pin(), client.pid());
        let (known, _) = slots.get_key_value(key)?;
        let replaced = slots.compute(known.clone(), |found| match found {
            Some((_, slot)) if slot.is_shown() && slot.process.pid() == pid => {
                Operation::Insert(slot.with(update(&slot.value)))
            }
            _ => Operation::Abort(()),
        });
        let Compute::Updated { new: (_, new), old: (_, old) } = replaced else { return None };
        Some((new.value.clone(), old.value.clone()))
    }

    /// Calls a function with the entry of a key, if there is one (`dispatch/3`, and `match/4`). It runs here.
    pub fn dispatch<Q>(&self, key: &Q, f: impl FnOnce(&S::Client, &V))
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shared().find(key, |slot| f(&slot.client(), &slot.value));
    }

    /// Goes over all entries and collects what a function makes of them (`select/2`).
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::registry::Registry;
    /// # #[gen_server]
    /// # pub struct Room;
    /// # #[gen_server]
    /// # impl Room {
    /// #     #[init]
    /// #     fn init() -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let rooms = Registry::<&str, Room, u32>::new();
    /// Room::start().via_with(&rooms, "kitchen", 12).await?;
    /// Room::start().via_with(&rooms, "cellar", 0).await?;
    /// let empty = rooms.select(|name, _client, guests| (*guests == 0).then_some(*name));
    /// assert_eq!(empty, ["cellar"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An entry that is there all the while is seen once; one that comes or goes meanwhile may be seen or not.
    pub fn select<R>(&self, mut choose: impl FnMut(&K, &S::Client, &V) -> Option<R>) -> Vec<R> {
        let slots = self.shared().slots.pin();
        let shown = slots.iter().filter(|(_, slot)| slot.is_shown());
        shown.filter_map(|(key, slot)| choose(key, &slot.client(), &slot.value)).collect()
    }

    /// Goes over all entries and counts those that are wanted (`count_select/2`).
    pub fn count_select(&self, mut wanted: impl FnMut(&K, &S::Client, &V) -> bool) -> usize {
        let slots = self.shared().slots.pin();
        let shown = slots.iter().filter(|(_, slot)| slot.is_shown());
        shown.filter(|(key, slot)| wanted(key, &slot.client(), &slot.value)).count()
    }

    /// Has a server hear of what is registered and unregistered from now on (`listeners`).
    ///
    /// Changes that are made one after the other are heard in that order. The end of a process is no change: a listener
    /// that wants to know of it monitors the client.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::registry::{Change, Registry};
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
    /// #[gen_server]
    /// pub struct Watch {
    ///     opened: Vec<u64>,
    /// }
    ///
    /// #[gen_server]
    /// impl Watch {
    ///     #[init]
    ///     fn init(cx: &mut Context<Self>) -> Self {
    ///         ACCOUNTS.subscribe(&cx.client()); // does not compile without the `#[info]`
    ///         Self { opened: Vec::new() }
    ///     }
    ///
    ///     #[info]
    ///     fn changed(&mut self, change: Change<u64, Account>) {
    ///         if let Change::Registered { key, .. } = change {
    ///             self.opened.push(key);
    ///         }
    ///     }
    ///
    ///     #[call]
    ///     pub fn opened(&self) -> Vec<u64> {
    ///         self.opened.clone()
    ///     }
    /// }
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let watch = Watch::start().await?;
    /// Account::start().via(&ACCOUNTS, 7).await?;
    /// assert_eq!(watch.opened().await?, [7]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe<L: Listener<Change<K, S, V>>>(&self, listener: &L)
    where
        V: Clone,
    {
        let listener = listener.clone();
        self.subscribe_with(move |change| listener.hear(change));
    }

    /// Has a function hear of what is registered and unregistered, until it returns false: to send it to a plain process,
    /// or into a channel.
    ///
    /// It runs where the registration is made, and should not take long. If it panics it hears nothing more.
    pub fn subscribe_with(&self, hear: impl Fn(Change<K, S, V>) -> bool + Send + Sync + 'static)
    where
        V: Clone,
    {
        self.shared().listeners.add(hear);
    }

    /// Waits until nobody else has the lock of this key (`lock/3`): to find or start, say, without two doing so.
    ///
    /// Locks have nothing to do with entries, and locks of different keys nothing with each other. A lock goes to those
    /// who wait in the order in which they came.
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
    /// async fn open(number: u64) -> Result<AccountClient, StartError> {
    ///     let _lock = ACCOUNTS.lock(number).await;
    ///     match ACCOUNTS.lookup(&number) {
    ///         Some(account) => Ok(account),
    ///         None => Account::start().via(&ACCOUNTS, number).await,
    ///     }
    /// }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # assert_eq!(open(7).await?, open(7).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn lock(&self, key: K) -> impl Future<Output = KeyLock> + Send + use<K, S, V> {
        self.shared().locks.lock(key)
    }
}

/// Another handle to the same registry.
impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Clone for Registry<K, S, V> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(self.shared()).into() }
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Default for Registry<K, S, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> fmt::Debug for Registry<K, S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("count", &self.count()).finish_non_exhaustive()
    }
}
