//! Handlers of a machine that wait: in every form, with the state borrowed or taken, while events, timeouts and callers
//! wait for them; calls from one machine to another (DESIGN 3 and 4).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

#[gen_statem(state)]
#[derive(Debug)]
enum Trip {
    Home,
    Away { miles: u32 },
    Lost,
}

/// Takes its time for everything.
#[gen_statem(Trip)]
struct Traveller {
    since: Instant,
    log: Vec<String>,
}

struct Letter(&'static str);

struct Plan(&'static str);

struct Alarm(&'static str);

#[derive(Debug)]
struct NoRoad;

impl std::fmt::Display for NoRoad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no road")
    }
}

impl std::error::Error for NoRoad {}

async fn find_road(miles: u32) -> Result<u32, NoRoad> {
    sleep(5 * MS).await;
    if miles == 0 { Err(NoRoad) } else { Ok(miles) }
}

#[gen_statem(Trip)]
impl Traveller {
    #[init]
    async fn init(cx: &mut Context<Self>) -> (Self, Home) {
        sleep(MS).await;
        assert_eq!(process::current(), Some(cx.pid()));
        (Self { since: Instant::now(), log: Vec::new() }, Home)
    }

    async fn note(&mut self, line: &str) {
        sleep(MS).await;
        self.log.push(format!("{line} at {}", self.since.elapsed().as_millis()));
    }

    #[call]
    async fn log(&mut self, _: &Trip) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    #[call]
    async fn leave(&mut self, _: Home, miles: u32) -> (Result<Away, NoRoad>, &'static str) {
        match find_road(miles).await {
            Ok(miles) => (Ok(Away { miles }), "left"),
            Err(error) => (Err(error), "no way"),
        }
    }

    #[call(leave)]
    async fn not_at_home(&mut self, _: &Trip, _miles: u32) -> &'static str {
        sleep(MS).await;
        "not at home"
    }

    /// As above, without a word.
    #[call(else = postpone)]
    async fn leave_silently(&mut self, _: Home, miles: u32) -> Result<Away, NoRoad> {
        Ok(Away { miles: find_road(miles).await? })
    }

    #[cast(else = ignore)]
    async fn go_on(&mut self, away: &mut Away, miles: u32) -> Result<(), NoRoad> {
        away.miles += find_road(miles).await?;
        self.note(&format!("{} miles", away.miles)).await;
        Ok(())
    }

    #[call]
    async fn miles(&mut self, trip: &Trip) -> u32 {
        sleep(MS).await;
        if let Trip::Away(away) = trip { away.miles } else { 0 }
    }

    #[cast(else = ignore)]
    async fn turn(&mut self, away: Away, cx: &mut Context<Self>, back: bool) -> Next<(Home, Lost)> {
        self.note("turns").await;
        cx.state_timeout(10 * MS);
        if back && away.miles < 100 { Next::to(Home) } else { Next::to(Lost) }
    }

    #[call(later)]
    async fn ask_later(&mut self, _: Trip, reply: Reply<Pid>, cx: &mut Context<Self>) -> (Home, Later) {
        sleep(MS).await;
        (Home, reply.send(cx.pid()))
    }

    #[cast]
    async fn write(&mut self, trip: &Trip, cx: &mut Context<Self>, line: String) {
        sleep(MS).await;
        if let Trip::Home(_) = trip {
            cx.postpone();
        } else {
            self.note(&line).await;
        }
    }

    #[call]
    async fn call_yourself(&mut self, _: &Trip, cx: &mut Context<Self>) -> Result<u32, CallError> {
        cx.client().miles().await
    }

    #[call]
    async fn ask(&mut self, _: &Trip, other: TravellerClient) -> Result<u32, CallError> {
        other.miles().await
    }

    #[call]
    async fn plan(&mut self, _: &mut Trip, cx: &mut Context<Self>) {
        sleep(MS).await;
        cx.next_event(Plan("1"));
        cx.next_event(Plan("2"));
        cx.timer(Alarm("alarm"), Duration::ZERO);
    }

    #[internal]
    async fn planned(&mut self, _: &Trip, Plan(line): Plan) {
        self.note(line).await;
    }

    #[info]
    async fn letter(&mut self, _: &Trip, Letter(line): Letter) {
        self.note(line).await;
    }

    #[timeout]
    async fn alarm(&mut self, _: &Trip, Alarm(line): Alarm) {
        self.note(line).await;
    }

    #[state_timeout(else = ignore)]
    async fn found(&mut self, _: Lost) -> Result<Home, NoRoad> {
        self.note("found").await;
        Ok(Home)
    }
}

