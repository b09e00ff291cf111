//! What is told of a machine that crashes: its data and the name of its state, which handler failed, and how much was lost
//! with it (otp.md 6.8; rows SM-53, SM-60, SM-61 and SM-62 as far as a report has fields and no text of its own).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::testing::Reports;

/// Neither data nor states need be `Debug`, and one field is nobody's business.
#[gen_statem(state)]
enum Account {
    Open,
    Frozen { since: u32 },
}

#[gen_statem(Account)]
struct Bank {
    owner: String,
    cents: u64,
    #[secret]
    pin: String,
}

struct Inner;

#[gen_statem(Account)]
impl Bank {
    #[init]
    fn init(owner: &'static str) -> (Self, Open) {
        (Self { owner: owner.into(), cents: 100, pin: "1234".into() }, Open)
    }

    #[call]
    fn withdraw(&mut self, _: &Open, pin: String, cents: u64) -> u64 {
        assert_eq!(pin, self.pin);
        self.cents = self.cents.checked_sub(cents).expect("there is not so much money");
        self.cents
    }

    #[call(withdraw)]
    fn refuse(&mut self, frozen: &Frozen, _: String, _: u64) -> u64 {
        panic!("frozen since {}", frozen.since)
    }

    #[call]
    fn freeze(&mut self, _: Account, since: u32) -> (Frozen, ()) {
        (Frozen { since }, ())
    }

    /// Is put off while the account is open, and fails then.
    #[cast(else = postpone)]
    fn melt(&mut self, _: Frozen) -> Open {
        panic!("too hot")
    }

    /// Is put off for ever.
    #[cast]
    fn wait(&self, _: &Account, cx: &mut Context<Self>) {
        cx.postpone();
    }

    #[call]
    fn ask(&self, _: &Account, cx: &mut Context<Self>) {
        cx.postpone();
    }

    #[internal]
    fn inner(&mut self, _: &Account, _: Inner) {}

    #[cast]
    fn end(&mut self, _: &Account, cx: &mut Context<Self>) {
        cx.next_event(Inner);
        cx.next_event(Inner);
        cx.stop(ExitReason::error(format!("{} has left", self.owner)));
    }

    #[terminate]
    fn close(&self, _: &Account) {}
}

// SM-53, SM-60, SM-61, SM-62
#[behaviour::test(start_paused = true)]
async fn a_crash_is_told_with_data_state_and_handler() {
    let reports = Reports::listen();
    let bank = Bank::start("Ada").named("a bank that crashes").await.unwrap();
    bank.withdraw("1234".into(), 7).await.unwrap();
    bank.withdraw("1234".into(), 1_000).await.unwrap_err();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let report = reports.complaint();
    assert_eq!(report.field("message"), "crashed");
    assert_eq!(report.field("pid"), bank.pid().to_string());
    assert_eq!(report.field("name"), "a bank that crashes");
    assert_eq!(report.field("behaviour"), "gen_statem_reports::Bank");
    assert_eq!(report.field("reason"), "panicked: there is not so much money");
    assert!(report.field("place").starts_with("tests/gen_statem_reports.rs:"), "{}", report.field("place"));
    assert_eq!(report.field("callback"), "withdraw");
    assert_eq!(report.field("state"), r#"Bank { owner: "Ada", cents: 93, pin: *** } in Open"#);

    let bank = Bank::start("Bob").await.unwrap();
    bank.freeze(7).await.unwrap();
    bank.withdraw(String::new(), 0).await.unwrap_err();
    let report = reports.complaint();
    assert_eq!(report.field("reason"), "panicked: frozen since 7");
    assert_eq!(report.field("state"), r#"Bank { owner: "Bob", cents: 100, pin: *** } in Frozen"#);
}

// SM-53: what was put off, and what was put in, is lost as well as what waits.
#[behaviour::test(start_paused = true)]
async fn a_crash_tells_how_much_was_lost() {
    let reports = Reports::listen();
    let bank = Bank::start("Eve").await.unwrap();
    for _ in 0..3 {
        bank.wait();
    }
    let (one, two, ()) = tokio::join!(bank.ask(), bank.ask(), async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        bank.end();
        bank.wait();
    });
    let left = ExitReason::error("Eve has left");
    assert_eq!((one, two), (Err(CallError::Exited(left.clone())), Err(CallError::Exited(left))));
    let report = reports.complaint();
    assert_eq!(report.field("reason"), "Eve has left");
    assert_eq!((report.field("place"), report.field("callback")), ("", "end"));
    // Three put off, two put in, one that waited; two calls put off.
    assert_eq!((report.field("dropped_casts"), report.field("dropped_calls")), ("6", "2"));
}

// A handler that had taken the state fails: the report names the state that it was taken from, and `#[terminate]`, which
// would look at it, is told to have been left out.
#[behaviour::test(start_paused = true)]
async fn a_state_that_is_lost_is_told() {
    let reports = Reports::listen();
    let bank = Bank::start("Kim").await.unwrap();
    bank.melt();
    bank.freeze(1).await.unwrap();
    bank.ended().await;
    let complaints = reports.complaints();
    assert_eq!(complaints.len(), 2, "{complaints:#?}");
    assert_eq!((complaints[0].field("message"), complaints[0].field("state")), ("terminate skipped", "Frozen"));
    assert_eq!((complaints[1].field("message"), complaints[1].field("callback")), ("crashed", "melt"));
    assert!(complaints[1].field("state").ends_with(" in Frozen"), "{}", complaints[1].field("state"));
}

/// Says itself what it looks like.
#[gen_statem(state)]
enum Mood {
    #[terminal]
    Shy,
    Rude,
}

#[gen_statem(Mood)]
struct Actor {
    lines: u32,
}

#[gen_statem(Mood)]
impl Actor {
    #[init]
    fn init(rude: bool) -> (Self, Next<(Shy, Rude)>) {
        (Self { lines: u32::from(rude) }, if rude { Next::to(Rude) } else { Next::to(Shy) })
    }

    #[cast]
    fn improvise(&mut self, _: Rude) -> Shy {
        Shy
    }

    #[cast(improvise)]
    fn hide(&mut self, _: &Shy) -> Result<(), std::fmt::Error> {
        self.lines += 40;
        Err(std::fmt::Error)
    }

    #[format_status]
    fn look(&self) -> String {
        assert!(self.lines < 41, "no more to say");
        format!("an actor with {} lines", self.lines)
    }
}

// SM-53
#[behaviour::test(start_paused = true)]
async fn a_machine_may_say_itself_what_it_looks_like() {
    let reports = Reports::listen();
    let actor = Actor::start(false).await.unwrap();
    actor.improvise();
    actor.ended().await;
    assert_eq!(reports.complaint().field("state"), "an actor with 40 lines in Shy");
    // Even if it cannot.
    let actor = Actor::start(true).await.unwrap();
    actor.improvise();
    actor.improvise();
    actor.ended().await;
    assert_eq!(reports.complaint().field("state"), "gen_statem_reports::Actor::format_status crashed in Shy");
}
