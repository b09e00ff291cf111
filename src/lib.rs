//! OTP's behaviours for Rust: annotate a struct, get a typed server that a supervisor keeps alive.
//!
//! One rule covers everything: **annotate the type to say what it is; annotate its `impl` to say how; each marked
//! method is a callback.** Out come the message enum, the typed client and the dispatch, and rustc checks that whatever
//! a server asks for, it has a callback for.
//!
//! ```
//! use behaviour::prelude::*;
//!
//! /// Counts.
//! #[gen_server]
//! pub struct Counter {
//!     value: i64,
//! }
//!
//! #[gen_server]
//! impl Counter {
//!     #[init]
//!     fn init(start: i64) -> Self {
//!         Self { value: start }
//!     }
//!
//!     /// The value now.
//!     #[call]
//!     pub fn get(&self) -> i64 {
//!         self.value
//!     }
//!
//!     /// Adds `by`.
//!     #[cast]
//!     pub fn add(&mut self, by: i64) {
//!         self.value += by;
//!     }
//! }
//!
//! #[behaviour::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let counter = Counter::start(40).await?;
//!     counter.add(2);
//!     assert_eq!(counter.get().await?, 42);
//!     counter.stop().await?;
//!     Ok(())
//! }
//! ```
//!
//! - [`gen_server`]: a process that owns a state and is called and cast to.
//! - [`gen_statem`]: a process that is in one of several states, and whose handlers' signatures are its transitions.
//! - [`gen_event`]: a handler of events, and [`event::EventManager`], which shows them to handlers that come and go.
//! - [`supervisor`](macro@supervisor): a process that starts children, in order, and starts them again when they end.
//! - [`application`](macro@application): what a program is made of, with its configuration, started and stopped in order.
//! - [`agent`]: a value in a process of its own; [`task`]: a process that computes one.
//! - [`registry`]: processes found by keys of any type.
//! - [`sys`]: a look inside any of them while it runs.
//! - [`pg`]: groups of processes, to publish to.
//! - [`pool`]: workers that are lent.
//! - [`process`]: what they stand on: pids, links, monitors, names, exits, and plain processes.
//!
//! The book tells it all in order. Semantics are OTP's; a call to an idle server runs on the caller's task.
//!
//! With `panic = "abort"` a panic ends the program, so no crash can be isolated and no child restarted: keep the
//! default, `panic = "unwind"`.
//!
//! # Features
//!
//! Nothing is on by default.
//!
//! | feature | what it gives |
//! |---|---|
//! | `config` | applications that read their configuration: `#[application(config)]` |
//! | `run` | `behaviour::run`, which makes a program of an application: signals, exit codes, a `tracing` subscriber |
//! | `test-util` | `#[behaviour::test(start_paused = true)]`: a clock that moves on when nothing else can be done; `behaviour::testing` |

#![forbid(unsafe_code)]

pub use behaviour_macros::{application, behaviour, gen_event, gen_server, gen_statem, main, supervisor, test};
#[doc = include_str!("application.md")]
pub use behaviour_runtime::application;
// `run` and `testing`, as far as features ask for them.
#[allow(unreachable_pub, unused_imports)]
#[doc(inline)]
pub use behaviour_runtime::program::*;
pub use behaviour_runtime::{agent, event, machine, pg, pool, process, registry, server, supervisor, sys, task};

#[doc(hidden)]
pub use behaviour_runtime::__private;

/// What most programs need: `use behaviour::prelude::*;`.
pub mod prelude {
    pub use crate::agent::Agent;
    pub use crate::application::Configured as _;
    pub use crate::event::{EventManager, EventManagerClient, HandlerContext, HandlerError, HandlerExit, Removed};
    pub use crate::machine::{Next, State as _};
    pub use crate::process::{CallError, Down, Exit, ExitReason, Inbox, Pid, StartError, Timeout, Timer};
    pub use crate::server::{Behaviour, Call, Child, Context, Later, Reply};
    pub use crate::supervisor::{DynamicSupervisor, PartitionSupervisor};
    pub use crate::task::{Task, TaskError, TaskSupervisor};
    pub use crate::{application, behaviour, gen_event, gen_server, gen_statem, supervisor};
}

/// The README's example is one of the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
