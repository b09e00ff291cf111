//! What generated code uses. No part of the public interface.

pub use std::boxed::Box;
pub use std::option::Option::{self, None, Some};
pub use std::string::{String, ToString};
pub use std::unreachable;

pub use crate::process::entry::{Runtime, run};
pub use crate::process::{BoxFuture, Down, Exit, ExitReason, Inbox, Outcome, Step, Timeout, WhenFull};
pub use crate::server::{
    Behaviour, Call, Child, Client, Context, ContinueFor, Declared, GenServer, InfoFor, IntoInit, IsChild, IsClient,
    IsContext, IsReason, IsReply, Kind, Later, Message, Options, Probe, Reply, Secret, Shared, Show, ShowDebug,
    ShowOpaque, Start, Travels, Unhandled, assert_gen_server, server_kind, status,
};
pub use crate::supervisor::{
    AnyChild, ChildEntry, Flags, Restart, Shutdown, Strategy, Supervised, Supervisor, assert_supervisor,
    supervisor_kind,
};
