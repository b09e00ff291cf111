//! What dynamic supervisors report, and how they look to a subscriber of a few lines (otp.md 7.3–7.7).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::supervisor::Shutdown;
use behaviour::testing::{Report, Reports};

/// What supervisors told since the last look: the text of each report, and these fields of it.
fn told(reports: &Reports, fields: &[&str]) -> Vec<String> {
    let reports = reports.take().into_iter().filter(|report| report.topic() == "supervisor");
    let line = |report: &Report| {
        let fields = fields.iter().map(|field| report.field(field)).filter(|text| !text.is_empty());
        std::iter::once(report.message()).chain(fields).collect::<Vec<_>>().join(" ").replace('"', "")
    };
    reports.map(|report| line(&report)).collect()
}

/// Ends as it is told, and closes as it was told.
#[gen_server]
struct Worker {
    close: Option<ExitReason>,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(cx: &mut Context<Self>, starts: Arc<Mutex<u32>>, close: Option<ExitReason>) -> Option<Self> {
        cx.trap_exit(true);
        let mut left = starts.lock().unwrap();
        assert_ne!(*left, 0, "no more of it");
        *left -= 1;
        Some(Self { close })
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    fn close(&mut self) -> Result<(), ExitReason> {
        self.close.take().map_or(Ok(()), Err)
    }
}

// XDS-33, 35
#[behaviour::test(start_paused = true)]
async fn a_dynamic_supervisor_tells_of_ends_failed_starts_and_of_giving_up() {
    let reports = Reports::listen();
    let workers = DynamicSupervisor::<Worker>::start().intensity(2).named("reporting").await.unwrap();
    let starts = Arc::new(Mutex::new(100));
    let worker = workers.start_child((Arc::clone(&starts), None)).await.unwrap();
    assert!(told(&reports, &[]).is_empty(), "children that start make no noise");

    let first = worker.pid();
    worker.end(ExitReason::error("boom"));
    workers.count_children().await.unwrap();
    assert_eq!(told(&reports, &["name", "child_pid", "reason"]), [format!("child_terminated reporting {first} boom")]);

    let second = worker.pid();
    *starts.lock().unwrap() = 0;
    worker.end(ExitReason::Normal);
    workers.ended().await;
    assert_eq!(
        told(&reports, &["child_pid", "reason"]),
        [
            format!("child_terminated {second} normal"),
            format!("start_error {second}"),
            format!("giving_up {second} reached_max_restart_intensity"),
        ]
    );
}

// XDS-35
#[behaviour::test(start_paused = true)]
async fn unexpected_ends_are_told_once_a_reason() {
    let reports = Reports::listen();
    let workers =
        DynamicSupervisor::<Worker>::start().shutdown(Shutdown::Timeout(Duration::from_secs(1))).await.unwrap();
    let starts = Arc::new(Mutex::new(100));
    let boom = || Some(ExitReason::error("boom"));
    for close in [None, boom(), boom(), Some(ExitReason::error("bang")), Some(ExitReason::shutdown_with("enough"))] {
        workers.start_child((Arc::clone(&starts), close)).transient().await.unwrap();
    }
    let alone = workers.start_child((Arc::clone(&starts), boom())).await.unwrap();
    let pid = alone.pid();
    workers.terminate_child(&alone).await.unwrap();
    assert_eq!(told(&reports, &["child_pid", "reason"]), [format!("shutdown_error {pid} boom")]);

    workers.stop().await.unwrap();
    let mut told = told(&reports, &["children", "reason"]);
    told.sort();
    assert_eq!(told, ["shutdown_error 1 bang", "shutdown_error 2 boom"]);
}
