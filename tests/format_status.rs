//! `#[format_status]` that takes the whole status: what it hides is hidden from who looks in, and from crash reports.

use std::fmt;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::sys::{Event, Status};
use behaviour::testing::Reports;

/// An error that tells too much.
#[derive(Debug)]
struct Refused {
    password: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused", self.password)
    }
}

impl std::error::Error for Refused {}

#[gen_server]
struct Login {
    user: &'static str,
}

#[gen_server]
impl Login {
    #[init]
    fn init() -> Self {
        Self { user: "ann" }
    }

    #[call]
    fn enter(&self) -> &'static str {
        self.user
    }

    #[cast]
    fn fail(&mut self, panics: bool) -> Result<(), Refused> {
        assert!(!panics, "hunter2 is no password");
        Err(Refused { password: "hunter2" })
    }

    #[format_status]
    fn hide(&self, status: &mut Status) {
        assert_ne!(self.user, "nobody");
        status.reason = status.reason.take().map(|reason| reason.replace("hunter2", "***"));
        status.last_message = status.last_message.map(|_| "something");
        status.log.retain(|event| matches!(event, Event::Call(_)));
    }
}

// GS-66
#[behaviour::test(start_paused = true)]
async fn all_that_is_shown_of_a_server_may_be_changed_in_its_status_and_in_the_report_of_its_crash() {
    for panics in [false, true] {
        let reports = Reports::listen();
        let login = Login::start().debug(|items| items.log(10)).await.unwrap();
        login.enter().await.unwrap();
        let status = login.sys().get_status().await.unwrap();
        assert_eq!(status.state.as_deref(), Some("Login { user: \"ann\" }"), "what is not said is shown as always");
        assert_eq!((status.last_message, &status.log[..]), (Some("something"), &[Event::Call("enter")][..]));
        assert_eq!(status.reason, None);

        login.fail(panics);
        let reason = login.ended().await;
        assert!(reason.to_string().contains("hunter2"), "who is linked gets the whole of it: {reason}");
        let report = reports.complaint();
        assert!(report.field("reason").contains("***") && !report.to_string().contains("hunter2"), "{report}");
        assert_eq!((report.field("callback"), report.field("log")), ("something", "got call enter"));
    }
}

#[behaviour::test(start_paused = true)]
async fn a_format_status_that_panics_has_changed_nothing() {
    let login = Login::start().await.unwrap();
    login.enter().await.unwrap();
    login.sys().replace_state(|login| login.user = "nobody").await.unwrap();
    let status = login.sys().get_status().await.unwrap();
    assert_eq!(status.state.as_deref(), Some("format_status::Login::format_status crashed"));
    assert_eq!(status.last_message, Some("enter"));
}

#[gen_statem(state)]
#[derive(Debug)]
enum Door {
    Closed,
    Open,
}

#[gen_statem(Door)]
struct Guard {
    hides: bool,
}

/// Somebody comes back.
struct Again;

#[gen_statem(Door)]
impl Guard {
    #[init]
    fn init(hides: bool, cx: &mut Context<Self>) -> (Self, Closed) {
        cx.timer(Again, Duration::from_mins(1));
        (Self { hides }, Closed)
    }

    #[cast(else = postpone)]
    fn pass(&mut self, _: Open) -> Closed {
        Closed
    }

    #[cast(else = ignore)]
    fn open(&mut self, _: Closed) -> Open {
        Open
    }

    #[cast]
    fn fail(&mut self, _: &Door) -> Result<(), Refused> {
        Err(Refused { password: "sesame" })
    }

    #[timeout]
    fn again(&mut self, _: &Door, _: Again) {}

    #[format_status]
    fn hide(&self, status: &mut Status) -> impl fmt::Display {
        if self.hides {
            status.reason = status.reason.take().map(|_| "hidden".into());
            status.log.clear();
            if let Some(machine) = &mut status.machine {
                machine.postponed.fill("***");
                machine.timeouts.clear();
            }
        }
        "a guard"
    }
}

// SM-55
#[behaviour::test(start_paused = true)]
async fn all_that_is_shown_of_a_machine_may_be_changed_in_its_status_and_in_the_report_of_its_crash() {
    for (hides, reason, log, postponed, timeouts) in [
        (false, "sesame was refused", "got fail, handled fail", "pass", "again (timeout) in 60s"),
        (true, "hidden", "", "***", ""),
    ] {
        let reports = Reports::listen();
        let guard = Guard::start(hides).debug(|items| items.log(2)).await.unwrap();
        guard.pass();
        let machine = guard.sys().get_status().await.unwrap().machine.unwrap();
        assert_eq!((&machine.postponed[..], machine.timeouts.is_empty()), (&[postponed][..], hides));
        guard.fail();
        guard.ended().await;
        let report = reports.complaint();
        let fields = ["reason", "state", "log", "postponed", "timeouts"].map(|name| report.field(name));
        assert_eq!(fields, [reason, "a guard in Closed", log, postponed, timeouts]);
    }
}
