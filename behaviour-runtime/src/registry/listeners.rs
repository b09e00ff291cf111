//! Who hears of registrations.

use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::edge::{Behaviour, Client, InfoFor, Receives};
use crate::process::address::Address;
use crate::process::{Process, report};

/// What a listener of a registry hears.
///
/// The end of a process unregisters it without a word, as in Elixir: a listener that wants to know monitors the client.
#[non_exhaustive]
pub enum Change<K, S: Behaviour, V = ()> {
    /// A process was registered (`{:register, ..}`).
    Registered {
        /// Under this key.
        key: K,
        /// This process.
        client: S::Client,
        /// With this value.
        value: V,
    },
    /// A process was unregistered, or the key was removed (`{:unregister, ..}`).
    Unregistered {
        /// It was under this key.
        key: K,
        /// This process.
        client: S::Client,
    },
}

impl<K, S: Behaviour, V> Change<K, S, V> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        let (Self::Registered { key, .. } | Self::Unregistered { key, .. }) = self;
        key
    }

    /// Who was registered or unregistered.
    #[must_use]
    pub fn client(&self) -> &S::Client {
        let (Self::Registered { client, .. } | Self::Unregistered { client, .. }) = self;
        client
    }

    /// The value, if somebody was registered.
    #[must_use]
    pub fn value(&self) -> Option<&V> {
        if let Self::Registered { value, .. } = self { Some(value) } else { None }
    }
}

impl<K: Clone, S: Behaviour, V: Clone> Clone for Change<K, S, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Registered { key, client, value } => {
                Self::Registered { key: key.clone(), client: client.clone(), value: value.clone() }
            }
            Self::Unregistered { key, client } => Self::Unregistered { key: key.clone(), client: client.clone() },
        }
    }
}

impl<K: PartialEq, S: Behaviour, V: PartialEq> PartialEq for Change<K, S, V> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key() && **self.client() == **other.client() && self.value() == other.value()
    }
}

impl<K: fmt::Debug, S: Behaviour, V: fmt::Debug> fmt::Debug for Change<K, S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registered { key, client, value } => {
                f.debug_struct("Registered").field("key", key).field("client", &**client).field("value", value).finish()
            }
            Self::Unregistered { key, client } => {
                f.debug_struct("Unregistered").field("key", key).field("client", &**client).finish()
            }
        }
    }
}

/// Whoever can hear of registrations: the client of a server that has an `#[info]` for the [`Change`], and a plain
/// process that takes messages which can be made from one.
pub trait Listener<E>: Clone + Send + Sync + 'static {
    /// Sends it the change. False if nobody is there any more.
    #[doc(hidden)]
    fn hear(&self, change: E) -> bool;
}

impl<E, C, L> Listener<E> for C
where
    C: Deref<Target = Client<L>> + Clone + Send + Sync + 'static,
    L: Receives,
    E: InfoFor<L>,
{
    fn hear(&self, change: E) -> bool {
        let there = may_be_there(self.address());
        if there {
            self.send(change);
        }
        there
    }
}

impl<E, M: From<E> + Send + 'static> Listener<E> for Process<M> {
    fn hear(&self, change: E) -> bool {
        let there = self.is_alive();
        if there {
            self.send(change.into());
        }
        there
    }
}

/// Whether there is somebody, or may be again.
fn may_be_there(address: &Address) -> bool {
    !matches!(address, Address::Process(process) if !process.is_alive())
}

/// Hears of a key, who has it, and the value if it was registered. False if it wants to hear no more.
type Hear<K, C, V> = Arc<dyn Fn(&K, C, Option<&V>) -> bool + Send + Sync>;

/// All who listen to a registry.
pub(super) struct Listeners<K, S: Behaviour, V> {
    /// Whether there is one, so that registering without listeners costs nothing more.
    any: AtomicBool,
    all: Mutex<Vec<Hear<K, S::Client, V>>>,
}

impl<K, S: Behaviour, V> Listeners<K, S, V> {
    pub(super) fn new() -> Self {
        Self { any: AtomicBool::new(false), all: Mutex::new(Vec::new()) }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Hear<K, S::Client, V>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the listeners. They run here, without a lock; one that panics is dropped.
    pub(super) fn tell(&self, key: &K, client: &S::Client, value: Option<&V>) {
        if !self.any.load(Ordering::Acquire) {
            return;
        }
        let all = self.all().clone();
        for hear in all {
            let hears = || hear(key, client.clone(), value);
            let wants_more = catch_unwind(AssertUnwindSafe(hears)).unwrap_or_else(|payload| {
                report::listener_panicked(&report::panicked(payload));
                false
            });
            if !wants_more {
                self.forget(&hear);
            }
        }
    }

    fn forget(&self, hear: &Hear<K, S::Client, V>) {
        let mut all = self.all();
        let index = all.iter().position(|known| Arc::ptr_eq(known, hear));
        let gone = index.map(|index| all.remove(index));
        self.any.store(!all.is_empty(), Ordering::Release);
        drop(all);
        drop(gone);
    }
}

impl<K: Clone, S: Behaviour, V: Clone> Listeners<K, S, V> {
    /// Adds a listener.
    pub(super) fn add(&self, hear: impl Fn(Change<K, S, V>) -> bool + Send + Sync + 'static) {
        let hear = move |key: &K, client, value: Option<&V>| {
            let key = key.clone();
            hear(match value.cloned() {
                Some(value) => Change::Registered { key, client, value },
                None => Change::Unregistered { key, client },
            })
        };
        let mut all = self.all();
        all.push(Arc::new(hear));
        self.any.store(true, Ordering::Release);
    }
}
