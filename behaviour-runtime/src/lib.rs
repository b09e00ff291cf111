//! The runtime of `behaviour`: processes, servers and supervisors on tokio.
//!
//! Use it through the crate `behaviour`, which re-exports it beside the macros.

#![warn(missing_debug_implementations)]

mod edge;
pub mod machine;
pub mod process;
pub mod registry;
pub mod server;
pub mod supervisor;

#[doc(hidden)]
pub mod __private;
