//! Clients that look a key up each time they are used.

use std::any::Any;
use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use crate::edge::{Behaviour, Client, Key};
use crate::process::address::{self, Address, Resolve};
use crate::process::cell::ProcessCell;

use super::unique::Registry;

/// A client of whoever has the key.
pub(super) fn client<K, S, V>(registry: Registry<K, S, V>, key: K) -> S::Client
where
    K: Key + fmt::Debug,
    S: Behaviour,
    V: Send + Sync + 'static,
{
    Client::new(Address::Key(Arc::new(address::Key(Box::new(At { registry, key }))))).into()
}

struct At<K: Key, S: Behaviour, V: Send + Sync + 'static> {
    registry: Registry<K, S, V>,
    key: K,
}

impl<K: Key + fmt::Debug, S: Behaviour, V: Send + Sync + 'static> Resolve for At<K, S, V> {
    fn process(&self) -> Option<Arc<ProcessCell>> {
        self.registry.process(&self.key)
    }

    fn is(&self, other: &dyn Resolve) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().is_some_and(|other| self.key == other.key && self.registry.is(&other.registry))
    }

    fn hash(&self, mut state: &mut dyn Hasher) {
        self.key.hash(&mut state);
    }
}

impl<K: Key + fmt::Debug, S: Behaviour, V: Send + Sync + 'static> fmt::Debug for At<K, S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:?}", self.key)
    }
}
