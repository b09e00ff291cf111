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
    ours.map(|report| report.to_string().replace(report.field("top"), "a pid")).collect()
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
