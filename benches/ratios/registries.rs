//! Looking up among a million keys: in a registry, and in the bare table that it stands on.
//!
//! The tables are made once, for all samples: a hundred thousand servers with ten keys each, so that neither keys nor
//! servers fit into a cache. Two tasks look up keys in random order.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use behaviour::prelude::*;
use behaviour::registry::Registry;
use tokio::runtime::Runtime;

use crate::measure::Flavour;
use crate::workload::{Running, together};

const SERVERS: u64 = 100_000;
const KEYS: u64 = 1_000_000;
const TASKS: u64 = 2;

/// Somebody to be found.
#[gen_server]
pub(crate) struct Found;

#[gen_server]
impl Found {
    #[init]
    fn init() -> Self {
        Self
    }
}

/// The servers, whom nobody stops, and their runtime, which nobody drives any more.
static SERVED: LazyLock<(Runtime, Vec<FoundClient>)> = LazyLock::new(|| {
    // A thread of its own, for whoever asks first is in a runtime.
    let start = || {
        let runtime = Flavour::OneThread.build();
        let start = async || Found::start().await.expect("a server starts");
        let clients = runtime.block_on(async {
            let mut clients = Vec::new();
            for _ in 0..SERVERS {
                clients.push(start().await);
            }
            clients
        });
        (runtime, clients)
    };
    std::thread::spawn(start).join().expect("nothing panics")
});

/// Each key, and whom it leads to.
fn pairs() -> impl Iterator<Item = (u64, FoundClient)> {
    (0..KEYS).zip(SERVED.1.iter().cycle().cloned())
}

/// Somewhere to look keys up.
pub(crate) trait Lookup: 'static {
    /// Whether a key is there.
    fn find(key: u64) -> bool;
}

static TABLE: LazyLock<papaya::HashMap<u64, FoundClient>> = LazyLock::new(|| pairs().collect());
static REGISTRY: LazyLock<Registry<u64, Found>> = LazyLock::new(|| {
    let registry = Registry::new();
    for (key, client) in pairs() {
        registry.register(key, &client).expect("the key is free");
    }
    registry
});

/// The bare table: a reference, while it is pinned.
pub(crate) enum Bare {}
/// The bare table: a client to take along, as a registry gives it.
pub(crate) enum Cloned {}
pub(crate) enum Registered {}

impl Lookup for Bare {
    fn find(key: u64) -> bool {
        black_box(TABLE.pin().get(&key)).is_some()
    }
}

impl Lookup for Cloned {
    fn find(key: u64) -> bool {
        black_box(TABLE.pin().get(&key).cloned()).is_some()
    }
}

impl Lookup for Registered {
    fn find(key: u64) -> bool {
        black_box(REGISTRY.lookup(&key)).is_some()
    }
}

/// Looks up one key after the other, in two tasks.
pub(crate) fn lookups<L: Lookup>(lookups: u64) -> Running {
    Box::pin(async move {
        assert!(L::find(0), "the table is made before the clock runs");
        let begun = Instant::now();
        together(TASKS, || async move {
            let mut key = 1_u64;
            for _ in 0..lookups.div_ceil(TASKS) {
                // Knuth's generator; the upper bits are the better ones.
                key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                assert!(L::find((key >> 32) % KEYS), "all keys are there");
            }
        })
        .await;
        begun.elapsed()
    })
}
