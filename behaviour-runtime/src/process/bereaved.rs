//! Who hears of the end of a process: those who are linked to it or watch it, then whoever waits for it from outside.

use std::sync::Arc;
use std::task::Waker;

use super::cell::ProcessCell;
use super::end::{discard, dropping};
use super::reason::ExitReason;
use super::receive::send;
use super::relations::{Tables, Watcher};
use super::seat::Seat;
use super::signal::{Down, MonitorRef, Signal};
use super::{names, table};

/// Everything that hears of an end.
pub(crate) struct Bereaved(Option<Box<Tables>>);

impl Bereaved {
    /// The name that was freed.
    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        self.0.as_ref()?.name.as_ref()
    }

    pub(crate) fn seat(&self) -> Option<&Arc<Seat>> {
        self.0.as_ref()?.seat.as_ref()
    }
}

impl ProcessCell {
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
                    dropping(|| held.let_go());
                    discard(held);
                }
            } else if let Some(given) = relations.tables.as_mut().and_then(|tables| tables.name.take()) {
                drop(relations);
                names::free(&given, self.pid());
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
                dropping(|| drop(std::mem::take(&mut tables.timers)));
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
                discard(desk);
            }
            for (_, waker) in tables.ender.take().into_iter().chain(std::mem::take(&mut tables.enders)) {
                waker.wake();
            }
        }
    }
}
