//! Supervisors: the third floor.
//!
//! A supervisor starts its children in order, sees each one's end through a link, and decides what to start again. The
//! decisions are a pure machine (`pure`); what is here carries them out as a process, and gives the typed face:
//! children as methods, clients that follow a child through its restarts.
//!
//! ```text
//! #[child] fn vault(&self) -> Child<Account>   run anew at each start
//! bank.vault() -> AccountClient                names the child, whatever its pid
//! bank.which_children()                        what runs now
//! ```

mod asking;
mod children;
mod client;
mod code;
mod dynamic;
mod letter;
mod live;
mod partition;
mod picture;
mod pure;
mod reports;
mod spec;
mod start_child;
mod starting;
mod stopping;
mod tree;

pub use self::client::{ChildInfo, ChildSpec, ChildState, Counts, Operation, OperationError};
pub use self::dynamic::{
    Again, Any, DynamicSupervisor, DynamicSupervisorClient, Once, Repeatable, StartChild, StartChildError, StartsWith,
    WhichChild,
};
pub use self::partition::{PartitionSupervisor, PartitionSupervisorClient, ResizeError};
pub use self::picture::Picture;
pub use self::pure::{AutoShutdown, Backoff, BadCombination, Restart, Strategy};
pub use self::spec::{
    AnyChild, ChildEntry, Flags, Shutdown, ShutsDown, Supervised, Supervisor, assert_supervisor, supervisor_kind,
};
pub use self::start_child::NewChild;
pub use self::tree::{Tree, TreeClient};
