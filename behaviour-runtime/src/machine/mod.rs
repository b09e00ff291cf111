//! State machines (`gen_statem`): the second floor.
//!
//! A machine is a struct, which outlives every state, and an enum of states. A handler's first parameter says in which
//! state it answers, its return type where it leads; the macro writes one `match` an event, and rustc finds the holes.
//! What is here is the rest: the order of events (`pure`), the round of an event through handler, enter callbacks and
//! timeouts, what a handler may ask for, and the checks of the graph that only the types can tell.
//!
//! ```text
//! user's module                                     generated, and this floor
//! -------------                                     -------------------------
//! enum Light { Red { waiting: u32 }, Green }   ───► struct Red, struct Green, Light::Red(Red)
//! #[init] fn init() -> (Self, Red)             ◄─── Crossing::start() -> Start<Crossing>
//! #[cast] fn car(&mut self, red: &mut Red)     ◄─── CrossingClient::car()
//! #[state_timeout(30s)] fn go(.., red: Red) -> Green ◄── armed when `Red` is entered
//! #[enter] fn lamp(&mut self, light: &Light)   ◄─── every change of state
//! ```

mod behaviour;
mod body;
mod code;
mod context;
mod event;
mod graph;
mod init;
mod message;
mod next;
mod pure;
mod round;
mod start;
mod state;

pub use self::behaviour::{GenStatem, Machine, StateAndData, assert_gen_statem, machine_kind};
pub use self::code::IntoMachineVersion;
pub use self::graph::{Edge, StateSet, Transition, check_other_states, check_state, join};
pub use self::init::IntoMachine;
pub use self::message::{
    Common, Enters, EventTimeoutFor, EventTimeouts, InternalFor, IsOldName, Keep, StateTimeoutFor, StateTimeouts,
    Stays, TimeoutFor, keep,
};
pub use self::next::{Among, Choice, ChoiceOf, Next};
pub use self::pure::When;
pub use self::state::{Place, SameStates, State, StateInfo, StateOf, Target};
