//! Registries with several entries a key.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use papaya::{Compute, HashMap, Operation};

use crate::edge::{Behaviour, Key};
use crate::process::bag::Bag;
use crate::process::cell::ProcessCell;

use super::entry::{self, Table, entries_of};
use super::listeners::{Change, Listener, Listeners};
use super::locks::{KeyLock, Locks};

/// Finds clients of `S` by keys that they share: who is in a room, who wants to hear of a topic (Elixir's `Registry` with
/// duplicate keys).
///
/// A value of type `V` can stand beside each entry. A process may have several entries, of one key, too. Whoever looks a
/// key up sees its entries as they are at one moment, in the order in which they came, and takes no lock.
///
/// ```
/// use behaviour::prelude::*;
/// use behaviour::registry::DuplicateRegistry;
///
/// static TOPICS: DuplicateRegistry<&str, Reader> = DuplicateRegistry::new();
///
/// #[gen_server]
/// pub struct Reader {
///     news: Vec<String>,
/// }
///
/// #[gen_server]
/// impl Reader {
///     #[init]
///     fn init(cx: &mut Context<Self>, topics: Vec<&'static str>) -> Self {
///         for topic in topics {
///             TOPICS.register(topic, &cx.client());
///         }
///         Self { news: Vec::new() }
///     }
///
///     #[cast]
///     pub fn hear(&mut self, news: String) {
///         self.news.push(news);
///     }
///
///     #[call]
///     pub fn news(&self) -> Vec<String> {
///         self.news.clone()
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ada = Reader::start(vec!["weather", "sports"]).await?;
/// let bob = Reader::start(vec!["weather"]).await?;
///
/// TOPICS.dispatch("weather", |reader, ()| reader.hear("rain".to_owned()));
/// assert_eq!(bob.news().await?, ["rain"]);
///
/// bob.stop().await?;
/// assert_eq!(TOPICS.lookup("weather"), [ada]); // gone with its process
/// # Ok(())
/// # }
/// ```
///
/// What is said of a [`Registry`](super::Registry) about whose an entry is, and about when keys and values are dropped,
/// holds here, too.
pub struct DuplicateRegistry<K: Key, S: Behaviour, V: Send + Sync + 'static = ()> {
    shared: OnceLock<Arc<Duplicate<K, S, V>>>,
}

type Entry<K, S, V> = entry::Entry<Arc<K>, S, Ticketed<V>, Duplicate<K, S, V>>;

/// All entries of a key.
type Entries<K, S, V> = Bag<Arc<Entry<K, S, V>>>;

/// Up to this many entries of a key are looked through for a process's own.
const FEW: usize = 64;

/// What the handles of a registry share.
struct Duplicate<K: Key, S: Behaviour, V: Send + Sync + 'static> {
    bags: HashMap<K, Entries<K, S, V>>,
    count: AtomicUsize,
    listeners: Listeners<K, S, V>,
    locks: Locks<K>,
}

/// A value, and the ticket of its entry in the bag of its key.
struct Ticketed<V> {
    value: V,
    /// Set once, before the entry is given to its process.
    ticket: AtomicU64,
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> DuplicateRegistry<K, S, V> {
    /// An empty registry, most often of a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { shared: OnceLock::new() }
    }

    fn shared(&self) -> &Arc<Duplicate<K, S, V>> {
        self.shared.get_or_init(|| {
            Arc::new(Duplicate {
                bags: HashMap::new(),
                count: AtomicUsize::new(0),
                listeners: Listeners::new(),
                locks: Locks::new(),
            })
        })
    }

    /// Registers the process behind a client, with a value (`register/3`).
    ///
    /// If that process has ended, its entry is gone at once.
    pub fn register_with(&self, key: K, client: &S::Client, value: V) {
        if let Some(process) = client.address().process() {
            self.enter(key, &process, value);
        }
    }

    /// Registers the process behind a client, with the default value.
    pub fn register(&self, key: K, client: &S::Client)
    where
        V: Default,
    {
        self.register_with(key, client, V::default());
    }

