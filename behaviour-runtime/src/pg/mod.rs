//! Process groups: who is to hear of something (Erlang's `pg`).
//!
//! A [`Scope`] has groups, each under a name, and a group has members: processes that take its messages, whatever they
//! are otherwise. Servers and state machines with an `#[info]` for the message, plain processes and aliases stand side
//! by side in one group. To join is to say that one wants to hear; to publish is to send to all who do.
//!
//! A scope is no process, unlike Erlang's: there is nothing to start, to supervise or to crash. It is a value, most often
//! a `static`. A member belongs to its groups as often as it joined, and leaves them all as it ends, before anybody
//! hears of that end.
//!
//! ```text
//!            the groups             their members              the process
//!            (papaya: reads take no lock)                      (its relations, under its lock)
//! name ───►  number  ──────────►    bag of memberships  ◄────  what it holds
//! ```
//!
//! Who publishes finds the members without a lock, as they are at one moment. Joining and leaving are done one after the
//! other, under a lock of the scope, so that who monitors a group gets a snapshot and then every change, none lost and
//! none twice. Under that lock no code of the user's runs: names are hashed and compared before, changes are put into an
//! outbox and told afterwards, by one thread at a time, in order.

mod error;
mod member;
mod membership;
mod monitor;
mod scope;
mod shared;

pub use self::error::NotJoined;
pub use self::member::{Member, Takes};
pub use self::monitor::Change;
pub use self::scope::Scope;
