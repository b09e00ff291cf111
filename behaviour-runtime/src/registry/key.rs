//! Keys, and how a table is asked for one.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use papaya::Equivalent;

/// What can be a key of a registry.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of a registry",
    label = "a key is hashed, compared and shared between threads",
    note = "a key is `Hash + Eq + Send + Sync + 'static`: derive `Hash` and `Eq` for `{Self}`"
)]
pub trait Key: Hash + Eq + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Hash + Eq + Send + Sync + 'static> Key for K {}

/// Something that is filed under its key.
pub(super) trait Keyed {
    type Key: Hash + Eq;

    fn key(&self) -> &Self::Key;
}

/// Something, as a table knows it: by its key.
pub(super) struct Filed<T>(pub(super) Arc<T>);

impl<T> Clone for Filed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Keyed> Hash for Filed<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key().hash(state);
    }
}

impl<T: Keyed> PartialEq for Filed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.key() == other.0.key()
    }
}

impl<T: Keyed> Eq for Filed<T> {}

/// A key that is looked for.
pub(super) struct Sought<'a, Q: ?Sized>(pub(super) &'a Q);

impl<Q: Hash + ?Sized> Hash for Sought<'_, Q> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Keyed, Q: Eq + ?Sized> Equivalent<Filed<T>> for Sought<'_, Q>
where
    T::Key: Borrow<Q>,
{
    fn equivalent(&self, filed: &Filed<T>) -> bool {
        filed.0.key().borrow() == self.0
    }
}

/// A key on its own.
pub(super) struct Only<K>(pub(super) K);

impl<K: Hash + Eq> Keyed for Only<K> {
    type Key = K;

    fn key(&self) -> &K {
        &self.0
    }
}
