//! The runtime of `behaviour`: processes, servers and supervisors on tokio.
//!
//! Use it through the crate `behaviour`, which re-exports it beside the macros.

#![warn(missing_debug_implementations)]

pub mod agent;
pub mod application;
mod edge;
pub mod event;
pub mod machine;
pub mod pg;
pub mod pool;
pub mod process;
pub mod registry;
pub mod server;
pub mod supervisor;
pub mod sys;
pub mod task;
#[cfg(feature = "test-util")]
pub mod testing;

/// What the face gives at its top, as far as features ask for it.
#[doc(hidden)]
pub mod program {
    #[cfg(feature = "run")]
    pub use crate::application::run;
    #[cfg(feature = "test-util")]
    pub use crate::testing;
}

#[doc(hidden)]
pub mod __private;
