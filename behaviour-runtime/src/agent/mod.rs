//! Agents: a value in a process of its own (Elixir's `Agent`).
//!
//! An agent is a server without callbacks of its own: what is to be done with the state comes along with each message, as
//! a function. So it stands on the servers and adds to them only how a function of unknown type travels.
//!
//! ```text
//! caller                                 agent
//! ------                                 -----
//! counter.update(|n| *n += 1)  ─ Job ──► job.run(&mut state), in place if the agent is idle
//! await ◄──────────────── the reply ────
//! ```

mod client;
mod code;
mod describe;
mod job;

pub use self::client::AgentClient;
pub use self::describe::Agent;
