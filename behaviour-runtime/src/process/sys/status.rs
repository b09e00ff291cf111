//! What is seen of a process from outside.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::debug::Event;
use crate::process::Pid;

/// Whether a process handles what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Run {
    /// It does.
    Running,
    /// It answers requests of [`Sys`](crate::sys::Sys) only.
    Suspended,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Suspended => "suspended",
        })
    }
}

/// What is to be seen of a process (`sys:get_status`). Its [`Display`](fmt::Display) is for people, a line for each.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Its pid.
    pub pid: Pid,
    /// Its registered name.
    pub name: Option<Arc<str>>,
    /// The type of the server, the machine or the supervisor.
    pub behaviour: &'static str,
    /// Whether it runs or is suspended.
    pub run: Run,
    /// Who started it with a link, such as its supervisor.
    pub parent: Option<Pid>,
    /// How many messages wait for it.
    pub mailbox_len: usize,
    /// The callback that ran last.
    pub last_message: Option<&'static str>,
    /// The state as text: as `#[format_status]` says it, or field by field, without those that are `#[secret]`. Of a machine
    /// the name of its state comes after that, as [`machine`](Self::machine) has it when `#[format_status]` is done; a
    /// text that this puts here itself is shown as it is. A
    /// `#[format_status]` that panics is told here instead. None of a supervisor, and of
    /// a plain process that does not [`show`](crate::process::Inbox::show) one.
    pub state: Option<String>,
    /// Why it ends: none of a process that runs. It is what the crash report says, and `#[format_status]` may hide: the
    /// reports of supervisors, and of who ends for the same reason, say what is left of it then (`***` if it is none).
    /// Links, monitors and callers have the reason itself.
    pub reason: Option<String>,
    /// What only a state machine has.
    pub machine: Option<MachineStatus>,
    /// The handlers of an event manager, the newest first.
    pub handlers: Vec<HandlerStatus>,
    /// What watches it: `trace`, `log 10`, `statistics`, `install` and an id.
    pub debug: Vec<String>,
    /// The events in its log, the oldest first.
    pub log: Vec<Event>,
}

/// What is to be seen of a state machine beside its data.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MachineStatus {
    /// The state that it is in. A `#[format_status]` may hide it, from [`Status::state`], too.
    pub state: &'static str,
    /// The events that wait for another state, the oldest first.
    pub postponed: Vec<&'static str>,
    /// The events that are handled before anything in the mailbox.
    pub queued: Vec<&'static str>,
    /// The timeouts that run.
    pub timeouts: Vec<TimeoutStatus>,
}

/// A timeout that runs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TimeoutStatus {
    /// The attribute of its callback: `state_timeout`, `event_timeout` or `timeout`.
    pub kind: &'static str,
    /// The callback.
    pub event: &'static str,
    /// How much of its time is left: none if it is only waiting for its turn.
    pub left: Duration,
}

/// What is to be seen of a handler of an event manager.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HandlerStatus {
    /// The type of the handler.
    pub handler: &'static str,
    /// Its id, if it has one.
    pub id: Option<Arc<str>>,
    /// Its state as text, as its own `#[format_status]` says it, or field by field, without those that are `#[secret]`.
    pub state: String,
    /// Who owns it, if it was added by `add_sup_handler`.
    pub owner: Option<Pid>,
}

impl MachineStatus {
    /// A machine in this state that has nothing to do.
    pub(crate) const fn of(state: &'static str) -> Self {
        Self { state, postponed: Vec::new(), queued: Vec::new(), timeouts: Vec::new() }
    }
}

impl fmt::Display for HandlerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.handler)?;
        if let Some(id) = &self.id {
            write!(f, " \"{id}\"")?;
        }
        if let Some(owner) = self.owner {
            write!(f, ", owned by {owner}")?;
        }
        write!(f, ": {}", self.state)
    }
}

impl fmt::Display for TimeoutStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, event, left } = self;
        write!(f, "{event} ({kind}) in {left:?}")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.behaviour, self.pid)?;
        if let Some(name) = &self.name {
            write!(f, " \"{name}\"")?;
        }
        write!(f, ", {}", self.run)?;
        if let Some(parent) = self.parent {
            write!(f, "\n  parent    {parent}")?;
        }
        write!(f, "\n  mailbox   {}", self.mailbox_len)?;
        if let Some(last) = self.last_message {
            write!(f, "\n  last      {last}")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, "\n  reason    {reason}")?;
        }
        // The state of an event manager is its handlers.
        if let Some(state) = self.state.as_ref().filter(|_| self.handlers.is_empty()) {
            write!(f, "\n  state     {state}")?;
        }
        self.handlers.iter().try_for_each(|handler| write!(f, "\n  handler   {handler}"))?;
        if let Some(machine) = &self.machine {
            let events = |f: &mut fmt::Formatter<'_>, label, events: &[&str]| {
                if events.is_empty() { Ok(()) } else { write!(f, "\n  {label} {}", events.join(", ")) }
            };
            events(f, "postponed", &machine.postponed)?;
            events(f, "queued   ", &machine.queued)?;
            machine.timeouts.iter().try_for_each(|timeout| write!(f, "\n  timeout   {timeout}"))?;
        }
        if !self.debug.is_empty() {
            write!(f, "\n  debug     {}", self.debug.join(", "))?;
        }
        self.log.iter().try_for_each(|event| write!(f, "\n  log       {event}"))
    }
}
