//! The process table: from a pid to the process.
//!
//! A slab in shards: a pid holds its slot and how often that slot was used, so a look-up is an index and a comparison,
//! and a stale pid finds nothing. Spawning threads use different shards.

use std::cell::Cell as StdCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cell::ProcessCell;
use super::pid::Pid;

const SHARDS: usize = 16;

struct Shard {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

struct Slot {
    generation: u32,
    process: Option<Arc<ProcessCell>>,
}

static TABLE: [Mutex<Shard>; SHARDS] = [const { Mutex::new(Shard { slots: Vec::new(), free: Vec::new() }) }; SHARDS];

thread_local! {
    static SHARD: StdCell<usize> = {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        StdCell::new(NEXT.fetch_add(1, Ordering::Relaxed) as usize % SHARDS)
    };
}

fn lock(shard: usize) -> MutexGuard<'static, Shard> {
    TABLE[shard].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a process under a pid of its own.
pub(crate) fn insert(make: impl FnOnce(Pid) -> Arc<ProcessCell>) -> Arc<ProcessCell> {
    let index = SHARD.try_with(StdCell::get).unwrap_or(0);
    let mut shard = lock(index);
    let place = shard.free.pop().unwrap_or_else(|| {
        shard.slots.push(Slot { generation: 0, process: None });
        u32::try_from(shard.slots.len() - 1).expect("fewer than 2^28 processes a shard")
    });
    let slot = &mut shard.slots[place as usize];
    slot.generation = slot.generation.wrapping_add(1);
    let process = make(Pid::local(place * 16 + u32::try_from(index).unwrap_or(0), slot.generation));
    slot.process = Some(Arc::clone(&process));
    process
}

/// Forgets a process.
pub(crate) fn remove(pid: Pid) {
    let place = pid.slot() / 16;
    let mut shard = lock(pid.slot() as usize % SHARDS);
    let found = shard.slots.get_mut(place as usize).filter(|slot| slot.generation == pid.generation());
    let gone = found.and_then(|slot| slot.process.take());
    if gone.is_some() {
        shard.free.push(place);
    }
    drop(shard);
    drop(gone);
}

/// The living process of a pid.
pub(crate) fn find(pid: Pid) -> Option<Arc<ProcessCell>> {
    let shard = lock(pid.slot() as usize % SHARDS);
    let slot = shard.slots.get((pid.slot() / 16) as usize)?;
    if slot.generation == pid.generation() { slot.process.clone() } else { None }
}

/// How many processes live.
pub(crate) fn count() -> usize {
    (0..SHARDS)
        .map(|index| {
            let shard = lock(index);
            shard.slots.len() - shard.free.len()
        })
        .sum()
}
