//! The order of events (otp.md 6.4 to 6.6), apart from processes and clocks.
//!
//! [`Agenda`] holds what a state machine has yet to do beside what lies in its mailbox: inserted events, postponed ones,
//! and timeouts. It is told what a callback asked for and says which event comes next. It is held to a slow and obvious
//! model of the same rules by random walks.

mod agenda;
mod timers;

#[cfg(test)]
mod driver;
#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub(super) use self::agenda::{Agenda, Lies};
pub(super) use self::timers::Timer;
pub use self::timers::When;
