//! What is told of applications through `tracing`: starts, starts that failed, ends, and that everything stops (rows APP-28
//! and APP-29, as far as they are about what is told).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::supervisor::Restart;
use behaviour::testing::Reports;

/// What was told of applications since the last look, one a line.
fn told(reports: &Reports) -> Vec<String> {
    let ours = reports.take().into_iter().filter(|report| report.topic() == "application");
    // The pid is another one every time.
    ours.map(|report| match report.field("top") {
        "" => report.to_string(),
        pid => report.to_string().replace(pid, "a pid"),
    })
    .collect()
}

/// Ends as it is told.
#[gen_server]
struct Mortal;

#[gen_server]
impl Mortal {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }
}

#[application]
struct Reported {
    starts: bool,
}

#[application]
impl Reported {
    #[start]
    fn start(&self) -> Result<Child<Mortal>, CallError> {
        if self.starts { Ok(Mortal::child()) } else { Err(CallError::Full) }
    }
}

#[application]
struct Library;

#[application]
impl Library {}

/// Does not end by itself when it is told to.
#[application(shutdown_timeout = 3s)]
struct Endless {
    hangs_before: bool,
    hangs_after: bool,
}

#[application]
impl Endless {
    #[prep_stop]
    async fn prep_stop(&self) {
        if self.hangs_before {
            std::future::pending::<()>().await;
        }
    }

    #[stop]
    async fn stop(&self) {
        if self.hangs_after {
            std::future::pending::<()>().await;
        }
    }
}

// APP-28, APP-29
#[behaviour::test(start_paused = true)]
async fn starts_and_ends_are_told() {
    let reports = Reports::listen();
    let kinds =
        [(Restart::Temporary, "temporary"), (Restart::Transient, "transient"), (Restart::Permanent, "permanent")];
    for (restart, kind) in kinds {
        application::start(Reported { starts: true }).restart(restart).await.unwrap();
        assert_eq!(told(&reports), ["INFO application: started application=reported top=a pid"]);
        application::stop::<Reported>().await.unwrap();
        let stopped = format!("INFO application: exited application=reported exited=stopped kind={kind}");
        assert_eq!(told(&reports), [stopped]);
    }

    let running = application::start(Reported { starts: true }).restart(Restart::Permanent).await.unwrap();
    application::start(Library).await.unwrap();
    told(&reports);
    running.end(ExitReason::error("boom"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        told(&reports),
        [
            "WARN application: exited application=reported exited=boom kind=permanent",
            "ERROR application: shutting_down application=reported reason=boom",
            "INFO application: exited application=library exited=stopped kind=temporary",
        ]
    );

    let _ = application::start(Reported { starts: false }).await;
    let failed = "ERROR application: not_started application=reported error=the application `reported` did not start: \
                the process did not start: the mailbox is full";
    assert_eq!(told(&reports), [failed]);
    application::start(Library).await.unwrap();
    assert_eq!(told(&reports), ["INFO application: started application=library"]);
    application::shut_down().await;
    assert_eq!(told(&reports)[0], "INFO application: shutting_down");
}

#[behaviour::test(start_paused = true)]
async fn a_stop_that_took_too_long_is_told() {
    let reports = Reports::listen();
    for (hangs_before, hangs_after) in [(false, false), (true, false), (false, true), (true, true)] {
        application::start(Endless { hangs_before, hangs_after }).await.unwrap();
        told(&reports);
        application::stop::<Endless>().await.unwrap();
        let mut wanted = vec!["INFO application: exited application=endless exited=stopped kind=temporary"];
        if hangs_before || hangs_after {
            wanted.insert(0, "ERROR application: killed application=endless shutdown_timeout=3s");
        }
        assert_eq!(told(&reports), wanted);
    }
}
