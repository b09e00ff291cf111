//! Runtimes, calibration, rounds and medians.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::cases::Case;
use crate::options::Options;
use crate::workload::Workload;

/// What the cases are run on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    OneThread,
    TwoWorkers,
}

impl Flavour {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneThread => "current-thread",
            Self::TwoWorkers => "two workers",
        }
    }

    pub(crate) fn build(self) -> Runtime {
        let mut builder = match self {
            Self::OneThread => Builder::new_current_thread(),
            Self::TwoWorkers => Builder::new_multi_thread(),
        };
        builder.worker_threads(2).enable_all().build().expect("tokio starts its runtime")
    }
}

/// What came out for one contender of one case.
pub(crate) struct Outcome {
    pub(crate) case: &'static str,
    pub(crate) runtime: &'static str,
    pub(crate) contender: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) raw: f64,
    pub(crate) own: f64,
    /// The ratio of the shortest samples: what is left when other load on the machine is away.
    pub(crate) best: f64,
    /// The ratio to the baseline of each round, in order of size.
    pub(crate) ratios: Vec<f64>,
    pub(crate) mark: Option<Mark>,
}

/// What has to be reached.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    Ratio(f64),
    Figure(f64),
}

impl Outcome {
    pub(crate) fn ratio(&self) -> f64 {
        middle(&self.ratios)
    }

    /// Whether the mark is reached, if there is one.
    pub(crate) fn reached(&self) -> Option<bool> {
        self.mark.map(|mark| match mark {
            Mark::Ratio(mark) => self.ratio() <= mark,
            Mark::Figure(mark) => self.own <= mark,
        })
    }
}

/// One contender's samples of one case on one runtime.
struct Lane {
    name: &'static str,
    workload: Workload,
    operations: u64,
    nanos: Vec<f64>,
}

/// A case on a runtime.
struct Track<'a> {
    case: &'a Case,
    flavour: Flavour,
    mark: Option<f64>,
    lanes: Vec<Lane>,
}

/// Measures all cases on both runtimes, round by round.
pub(crate) fn run(cases: &[Case], options: &Options) -> Vec<Outcome> {
    let mut tracks: Vec<_> = cases.iter().flat_map(|case| Track::both(case, options)).collect();
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for track in &mut tracks {
            track.round(round);
        }
    }
    tracks.into_iter().flat_map(Track::outcomes).collect()
}

impl<'a> Track<'a> {
    fn both(case: &'a Case, options: &Options) -> [Self; 2] {
        let lane = |name, workload, flavour| Lane {
            name,
            workload,
            operations: calibrate(workload, flavour, options.sample()),
            nanos: Vec::new(),
        };
        let track = |flavour, mark| {
            let mut lanes = vec![lane("raw", case.raw, flavour)];
            lanes.extend(case.others.iter().map(|&(name, workload)| lane(name, workload, flavour)));
            Self { case, flavour, mark, lanes }
        };
        [track(Flavour::OneThread, case.marks[0]), track(Flavour::TwoWorkers, case.marks[1])]
    }

    /// A sample of each contender; each round begins with another one.
    fn round(&mut self, round: usize) {
        let count = self.lanes.len();
        for index in 0..count {
            let lane = &mut self.lanes[(round + index) % count];
            let time = sample(lane.workload, lane.operations, self.flavour);
            lane.nanos.push(per_operation(time, lane.operations));
        }
    }

    fn outcomes(self) -> Vec<Outcome> {
        let (raw, others) = self.lanes.split_first().expect("the baseline is always there");
        let outcome = |lane: &Lane| Outcome {
            case: self.case.name,
            runtime: self.flavour.name(),
            contender: lane.name,
            unit: "ns",
            raw: median(&raw.nanos),
            own: median(&lane.nanos),
            best: least(&lane.nanos) / least(&raw.nanos),
            ratios: sorted(lane.nanos.iter().zip(&raw.nanos).map(|(own, raw)| own / raw)),
            mark: self.mark.filter(|_| lane.name == "behaviour").map(Mark::Ratio),
        };
        others.iter().map(outcome).collect()
    }
}

/// Runs a workload on a fresh runtime.
fn sample(workload: Workload, operations: u64, flavour: Flavour) -> Duration {
    let runtime = flavour.build();
    let time = runtime.block_on(async { tokio::spawn(workload(operations)).await });
    time.expect("a workload does not panic")
}

/// How many operations take about as long as a sample shall take.
fn calibrate(workload: Workload, flavour: Flavour, wanted: Duration) -> u64 {
    let mut operations = 64;
    loop {
        let time = sample(workload, operations, flavour);
        if time * 6 >= wanted {
            let scale = wanted.as_secs_f64() / time.as_secs_f64();
            return whole(scale * float(operations)).max(1);
        }
        operations *= 4;
    }
}

fn per_operation(time: Duration, operations: u64) -> f64 {
    time.as_secs_f64() * 1e9 / float(operations)
}

pub(crate) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

pub(crate) fn median(values: &[f64]) -> f64 {
    middle(&sorted(values.iter().copied()))
}

pub(crate) fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The median of what is in order already.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count, rounded down")]
fn whole(count: f64) -> u64 {
    count as u64
}