async fn start() -> TravellerClient {
    Traveller::start().await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn a_handler_that_waits_leads_where_it_says() {
    let traveller = start().await;
    assert_eq!(traveller.leave(5).await, Ok("left"));
    assert_eq!(traveller.state_name().await, Ok("Away"));
    assert_eq!(traveller.leave(5).await, Ok("not at home"));
    traveller.go_on(7);
    assert_eq!(traveller.miles().await, Ok(12));
    traveller.turn(false);
    assert_eq!(traveller.state_name().await, Ok("Lost"));
    sleep(20 * MS).await;
    assert_eq!(traveller.state_name().await, Ok("Home"));
    assert_eq!(traveller.log().await.unwrap(), ["12 miles at 12", "turns at 14", "found at 25"]);
    assert_eq!(traveller.ask_later().await, Ok(traveller.pid()));
}

#[behaviour::test(start_paused = true)]
async fn an_error_of_a_handler_that_waits_ends_the_machine() {
    let traveller = start().await;
    let exited = ExitReason::error(NoRoad);
    assert_eq!(traveller.leave(0).await, Ok("no way"), "the reply beside the error is sent");
    assert_eq!(traveller.ended().await, exited);
    let traveller = start().await;
    assert_eq!(traveller.leave_silently(0).await, Err(CallError::Exited(exited.clone())));
    let traveller = start().await;
    assert_eq!(traveller.leave_silently(7).await, Ok(()));
    assert_eq!(traveller.miles().await, Ok(7));
    let traveller = start().await;
    traveller.leave(1).await.unwrap();
    traveller.go_on(0);
    let reason = traveller.ended().await;
    assert!(reason.downcast_ref::<NoRoad>().is_some());
    assert_eq!(reason, exited);
}

#[behaviour::test(start_paused = true)]
async fn everything_waits_for_a_handler_that_waits() {
    let traveller = start().await;
    traveller.plan().await.unwrap();
    traveller.send(Letter("letter"));
    assert_eq!(traveller.state_name().await, Ok("Home"));
    assert_eq!(traveller.log().await.unwrap(), ["1 at 2", "2 at 3", "alarm at 4", "letter at 5"]);
    // The name that is told is that of the state in which the handler leaves the machine.
    let (left, name) = tokio::join!(traveller.leave(5), traveller.state_name());
    assert_eq!((left, name), (Ok("left"), Ok("Away")));
}

#[behaviour::test(start_paused = true)]
async fn a_handler_goes_on_when_its_caller_does_not() {
    let traveller = start().await;
    assert_eq!(traveller.leave(5).within(MS).await, Err(CallError::Timeout));
    assert_eq!(traveller.state_name().await, Ok("Away"));
    let traveller = start().await;
    {
        let mut call = traveller.leave(5);
        assert!(tokio::time::timeout(MS, &mut call).await.is_err());
    }
    assert_eq!(traveller.miles().await, Ok(5));
}

#[behaviour::test(start_paused = true)]
async fn a_handler_that_waits_may_put_its_event_off() {
    let traveller = start().await;
    traveller.write("one".into());
    traveller.write("two".into());
    assert_eq!(traveller.log().await.unwrap(), [""; 0]);
    traveller.leave(3).await.unwrap();
    assert_eq!(traveller.log().await.unwrap(), ["one at 9", "two at 11"]);
}

#[behaviour::test(start_paused = true)]
async fn machines_may_call_each_other_but_not_themselves() {
    let (one, two) = (start().await, start().await);
    two.leave(8).await.unwrap();
    assert_eq!(one.ask(two.clone()).await, Ok(Ok(8)));
    assert_eq!(one.call_yourself().await, Ok(Err(CallError::CallingSelf)));
    two.stop().await.unwrap();
    assert_eq!(one.ask(two).await, Ok(Err(CallError::NoProcess)));
}

#[gen_statem(state)]
enum Shop {
    Open,
    Shut,
}

/// Says how long a call may wait, and who runs its handlers.
#[gen_statem(Shop, call_timeout = 5s, inline = false)]
struct Counter {
    sold: u32,
}

#[gen_statem(Shop)]
impl Counter {
    #[init]
    fn init() -> (Self, Shut) {
        (Self { sold: 0 }, Shut)
    }

    #[call(else = postpone)]
    fn buy(&mut self, _: &Open) -> u32 {
        self.sold += 1;
        self.sold
    }

    #[call(open, queued)]
    fn open_up(&mut self, _: Shut) -> Open {
        Open
    }

    #[call(open, queued)]
    fn already(&mut self, _: &Open) {}

    #[cast(else = ignore)]
    fn shut(&mut self, _: Open) -> Shut {
        Shut
    }
}

#[behaviour::test(start_paused = true)]
async fn a_machine_may_limit_its_calls() {
    let shop = Counter::start().await.unwrap();
    let before = Instant::now();
    assert_eq!(shop.buy().await, Err(CallError::Timeout));
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    let (sold, opened) = tokio::join!(shop.buy().forever(), async {
        sleep(Duration::from_hours(1)).await;
        shop.open().await
    });
    // The first customer gave up, but was served all the same.
    assert_eq!((sold, opened), (Ok(2), Ok(())));
    assert_eq!(shop.open().await, Ok(()));
    shop.shut();
    assert_eq!(shop.state_name().await, Ok("Shut"));
}
