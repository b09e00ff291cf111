//! Partitioned supervisors: several copies of a child, and a key that says which of them is meant.
//!
//! The copies are the children of a supervisor like any other, called `0`, `1`, `2`. What is new is on the client's
//! side: it finds the number that a key leads to ([`route`]), and how many there are in use stands in the supervisor's
//! seat, so that every client knows.

mod client;
mod describe;
mod route;

pub use self::client::{PartitionSupervisorClient, ResizeError};
pub use self::describe::PartitionSupervisor;
