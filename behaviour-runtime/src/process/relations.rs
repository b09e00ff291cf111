//! What a process is to others: its links, its monitors, its name, its timers, who waits for its end.
//!
//! Most processes have few relations, so the tables are made on first use. How a signal changes them is told in
//! [`receive`](super::receive), what becomes of them at the end in [`bereaved`](super::bereaved).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use super::alias::Aliased;
use super::cell::ProcessCell;
use super::held::Held;
use super::links::Links;
use super::node::Node;
use super::parcel::Parcel;
use super::pid::Pid;
use super::reason::ExitReason;
use super::receive::send;
use super::signal::{MonitorRef, Signal};
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
    pub(super) told: bool,
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
    pub(super) links: Links,
    /// Who watches this process.
    pub(super) watchers: Map<u64, Watcher>,
    /// Whom this process watches.
    pub(super) watching: Map<u64, Watched>,
    /// The aliases of this process that are active.
    pub(super) aliases: Map<u64, Aliased>,
    /// The monitor of who started this process.
    pub(crate) starter: Option<MonitorRef>,
    /// Who waits for the end without being a process: the first, and the others.
    pub(super) ender: Option<(u64, Waker)>,
    pub(super) enders: Vec<(u64, Waker)>,
    /// Whom this process waits for in calls.
    pub(crate) waits: Vec<Pid>,
    /// Calls whose reply comes later.
    laters: Map<usize, Weak<Node>>,
    pub(crate) timers: Timers,
    /// What a supervisor keeps beside its process.
    pub(crate) seat: Option<Arc<super::seat::Seat>>,
    /// What is gone before the end of the process is seen.
    pub(super) held: Vec<Arc<dyn Held>>,
    /// What others want to see or do inside.
    pub(super) desk: Option<Box<Desk>>,
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

pub(super) struct Watcher {
    pub(super) pid: Pid,
    pub(super) name: Option<Arc<str>>,
}

/// A process that is watched, and the aliases that end with the monitor.
pub(super) struct Watched {
    pub(super) pid: Pid,
    pub(super) aliases: Vec<u64>,
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

impl ProcessCell {
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
}
