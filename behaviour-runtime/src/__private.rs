//! What generated code uses. No part of the public interface.

pub use std::boxed::Box;
pub use std::option::Option::{self, None, Some};
pub use std::string::{String, ToString};
pub use std::unreachable;
pub use std::vec::Vec;

pub use crate::application::{
    About, Application, Dependency, Described, FromConfig, FromDefault, IsBefore, IsTop, IsTopClient, Optional, Part,
    Phase, Required, TopClient, assert_application, lists_phase, missing_phase, or_reason,
};
pub use crate::edge::{
    Behaviour, Call, Child, Client, Context, Declared, InfoFor, IntoChanged, IsChild, IsClient, IsContext, IsReason,
    IsReply, IsStatus, Kind, Later, Message, Options, Probe, Receives, Reply, Secret, Shared, Show, ShowDebug,
    ShowOpaque, Start, Stateful, Travels, Unhandled, Upgrade, comes, status,
};
pub use crate::event::{
    EachHandler, EventHandler, Handler, HandlerCall, HandlerClient, HandlerContext, HandlerUpgrade, Handles,
    InfoForHandler, IntoHandler, IsEvent, IsGiven, IsHandlerContext, IsHandover, IsRemoved, Removed, SameEvents,
    Successor, assert_gen_event, taken,
};
pub use crate::machine::{
    Common, Edge, Enters, EventTimeoutFor, EventTimeouts, GenStatem, InternalFor, IntoMachine, IntoMachineVersion,
    IsOldName, Machine, Place, SameStates, State, StateAndData, StateInfo, StateOf, StateSet, StateTimeoutFor,
    StateTimeouts, Stays, Target, TimeoutFor, Transition, assert_gen_statem, check_other_states, check_state, join,
    keep, machine_kind,
};
pub use crate::process::entry::{Runtime, run};
pub use crate::process::sys::Status;
pub use crate::process::{BoxFuture, Down, Exit, ExitReason, Inbox, Outcome, Step, Timeout, WhenFull};
pub use crate::server::{
    AllData, ContinueFor, GenServer, IntoInit, IntoVersion, Runs, Starts, assert_gen_server, server_kind,
};
pub use crate::supervisor::{
    AnyChild, AutoShutdown, Backoff, ChildEntry, Flags, Restart, Shutdown, ShutsDown, StartsWith, Strategy, Supervised,
    Supervisor, Tree, assert_supervisor, supervisor_kind,
};
