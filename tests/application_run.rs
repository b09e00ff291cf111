//! Applications as whole programs: `behaviour::run`, the signals of the operating system, and the exit code.
//!
//! Each test starts this very program once more, as a child that runs one of the applications below instead of the tests;
//! the first of them is the example `clock`.

#![cfg(unix)]
#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

#[path = "../examples/clock/clock.rs"]
mod clock;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child as Program, ChildStderr, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use behaviour::application::Program as Run;
use behaviour::prelude::*;

use self::clock::Clock;

/// The variable that says which program a child is.
const PROGRAM: &str = "APPLICATION_RUN_PROGRAM";

/// Crashes at once, or works for ever.
#[gen_server]
struct Job;

#[gen_server]
impl Job {
    #[init]
    fn init(cx: &mut Context<Self>, crashes: bool) -> Self {
        println!("job: runs");
        if crashes {
            cx.timeout(Duration::from_millis(1));
        }
        Self
    }

    #[info]
    fn crash(&mut self, _: Timeout) -> Result<(), CallError> {
        Err(CallError::Full)
    }
}

/// Gives up when its job crashes.
#[supervisor(one_for_one, intensity = 0)]
struct Tree {
    crashes: bool,
}

#[supervisor]
impl Tree {
    #[child]
    fn job(&self) -> Child<Job> {
        Job::child(self.crashes)
    }
}

/// Does what its name says.
#[application(name = "program", shutdown_timeout = 100ms)]
struct Does(&'static str);

#[application]
impl Does {
    #[start]
    async fn start(&self) -> Result<Child<Tree>, CallError> {
        match self.0 {
            "fails" => return Err(CallError::NoReply),
            "starts" => {
                println!("starting");
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        Ok(Tree { crashes: self.0 == "crashes" }.child())
    }

    #[prep_stop]
    async fn prep_stop(&self) {
        match self.0 {
            // Nobody can interrupt this.
            "is stuck" => std::thread::sleep(Duration::from_hours(1)),
            "hangs" => std::future::pending().await,
            _ => {}
        }
    }

    #[stop]
    fn stop(&self) {
        println!("program: stopped");
    }
}

/// Stops itself.
#[application]
struct Brief;

#[application]
impl Brief {
    #[start]
    fn start(&self) -> Child<Tree> {
        tokio::spawn(application::shut_down());
        Tree { crashes: false }.child()
    }
}

/// Runs as a child of a test; nothing else happens here.
#[test]
fn the_child_runs_its_program() {
    let Ok(program) = std::env::var(PROGRAM) else { return };
    let code = match program.as_str() {
        "clock" => behaviour::run(Clock::configured()),
        "brief" => behaviour::run(Brief),
        "fails" => behaviour::run(Does("fails")),
        "crashes" => behaviour::run(Does("crashes")),
        "starts" => behaviour::run(Does("starts")),
        "hangs" => behaviour::run(Does("hangs")),
        "is stuck" => Run::new(Does("is stuck")).worker_threads(1).stop_within(Duration::from_millis(200)).run().into(),
        other => panic!("there is no program `{other}`"),
    };
    let code = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code);
    std::process::exit(code.map_or(-1, i32::from));
}

/// A program that runs.
struct Started {
    program: Program,
    lines: BufReader<ChildStdout>,
    reports: BufReader<ChildStderr>,
    /// What has been read of the reports.
    reported: String,
}

impl Started {
    fn start(program: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "the_child_runs_its_program", "--nocapture", "--quiet"]);
        command.env_clear().envs(variables.iter().copied()).env(PROGRAM, program);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap());
        let reports = BufReader::new(program.stderr.take().unwrap());
        Self { program, lines, reports, reported: String::new() }
    }

    /// Waits until an application has started: a signal that comes earlier gives the start up.
    fn has_started(&mut self, application: &str) {
        let wanted = format!("started application=\"{application}\"");
        while !self.reported.contains(&wanted) {
            assert_ne!(
                self.reports.read_line(&mut self.reported).unwrap(),
                0,
                "`{wanted}` is not in:\n{}",
                self.reported
            );
        }
    }

    /// Reads what it prints, up to a line that holds this.
    fn wait_for(&mut self, text: &str) {
        let mut all = String::new();
        loop {
            let before = all.len();
            assert_ne!(self.lines.read_line(&mut all).unwrap(), 0, "`{text}` is not in:\n{all}");
            if all[before..].contains(text) {
                return;
            }
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.program.id())).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end: the exit code, what was printed since, and what was reported.
    fn end(mut self) -> (Option<i32>, String, String) {
        let mut printed = String::new();
        self.lines.read_to_string(&mut printed).unwrap();
        self.reports.read_to_string(&mut self.reported).unwrap();
        (self.program.wait().unwrap().code(), printed, self.reported)
    }
}

#[test]
fn a_signal_stops_all_in_order() {
    for signal in ["TERM", "INT"] {
        // The signal comes after the first stroke, and days before the last.
        let mut child = Started::start("clock", &[("CLOCK_HOUR_MS", "500"), ("CLOCK_HOURS", "1000000")]);
        child.wait_for("clock: runs");
        child.has_started("clock");
        child.wait_for("clock: 1 o'clock");
        child.signal(signal);
        child.wait_for("clock: the last stroke");
        let (code, printed, reported) = child.end();
        assert_eq!(code, Some(0), "{reported}");
        let (strokes, rest) = printed.split_once(" strokes\n").unwrap();
        assert!(strokes.contains("clock: stands still after "), "{printed}");
        assert_eq!(rest, "statistics: closed\n");
        for part in
            [&format!("signal=SIG{signal}"), "started application=\"statistics\"", "exited application=\"clock\""]
        {
            assert!(reported.contains(part), "{part} is not in:\n{reported}");
        }
    }
}

