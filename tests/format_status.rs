//! `#[format_status]` that takes the whole status: what it hides is hidden from who looks in, and from all reports.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{DynamicSupervisor, Restart, Shutdown, Strategy, Tree};
use behaviour::sys::{Event, Status};
use behaviour::testing::{Report, Reports, settle};
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

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

/// Its first words, and the reason in it.
fn told(report: &Report) -> (&str, &str) {
    assert!(!report.to_string().contains("hunter2"), "{report}");
    (report.message(), report.field("reason"))
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_hides_what_was_hidden_of_the_reason_of_its_child() {
    for (panics, hidden) in [(false, "*** was refused"), (true, "panicked: *** is no password")] {
        let reports = Reports::listen();
        let tree = Tree::new(Strategy::OneForOne).child("login", Login::child).start().await.unwrap();
        tree.child::<Login>("login").fail(panics);
        settle().await;
        let logins = DynamicSupervisor::<Login>::start().await.unwrap();
        let login = logins.start_child(()).await.unwrap();
        login.fail(panics);
        assert!(login.ended().await.to_string().contains("hunter2"), "who waits gets the whole of it");
        settle().await;
        let complaints = reports.complaints();
        let told: Vec<_> = complaints.iter().map(told).collect();
        assert_eq!(told, [("crashed", hidden), ("child_terminated", hidden)].repeat(2));
    }
}

/// Fails when it is told to end.
#[gen_server]
struct Stubborn;

#[gen_server]
impl Stubborn {
    #[init]
    fn init() -> Self {
        process::trap_exit(true);
        Self
    }

    #[call]
    fn ping(&self) {}

    #[terminate]
    fn close(&mut self) {
        panic!("hunter2");
    }

    #[format_status]
    fn hide(&self, status: &mut Status) {
        status.reason = None;
    }
}

#[behaviour::test(start_paused = true)]
async fn a_reason_that_is_hidden_altogether_is_three_stars_to_others() {
    let reports = Reports::listen();
    let tree = Tree::new(Strategy::OneForOne).child("one", Stubborn::child).start().await.unwrap();
    tree.stop().await.unwrap();
    let many = DynamicSupervisor::<Stubborn>::start().shutdown(Shutdown::Infinity).await.unwrap();
    let alone = many.start_child(()).await.unwrap();
    many.start_child(()).await.unwrap().ping().await.unwrap();
    many.terminate_child(&alone).await.unwrap();
    many.stop().await.unwrap();
    let complaints = reports.complaints();
    let told: Vec<_> = complaints.iter().map(told).collect();
    assert_eq!(told, [("crashed", ""), ("shutdown_error", "***")].repeat(3));
}

/// One login, and nothing else.
#[application(name = "logins")]
struct Logins;

#[application]
impl Logins {
    #[start]
    fn start(&self) -> Child<Login> {
        Login::child()
    }
}

#[behaviour::test(start_paused = true)]
async fn an_application_hides_what_was_hidden_of_the_reason_of_its_top() {
    let reports = Reports::listen();
    let login = application::start(Logins).restart(Restart::Permanent).await.unwrap();
    login.fail(false);
    settle().await;
    let complaints = reports.complaints();
    let told: Vec<_> = complaints.iter().map(told).collect();
    assert_eq!(told, [("crashed", "*** was refused"), ("exited", ""), ("shutting_down", "*** was refused")]);
    assert_eq!(complaints[1].field("exited"), "*** was refused");
}

#[behaviour::test(start_paused = true)]
async fn who_ends_for_a_reason_that_was_hidden_hides_it_too() {
    let reports = Reports::listen();
    let login = Login::start().await.unwrap();
    let follower = Guard::start(false).await.unwrap();
    let end = follower.ended();
    login.fail(false);
    let reason = login.ended().await;
    process::exit(follower.pid(), reason);
    assert!(end.await.to_string().contains("hunter2"));
    let complaints = reports.complaints();
    let told: Vec<_> = complaints.iter().map(told).collect();
    assert_eq!(told, [("crashed", "*** was refused"); 2]);
}

/// Hears what supervisors tell, and nothing else.
#[derive(Clone, Default)]
struct Supervisors(Arc<Mutex<Vec<String>>>);

impl Subscriber for Supervisors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "behaviour::supervisor"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut |field: &Field, value: &dyn fmt::Debug| {
            if field.name() == "reason" {
                self.0.lock().unwrap().push(format!("{value:?}"));
            }
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_hides_it_also_where_nobody_reads_crash_reports() {
    // Another subscriber that wants everything, so that each is asked what it wants.
    let _all = Reports::listen();
    let heard = Supervisors::default();
    let _guard = tracing::subscriber::set_default(heard.clone());
    let tree = Tree::new(Strategy::OneForOne).child("login", Login::child).start().await.unwrap();
    tree.child::<Login>("login").fail(false);
    settle().await;
    assert_eq!(*heard.0.lock().unwrap(), ["*** was refused"]);
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

#[gen_statem(state)]
enum Safe {
    #[terminal]
    Shut,
}

/// What of it is hidden.
#[derive(Clone, Copy)]
enum Hide {
    Nothing,
    State,
    Machine,
    All,
}

#[gen_statem(Safe)]
struct Keeper {
    hide: Hide,
}

#[gen_statem(Safe)]
impl Keeper {
    #[init]
    fn init(hide: Hide) -> (Self, Shut) {
        (Self { hide }, Shut)
    }

    #[cast]
    fn fail(&mut self, _: &Safe) -> Result<(), Refused> {
        Err(Refused { password: "open" })
    }

    #[format_status]
    fn hide(&self, status: &mut Status) {
        match self.hide {
            Hide::Nothing => {}
            Hide::State => status.machine.iter_mut().for_each(|machine| machine.state = "***"),
            Hide::Machine => status.machine = None,
            Hide::All => status.state = status.machine.as_ref().map(|machine| machine.state.replace("Shut", "nothing")),
        }
    }
}

// SM-55
#[behaviour::test(start_paused = true)]
async fn the_name_of_a_machines_state_may_be_hidden_in_its_status_and_in_the_report_of_its_crash() {
    for (hide, shown) in [
        (Hide::Nothing, "Keeper { hide: _ } in Shut"),
        (Hide::State, "Keeper { hide: _ } in ***"),
        (Hide::Machine, "Keeper { hide: _ }"),
        (Hide::All, "nothing"),
    ] {
        let reports = Reports::listen();
        let keeper = Keeper::start(hide).await.unwrap();
        let (sys, status) = (behaviour::sys::of(keeper.pid()), keeper.sys().get_status().await.unwrap());
        assert_eq!((status.state.as_deref(), sys.get_state().await.as_deref()), (Some(shown), Ok(shown)));
        keeper.fail();
        keeper.ended().await;
        assert_eq!(reports.complaint().field("state"), shown);
    }
}
