//! What the runtime tells through `tracing`, seen by a subscriber of a few lines: starts, ends, crashes with reason,
//! place, callback and state, restarts, giving up, and what a mailbox did not take (otp.md 4.6; rows GS-14, 49, 50, 62,
//! 64, 66 and 69).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Restart, Strategy, Tree};
use behaviour::testing::{Report, Reports};
use tracing::Level;

const MS: Duration = Duration::from_millis(1);

/// What it is about, and what happened.
fn kind(report: &Report) -> (&str, &str) {
    let names: Vec<_> = report.fields().map(|(name, _)| name).collect();
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    assert_eq!(twice, None, "a field is there twice: {report}");
    (report.topic(), report.message())
}

/// No field of it need be `Debug`, and one is nobody's business.
#[gen_server]
struct Account {
    owner: String,
    cents: u64,
    #[secret]
    pin: String,
    opaque: Opaque,
}

struct Opaque;

#[derive(Debug)]
struct Frozen;

impl std::fmt::Display for Frozen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("frozen")
    }
}

impl std::error::Error for Frozen {}

#[gen_server]
impl Account {
    #[init]
    fn init(owner: &'static str, times: usize) -> Result<Self, Frozen> {
        if owner.is_empty() {
            return Err(Frozen);
        }
        Ok(Self { owner: owner.repeat(times), cents: 100, pin: "1234".into(), opaque: Opaque })
    }

    #[call]
    fn withdraw(&mut self, pin: String, cents: u64) -> u64 {
        let Opaque = self.opaque;
        assert_eq!(pin, self.pin);
        self.cents = self.cents.checked_sub(cents).expect("there is not so much money");
        self.cents
    }

    #[call]
    fn end_in_call(&mut self, cx: &mut Context<Self>, reply: Option<ExitReason>) {
        cx.stop(reply.unwrap_or_default());
    }

    #[call(later)]
    fn end_without_reply(&mut self, reply: Reply<()>, cx: &mut Context<Self>, reason: ExitReason) -> Later {
        tokio::spawn(async move {
            tokio::time::sleep(MS).await;
            drop(reply);
        });
        cx.stop(reason);
        Later
    }

    #[cast]
    async fn freeze(&mut self, wait: Duration) -> Result<(), Frozen> {
        tokio::time::sleep(wait).await;
        Err(Frozen)
    }

    #[cast]
    fn trap(&self) {
        // Without a callback for what it asks for, which `cx` would not let pass.
        process::trap_exit(true);
        process::monitor(process::current().unwrap());
    }

    #[cast]
    fn watch(&self, pid: Pid) {
        process::monitor(pid);
    }
}

