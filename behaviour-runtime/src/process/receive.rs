//! Signals: how they are sent, and what a process does with one.
//!
//! A signal is delivered by its sender, under the lock of the process's relations, one process locked at a time; the
//! rules are otp.md 1.3 to 1.6, and the decision on an exit signal is [`on_exit`](super::signal::on_exit).
//!
//! What a relation leaves in the mailbox (an `Exit`, a `Down`, a message through an alias) is put there under the same
//! lock under which the relation goes: whoever then finds it gone also finds what it left, and nothing comes after.

use std::sync::MutexGuard;

use super::cell::ProcessCell;
use super::mailbox::{Entry, Put, Word};
use super::pid::Pid;
use super::reason::ExitReason;
use super::relations::{Relations, Watcher};
use super::signal::{Down, Exit, OnExit, Signal, System, on_exit};
use super::{report, table};

/// Sends a signal. What a missing process would have answered is answered here.
pub(crate) fn send(to: Pid, signal: Signal) {
    if let Some(process) = table::find(to) {
        process.receive(signal);
        return;
    }
    match signal {
        Signal::Link { from, link } => {
            send(from, Signal::Exit { from: to, reason: ExitReason::NoProcess, link: Some(link), kill: false });
        }
        Signal::Monitor { from, monitor, name } => {
            send(from, Signal::Down(Down { monitor, pid: to, name, reason: ExitReason::NoProcess }));
        }
        _ => {}
    }
}

impl ProcessCell {
    /// Acts on a signal.
    pub(crate) fn receive(&self, signal: Signal) {
        match signal {
            Signal::Exit { from, reason, link, kill } => self.receive_exit(from, reason, link, kill),
            Signal::Link { from, link } => {
                let mut relations = self.relations();
                if relations.ended.is_some() {
                    drop(relations);
                    let reason = ExitReason::NoProcess;
                    send(from, Signal::Exit { from: self.pid(), reason, link: Some(link), kill: false });
                } else {
                    relations.tables().links.insert(from, link);
                }
            }
            Signal::Unlink { from, link } => {
                let mut relations = self.relations();
                if let Some(tables) = &mut relations.tables
                    && tables.links.get(from) == Some(link)
                {
                    tables.links.remove(from);
                }
            }
            Signal::Monitor { from, monitor, name } => {
                let mut relations = self.relations();
                if relations.ended.is_some() {
                    drop(relations);
                    let pid = self.pid();
                    send(from, Signal::Down(Down { monitor, pid, name, reason: ExitReason::NoProcess }));
                } else {
                    relations.tables().watchers.insert(monitor.0, Watcher { pid: from, name });
                }
            }
            Signal::Demonitor { monitor } => {
                if let Some(tables) = &mut self.relations().tables {
                    tables.watchers.remove(&monitor.0);
                }
            }
            Signal::Down(down) => {
                let mut relations = self.relations();
                if relations.tables.as_mut().and_then(|tables| tables.unwatch(down.monitor)).is_some() {
                    self.put_system(relations, Word::Down(down.monitor), System::Down(down));
                }
            }
            Signal::Stop { reason } => {
                if self.table().plain {
                    match (self.table().system)(System::Stop(reason)) {
                        Ok(parcel) => drop(self.post_parcel(Word::Message, parcel, false)),
                        Err(System::Stop(reason)) => self.end_by_signal(reason),
                        Err(_) => {}
                    }
                } else {
                    let _ = self.post_stop(reason);
                }
                self.hear_of_end();
            }
        }
    }

    fn receive_exit(&self, from: Pid, reason: ExitReason, link: Option<u64>, kill: bool) {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            return;
        }
        let active = match (link, &mut relations.tables) {
            (Some(link), Some(tables)) if tables.links.get(from) == Some(link) => tables.links.remove(from).is_some(),
            _ => false,
        };
        let is_parent = relations.tables.as_ref().is_some_and(|tables| tables.parent == Some(from));
        match on_exit(&reason, link.is_some(), active, kill, self.traps_exits(), from == self.pid()) {
            OnExit::Drop => return,
            OnExit::Kill => self.end_locked(relations, ExitReason::Killed),
            OnExit::End => self.end_locked(relations, reason),
            // A server that traps exits ends in order with its parent.
            OnExit::Message if is_parent && !self.table().plain => self.put_entry(relations, Entry::stop(reason)),
            OnExit::Message => self.put_system(relations, Word::Message, System::Exit(Exit { pid: from, reason })),
        }
        if is_parent {
            self.hear_of_end();
        }
    }

    /// Ends the process at its next await; the first reason stands, but a kill overrides a request.
    fn end_by_signal(&self, reason: ExitReason) {
        self.end_locked(self.relations(), reason);
    }

    fn end_locked(&self, mut relations: MutexGuard<'_, Relations>, reason: ExitReason) {
        if relations.ended.is_some() {
            return;
        }
        let exit = &mut relations.tables().exit;
        let unused =
            if exit.is_none() || matches!(reason, ExitReason::Killed) { exit.replace(reason) } else { Some(reason) };
        let wake = self.turn.signal();
        drop(relations);
        drop(unused);
        if wake {
            self.wake();
        }
    }

    /// The exit signal to act on now.
    pub(crate) fn take_exit(&self) -> Option<ExitReason> {
        let mut relations = self.relations();
        let exit = relations.tables.as_mut()?.exit.take();
        self.turn.unsignal();
        exit
    }

    /// Puts a message of the system's own into the mailbox, then opens the lock; one that the process does not take is
    /// logged, as OTP does.
    fn put_system(&self, relations: MutexGuard<'_, Relations>, word: Word, system: System) {
        match (self.table().system)(system) {
            Ok(message) => self.put_entry(relations, Entry::new(word, message)),
            Err(system) => {
                drop(relations);
                report::unhandled(self, &system);
            }
        }
    }

    /// Puts an entry into the mailbox, then opens the lock.
    pub(super) fn put_entry(&self, relations: MutexGuard<'_, Relations>, entry: Entry) {
        let put: Result<Put, Entry> = self.put(entry);
        drop(relations);
        self.after_put(put);
    }
}
