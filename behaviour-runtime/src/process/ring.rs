//! Who waits for whom, so that a ring of waiting processes is found when it closes and not when its time is up.
//!
//! A process that waits for an answer notes for whom before it looks whether that one waits, over others perhaps, for
//! it. Of several that close a ring at the same instant at least one sees it.

use std::sync::Arc;

use super::cell::ProcessCell;
use super::current;
use super::error::CallError;
use super::pid::Pid;
use super::table;

/// While it lives, the process that runs here is known to wait for another.
#[derive(Debug)]
pub(crate) struct Blocked {
    who: Arc<ProcessCell>,
    on: Pid,
}

impl Blocked {
    /// Notes that the process that runs here, if one does, waits for another; fails if that can never end.
    #[inline]
    pub(crate) fn on(on: Pid) -> Result<Option<Self>, CallError> {
        match current::process() {
            Some(who) => Self::process_on(who, on).map(Some),
            None => Ok(None),
        }
    }

    #[inline(never)]
    fn process_on(who: Arc<ProcessCell>, on: Pid) -> Result<Self, CallError> {
        if who.pid() == on {
            return Err(CallError::CallingSelf);
        }
        who.relations().tables().waits.push(on);
        let blocked = Self { who, on };
        match ring(blocked.who.pid(), on) {
            None => Ok(blocked),
            Some(ring) => Err(CallError::Deadlock(ring.into())),
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        if let Some(tables) = &mut self.who.relations().tables
            && let Some(index) = tables.waits.iter().position(|pid| *pid == self.on)
        {
            tables.waits.swap_remove(index);
        }
    }
}

/// The ring of waiting processes that a call from `caller`, which runs here, to `target` closes.
fn ring(caller: Pid, target: Pid) -> Option<Vec<Pid>> {
    // As a rule the target waits for nobody.
    if !current::runs(target) && !waits(target) {
        return None;
    }
    let here = current::stack();
    // The frames below the caller's wait for it on this very thread.
    let below = |pid: Pid| here.iter().position(|frame| *frame == pid);
    if let Some(index) = below(target) {
        return Some(here[..=index].to_vec());
    }
    // A process may wait for several others at once, so all ways are followed, each process once.
    let mut seen = vec![target];
    let mut paths = vec![vec![caller, target]];
    while let Some(mut path) = paths.pop() {
        let Some(process) = path.last().and_then(|last| table::find(*last)) else { continue };
        let waits = process.relations().tables.as_ref().map(|tables| tables.waits.clone()).unwrap_or_default();
        if let Some(index) = waits.iter().find_map(|pid| below(*pid)) {
            path.extend(here[1..=index].iter().rev().copied());
            return Some(path);
        }
        for pid in waits {
            if seen.len() < 1_000 && !seen.contains(&pid) {
                seen.push(pid);
                paths.push(path.iter().copied().chain([pid]).collect());
            }
        }
    }
    None
}

/// Whether this process waits for another.
fn waits(pid: Pid) -> bool {
    table::find(pid)
        .is_some_and(|process| process.relations().tables.as_ref().is_some_and(|tables| !tables.waits.is_empty()))
}
