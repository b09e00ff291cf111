//! The machine against the model, and against what must always hold while starts take their time and fail.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::Strategy as Steps;

use super::model::{Model, Seen};
use super::{Answer, Caller, Effect, Machine, Short, Strategy, Worker};

/// What is done to a pool; numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
enum Step {
    Checkout {
        block: bool,
    },
    Cancel(usize),
    Checkin(usize),
    DieLent(usize),
    DieIdle(usize),
    /// What is being started is there, or fails to be: only where starts take time.
    Start {
        fails: bool,
    },
    /// What is being started dies before it is known.
    Stillborn,
}

fn step() -> impl Steps<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(|block| Step::Checkout { block }),
        1 => any::<usize>().prop_map(Step::Cancel),
        3 => any::<usize>().prop_map(Step::Checkin),
        1 => any::<usize>().prop_map(Step::DieLent),
        1 => any::<usize>().prop_map(Step::DieIdle),
        3 => prop::bool::weighted(0.2).prop_map(|fails| Step::Start { fails }),
        1 => Just(Step::Stillborn),
    ]
}

fn strategy() -> impl Steps<Value = Strategy> {
    prop_oneof![Just(Strategy::Lifo), Just(Strategy::Fifo)]
}

fn choose<T: Copy>(among: &[T], number: usize) -> Option<T> {
    (!among.is_empty()).then(|| among[number % among.len()])
}

/// The machine, in whose hands a worker is there as soon as it is asked for.
struct Prompt {
    machine: Machine,
    started: u64,
    seen: Vec<Seen>,
}

impl Prompt {
    fn new(size: usize, max_overflow: usize, strategy: Strategy) -> Self {
        let machine = Machine::new(size, max_overflow, strategy);
        let mut prompt = Self { machine, started: 0, seen: Vec::new() };
        prompt.settle();
        prompt
    }

    fn checkout(&mut self, caller: Caller, block: bool) {
        let before = self.seen.len();
        match self.machine.checkout(caller, block) {
            Answer::Lent(worker) => self.seen.push(Seen::Lent(caller, worker)),
            Answer::Full => self.seen.push(Seen::Full(caller)),
            Answer::Waits => {
                self.settle();
                if self.seen.len() == before {
                    self.seen.push(Seen::Waits(caller));
                }
            }
        }
    }

    fn settle(&mut self) {
        while let Some(effect) = self.machine.effect() {
            match effect {
                Effect::Start => {
                    self.started += 1;
                    self.machine.started(self.started);
                }
                Effect::Dismiss(worker) => self.seen.push(Seen::Dismissed(worker)),
                Effect::Serve(caller, worker) => self.seen.push(Seen::Lent(caller, worker)),
                Effect::Refuse(_) => panic!("no start fails"),
            }
        }
    }
}

/// What both do with the same steps is the same.
fn compare(size: usize, max_overflow: usize, strategy: Strategy, steps: &[Step]) {
    let (mut prompt, mut model) = (Prompt::new(size, max_overflow, strategy), Model::new(size, max_overflow, strategy));
    for (caller, step) in (1..).zip(steps) {
        match *step {
            Step::Checkout { block } => {
                prompt.checkout(caller, block);
                model.checkout(caller, block);
            }
            Step::Cancel(number) => {
                if let Some(caller) = choose(&model.waiting, number) {
                    prompt.machine.cancel(caller);
                    model.cancel(caller);
                }
            }
            Step::Checkin(number) => {
                // Now and then of a worker that is not lent.
                let worker = choose(&model.lent, number).unwrap_or(caller);
                prompt.machine.checkin(worker);
                model.checkin(worker);
            }
            Step::DieLent(number) => {
                let worker = choose(&model.lent, number).unwrap_or(0);
                prompt.machine.died(worker);
                model.died(worker);
            }
            Step::DieIdle(number) => {
                let worker = choose(model.idle(), number).unwrap_or(0);
                prompt.machine.died(worker);
                model.died(worker);
            }
            Step::Start { .. } | Step::Stillborn => {}
        }
        prompt.settle();
        assert_eq!(prompt.machine.status(), model.status(), "after {step:?}");
        assert_eq!(prompt.seen, model.seen, "after {step:?}");
    }
}

/// A pool whose starts take time and may fail, and all that is known of it from outside.
struct Slow {
    machine: Machine,
    size: usize,
    most: usize,
    /// Starts that were asked for.
    starts: usize,
    workers: u64,
    lent: Vec<Worker>,
    idle: BTreeSet<Worker>,
    waiting: Vec<Caller>,
}

