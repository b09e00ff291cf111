//! Registries: finding processes by key (Elixir's `Registry`).
//!
//! A name is one text for one process. A registry has keys of any type, is typed by the behaviour whose clients it
//! finds, and keeps a value beside each key. In a [`Registry`] a key has one entry, in a [`DuplicateRegistry`] any
//! number. An entry belongs to a process, and to that incarnation of it: it is gone before anybody hears of the
//! process's end, as its name is.
//!
//! A registry is no process, unlike Elixir's: there is nothing that could crash, and nothing to supervise. It is a value,
//! most often a `static`, or is made at run time and cloned to whoever needs it.
//!
//! ```text
//!            the table                                the process
//!            (papaya: reads take no lock)             (its relations, under its lock)
//! key ────►  entry ◄────────────────────────────────  what it holds
//!              │ client, phase: Pending, There, Gone
//! ```
//!
//! Both sides know an entry. It is put into the table first and given to the process then, so that a process that ends
//! meanwhile either takes it out again or refuses it; and it is shown once it is on both sides. Whoever wants it out, the
//! end of the process, `unregister`, another process that wants the key, takes it out of the table by itself and waits
//! for nobody; one of them moves its phase to `Gone` and is the one who did it. No lock is held while code of the user's
//! runs, the destructors of keys and values among it.

mod at;
mod duplicate;
mod entry;
mod error;
mod listeners;
mod locks;
mod slots;
mod unique;
mod via;

pub use self::duplicate::DuplicateRegistry;
pub use self::error::AlreadyRegistered;
pub use self::listeners::{Change, Listener};
pub use self::locks::KeyLock;
pub use self::unique::Registry;
pub use crate::edge::Key;

pub(crate) use self::via::claim;
