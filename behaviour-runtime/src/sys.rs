//! A look inside any process, from outside, while it runs (OTP's `sys`).
//!
//! [`Sys`] is the way in, `client.sys()` or [`of`] a pid: its state, typed where the caller knows the server, its
//! status for people, a switch that suspends it, and those that watch what it handles. What does the work stands in `process/sys`, what is typed in
//! `edge/sys.rs`.

pub use crate::edge::{Changed, IntoChanged, NewCode, Request, Seen, Stateful, Sys, Unknown, Upgrade, of};
pub use crate::process::sys::{
    DebugItems, Event, HandlerStatus, LogFileError, MachineStatus, Run, Statistics, Status, SysError, TimeoutStatus,
};