    fn enter(&self, key: K, process: &Arc<ProcessCell>, value: V) {
        let shared = self.shared();
        let bags = shared.bags.pin();
        // The entries of a key share one.
        let known = bags.get(&key).and_then(|bag| bag.iter().next()).map(|entry| Arc::clone(entry.key()));
        let shared_key = known.unwrap_or_else(|| Arc::new(key.clone()));
        let entry = Entry::<K, S, V>::new(shared_key, Ticketed { value, ticket: AtomicU64::new(0) }, process, shared);
        shared.count.fetch_add(1, Ordering::Relaxed);
        let entered = bags.compute(key, |bag| {
            let entry = Arc::clone(&entry);
            let (bag, _) = match bag {
                None => Bag::one(entry),
                Some((_, bag)) => bag.with(entry),
            };
            Operation::<_, ()>::Insert(bag)
        });
        if let Compute::Inserted(_, bag) | Compute::Updated { new: (_, bag), .. } = entered {
            entry.extra().ticket.store(bag.last_ticket(), Ordering::Release);
        }
        if Arc::clone(&entry).settle() {
            shared.listeners.tell(entry.key(), &entry.client(), Some(&entry.extra().value));
        }
    }

    /// Takes a process's own entries of a key out (`unregister/2`), and tells how many they were.
    #[allow(clippy::must_use_candidate)]
    pub fn unregister<Q>(&self, key: &Q, client: &S::Client) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.unregister_match(key, client, |_| true)
    }

    /// Takes those of a process's own entries of a key out whose value is as wanted (`unregister_match/4`), and tells how
    /// many they were.
    pub fn unregister_match<Q>(&self, key: &Q, client: &S::Client, mut wanted: impl FnMut(&V) -> bool) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut own = self.own(key, client);
        own.retain(|entry| wanted(&entry.extra().value) && entry.withdraw());
        for entry in &own {
            self.shared().listeners.tell(entry.key(), &entry.client(), None);
        }
        own.len()
    }

    /// The entries of a key that a process has, in the order in which they came.
    fn own<Q>(&self, key: &Q, client: &S::Client) -> Vec<Arc<Entry<K, S, V>>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (shared, pid) = (self.shared(), client.pid());
        let Some(bag) = shared.bag(key) else { return Vec::new() };
        if bag.len() <= FEW {
            return bag.iter().filter(|entry| entry.pid() == pid && entry.is_there()).cloned().collect();
        }
        // The process has fewer, as a rule.
        let Some(process) = client.address().process() else { return Vec::new() };
        let mut own = entries_of(&process, shared);
        own.retain(|entry: &Arc<Entry<K, S, V>>| K::borrow(entry.key()) == key);
        own.sort_unstable_by_key(|entry| entry.extra().ticket.load(Ordering::Acquire));
        own
    }

    /// The clients of all who have a key (`lookup/2`); one that has several entries of it is there as often.
    ///
    /// The clients stay with their incarnations.
    #[must_use]
    pub fn lookup<Q>(&self, key: &Q) -> Vec<S::Client>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shared().collect(key, Entry::client)
    }

    /// The clients of all who have a key, and their values.
    #[must_use]
    pub fn lookup_with<Q>(&self, key: &Q) -> Vec<(S::Client, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.shared().collect(key, |entry| (entry.client(), entry.extra().value.clone()))
    }

    /// The values that a process has beside a key (`values/3`).
    #[must_use]
    pub fn values<Q>(&self, key: &Q, client: &S::Client) -> Vec<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.own(key, client).iter().map(|entry| entry.extra().value.clone()).collect()
    }

    /// The keys of a process (`keys/2`), in no order; one of which it has several entries is there as often.
    #[must_use]
    pub fn keys(&self, client: &S::Client) -> Vec<K> {
        let Some(process) = client.address().process() else { return Vec::new() };
        entries_of(&process, self.shared()).iter().map(|entry: &Arc<Entry<K, S, V>>| K::clone(entry.key())).collect()
    }

    /// How many entries there are (`count/1`).
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared().count.load(Ordering::Acquire)
    }

    /// Calls a function with each entry of a key, one after the other (`dispatch/3`, and `match/4`). It runs here.
    ///
    /// What it does to the registry changes nothing in who is called.
    pub fn dispatch<Q>(&self, key: &Q, mut f: impl FnMut(&S::Client, &V))
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Some(bag) = self.shared().bag(key) else { return };
        bag.iter().filter(|entry| entry.is_there()).for_each(|entry| f(&entry.client(), &entry.extra().value));
    }

    /// Goes over all entries and collects what a function makes of them (`select/2`).
    ///
    /// An entry that is there all the while is seen once; one that comes or goes meanwhile may be seen or not.
    pub fn select<R>(&self, mut choose: impl FnMut(&K, &S::Client, &V) -> Option<R>) -> Vec<R> {
        let bags = self.shared().bags.pin();
        let there = bags.values().flat_map(Bag::iter).filter(|entry| entry.is_there());
        there.filter_map(|entry| choose(entry.key(), &entry.client(), &entry.extra().value)).collect()
    }

    /// Goes over all entries and counts those that are wanted (`count_select/2`).
    pub fn count_select(&self, mut wanted: impl FnMut(&K, &S::Client, &V) -> bool) -> usize {
        let bags = self.shared().bags.pin();
        let there = bags.values().flat_map(Bag::iter).filter(|entry| entry.is_there());
        there.filter(|entry| wanted(entry.key(), &entry.client(), &entry.extra().value)).count()
    }

    /// Has a server hear of what is registered and unregistered from now on; see
    /// [`Registry::subscribe`](super::Registry::subscribe).
    pub fn subscribe<L: Listener<Change<K, S, V>>>(&self, listener: &L)
    where
        V: Clone,
    {
        let listener = listener.clone();
        self.subscribe_with(move |change| listener.hear(change));
    }

    /// Has a function hear of what is registered and unregistered, until it returns false; see
    /// [`Registry::subscribe_with`](super::Registry::subscribe_with).
    pub fn subscribe_with(&self, hear: impl Fn(Change<K, S, V>) -> bool + Send + Sync + 'static)
    where
        V: Clone,
    {
        self.shared().listeners.add(hear);
    }

    /// Waits until nobody else has the lock of this key; see [`Registry::lock`](super::Registry::lock).
    pub fn lock(&self, key: K) -> impl Future<Output = KeyLock> + Send + use<K, S, V> {
        self.shared().locks.lock(key)
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Duplicate<K, S, V> {
    /// The entries of a key, as they are now.
    fn bag<Q>(&self, key: &Q) -> Option<Entries<K, S, V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.bags.pin().get(key).cloned()
    }

    fn collect<Q, R>(&self, key: &Q, make: impl Fn(&Entry<K, S, V>) -> R) -> Vec<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let bags = self.bags.pin();
        let Some(bag) = bags.get(key) else { return Vec::new() };
        bag.iter().filter(|entry| entry.is_there()).map(|entry| make(entry)).collect()
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Table<Arc<K>, S, Ticketed<V>> for Duplicate<K, S, V> {
    fn take_out(&self, entry: &Entry<K, S, V>) {
        let ticket = entry.extra().ticket.load(Ordering::Acquire);
        let bags = self.bags.pin();
        let out = bags.compute(K::clone(entry.key()), |found| match found {
            Some((_, bag)) if bag.get(ticket).is_some_and(|there| std::ptr::eq(Arc::as_ptr(there), entry)) => {
                bag.without(ticket).map_or(Operation::Remove, Operation::Insert)
            }
            _ => Operation::Abort(()),
        });
        if !matches!(out, Compute::Aborted(())) {
            self.count.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// The processes know of their entries, and shall not keep those of a registry that is gone.
impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Drop for Duplicate<K, S, V> {
    fn drop(&mut self) {
        self.bags.pin().values().flat_map(Bag::iter).for_each(|entry| entry.abandon());
    }
}

/// Another handle to the same registry.
impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Clone for DuplicateRegistry<K, S, V> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(self.shared()).into() }
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Default for DuplicateRegistry<K, S, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> fmt::Debug for DuplicateRegistry<K, S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuplicateRegistry").field("count", &self.count()).finish_non_exhaustive()
    }
}
