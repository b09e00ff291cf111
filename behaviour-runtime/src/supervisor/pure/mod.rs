//! What a supervisor decides, apart from the processes it decides about.
//!
//! A supervisor reads one message after another and each time asks the same questions: is this child started again, has
//! there been too much of it lately, who else has to go down with it, in which order? Here the answers are plain
//! functions and a plain state machine over plain data, without a task, a channel or a clock, so that a property test
//! can put a million questions to them.
//!
//! ```text
//! the supervisor's process              Machine
//! ------------------------              -------
//! a child ends     ─ Exited ─────────►  rules:  is it started again?
//!                                       window: has that been too often?
//!                                       strategy: who is stopped, who is started?
//! terminates it   ◄───────── Stop ────
//!                  ─ Stopped ────────►
//! calls its init  ◄───────── Start ───
//!                  ─ Started ────────►
//! reads on        ◄───────── (none) ──
//! ```
//!
//! - [`rules`]: the words of a child specification, and whether one end is followed by a restart.
//! - [`backoff`]: how long that waits.
//! - [`window`]: how many restarts there may be in a period.
//! - [`protocol`]: what the two sides of the picture say to each other.
//! - [`crowd`]: what a dynamic supervisor decides, whose children are all alike.
//! - [`change`]: what becomes of the children when the code changes.
//! - [`machine`]: the order of things, one command at a time, also when something fails or ends in the middle.

mod backoff;
mod change;
mod crowd;
mod machine;
mod protocol;
mod rules;
mod window;

#[cfg(test)]
mod driver;
#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_waits;

pub use backoff::Backoff;
pub(crate) use change::{Fault, Place, check, merge};
pub(crate) use crowd::{Crowd, Fate, Member};
pub(crate) use machine::Machine;
pub(crate) use machine::operations::ChildError;
pub(crate) use protocol::{ChildKey, Command, End, Event, Report, Status, Ticket};
pub use rules::{AutoShutdown, BadCombination, Restart, Strategy};
pub(crate) use rules::{Ending, Policy};
