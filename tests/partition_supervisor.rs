//! Partitioned supervisors: which copy a key leads to, and how many there are (otp.md 11.9).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::collections::HashSet;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, ProcessKind};
use behaviour::supervisor::{
    OperationError, PartitionSupervisorClient, ResizeError, Restart, Shutdown, Strategy, Tree,
};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// Knows its number, and takes its time to close.
#[gen_server]
struct Part {
    number: usize,
    closing: Duration,
}

#[gen_server]
impl Part {
    #[init]
    fn init(cx: &mut Context<Self>, number: usize, closing: Duration) -> Self {
        cx.trap_exit(true);
        Self { number, closing }
    }

    #[call]
    fn number(&self) -> usize {
        self.number
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    async fn close(&mut self) {
        sleep(self.closing).await;
    }
}

type Parts = PartitionSupervisorClient<Part>;

fn part(number: usize) -> Child<Part> {
    Part::child(number, Duration::ZERO)
}

async fn parts(partitions: usize) -> Parts {
    PartitionSupervisor::start(partitions, part).await.unwrap()
}

// XPS-05
#[behaviour::test(start_paused = true)]
async fn a_number_leads_to_its_partition() {
    let parts = parts(3).await;
    for (key, number) in [(0, 0), (1, 1), (2, 2), (3, 0), (-1, 1), (-5, 2)] {
        assert_eq!(parts.partition(&key).number().await, Ok(number), "{key}");
    }
    assert_eq!(parts.get(2), Some(parts.partition(&2)));
    assert_eq!(parts.get(3), None);
    let of_text = parts.partition("otter");
    assert_eq!(parts.partition(&String::from("otter")), of_text);
    let found: HashSet<_> = (0..50).map(|n| parts.partition(&("key", n)).pid()).collect();
    assert_eq!(found.len(), 3);
}

/// Counts.
#[gen_server]
struct Account {
    cents: u64,
}

#[gen_server]
impl Account {
    #[init]
    fn init(cents: u64) -> Self {
        Self { cents }
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }
}

/// Accounts on all cores.
#[supervisor(one_for_one)]
struct Bank;

#[supervisor]
impl Bank {
    #[child]
    fn accounts(&self) -> Child<PartitionSupervisor<DynamicSupervisor<Account>>> {
        PartitionSupervisor::child(4, |_| DynamicSupervisor::child()).intensity(1)
    }
}

// XPS-01, 03, 20
#[behaviour::test(start_paused = true)]
async fn dynamic_children_are_spread_over_partitions() {
    let bank = Bank.start().await.unwrap();
    let accounts = bank.accounts();
    assert_eq!(&*bank.which_children().await.unwrap()[0].id, "accounts");
    for id in 0..100_u64 {
        let account = accounts.partition(&format!("customer {id}")).start_child(id).await.unwrap();
        assert_eq!(account.balance().await, Ok(id));
    }
    let mut active = Vec::new();
    for partition in 0..accounts.partitions().unwrap() {
        active.push(accounts.get(partition).unwrap().count_children().await.unwrap().active);
    }
    assert_eq!((active.len(), active.iter().sum::<usize>()), (4, 100));
    assert!(active.iter().all(|children| *children > 10), "{active:?}");

    let counts = accounts.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active, counts.supervisors, counts.workers), (4, 4, 4, 0));
    bank.stop().await.unwrap();
    assert_eq!(accounts.partitions(), Err(CallError::NoProcess));
}

// XPS-18, 19
#[behaviour::test(start_paused = true)]
async fn the_partitions_are_children_called_by_their_numbers() {
    let parts = parts(5).await;
    let mut children = parts.which_children().await.unwrap();
    children.sort_by(|one, other| one.id.cmp(&other.id));
    for (number, child) in children.iter().enumerate() {
        assert_eq!(*child.id, *number.to_string());
        assert_eq!(child.pid(), Some(parts.partition(&number).pid()));
        assert_eq!((child.kind, child.restart), (ProcessKind::Worker, Restart::Permanent));
    }
    let counts = parts.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active, counts.workers), (5, 5, 5));
}

