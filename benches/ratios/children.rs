//! What the children of a dynamic supervisor cost: that the hundred-thousandth costs no more than the first.
//!
//! Each case is measured with 10,000 and with 100,000 children, ten times the former against once the latter, and what is
//! compared is the time of one child. The `raw` column is that of the smaller crowd.

use std::time::{Duration, Instant};

use behaviour::supervisor::{DynamicSupervisor, DynamicSupervisorClient};

use crate::measure::{Flavour, Mark, Outcome, float, least, median, sorted};
use crate::options::Options;
use crate::ours::{Counter, CounterClient};

const FEW: usize = 10_000;
const MANY: usize = 100_000;

/// How much more a child may cost among many.
const LINEAR: f64 = 1.5;

/// How long the end of a supervisor of many may take, in milliseconds.
const STOP: f64 = 2_000.0;

const WHOLE: &str = "stop of 100,000 children";
const PARTS: [&str; 3] =
    ["child of 100,000, start", "child of 100,000, stop with all", "child of 100,000, terminated alone"];

/// The times of a crowd: to start its children, to end all at once, to end one after the other.
type Times = [Duration; 3];

pub(crate) fn run(options: &Options) -> Vec<Outcome> {
    let wanted = PARTS.iter().chain([&WHOLE]).any(|name| options.wants(name));
    if !wanted {
        return Vec::new();
    }
    let (few, many) = if options.quick { (FEW / 10, MANY / 10) } else { (FEW, MANY) };
    let mut outcomes = Vec::new();
    for flavour in [Flavour::OneThread, Flavour::TwoWorkers] {
        let mut rounds: Vec<(Times, Times)> = Vec::new();
        for _ in 0..options.rounds.min(5) {
            let ten = (0..10).map(|_| sample(flavour, few)).fold(Times::default(), add);
            rounds.push((ten, sample(flavour, many)));
        }
        let figures = |times: &dyn Fn(&(Times, Times)) -> Duration, per: f64| -> Vec<f64> {
            rounds.iter().map(|round| times(round).as_secs_f64() * 1e9 / per).collect()
        };
        for (index, case) in PARTS.into_iter().enumerate() {
            let raw = figures(&|round| round.0[index], float(10 * few as u64));
            let own = figures(&|round| round.1[index], float(many as u64));
            outcomes.push(outcome(case, flavour, "ns", &raw, &own, Mark::Ratio(LINEAR)));
        }
        let whole = figures(&|round| round.1[1], 1e6);
        outcomes.push(outcome(WHOLE, flavour, "ms", &whole, &whole, Mark::Figure(STOP)));
    }
    outcomes.retain(|outcome| options.wants(outcome.case));
    outcomes
}

fn outcome(case: &'static str, flavour: Flavour, unit: &'static str, raw: &[f64], own: &[f64], mark: Mark) -> Outcome {
    Outcome {
        case,
        runtime: flavour.name(),
        contender: "behaviour",
        unit,
        raw: median(raw),
        own: median(own),
        best: least(own) / least(raw),
        ratios: sorted(own.iter().zip(raw).map(|(own, raw)| own / raw)),
        mark: Some(mark),
    }
}

fn add(sum: Times, more: Times) -> Times {
    std::array::from_fn(|index| sum[index] + more[index])
}

fn sample(flavour: Flavour, children: usize) -> Times {
    let runtime = flavour.build();
    runtime.block_on(async { tokio::spawn(crowd(children)).await.expect("a crowd does not panic") })
}

async fn crowd(children: usize) -> Times {
    let supervisor = supervisor().await;
    let begun = Instant::now();
    let clients = start(&supervisor, children).await;
    let started = begun.elapsed();
    let begun = Instant::now();
    supervisor.stop().await.expect("the supervisor stops");
    let stopped = begun.elapsed();
    assert!(!clients[0].is_alive() && !clients[children - 1].is_alive(), "no child outlives its supervisor");
    drop(clients);

    let supervisor = self::supervisor().await;
    let clients = start(&supervisor, children).await;
    let begun = Instant::now();
    for client in &clients {
        supervisor.terminate_child(client).await.expect("the child is known");
    }
    let terminated = begun.elapsed();
    [started, stopped, terminated]
}

async fn supervisor() -> DynamicSupervisorClient<Counter> {
    DynamicSupervisor::start().await.expect("the supervisor starts")
}

async fn start(supervisor: &DynamicSupervisorClient<Counter>, children: usize) -> Vec<CounterClient> {
    let mut clients = Vec::with_capacity(children);
    for _ in 0..children {
        clients.push(supervisor.start_child(()).await.expect("the child starts"));
    }
    clients
}
