//! What can be a key of a registry, or name a group.

use std::hash::Hash;

/// What can be a key of a registry, or the name of a process group.
///
/// The table and the process that has the key keep one each, so a long text is best an `Arc<str>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "a key is hashed, compared, cloned, and shared between threads",
    note = "a key is `Hash + Eq + Clone + Send + Sync + 'static`: derive what is missing for `{Self}`"
)]
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Hash + Eq + Clone + Send + Sync + 'static> Key for K {}
