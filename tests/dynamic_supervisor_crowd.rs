//! Dynamic supervisors under a crowd: many threads that start, crash, call and terminate children at once, and what is
//! left of them.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{DynamicSupervisorClient, Restart, Shutdown, StartChildError};

use random::Random;

#[path = "support/random.rs"]
mod random;

const TASKS: u64 = 8;
const STEPS: usize = 400;
const MOST: usize = 40;

/// Counts how many of its kind live.
#[gen_server]
struct Worker {
    alive: Alive,
    number: u64,
}

#[derive(Default)]
struct Alive(Arc<AtomicUsize>);

impl Clone for Alive {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.alive.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[gen_server]
impl Worker {
    #[init]
    fn init(cx: &mut Context<Self>, alive: Alive, number: u64) -> Result<Self, std::fmt::Error> {
        if number % 13 == 12 {
            return Err(std::fmt::Error);
        }
        cx.trap_exit(number.is_multiple_of(2));
        alive.0.fetch_add(1, Ordering::SeqCst);
        Ok(Self { alive, number })
    }

    #[call]
    fn number(&self) -> u64 {
        self.number
    }

    #[call(queued)]
    fn number_queued(&self) -> u64 {
        self.number
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}
}

async fn customer(workers: DynamicSupervisorClient<Worker>, alive: Alive, seed: u64) {
    let mut random = Random(seed);
    let mut known: Vec<(WorkerClient, u64, Restart)> = Vec::new();
    for _ in 0..STEPS {
        let picked = random.below(known.len().max(1));
        match (random.below(6), known.get(picked)) {
            (0 | 1, _) | (_, None) => {
                let number = random.below(1_000) as u64;
                let restart = [Restart::Permanent, Restart::Transient, Restart::Temporary][random.below(3)];
                match workers.start_child((alive.clone(), number)).restart(restart).await {
                    Ok(worker) => known.push((worker, number, restart)),
                    Err(StartChildError::MaxChildren) => {
                        assert!(workers.count_children().await.unwrap().specs <= MOST);
                    }
                    Err(StartChildError::Start(_)) => assert_eq!(number % 13, 12),
                    Err(other) => panic!("{other}"),
                }
            }
            (2, Some((worker, ..))) => worker.end(ExitReason::error("boom")),
            (3, Some((worker, ..))) => worker.end(ExitReason::Normal),
            (4, Some((worker, number, restart))) => {
                let answers = [worker.number().await, worker.number_queued().await];
                for answer in answers.into_iter().filter_map(Result::ok) {
                    assert_eq!(answer, *number);
                }
                if *restart == Restart::Permanent {
                    // It always comes back, and nobody else terminates it.
                    while worker.number().await != Ok(*number) {}
                }
            }
            (_, Some((worker, ..))) => {
                // It may have ended by itself.
                let _ = workers.terminate_child(worker).await;
                assert!(!worker.is_alive());
                known.swap_remove(picked);
            }
        }
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_left_of_a_crowd() {
    let alive = Alive::default();
    for round in 0..3 {
        let workers = DynamicSupervisor::<Worker>::start().max_children(MOST).intensity(u32::MAX);
        let workers = workers.shutdown(Shutdown::Infinity).await.unwrap();
        let customers: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(customer(workers.clone(), alive.clone(), round * TASKS + task)))
            .collect();
        for customer in customers {
            customer.await.unwrap();
        }
        let counts = workers.count_children().await.unwrap();
        assert!(counts.specs <= MOST, "{counts:?}");
        let listed = workers.which_children().await.unwrap().len();
        let later = workers.count_children().await.unwrap();
        // Nobody starts any more, and those who were told to end do so meanwhile.
        assert!((later.specs..=counts.specs).contains(&listed), "{listed} of {counts:?}, then {later:?}");
        let children = workers.children().await.unwrap();
        workers.stop().await.unwrap();
        assert!(children.iter().all(|child| !child.is_alive()));
        assert_eq!(alive.0.load(Ordering::SeqCst), 0);
    }
    // The test itself.
    assert_eq!(process::count(), 1);
}
