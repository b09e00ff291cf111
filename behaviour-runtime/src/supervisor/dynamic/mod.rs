//! Dynamic supervisors: children that come and go one by one.
//!
//! ```text
//! accounts.start_child(25)   ─ Request ──►  live      reads one letter after the other
//!                                           pure      Crowd: is there room, what becomes of an end
//! AccountClient              ◄─ Address ──  starting  runs `#[init]`, does not wait for one that does
//! accounts.terminate_child() ─────────────► stopping  one child, or all at once
//! ```
//!
//! There may be very many children, so little is kept of each: its process, the link by which the supervisor hears of
//! its end, how it is started again, and the seat where its incarnations sit. A temporary child needs neither of the
//! last two.

mod client;
mod code;
mod describe;
mod letter;
mod live;
mod reports;
mod start_child;
mod starting;
mod starts_with;
mod stopping;
mod via;

pub use self::client::{DynamicSupervisorClient, WhichChild};
pub use self::describe::{Any, DynamicSupervisor};
pub use self::start_child::{Again, Once, StartChild, StartChildError};
pub use self::starts_with::{Repeatable, StartsWith};
