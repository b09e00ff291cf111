//! The runtime of `behaviour`: processes, servers and supervisors on tokio.
//!
//! Use it through the crate `behaviour`, which re-exports it beside the macros.

#![warn(missing_debug_implementations)]

pub mod process;
pub mod server;
pub mod supervisor;

#[doc(hidden)]
pub mod __private;
