//! Watching what a process handles: the debug items of otp.md 5.
//!
//! A process without any pays nothing: they lie in the box of what few processes have, where the idle timeout is looked
//! for before each callback anyway. One that has some leaves each callback to its task once that is done, whoever ran
//! it, and there the event of its end is told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::file::LogFile;
use super::visit::guarded;
use crate::process::cell::ProcessCell;
use crate::process::{discard, report};

/// Something that a process did, as debug items are told it (`sys`'s system events).
///
/// It names callbacks and shows no values, for a message need not be `Debug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A call is about to be handled (`{in, {'$gen_call', ..}}`).
    Call(&'static str),
    /// A cast, or another message that nobody waits for, is about to be handled (`{in, ..}`).
    Message(&'static str),
    /// What the process gave itself to do is about to be handled: a continue, an idle timeout; an inserted event or a
    /// timeout of a machine, or a postponed event that is tried again.
    Own(&'static str),
    /// A call was handled and its reply goes out (`{out, ..}`).
    Reply(&'static str),
    /// Something was handled, and no reply goes out now (`{noreply, ..}`).
    NoReply(&'static str),
}

impl Event {
    /// The callback.
    #[must_use]
    pub fn callback(self) -> &'static str {
        let (Self::Call(name) | Self::Message(name) | Self::Own(name) | Self::Reply(name) | Self::NoReply(name)) = self;
        name
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(callback) => write!(f, "got call {callback}"),
            Self::Message(callback) => write!(f, "got {callback}"),
            Self::Own(callback) => write!(f, "goes on with {callback}"),
            Self::Reply(callback) => write!(f, "answered {callback}"),
            Self::NoReply(callback) => write!(f, "handled {callback}"),
        }
    }
}

/// What a process has done since its statistics were switched on (`sys:statistics(_, get)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// When they were switched on.
    pub start_time: Instant,
    /// How long ago that is.
    pub elapsed: Duration,
    /// How many calls, casts and other messages were handled.
    pub messages_in: u64,
    /// How many replies went out at once.
    pub messages_out: u64,
}

/// What a process is called in what is told of it.
fn who(process: &ProcessCell) -> String {
    process.name().map_or_else(|| format!("{process:?}"), |name| name.to_string())
}

/// A function that is told every event, and the name of the process.
pub(crate) type Watch = Box<dyn FnMut(&Event, &str) + Send>;

/// The debug items of a process.
pub(crate) struct Debug {
    /// What it is called in what is told: its name, or its type and pid.
    who: String,
    trace: bool,
    log: VecDeque<Event>,
    /// How many events the log keeps.
    kept: usize,
    statistics: Option<Statistics>,
    file: Option<LogFile>,
    installed: Vec<(Arc<str>, Watch)>,
    /// What is being handled, and whether it is a call.
    now: Option<(&'static str, bool)>,
}

impl Debug {
    pub(crate) fn new(process: &ProcessCell) -> Self {
        Self::of(who(process))
    }

    /// Nothing watches whoever this is.
    pub(super) fn of(who: String) -> Self {
        let (log, installed) = (VecDeque::new(), Vec::new());
        Self { who, trace: false, log, kept: 0, statistics: None, file: None, installed, now: None }
    }

    /// What the process is called may have changed.
    pub(super) fn rename(&mut self, process: &ProcessCell) {
        self.who = who(process);
    }

    /// The items were chosen beforehand, and this process begins with them now.
    pub(super) fn begin(&mut self, process: &ProcessCell) {
        self.rename(process);
        self.set_statistics(self.statistics.is_some());
    }

    /// Whether there is any item.
    pub(crate) fn is_used(&self) -> bool {
        self.trace || self.kept > 0 || self.statistics.is_some() || self.file.is_some() || !self.installed.is_empty()
    }

    /// The items, in words.
    pub(crate) fn items(&self) -> Vec<String> {
        let log = (self.kept > 0).then(|| format!("log {}", self.kept));
        let file = self.file.as_ref().map(|file| format!("log to file {}", file.path().display()));
        let fixed = [self.trace.then(|| "trace".into()), log, self.statistics.map(|_| "statistics".into()), file];
        fixed.into_iter().flatten().chain(self.installed.iter().map(|(id, _)| format!("install {id}"))).collect()
    }

    pub(crate) fn set_trace(&mut self, trace: bool) {
        self.trace = trace;
    }

    /// Keeps the last so many events; those that fit stay.
    pub(crate) fn set_log(&mut self, kept: usize) {
        self.kept = kept;
        self.log.drain(..self.log.len().saturating_sub(kept));
    }

    pub(crate) fn log(&self) -> Vec<Event> {
        self.log.iter().copied().collect()
    }

    /// Begins to count, from nothing; or ends it.
    pub(crate) fn set_statistics(&mut self, on: bool) {
        let start_time = Instant::now();
        let statistics = Statistics { start_time, elapsed: Duration::ZERO, messages_in: 0, messages_out: 0 };
        self.statistics = on.then_some(statistics);
    }

    pub(crate) fn statistics(&self) -> Option<Statistics> {
        self.statistics.map(|statistics| Statistics { elapsed: statistics.start_time.elapsed(), ..statistics })
    }

    /// Writes the events to this file from now on, or to none.
    pub(super) fn set_file(&mut self, file: Option<LogFile>) {
        self.file = file;
    }

    /// Installs a function. False if there is one of this id, which stays.
    pub(crate) fn install(&mut self, id: Arc<str>, watch: Watch) -> bool {
        if self.installed.iter().any(|(known, _)| *known == id) {
            discard(watch);
            return false;
        }
        self.installed.push((id, watch));
        true
    }

    /// Removes the function of this id. False if there is none.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let position = self.installed.iter().position(|(known, _)| **known == *id);
        position.is_some_and(|at| {
            self.uninstall(at);
            true
        })
    }

    fn uninstall(&mut self, at: usize) {
        let (_, watch) = self.installed.remove(at);
        discard(watch);
    }

    /// Removes all items. What is being handled goes on to be.
    pub(crate) fn clear(&mut self) {
        self.set_trace(false);
        self.set_log(0);
        self.set_statistics(false);
        self.set_file(None);
        while !self.installed.is_empty() {
            self.uninstall(0);
        }
    }

    /// Something is about to be handled, for a caller perhaps who waits.
    pub(in crate::process) fn begins(&mut self, event: Event, is_call: bool) {
        self.now = Some((event.callback(), is_call));
        self.tell(event);
    }

    /// The callback crashed: nothing has been handled.
    pub(in crate::process) fn is_lost(&mut self) {
        self.now = None;
    }

    /// It has been handled; `replied` tells of a call whether its reply is there.
    pub(in crate::process) fn is_done(&mut self, replied: bool) {
        if let Some((callback, call)) = self.now.take() {
            self.tell(if call && replied { Event::Reply(callback) } else { Event::NoReply(callback) });
        }
    }

    fn tell(&mut self, event: Event) {
        if let Some(statistics) = &mut self.statistics {
            match event {
                Event::Call(_) | Event::Message(_) => statistics.messages_in += 1,
                Event::Reply(_) => statistics.messages_out += 1,
                Event::Own(_) | Event::NoReply(_) => {}
            }
        }
        if self.kept > 0 {
            if self.log.len() == self.kept {
                self.log.pop_front();
            }
            self.log.push_back(event);
        }
        let who = &*self.who;
        if self.trace {
            tracing::info!(target: "behaviour::sys", process = who, %event, "trace");
        }
        if let Some(file) = &self.file {
            file.write(format!("{who} {event}\n"));
        }
        let mut at = 0;
        while let Some((id, watch)) = self.installed.get_mut(at) {
            match guarded(|| watch(&event, &self.who)) {
                Ok(()) => at += 1,
                // A function that panics is removed.
                Err(error) => {
                    report::watch_panicked(&self.who, id, &error);
                    self.uninstall(at);
                }
            }
        }
    }
}

/// What the functions keep is dropped one by one: a destructor that panics is no other's concern.
impl Drop for Debug {
    fn drop(&mut self) {
        self.clear();
    }
}
