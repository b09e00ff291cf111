//! What a process is to others: its links, its monitors, its name, who waits for its end.
//!
//! Most processes have few relations, so the tables are made on first use. Signals are delivered by the sender, one
//! process locked at a time; the rules are otp.md 1.3–1.6, and the decision on an exit signal is
//! [`on_exit`](super::signal::on_exit).
//!
//! What a relation leaves in the mailbox (an `Exit`, a `Down`, a message through an alias) is put there under the same
//! lock under which the relation goes: whoever then finds it gone also finds what it left, and nothing comes after.

use std::any::Any;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use super::alias::Aliased;
use super::cell::ProcessCell;
use super::links::Links;
use super::mailbox::{Entry, Put, Word};
use super::node::Node;
use super::parcel::Parcel;
use super::pid::Pid;
use super::reason::ExitReason;
use super::signal::{Down, Exit, MonitorRef, OnExit, Signal, System, on_exit};
use super::sys::Desk;
use super::table;
use super::timers::Timers;

/// Hashes pids and references, which are numbers that the program itself hands out.
#[derive(Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

/// The relations of a process.
#[derive(Default)]
pub(crate) struct Relations {
    /// The end has begun that others can see: no name, no new links or monitors.
    pub(crate) ended: Option<ExitReason>,
    /// Links and monitors have heard of the end, so now anybody may.
    told: bool,
    pub(crate) tables: Option<Box<Tables>>,
}

impl Relations {
    /// The process begins with this link to its parent, who is told of it when the process is there.
    pub(crate) fn begin_linked(&mut self, parent: Pid, link: u64) {
        let tables = self.tables();
        tables.parent = Some(parent);
        tables.links.insert(parent, link);
    }

    pub(crate) fn tables(&mut self) -> &mut Tables {
        self.tables.get_or_insert_default()
    }
}

/// The tables, made on first use.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) name: Option<Arc<str>>,
    /// Who started this process with a link; its exit ends a process that traps exits, too.
    pub(crate) parent: Option<Pid>,
    /// An exit signal that has not been acted on.
    pub(crate) exit: Option<ExitReason>,
    links: Links,
    /// Who watches this process.
    watchers: Map<u64, Watcher>,
    /// Whom this process watches.
    pub(super) watching: Map<u64, Watched>,
    /// The aliases of this process that are active.
    pub(super) aliases: Map<u64, Aliased>,
    /// The monitor of who started this process.
    pub(crate) starter: Option<MonitorRef>,
    /// Who waits for the end without being a process: the first, and the others.
    ender: Option<(u64, Waker)>,
    enders: Vec<(u64, Waker)>,
    /// Whom this process waits for in calls.
    pub(crate) waits: Vec<Pid>,
    /// Calls whose reply comes later.
    laters: Map<usize, Weak<Node>>,
    pub(crate) timers: Timers,
    /// What a supervisor keeps beside its process.
    pub(crate) seat: Option<Arc<super::seat::Seat>>,
    /// What is gone before the end of the process is seen.
    held: Vec<Arc<dyn Held>>,
    /// What others want to see or do inside.
    pub(super) desk: Option<Box<Desk>>,
}

/// Something that belongs to a process and is found elsewhere: an entry in a registry. As the name of a process, it is
/// gone before anybody hears of the process's end.
pub(crate) trait Held: Any + Send + Sync {
    /// Its place among all that the process holds. It changes under the lock of the relations.
    fn place(&self) -> &AtomicUsize;

    /// The process ends. No lock is held, for this may run code of the user's.
    fn let_go(&self);
}

impl Tables {
    /// Stops watching: the monitor is gone, and no alias of it is active any more. Whom it watched.
    pub(super) fn unwatch(&mut self, monitor: MonitorRef) -> Option<Pid> {
        let watched = self.watching.remove(&monitor.0)?;
        for alias in watched.aliases {
            self.aliases.remove(&alias);
        }
        Some(watched.pid)
    }
}

struct Watcher {
    pid: Pid,
    name: Option<Arc<str>>,
}

/// A process that is watched, and the aliases that end with the monitor.
pub(super) struct Watched {
    pid: Pid,
    pub(super) aliases: Vec<u64>,
}

