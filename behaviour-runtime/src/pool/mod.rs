//! Pools: a few workers, lent to whoever needs one (poolboy).
//!
//! A [`Pool`] starts as many workers as its size says, lends each to one borrower at a time, lets others wait in order,
//! and starts a few more workers while the rush lasts. What is borrowed is a guard: dropping it gives the worker back,
//! and so does the end of the process that holds it, for that drops all it holds.
//!
//! ```text
//! client ──► shared: who has which worker, who waits (a short lock)          workers
//!               ▲   │ start, dismiss                                            ▲
//!   a worker    │   ▼                                                           │
//!   has ended ──┘  the pool's process ──► its own DynamicSupervisor ────────────┘
//! ```
//!
//! poolboy's pool is a process that is asked for each worker. Here whoever borrows looks by itself: to take an idle
//! worker and to give it back is a matter of a few instructions under a lock, and no process is woken for it. The pool's
//! process does what takes time: it starts workers, dismisses them, and ends them all with itself.
//!
//! The decisions are a machine over plain data (`pure`). A worker's end is known to it before anybody hears of that end,
//! and so is the pool's own.

mod checkout;
mod client;
mod describe;
mod error;
mod live;
mod pure;
mod shared;
mod worker;

pub use self::checkout::{Borrowed, Checkout};
pub use self::client::PoolClient;
pub use self::describe::{DescribesWorker, Pool};
pub use self::error::CheckoutError;
pub use self::pure::{Availability, Status, Strategy};