#[test]
fn a_program_whose_work_is_done_ends_well() {
    let child = Started::start("clock", &[("CLOCK_HOUR_MS", "1"), ("RUST_LOG", "off")]);
    let (code, printed, reported) = child.end();
    assert_eq!((code, reported.as_str()), (Some(0), ""));
    assert!(
        printed.ends_with("clock: 12 o'clock\nclock: stands still after 12 strokes\nstatistics: closed\n"),
        "{printed}"
    );

    assert_eq!(Started::start("brief", &[]).end().0, Some(0));
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    for (signal, expected) in [("TERM", 143), ("INT", 130)] {
        let mut child = Started::start("clock", &[("CLOCK_ECHO_MS", "3600000"), ("CLOCK_HOUR_MS", "3600000")]);
        child.has_started("clock");
        child.signal("TERM");
        child.wait_for("clock: the last stroke");
        child.signal(signal);
        let (code, printed, _) = child.end();
        assert_eq!((code, printed.as_str()), (Some(expected), ""));
    }
}

#[test]
fn a_signal_stops_a_program_also_while_it_starts() {
    let mut child = Started::start("starts", &[]);
    child.wait_for("starting");
    child.signal("TERM");
    let (code, printed, reported) = child.end();
    assert_eq!((code, printed.as_str()), (Some(0), ""), "{reported}");
}

#[test]
fn a_program_whose_application_crashes_says_so() {
    let (code, printed, reported) = Started::start("crashes", &[]).end();
    assert_eq!(code, Some(1), "{reported}");
    assert!(printed.ends_with("program: stopped\n"), "{printed}");
    assert!(reported.contains("application=\"program\" reason=shutdown"), "{reported}");
}

#[test]
fn a_program_that_does_not_start_says_so() {
    let (code, _, reported) = Started::start("fails", &[]).end();
    assert_eq!(code, Some(2), "{reported}");
    assert!(reported.contains("the server dropped the reply"), "{reported}");
}

#[test]
fn a_program_with_a_wrong_configuration_says_what_is_wrong() {
    let (code, printed, reported) = Started::start("clock", &[("CLOCK_HOURS", "many")]).end();
    assert_eq!(code, Some(78), "{reported}");
    assert!(!printed.contains("clock"), "{printed}");
    let told = "`hours` in the environment variable `CLOCK_HOURS`: invalid type: string \"many\", expected an integer";
    assert!(reported.contains(told), "{reported}");
}

/// A file that goes with the test.
struct Written(PathBuf);

impl Written {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("behaviour-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_program_reads_its_file_and_then_its_environment() {
    let file = Written::new("both", "[clock]\nhour_ms = 1\nhours = 7\n\n[other]\nhours = 'many'\n");
    let (code, printed, reported) = Started::start("clock", &[("CONFIG_FILE", file.path())]).end();
    assert_eq!(code, Some(0), "{reported}");
    assert!(printed.contains("clock: stands still after 7 strokes"), "{printed}");
    let both = [("CONFIG_FILE", file.path()), ("CLOCK_HOURS", "3")];
    let (code, printed, reported) = Started::start("clock", &both).end();
    assert_eq!(code, Some(0), "{reported}");
    assert!(printed.contains("clock: stands still after 3 strokes"), "{printed}");
}

#[test]
fn a_program_whose_file_is_wrong_says_where() {
    let file = Written::new("wrong", "[clock]\nhours = 'many'\n");
    let (code, _, reported) = Started::start("clock", &[("CONFIG_FILE", file.path())]).end();
    assert_eq!(code, Some(78), "{reported}");
    let told = format!("`hours` in {}: invalid type: string \"many\", expected an integer", file.path());
    assert!(reported.contains(&told), "{reported}");

    let (code, _, reported) = Started::start("clock", &[("CONFIG_FILE", "/nowhere/at/all.toml")]).end();
    assert_eq!(code, Some(78), "{reported}");
    assert!(reported.contains("/nowhere/at/all.toml"), "{reported}");
}

// APP-21
#[test]
fn a_stop_that_hangs_is_cut_short() {
    let mut child = Started::start("hangs", &[]);
    child.wait_for("job: runs");
    child.has_started("program");
    child.signal("TERM");
    // What hangs would do so for ever.
    let (code, printed, reported) = child.end();
    assert_eq!((code, printed.as_str()), (Some(124), "program: stopped\n"), "{reported}");
    assert!(reported.contains("killed application=\"program\" shutdown_timeout=100ms"), "{reported}");
}

#[test]
fn a_program_that_is_stuck_is_ended_at_its_deadline() {
    let mut child = Started::start("is stuck", &[]);
    child.wait_for("job: runs");
    child.has_started("program");
    child.signal("TERM");
    let begun = Instant::now();
    let (code, printed, reported) = child.end();
    assert_eq!((code, printed.as_str()), (Some(124), ""), "{reported}");
    assert!(begun.elapsed() < Duration::from_mins(30), "what is stuck is so for an hour");
    assert!(reported.contains("the stop took too long deadline=200ms"), "{reported}");
}

#[test]
fn a_program_that_is_stuck_is_ended_by_a_second_signal() {
    let mut child = Started::start("is stuck", &[]);
    child.wait_for("job: runs");
    child.has_started("program");
    child.signal("TERM");
    // The first signal has been taken once the second differs in what it does.
    child.signal("INT");
    let (code, _, reported) = child.end();
    assert!(matches!(code, Some(124 | 130 | 143)), "{code:?} {reported}");
}
