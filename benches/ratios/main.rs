//! What a server costs beside a hand-written tokio task.
//!
//! `cargo bench --bench ratios` runs every case for both contenders, on a runtime of one thread and on one with two
//! workers, and prints the ratio beside the mark that it has to stay under. The baseline is what one writes without
//! this library: a task that owns the state, `mpsc::unbounded_channel` in, a `oneshot` back, and no deadline. Ours has
//! its default deadline of 5 s.
//!
//! Figures of a shared machine drift, so nothing is compared over time: the round is the outer loop, the contenders of
//! a case are neighbours within it, and the ratio is the median of the ratios of the rounds. The column `best` is the ratio of the
//! shortest samples, which other load on the machine touches least.
//!
//! Backtraces are off, whatever `RUST_BACKTRACE` says: with them a crash report resolves its symbols, which takes many
//! times as long as all the rest of a crash and a restart.
//!
//! ```text
//! contender        what each of them has to be able to do
//! ours, raw        the contenders
//! registries       the same for look-ups among a million keys: in the bare table, and in ours
//! agents           the same for agents and tasks
//! groups           the same for publishing to a thousand
//! events           the same for event managers with three handlers
//! machines         the same for state machines: by hand, with statig, and ours
//! pools            the same for borrowing from a pool, with `deadpool` as the baseline
//! workload         the measured loops: one text for all contenders
//! cases            which contenders, which mark
//! measure          runtimes, calibration, rounds, medians
//! children         how the children of a dynamic supervisor scale
//! memory           bytes per idle server, in a process of its own
//! options, output  the command line, the table and the JSON
//! ```

mod agents;
mod cases;
mod children;
mod contender;
mod events;
mod groups;
mod machines;
mod measure;
mod memory;
mod options;
mod ours;
mod output;
mod pools;
mod raw;
mod registries;
mod workload;

use std::process::{Command, ExitCode};

use self::options::{Options, Task};

fn main() -> ExitCode {
    // The panics that are measured are meant; what is printed of them is not.
    std::panic::set_hook(Box::new(|_| {}));
    let done = Options::read().and_then(|task| match task {
        Task::Help => {
            println!("{}", options::HELP);
            Ok(())
        }
        Task::Memory { contender, servers } => memory::measure_here(&contender, servers),
        Task::Measure(_) if asks_for_backtraces() => without_backtraces(),
        Task::Measure(options) => measure_all(&options),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ratios: {error}");
            ExitCode::FAILURE
        }
    }
}

const BACKTRACES: [&str; 2] = ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];

fn asks_for_backtraces() -> bool {
    BACKTRACES.iter().any(|name| std::env::var_os(name).is_some_and(|value| value != "0"))
}

/// Starts this program again with backtraces turned off.
fn without_backtraces() -> Result<(), String> {
    let run = || {
        let mut again = Command::new(std::env::current_exe()?);
        again.args(std::env::args_os().skip(1)).envs(BACKTRACES.map(|name| (name, "0"))).status()
    };
    let status = run().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("without backtraces: {status}")) }
}

fn measure_all(options: &Options) -> Result<(), String> {
    let cases: Vec<_> = cases::all().into_iter().filter(|case| options.wants(case.name)).collect();
    let mut results = measure::run(&cases, options);
    results.extend(children::run(options));
    results.extend(memory::run(options)?);
    print!("{}", output::table(&results));
    if let Some(path) = &options.json {
        std::fs::write(path, output::json(&results, options))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
