//! What is measured, and the marks.

use crate::agents::{Tasks, Updated};
use crate::events::Notified;
use crate::groups::{Channels, Group, heard_by_all, publishes};
use crate::machines::{Armed, ByHand, Generated, Statig};
use crate::ours::{Dynamic, Plain, Server};
use crate::pools::{Deadpool, Ours, contended, transactions};
use crate::raw::{Raw, Timed};
use crate::registries::{Bare, Cloned, Registered, lookups};
use crate::workload::{
    Async, BehindCast, Queued, Sync, Workload, Yielding, call, calls, casts, computes, computes_linked, crashes, ring,
    starts, steps,
};

/// One thing that is measured, for the baseline and for others.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The ratio that ours has to stay under: on one thread, and on two workers.
    pub(crate) marks: [Option<f64>; 2],
    pub(crate) raw: Workload,
    pub(crate) others: Vec<(&'static str, Workload)>,
}

impl Case {
    fn new(name: &'static str, marks: [Option<f64>; 2], raw: Workload, ours: Workload) -> Self {
        Self { name, marks, raw, others: vec![("behaviour", ours)] }
    }

    /// Another contender, for information: no mark holds for it.
    fn and(mut self, name: &'static str, workload: Workload) -> Self {
        self.others.push((name, workload));
        self
    }
}

fn both(mark: f64) -> [Option<f64>; 2] {
    [Some(mark); 2]
}

/// All cases. The marks are those of the issue that asked for them; a ring has none.
pub(crate) fn all() -> Vec<Case> {
    vec![
        Case::new("call, 1 client", both(0.15), call::<Raw, Sync>, call::<Server, Sync>)
            .and("raw, 5 s timeout", call::<Timed, Sync>),
        Case::new("call, 16 clients", [Some(0.3), Some(0.8)], calls::<Raw, Sync, 16>, calls::<Server, Sync, 16>)
            .and("raw, 5 s timeout", calls::<Timed, Sync, 16>),
        Case::new("call, 256 clients", [Some(0.3), Some(0.8)], calls::<Raw, Sync, 256>, calls::<Server, Sync, 256>),
        Case::new("call, async handler", both(0.4), call::<Raw, Async>, call::<Server, Async>),
        Case::new("call that queues, 1 client", both(1.0), call::<Raw, Queued>, call::<Server, Queued>)
            .and("raw, 5 s timeout", call::<Timed, Queued>),
        Case::new("call that queues, 16 clients", both(1.0), calls::<Raw, Queued, 16>, calls::<Server, Queued, 16>),
        Case::new("call behind a cast", both(1.0), call::<Raw, BehindCast>, call::<Server, BehindCast>),
        Case::new(
            "call, handler waits, 16 clients",
            both(1.0),
            calls::<Raw, Yielding, 16>,
            calls::<Server, Yielding, 16>,
        ),
        Case::new("cast, 1 producer", both(0.5), casts::<Raw, 1>, casts::<Server, 1>),
        Case::new("cast, 4 producers", both(0.5), casts::<Raw, 4>, casts::<Server, 4>),
        Case::new("start and stop", both(2.0), starts::<Raw>, starts::<Server>),
        Case::new("ring of 1,000, one hop", [None; 2], ring::<Raw>, ring::<Server>)
            .and("plain processes", ring::<Plain>),
        Case::new("machine, cast", both(1.3), casts::<ByHand, 1>, casts::<Generated, 1>)
            .and("statig in a task", casts::<Statig, 1>),
        Case::new("machine, call", both(0.25), steps::<ByHand>, steps::<Generated>)
            .and("statig in a task", steps::<Statig>),
        Case::new("machine, cast arms a timeout", both(2.0), casts::<ByHand, 1>, casts::<Armed, 1>),
        Case::new("machine, call arms a timeout", [None; 2], steps::<ByHand>, steps::<Armed>),
        Case::new("agent, update", both(0.3), steps::<Raw>, steps::<Updated>),
        Case::new("task, spawn and await", both(2.0), computes::<Raw>, computes::<Tasks>)
            .and("linked to a process", computes_linked::<Tasks>),
        Case::new("notify, three handlers", both(1.5), steps::<Raw>, casts::<Notified, 1>),
        Case::new("sync_notify, three handlers", both(1.5), steps::<Raw>, steps::<Notified>),
        Case::new("look-up among a million keys", both(3.0), lookups::<Bare>, lookups::<Registered>)
            .and("cloned", lookups::<Cloned>),
        Case::new("publish to 1,000", both(1.2), publishes::<Channels>, publishes::<Group>),
        Case::new("publish to 1,000, heard by all", [None; 2], heard_by_all::<Channels>, heard_by_all::<Group>),
        // Here `raw` is `deadpool`.
        Case::new("pool, transaction", both(3.0), transactions::<Deadpool>, transactions::<Ours>),
        Case::new("pool, 16 clients for 4", [None; 2], contended::<Deadpool>, contended::<Ours>),
        Case::new("crash to first answer", both(2.0), crashes::<Raw>, crashes::<Server>),
        // Here `raw` is ours, too: one start and stop of a server.
        Case::new("crash of a child, to a start", both(10.0), starts::<Server>, crashes::<Dynamic>),
    ]
}