impl Slow {
    /// True if the pool is short of a worker, and so over.
    fn step(&mut self, caller: Caller, step: Step) -> bool {
        let mut free = None;
        match step {
            Step::Checkout { block } => match self.machine.checkout(caller, block) {
                Answer::Lent(worker) => {
                    assert!(self.idle.remove(&worker), "only an idle one is lent at once");
                    self.lent.push(worker);
                }
                Answer::Waits => self.waiting.push(caller),
                Answer::Full => assert!(!block, "who can wait does"),
            },
            Step::Cancel(number) => {
                if let Some(caller) = choose(&self.waiting, number) {
                    self.machine.cancel(caller);
                    self.waiting.retain(|waiting| *waiting != caller);
                }
            }
            Step::Checkin(number) => {
                if let Some(worker) = choose(&self.lent, number) {
                    self.lent.retain(|lent| *lent != worker);
                    self.machine.checkin(worker);
                    free = Some(worker);
                }
            }
            Step::DieLent(number) => {
                if let Some(worker) = choose(&self.lent, number) {
                    self.lent.retain(|lent| *lent != worker);
                    self.machine.died(worker);
                    self.machine.checkin(worker);
                }
            }
            Step::DieIdle(number) => {
                let idle: Vec<_> = self.idle.iter().copied().collect();
                if let Some(worker) = choose(&idle, number) {
                    self.idle.remove(&worker);
                    self.machine.died(worker);
                }
            }
            Step::Start { .. } | Step::Stillborn if self.starts == 0 => {}
            Step::Stillborn => {
                self.starts -= 1;
                self.machine.stillborn();
            }
            Step::Start { fails: true } => {
                self.starts -= 1;
                if self.machine.failed() == Err(Short) {
                    return true;
                }
            }
            Step::Start { fails: false } => {
                self.starts -= 1;
                self.workers += 1;
                self.machine.started(self.workers);
                free = Some(self.workers);
            }
        }
        self.carry_out(free);
        false
    }

    /// Does what is asked for; a worker that came free and is not spoken of is idle.
    fn carry_out(&mut self, mut free: Option<Worker>) {
        while let Some(effect) = self.machine.effect() {
            match effect {
                Effect::Start => self.starts += 1,
                Effect::Dismiss(worker) => assert_eq!(free.take(), Some(worker), "only a free one is dismissed"),
                Effect::Serve(caller, worker) => {
                    assert_eq!(free.take(), Some(worker), "only a free one is lent");
                    assert_eq!(caller, self.waiting.remove(0), "who came first is served first");
                    self.lent.push(worker);
                }
                Effect::Refuse(caller) => assert_eq!(caller, self.waiting.remove(0), "the first is refused"),
            }
        }
        self.idle.extend(free);
    }

    fn check(&self) {
        let (idle, lent, status) = (self.idle.len(), self.lent.len(), self.machine.status());
        let total = idle + lent + self.starts;
        assert!(self.size <= total && total <= self.most, "{total} workers");
        assert_eq!((status.lent, status.overflow), (lent, total - self.size));
        assert_eq!(status.available, idle + self.starts.saturating_sub(self.waiting.len()));
        assert!(idle == 0 || self.waiting.is_empty(), "nobody waits while a worker is idle");
        assert!(self.starts >= self.waiting.len() || total == self.most, "who may have a worker of its own gets it");
        assert!(idle == 0 || idle + lent <= self.size, "what is kept is no overflow");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_pool_does_what_poolboy_does(
        size in 0..4_usize,
        max_overflow in 0..4_usize,
        strategy in strategy(),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        compare(size, max_overflow, strategy, &steps);
    }

    #[test]
    fn no_worker_is_lost_while_others_start_and_fail(
        size in 0..4_usize,
        max_overflow in 0..4_usize,
        strategy in strategy(),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let machine = Machine::new(size, max_overflow, strategy);
        let (idle, most) = (BTreeSet::new(), size + max_overflow);
        let mut pool =
            Slow { machine, size, most, starts: 0, workers: 0, lent: Vec::new(), idle, waiting: Vec::new() };
        pool.carry_out(None);
        for (caller, step) in (1..).zip(steps) {
            if pool.step(caller, step) {
                break;
            }
            pool.check();
        }
    }
}
