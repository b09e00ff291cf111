//! Bytes per idle server, alone and as a registered child of a dynamic supervisor: how much the resident set grows when
//! many are started.
//!
//! An allocator that has been used gives no clean figure, so each contender is measured in a process of its own: this
//! program, started again with `--memory`. Counted is all that a server takes until it is idle: task, mailbox, state and
//! the client that its owner keeps.

use std::time::Duration;

use crate::contender::Served;
use crate::measure::{Flavour, Mark, Outcome, float, least, median, sorted};
use crate::options::Options;
use crate::ours::{Dynamic, Server};
use crate::raw::Raw;

const NAME: &str = "bytes per idle server";
const SUPERVISED: &str = "bytes per supervised, registered child";

/// What is measured, by whom, and the marks of the issues.
const CASES: [(&str, &str, f64); 2] = [(NAME, "behaviour", 600.0), (SUPERVISED, "supervised", 1_500.0)];

/// Measures the contenders in turn; nothing where the resident set is not told.
pub(crate) fn run(options: &Options) -> Result<Vec<Outcome>, String> {
    let cases = CASES.iter().filter(|(name, ..)| options.wants(name));
    if resident().is_none() {
        eprintln!("{NAME}: left out, this system has no /proc/self/status");
        return Ok(Vec::new());
    }
    cases.map(|(name, contender, mark)| measured(name, contender, *mark, options)).collect()
}

fn measured(name: &'static str, contender: &str, mark: f64, options: &Options) -> Result<Outcome, String> {
    let (mut raw, mut own) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds.min(3) {
        raw.push(in_child("raw", options.idle_servers())?);
        own.push(in_child(contender, options.idle_servers())?);
    }
    Ok(Outcome {
        case: name,
        runtime: Flavour::OneThread.name(),
        contender: "behaviour",
        unit: "bytes",
        raw: median(&raw),
        own: median(&own),
        best: least(&own) / least(&raw),
        ratios: sorted(own.iter().zip(&raw).map(|(own, raw)| own / raw)),
        mark: Some(Mark::Figure(mark)),
    })
}

/// Starts this program again and reads what it prints.
fn in_child(contender: &str, servers: usize) -> Result<f64, String> {
    let measured = || {
        let output = std::process::Command::new(std::env::current_exe()?)
            .args(["--memory", contender, &servers.to_string()])
            .stderr(std::process::Stdio::inherit())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.trim().parse().map_err(std::io::Error::other)
    };
    measured().map_err(|error: std::io::Error| format!("{NAME}, {contender}: {error}"))
}

/// What the child process does.
pub(crate) fn measure_here(contender: &str, servers: usize) -> Result<(), String> {
    let bytes = match contender {
        "raw" => measure::<Raw>(servers),
        "behaviour" => measure::<Server>(servers),
        "supervised" => measure::<Dynamic>(servers),
        other => return Err(format!("there is no contender `{other}`")),
    };
    println!("{}", bytes.ok_or("the resident set is not to be had")?);
    Ok(())
}

fn measure<C: Served>(servers: usize) -> Option<f64> {
    let runtime = Flavour::OneThread.build();
    runtime.block_on(async { tokio::spawn(grown::<C>(servers)).await.expect("nothing panics") })
}

async fn grown<C: Served>(servers: usize) -> Option<f64> {
    // What is there once, whatever the number of servers.
    start::<C>(100).await;
    let before = resident()?;
    let clients = start::<C>(servers).await;
    let after = resident()?;
    drop(clients);
    Some((float(after) - float(before)) / float(servers as u64))
}

/// Starts servers that have each answered a call and run out of work.
async fn start<C: Served>(servers: usize) -> Vec<C::Client> {
    let mut clients = Vec::with_capacity(servers);
    for _ in 0..servers {
        let client = C::start().await;
        C::call(&client, 1).await;
        clients.push(client);
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    clients
}

/// The resident set of this process, in bytes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