/// An account under a name of its own: names are one table for the whole program, and tests run side by side.
async fn account(name: &str) -> AccountClient {
    Account::start("Ada", 1).named(name).await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn a_start_and_an_end_in_order_are_told_quietly() {
    let reports = Reports::listen();
    let account = account("orderly").await;
    let pid = account.pid().to_string();
    account.stop().await.unwrap();
    let reports = reports.take();
    assert_eq!(reports.iter().map(kind).collect::<Vec<_>>(), [("process", "started"), ("process", "ended")]);
    for report in &reports {
        assert_eq!(report.level(), Level::DEBUG);
        assert_eq!(report.field("pid"), pid);
        assert_eq!(report.field("name"), "orderly");
        assert_eq!(report.field("behaviour"), "reports::Account");
    }
    assert_eq!(reports[1].field("reason"), "normal");
}

// GS-14
#[behaviour::test(start_paused = true)]
async fn an_ordered_end_in_the_middle_of_a_call_is_no_crash(mut inbox: Inbox<()>) {
    let reports = Reports::listen();
    process::trap_exit(true);
    for reason in [ExitReason::Shutdown, ExitReason::shutdown_with("R"), ExitReason::Normal] {
        let account = Account::start_link("Ada", 1).await.unwrap();
        assert_eq!(account.end_without_reply(reason.clone()).await, Err(CallError::Exited(reason.clone())));
        assert_eq!(inbox.exit().await.reason, reason);
        let account = Account::start_link("Ada", 1).await.unwrap();
        assert_eq!(account.end_in_call(Some(reason.clone())).await, Ok(()));
        assert_eq!(inbox.exit().await.reason, reason);
    }
    tokio::time::sleep(500 * MS).await;
    assert!(reports.complaints().is_empty());
}

// GS-14, GS-49, GS-62, PL-01
#[behaviour::test(start_paused = true)]
async fn a_crash_is_told_once_with_all_that_is_known() {
    let reports = Reports::listen();
    let account = account("crashing").await;
    let crashed = async {
        tokio::time::sleep(MS).await;
        account.withdraw("1234".into(), 7).await.unwrap();
        account.withdraw("1234".into(), 1_000).await.unwrap_err()
    };
    assert!(matches!(crashed.await, CallError::Exited(ExitReason::Panic(_))));
    tokio::time::sleep(500 * MS).await;
    let report = reports.complaint();
    assert_eq!((report.level(), kind(&report)), (Level::ERROR, ("process", "crashed")));
    assert_eq!(report.field("pid"), account.pid().to_string());
    assert_eq!(report.field("name"), "crashing");
    assert_eq!(report.field("behaviour"), "reports::Account");
    assert_eq!(report.field("reason"), "panicked: there is not so much money");
    assert!(report.field("place").starts_with("tests/reports.rs:"), "{}", report.field("place"));
    assert_eq!(report.field("callback"), "withdraw");
    assert_eq!(report.field("state"), r#"Account { owner: "Ada", cents: 93, pin: ***, opaque: _ }"#);
}

#[behaviour::test]
async fn what_the_crate_brings_is_told_by_its_name_without_the_room_it_lives_in() {
    let reports = Reports::listen();
    let started = || reports.take().first().map(|report| report.field("behaviour").to_owned()).unwrap_or_default();

    let _agent = Agent::start(|| 1_u8).await.unwrap();
    assert_eq!(started(), "Agent<u8>");
    let _events = EventManager::<u8>::start().await.unwrap();
    assert_eq!(started(), "EventManager<u8>");
    let _accounts = DynamicSupervisor::<Account>::start().await.unwrap();
    assert_eq!(started(), "DynamicSupervisor<reports::Account>");
    let _tasks = TaskSupervisor::start().await.unwrap();
    assert_eq!(started(), "DynamicSupervisor<Tasks>");
    let _agents = DynamicSupervisor::<Agent<Pid>>::start().await.unwrap();
    assert_eq!(started(), "DynamicSupervisor<Agent<Pid>>");
    let _process = process::spawn(|mut inbox: Inbox<u8>| async move {
        let _: u8 = inbox.recv().await;
    });
    assert_eq!(started(), "Process<u8>");
    let _account = account("whose path is shown").await;
    assert_eq!(started(), "reports::Account");
}

// XTK-115, XTK-116: the name of its work is what a task is called.
#[behaviour::test(start_paused = true)]
async fn a_task_that_crashes_is_told_by_the_name_of_its_work() {
    async fn print(page: u32) {
        panic!("no paper for page {page}");
    }

    let reports = Reports::listen();
    let printing = Task::start(print(7)).await.unwrap();
    printing.ended().await;
    let report = reports.complaint();
    assert_eq!((report.level(), kind(&report)), (Level::ERROR, ("process", "crashed")));
    assert_eq!(report.field("pid"), printing.pid().to_string());
    assert!(report.field("behaviour").contains("::print"), "{}", report.field("behaviour"));
    assert_eq!(report.field("reason"), "panicked: no paper for page 7");

    for reason in [ExitReason::Normal, ExitReason::Shutdown] {
        Task::start(std::future::pending::<()>()).await.unwrap().stop().reason(reason).await.unwrap();
    }
    assert!(reports.complaints().is_empty());
}

#[behaviour::test(start_paused = true)]
async fn an_error_that_ends_a_server_is_told_as_a_crash_with_what_was_lost() {
    let reports = Reports::listen();
    let account = account("quiet").await;
    account.freeze(MS);
    tokio::time::sleep(Duration::ZERO).await;
    account.freeze(MS);
    account.trap();
    account.trap();
    let call = account.withdraw(String::new(), 0).await;
    assert_eq!(call, Err(CallError::Exited(ExitReason::error(Frozen))));
    let report = reports.complaint();
    assert_eq!(kind(&report), ("process", "crashed"));
    assert_eq!(report.field("reason"), "frozen");
    assert_eq!((report.field("place"), report.field("backtrace")), ("", ""));
    assert_eq!(report.field("callback"), "freeze");
    assert_eq!((report.field("dropped_casts"), report.field("dropped_calls")), ("3", "1"));
    // Whatever comes now is lost, and is told quietly.
    account.trap();
    let undelivered = reports.take().remove(0);
    assert_eq!((undelivered.level(), kind(&undelivered)), (Level::DEBUG, ("mailbox", "undelivered")));
    assert_eq!(undelivered.field("callback"), "trap");
}

#[behaviour::test(start_paused = true)]
async fn a_kill_and_a_failed_start_are_no_crash_and_a_panic_in_init_is() {
    let reports = Reports::listen();
    let account = account("secretive").await;
    account.kill();
    account.ended().await;
    assert!(Account::start("", 1).await.is_err());
    assert!(reports.complaints().is_empty());
    let error = Careless::start(true).await.unwrap_err();
    assert!(matches!(error, StartError::Failed(ExitReason::Panic(_))));
    let report = reports.complaint();
    assert_eq!(kind(&report), ("process", "crashed"));
    assert_eq!(report.field("reason"), "panicked: careless");
    assert_eq!((report.field("callback"), report.field("state")), ("", ""));
}

/// Panics when it is asked what it looks like.
#[gen_server]
struct Careless {
    brief: bool,
}

#[gen_server]
impl Careless {
    #[init]
    fn init(fail: bool) -> Self {
        assert!(!fail, "careless");
        Self { brief: false }
    }

    #[cast]
    fn end(&mut self, cx: &mut Context<Self>, brief: bool) {
        self.brief = brief;
        cx.stop(ExitReason::error("enough"));
    }

    #[format_status]
    fn status(&self) -> &'static str {
        assert!(self.brief, "nobody shall know");
        "all is well"
    }
}

// GS-62, GS-64
#[behaviour::test(start_paused = true)]
async fn a_server_may_say_what_is_shown_of_it_and_may_fail_at_that() {
    let reports = Reports::listen();
    for (brief, state) in [(true, "all is well"), (false, "reports::Careless::format_status crashed")] {
        let careless = Careless::start(false).await.unwrap();
        careless.end(brief);
        assert_eq!(careless.ended().await, ExitReason::error("enough"));
        let report = reports.complaint();
        assert_eq!((report.field("reason"), report.field("state")), ("enough", state));
    }
}

/// Three interfaces, which show differently whoever implements them.
mod shown {
    use std::fmt::{Debug, Display};

    use behaviour::prelude::*;

    #[gen_server]
    pub(super) trait ByName {
        #[cast]
        fn fail(&mut self);
    }

    #[gen_server]
    pub(super) trait AsDebug: Debug {
        #[cast]
        fn fail(&mut self);
    }

    #[gen_server]
    pub(super) trait AsItSays {
        #[cast]
        fn fail(&mut self);

        #[format_status]
        fn status(&self) -> impl Display;
    }

    #[derive(Debug)]
    pub(super) struct Safe(pub(super) u16);

    impl ByName for Safe {
        fn fail(&mut self) {
            panic!("burgled in spite of {}", self.0)
        }
    }

    impl AsDebug for Safe {
        fn fail(&mut self) {
            panic!("burgled")
        }
    }

    impl AsItSays for Safe {
        fn fail(&mut self) {
            panic!("burgled")
        }

        fn status(&self) -> impl Display {
            "a safe, and no word more"
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn the_server_of_a_trait_shows_who_implements_it() {
    use shown::{AsDebugServer, AsItSaysServer, ByNameServer, Safe};
    let reports = Reports::listen();
    let by_name = ByNameServer::start(Safe(7)).await.unwrap();
    let as_debug = AsDebugServer::start(Safe(7)).await.unwrap();
    let as_it_says = AsItSaysServer::start(Safe(7)).await.unwrap();
    by_name.fail();
    by_name.ended().await;
    as_debug.fail();
    as_debug.ended().await;
    as_it_says.fail();
    as_it_says.ended().await;
    let crashes = reports.complaints().into_iter().filter(|report| report.message() == "crashed");
    let states: Vec<_> = crashes.map(|report| report.field("state").to_owned()).collect();
    assert_eq!(
        states,
        [
            "ByNameServer { implementation: reports::shown::Safe, state: _ }",
            "AsDebugServer { implementation: reports::shown::Safe, state: Safe(7) }",
            "a safe, and no word more",
        ]
    );
}

// GS-50: a report of a large state is no larger than one of a small one.
#[behaviour::test(start_paused = true)]
async fn a_large_state_is_cut_off() {
    let reports = Reports::listen();
    let account = Account::start("é", 100_000).await.unwrap();
    account.freeze(MS);
    account.ended().await;
    let report = reports.complaint();
    assert!(report.field("state").starts_with("Account { owner: \"éé"));
    assert!(report.field("state").ends_with('…'));
    assert!(report.field("state").len() < 2_100);
}

// GS-69
#[behaviour::test(start_paused = true)]
async fn what_the_system_sends_to_a_server_without_a_callback_is_told() {
    let reports = Reports::listen();
    let account = account("late").await;
    account.watch(process::spawn(|_: Inbox<()>| async {}).pid());
    tokio::time::sleep(MS).await;
    let report = reports.complaint();
    assert_eq!((report.level(), kind(&report)), (Level::WARN, ("mailbox", "unhandled")));
    assert_eq!(report.field("behaviour"), "reports::Account");
    assert!(report.field("signal").contains("Down"), "{}", report.field("signal"));
    account.trap();
    tokio::time::sleep(MS).await;
    account.exit(ExitReason::error("boom"));
    assert!(reports.complaint().field("signal").contains("boom"));
    assert!(account.is_alive());
}

/// The policies of a full mailbox differ in what is told, too.
macro_rules! bounded {
    ($name:ident($policy:ident)) => {
        #[gen_server(mailbox(capacity = 1, when_full = $policy))]
        struct $name;

        #[gen_server]
        impl $name {
            #[init]
            fn init() -> Self {
                Self
            }

            #[cast]
            fn see(&self, _number: u32) {}
        }
    };
}

bounded!(Rejecting(reject));
bounded!(DroppingNewest(drop_newest));
bounded!(DroppingOldest(drop_oldest));

#[behaviour::test(start_paused = true)]
async fn what_a_full_mailbox_does_not_take_is_told() {
    let reports = Reports::listen();
    macro_rules! told {
        ($name:ident) => {{
            let server = $name::start().await.unwrap();
            reports.take();
            server.see(1);
            server.see(2);
            let report = reports.take().remove(0);
            assert_eq!(report.field("callback"), "see");
            (report.level(), report.message().to_owned(), report.field("why").to_owned())
        }};
    }
    let told = [told!(Rejecting), told!(DroppingNewest), told!(DroppingOldest)];
    assert_eq!(told[0], (Level::WARN, "rejected".into(), String::new()));
    assert_eq!(told[1], (Level::DEBUG, "dropped".into(), "the mailbox is full".into()));
    assert_eq!(told[2], (Level::DEBUG, "dropped".into(), "the oldest message made room".into()));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_tells_of_starts_restarts_and_of_giving_up() {
    let reports = Reports::listen();
    let tree = Tree::new(Strategy::OneForOne).named("tree").child("account", || Account::child("Ada", 1));
    let tree = tree.start().await.unwrap();
    let (account, given_up) = (tree.child::<Account>("account"), tree.ended());
    for _ in 0..2 {
        account.freeze(Duration::ZERO);
        account.ended().await;
        tokio::time::sleep(MS).await;
    }
    assert_eq!(given_up.await, ExitReason::Shutdown);
    let reports = reports.take();
    let told: Vec<_> = reports.iter().filter(|report| report.topic() == "supervisor").collect();
    let kinds: Vec<_> = told.iter().map(|report| (report.level(), report.message())).collect();
    assert_eq!(
        kinds,
        [
            (Level::INFO, "child_started"),
            (Level::ERROR, "child_terminated"),
            (Level::INFO, "child_started"),
            (Level::ERROR, "child_terminated"),
            (Level::ERROR, "giving_up"),
        ]
    );
    for report in &told {
        assert_eq!((report.field("name"), report.field("child")), ("tree", "account"));
        assert!(report.field("supervisor").ends_with("Tree"));
    }
    assert_eq!((told[0].field("restarts"), told[2].field("restarts")), ("0", "1"));
    assert_ne!(told[0].field("child_pid"), told[2].field("child_pid"));
    assert_eq!(told[1].field("reason"), "frozen");
    assert_eq!(told[4].field("reason"), "reached_max_restart_intensity");
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_tells_of_a_child_that_does_not_start_or_stop() {
    let reports = Reports::listen();
    let tree = Tree::new(Strategy::OneForOne).child("frozen", || Account::child("", 1)).restart(Restart::Temporary);
    assert!(tree.start().await.is_err());
    let report = reports.complaint();
    assert_eq!(kind(&report), ("supervisor", "start_error"));
    assert_eq!((report.field("child"), report.field("error")), ("frozen", "the process did not start: frozen"));

    let tree = Tree::new(Strategy::OneForOne).child("account", || Account::child("Ada", 1)).start().await.unwrap();
    let account = tree.child::<Account>("account");
    account.trap();
    account.freeze(Duration::from_mins(1));
    tokio::time::sleep(MS).await;
    tree.stop().await.unwrap();
    let report = reports.complaints().into_iter().find(|report| report.message() == "shutdown_error").unwrap();
    assert_eq!((report.field("child"), report.field("reason")), ("account", "killed"));
}
