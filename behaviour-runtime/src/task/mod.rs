//! Tasks: processes that live to compute one value (Elixir's `Task`, `Task.Supervisor`).
//!
//! ```text
//! Task::spawn(future)                  a process of its own, linked to this one ─┐
//! task.await, .within(d), yield_for(d) ◄──────────────── its value, or its end ──┘
//!
//! tasks.spawn(future)                  the same, and the child of a TaskSupervisor
//! async_stream(items, work)            one task an item, a few at a time, their values as a stream
//! Task::start(future), Task::child(..) nobody waits for it
//! ```
//!
//! The value travels as the reply of a call does; what is here says who may wait for it, for how long, and what becomes of
//! a task that nobody waits for. Of many tasks those are looked at that have something to tell (`bells`), and which value
//! of a stream is next is decided without any of this (`stream/line`).

mod bells;
mod client;
mod error;
mod handle;
mod many;
mod shutdown;
mod stream;
mod supervised;
mod supervisor;

pub use self::client::TaskClient;
pub use self::error::TaskError;
pub use self::handle::{Await, AwaitMut, Task, Yield};
pub use self::many::{AwaitMany, YieldMany};
pub use self::shutdown::ShutdownTask;
pub use self::stream::{Alone, AsyncStream, Tells, WithInput, async_stream, async_stream_of};
pub use self::supervised::SpawnTask;
pub use self::supervisor::{TaskSupervisor, TaskSupervisorClient, Tasks};