/// Everything that hears of an end.
pub(crate) struct Bereaved(Option<Box<Tables>>);

impl Bereaved {
    /// The name that was freed.
    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        self.0.as_ref()?.name.as_ref()
    }

    pub(crate) fn seat(&self) -> Option<&Arc<super::seat::Seat>> {
        self.0.as_ref()?.seat.as_ref()
    }
}

static REFERENCE: AtomicU64 = AtomicU64::new(1);

/// A number that was never used before.
pub(crate) fn unique() -> u64 {
    REFERENCE.fetch_add(1, Ordering::Relaxed)
}

/// The two halves of a link change together: whoever links or unlinks two processes holds the lock of the pair.
static PAIRS: [Mutex<()>; 64] = [const { Mutex::new(()) }; 64];

fn pair(one: Pid, other: Pid) -> MutexGuard<'static, ()> {
    let index = (one.spread() ^ other.spread()) >> 32;
    PAIRS[index as usize % PAIRS.len()].lock().unwrap_or_else(PoisonError::into_inner)
}

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
                super::report::unhandled(self, &system);
            }
        }
    }

    /// Puts an entry into the mailbox, then opens the lock.
    pub(super) fn put_entry(&self, relations: MutexGuard<'_, Relations>, entry: Entry) {
        let put: Result<Put, Entry> = self.put(entry);
        drop(relations);
        self.after_put(put);
    }

    /// Links this process to another (`link/1`). Linking twice, or to oneself, does nothing.
    pub(crate) fn link(&self, other: Pid) {
        if other == self.pid() {
            return;
        }
        let link = unique();
        let _pair = pair(self.pid(), other);
        {
            let mut relations = self.relations();
            if relations.ended.is_some() {
                return;
            }
            if relations.tables().links.get(other).is_some() {
                return;
            }
            relations.tables().links.insert(other, link);
        }
        send(other, Signal::Link { from: self.pid(), link });
    }

    /// Removes a link (`unlink/1`): it can have no further effect on this process.
    pub(crate) fn unlink(&self, other: Pid) -> bool {
        let _pair = pair(self.pid(), other);
        let link = self.relations().tables.as_mut().and_then(|tables| tables.links.remove(other));
        if let Some(link) = link {
            send(other, Signal::Unlink { from: self.pid(), link });
        }
        link.is_some()
    }

    /// The processes that this one is linked to.
    pub(crate) fn links(&self) -> Vec<Pid> {
        self.relations().tables.as_ref().map(|tables| tables.links.pids().collect()).unwrap_or_default()
    }

    /// Watches a process (`monitor/2`).
    pub(crate) fn monitor(&self, other: Pid, name: Option<Arc<str>>) -> MonitorRef {
        let monitor = MonitorRef(unique());
        self.monitor_as(monitor, other, name);
        monitor
    }

    /// Watches a process under a reference that is known already.
    pub(crate) fn monitor_as(&self, monitor: MonitorRef, other: Pid, name: Option<Arc<str>>) {
        if other == self.pid() {
            return;
        }
        {
            let mut relations = self.relations();
            if relations.ended.is_some() {
                return;
            }
            relations.tables().watching.insert(monitor.0, Watched { pid: other, aliases: Vec::new() });
        }
        send(other, Signal::Monitor { from: self.pid(), monitor, name });
    }

    /// Takes back the monitor of who started this process: it shall not hear of the end by that.
    pub(crate) fn forget_starter(&self) {
        let starter = self.relations().tables.as_mut().and_then(|tables| {
            let monitor = tables.starter.take()?;
            Some((monitor, tables.watchers.remove(&monitor.0)?.pid))
        });
        if let Some((monitor, pid)) = starter
            && let Some(starter) = table::find(pid)
            && let Some(tables) = &mut starter.relations().tables
        {
            tables.unwatch(monitor);
        }
    }

    /// Stops watching (`demonitor/2`). True if the monitor was still there: no `Down` was and none will be delivered.
    pub(crate) fn demonitor(&self, monitor: MonitorRef) -> bool {
        let other = self.relations().tables.as_mut().and_then(|tables| tables.unwatch(monitor));
        if let Some(other) = other {
            send(other, Signal::Demonitor { monitor });
        }
        other.is_some()
    }

    /// The processes that this one watches, and those that watch it.
    pub(crate) fn monitors(&self) -> (Vec<Pid>, Vec<Pid>) {
        self.relations().tables.as_ref().map_or_else(Default::default, |tables| {
            (
                tables.watching.values().map(|watched| watched.pid).collect(),
                tables.watchers.values().map(|watcher| watcher.pid).collect(),
            )
        })
    }

    /// Why the process ended, once links and monitors know; else leaves a waker for that, for somebody who need not be a
    /// process.
    pub(crate) fn wait_for_end(&self, key: u64, waker: &Waker) -> Option<ExitReason> {
        let mut relations = self.relations();
        if let Some(reason) = relations.ended.as_ref().filter(|_| relations.told) {
            return Some(reason.clone());
        }
        let tables = relations.tables();
        if let Some((_, known)) = tables.ender.iter_mut().chain(&mut tables.enders).find(|(known, _)| *known == key) {
            known.clone_from(waker);
        } else if tables.ender.is_none() {
            tables.ender = Some((key, waker.clone()));
        } else {
            tables.enders.push((key, waker.clone()));
        }
        None
    }

    pub(crate) fn forget_waiting_for_end(&self, key: u64) {
        if let Some(tables) = &mut self.relations().tables {
            if tables.ender.as_ref().is_some_and(|(known, _)| *known == key) {
                tables.ender = None;
            } else {
                tables.enders.retain(|(known, _)| *known != key);
            }
        }
    }

    /// Holds something until the process ends, or it is released. False if the end has begun.
    pub(crate) fn hold(&self, held: Arc<dyn Held>) -> bool {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            // The lock is opened before what was to be held is dropped.
            drop(relations);
            return false;
        }
        let all = &mut relations.tables().held;
        held.place().store(all.len(), Ordering::Relaxed);
        if all.is_empty() {
            // As a rule there is no other.
            all.reserve_exact(1);
        }
        all.push(held);
        true
    }

    /// Lets go of something, if it is still held.
    pub(crate) fn release(&self, held: &dyn Held) {
        let mut relations = self.relations();
        let Some(tables) = &mut relations.tables else { return };
        let (all, place) = (&mut tables.held, held.place().load(Ordering::Relaxed));
        let same = |known: &Arc<dyn Held>| std::ptr::addr_eq(Arc::as_ptr(known), held);
        if !all.get(place).is_some_and(same) {
            return;
        }
        let released = all.swap_remove(place);
        if let Some(moved) = all.get(place) {
            moved.place().store(place, Ordering::Relaxed);
        }
        drop(relations);
        drop(released);
    }

    /// The first of this type that the process holds.
    pub(crate) fn held_as<T: Held>(&self) -> Option<Arc<T>> {
        let relations = self.relations();
        let held = relations.tables.as_ref()?.held.iter().find(|held| (&***held as &dyn Any).is::<T>())?;
        Arc::downcast(Arc::clone(held) as Arc<dyn Any + Send + Sync>).ok()
    }

    /// All that the process holds now.
    pub(crate) fn holdings(&self) -> Vec<Arc<dyn Held>> {
        self.relations().tables.as_ref().map(|tables| tables.held.clone()).unwrap_or_default()
    }

    /// Notes a call whose reply comes later, so that its caller hears of this process's end.
    pub(crate) fn note_later(&self, node: &Arc<Node>) {
        self.relations().tables().laters.insert(Arc::as_ptr(node) as usize, Arc::downgrade(node));
    }

    /// Forgets it again. False if the process's end has begun, which tells the caller by itself.
    pub(crate) fn forget_later(&self, node: &Arc<Node>) -> bool {
        let mut relations = self.relations();
        if let Some(tables) = &mut relations.tables {
            tables.laters.remove(&(Arc::as_ptr(node) as usize)).is_some()
        } else {
            false
        }
    }

    /// The calls whose reply was to come later.
    pub(crate) fn take_laters(&self) -> Vec<Arc<Node>> {
        if self.table().plain {
            // Nobody calls it.
            return Vec::new();
        }
        let laters = match &mut self.relations().tables {
            Some(tables) if !tables.laters.is_empty() => std::mem::take(&mut tables.laters),
            _ => return Vec::new(),
        };
        laters.into_values().filter_map(|node| node.upgrade()).collect()
    }

    /// Starts a timer, and wakes the task if it meant to sleep longer.
    pub(crate) fn add_timer(&self, id: u64, at: tokio::time::Instant, timed: super::timers::Timed) {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            return;
        }
        self.timed.store(true, Ordering::Release);
        let earlier = relations.tables().timers.insert(id, at, timed);
        drop(relations);
        if earlier {
            self.wake();
        }
    }

    /// The message of the first timer that is due, or the panic of making it.
    pub(crate) fn pop_timer(&self, now: tokio::time::Instant) -> Option<std::thread::Result<Parcel>> {
        let mut relations = self.relations();
        let timers = &mut relations.tables.as_mut()?.timers;
        let due = timers.pop(now);
        if timers.first().is_none() {
            timers.arm(None);
            self.timed.store(false, Ordering::Release);
        }
        due
    }

    /// Whether the process has a timer.
    #[inline]
    pub(crate) fn has_timers(&self) -> bool {
        self.timed.load(Ordering::Acquire)
    }

    /// The visible end: the name is freed, the process is no longer alive. What is left is to tell the others.
    pub(crate) fn begin_end(&self, reason: &ExitReason) -> Bereaved {
        let mut name = None;
        let mut tables = loop {
            let mut relations = self.relations();
            // Who sees the end finds the name free and nothing held; what is given in between goes as well.
            let held = relations.tables.as_mut().map(|tables| std::mem::take(&mut tables.held)).unwrap_or_default();
            if !held.is_empty() {
                drop(relations);
                for held in held {
                    super::end::dropping(|| held.let_go());
                    super::end::dropping(|| drop(held));
                }
            } else if let Some(given) = relations.tables.as_mut().and_then(|tables| tables.name.take()) {
                drop(relations);
                super::names::free(&given, self.pid());
                name = Some(given);
            } else {
                relations.ended = Some(reason.clone());
                break relations.tables.take();
            }
        };
        table::remove(self.pid());
        if let Some(tables) = &mut tables {
            tables.name = name;
            if tables.timers.first().is_some() {
                super::end::dropping(|| drop(std::mem::take(&mut tables.timers)));
            }
        }
        Bereaved(tables)
    }

    /// Tells everybody who is linked or watches.
    pub(crate) fn tell_relations(&self, bereaved: &mut Bereaved, reason: &ExitReason) {
        let from = self.pid();
        let Some(tables) = &mut bereaved.0 else { return };
        // Most processes have none of these; taking an empty map apart costs more than to see that it is empty.
        if !tables.watching.is_empty() {
            for (monitor, watched) in std::mem::take(&mut tables.watching) {
                send(watched.pid, Signal::Demonitor { monitor: MonitorRef(monitor) });
            }
        }
        if !tables.links.is_empty() {
            for (other, link) in tables.links.take() {
                send(other, Signal::Exit { from, reason: reason.clone(), link: Some(link), kill: false });
            }
        }
        if !tables.watchers.is_empty() {
            for (monitor, Watcher { pid, name }) in std::mem::take(&mut tables.watchers) {
                let down = Down { monitor: MonitorRef(monitor), pid: from, name, reason: reason.clone() };
                send(pid, Signal::Down(down));
            }
        }
    }

    /// Tells everybody who waits without being related. Links and monitors have been told before.
    pub(crate) fn tell_others(&self, bereaved: Bereaved) {
        let late = {
            let mut relations = self.relations();
            relations.told = true;
            // Who came to wait after the end had begun.
            relations.tables.take()
        };
        for mut tables in bereaved.0.into_iter().chain(late) {
            if let Some(desk) = tables.desk.take() {
                super::end::dropping(|| drop(desk));
            }
            for (_, waker) in tables.ender.take().into_iter().chain(std::mem::take(&mut tables.enders)) {
                waker.wake();
            }
        }
    }
}
