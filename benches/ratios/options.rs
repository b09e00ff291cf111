//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
Ratios of a server to a hand-written tokio task.

    cargo bench --bench ratios -- [options] [words of cases ..]

    --rounds N   how often everything is measured, at least once (15)
    --quick      few rounds of small size, to see that it runs
    --json FILE  writes the results as JSON, too
    words        measures only the cases whose name contains one of them";

/// What the program is asked to do.
pub(crate) enum Task {
    Measure(Options),
    /// What a child process of this program does: start servers and tell what they take.
    Memory {
        contender: String,
        servers: usize,
    },
    Help,
}

/// How to measure.
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    pub(crate) json: Option<PathBuf>,
    words: Vec<String>,
}

impl Options {
    pub(crate) fn read() -> Result<Task, String> {
        Self::parse(lexopt::Parser::from_env()).map_err(|error| error.to_string())
    }

    fn parse(mut arguments: lexopt::Parser) -> Result<Task, lexopt::Error> {
        let (mut rounds, mut quick, mut json, mut words) = (None, false, None, Vec::new());
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("rounds") => rounds = Some(arguments.value()?.parse::<usize>()?.max(1)),
                Long("quick") => quick = true,
                Long("json") => json = Some(PathBuf::from(arguments.value()?)),
                Long("memory") => {
                    let contender = arguments.value()?.string()?;
                    return Ok(Task::Memory { contender, servers: arguments.value()?.parse()? });
                }
                // `cargo bench` says so to every benchmark.
                Long("bench") => {}
                Long("help") | Short('h') => return Ok(Task::Help),
                Value(word) => words.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let rounds = rounds.unwrap_or(if quick { 3 } else { 15 });
        Ok(Task::Measure(Self { rounds, quick, json, words }))
    }

    /// Whether a case is to be measured.
    pub(crate) fn wants(&self, case: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| case.contains(word.as_str()))
    }

    /// How long a sample takes, about.
    pub(crate) fn sample(&self) -> Duration {
        Duration::from_millis(if self.quick { 4 } else { 60 })
    }

    /// How many servers lie idle when memory is measured.
    pub(crate) fn idle_servers(&self) -> usize {
        if self.quick { 10_000 } else { 100_000 }
    }
}