#[behaviour::test(start_paused = true)]
async fn a_partition_that_ends_is_restarted_under_its_number() {
    let parts = parts(2).await;
    let (zero, one) = (parts.partition(&0), parts.partition(&1));
    let (of_zero, of_one) = (zero.pid(), one.pid());
    zero.end(ExitReason::error("boom"));
    assert!(zero.number().await.is_err());
    assert_eq!(zero.number().await, Ok(0));
    assert_ne!(zero.pid(), of_zero);
    assert_eq!(one.pid(), of_one);
    assert_eq!(parts.partition(&2), zero, "a client names the partition, not its process");

    let ended = parts.ended();
    for _ in 0..3 {
        zero.end(ExitReason::Normal);
        sleep(SECOND).await;
    }
    assert_eq!(ended.await, ExitReason::Shutdown, "three restarts in 5 s were allowed");
    assert_eq!(zero.number().await, Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn partitions_have_the_options_of_a_supervisor() {
    let start = PartitionSupervisor::start(2, |number| Part::child(number, 2 * SECOND));
    let parts = start
        .strategy(Strategy::OneForAll)
        .intensity(1)
        .period(SECOND)
        .restart(Restart::Transient)
        .shutdown(Shutdown::Timeout(SECOND))
        .named("partitions, options")
        .await
        .unwrap();
    let pids = [0, 1].map(|number| parts.partition(&number).pid());
    let begun = Instant::now();
    parts.partition(&0).end(ExitReason::error("boom"));
    assert_eq!(parts.partition(&1).ended().await, ExitReason::Killed, "its sibling takes too long");
    assert_eq!(parts.partition(&0).number().await, Ok(0));
    assert_eq!(begun.elapsed(), 3 * SECOND);
    assert!([0, 1].iter().all(|number| !pids.contains(&parts.partition(number).pid())));

    sleep(2 * SECOND).await;
    parts.partition(&1).end(ExitReason::Normal);
    sleep(3 * SECOND).await;
    assert_eq!(parts.partition(&1).number().await, Err(CallError::NoProcess), "transient");
    let found = PartitionSupervisor::<Part>::find("partitions, options").unwrap();
    assert_eq!(found.partition(&0).pid(), parts.partition(&0).pid());

    let nobody = std::panic::catch_unwind(|| PartitionSupervisor::start(0, part));
    assert!(nobody.is_err());
}

// XPS-16, 17
#[behaviour::test(start_paused = true)]
async fn the_number_of_partitions_may_shrink_and_grow_again() {
    let parts = parts(4).await;
    assert_eq!(parts.partitions(), Ok(4));
    let all = [0, 1, 2, 3].map(|number| parts.get(number).unwrap());
    assert_eq!(parts.resize(1).await, Ok(4));
    assert_eq!(parts.partitions(), Ok(1));
    assert_eq!(all.clone().map(|part| part.is_alive()), [true, false, false, false]);
    assert_eq!(parts.partition(&3), all[0]);
    assert_eq!((parts.get(0), parts.get(1)), (Some(all[0].clone()), None));
    assert_eq!(all[2].number().await, Err(CallError::NoProcess));
    let counts = parts.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active), (4, 1));

    assert_eq!(parts.resize(0).await, Ok(1));
    assert_eq!(parts.partition(&0).number().await, Err(CallError::NoProcess));
    assert_eq!((parts.get(0), parts.partitions()), (None, Ok(0)));

    assert_eq!(parts.resize(5).await, Err(ResizeError::TooMany { most: 4 }));
    assert_eq!(parts.resize(3).await, Ok(0));
    assert_eq!(parts.resize(3).await, Ok(3));
    assert_eq!(all[2].number().await, Ok(2), "a client follows its partition");
    assert_eq!(parts.partition(&3), all[0]);
}

#[behaviour::test(start_paused = true)]
async fn who_resizes_waits_for_others_who_do() {
    let start = PartitionSupervisor::start(3, |number| Part::child(number, SECOND));
    let parts = start.await.unwrap();
    let shrinking = tokio::spawn({
        let parts = parts.clone();
        async move { parts.resize(1).await }
    });
    sleep(SECOND / 2).await;
    assert_eq!(parts.partitions(), Ok(1), "keys no longer lead to those that end");
    assert_eq!(parts.resize(2).await, Ok(1));
    assert_eq!(shrinking.await.unwrap(), Ok(3));
    assert_eq!(parts.partition(&1).number().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn a_partition_that_does_not_start_again_is_told() {
    let mut starts = 0;
    let start = PartitionSupervisor::start(2, move |number| {
        starts += 1;
        assert_ne!(starts, 3, "not now");
        part(number)
    });
    let parts = start.await.unwrap();
    assert_eq!(parts.resize(1).await, Ok(2));
    let error = parts.resize(2).await.unwrap_err();
    assert!(matches!(&error, ResizeError::Partition(OperationError::Start(_))), "{error}");
    assert!(error.to_string().contains("not now"), "{error}");
    assert_eq!(parts.partitions(), Ok(1));
    assert_eq!(parts.resize(2).await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn a_restarted_supervisor_has_all_its_partitions() {
    let mut size = 4;
    let tree = Tree::new(Strategy::OneForOne).child("parts", move || {
        size -= 1;
        PartitionSupervisor::child(size, part)
    });
    let tree = tree.start().await.unwrap();
    let parts = tree.child::<PartitionSupervisor<Part>>("parts");
    assert_eq!(parts.resize(1).await, Ok(3));
    let zero = parts.partition(&0);
    let ended = parts.ended();
    parts.kill();
    ended.await;
    assert_eq!(zero.number().await, Ok(0), "it waits for the restart");
    assert_eq!(parts.partitions(), Ok(2));
    assert_eq!(parts.partition(&3).number().await, Ok(1));
}

// XPS-11, 12, 13, 14, 22
#[behaviour::test(start_paused = true)]
async fn a_partitioned_supervisor_is_found_and_stopped_by_its_name() {
    let start = PartitionSupervisor::start_link(2, part).named("partitions, named");
    let parts = start.await.unwrap();
    assert_eq!(process::links(), [parts.pid()]);
    let found = PartitionSupervisor::<Part>::find("partitions, named").unwrap();
    assert_eq!(found.count_children().await.unwrap().active, 2);
    let zero = found.partition(&0);
    found.stop().await.unwrap();
    assert_eq!(process::whereis("partitions, named"), None);
    assert!(!zero.is_alive() && !parts.is_alive());
    assert_eq!(parts.partitions(), Err(CallError::NoProcess));
    assert_eq!(parts.resize(1).await, Err(ResizeError::Call(CallError::NoProcess)));
    assert_eq!(parts.partition(&0).number().await, Err(CallError::NoProcess));
}
