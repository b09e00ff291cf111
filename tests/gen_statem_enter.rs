//! What happens as a state is entered: the `#[enter]` callbacks, what they may do and what they may not (otp.md 6.4, 6.6
//! and 6.7).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Process;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

#[gen_statem(state)]
#[derive(Clone, Debug)]
enum Lamp {
    Off,
    On { level: u8 },
    Broken,
    Removed,
}

/// Writes down what it enters, and does there what the test says.
#[gen_statem(Lamp)]
struct Switch {
    since: Instant,
    log: Vec<String>,
    on_enter: Vec<Act>,
    waiting: Vec<Reply<u8>>,
}

type Act = fn(&mut Context<Switch>);

const NOTHING: Act = |_| {};

struct Inner;

struct Tick(&'static str);

#[gen_statem(Lamp)]
impl Switch {
    #[init]
    fn init(cx: &mut Context<Self>, act: Act, on_enter: Vec<Act>) -> (Self, Off) {
        act(cx);
        (Self { since: Instant::now(), log: Vec::new(), on_enter, waiting: Vec::new() }, Off)
    }

    fn note(&mut self, line: &str) {
        self.log.push(format!("{line} at {}", self.since.elapsed().as_millis()));
    }

    #[call]
    fn log(&mut self, _: &Lamp) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Goes somewhere, or comes back to where it was, and says what is to be done there.
    #[call]
    fn go(&mut self, _: Lamp, to: Lamp, cx: &mut Context<Self>, act: Act, on_enter: Vec<Act>) -> (Lamp, ()) {
        self.on_enter = on_enter;
        act(cx);
        (to, ())
    }

    #[call]
    fn stay(&mut self, _: &Lamp, cx: &mut Context<Self>, act: Act) {
        act(cx);
    }

    /// Changes the state's data, and perhaps the state, in place.
    #[call]
    fn turn(&mut self, lamp: &mut Lamp, to: u8) {
        match lamp {
            Lamp::On(on) => on.level = to,
            _ => *lamp = On { level: to }.into(),
        }
    }

    /// Waits until the lamp is on, and tells how much.
    #[call(later)]
    fn when_on(&mut self, _: &Lamp, reply: Reply<u8>) -> Later {
        self.waiting.push(reply);
        Later
    }

    /// Is put off until the lamp is on.
    #[cast(else = postpone)]
    fn dim(&mut self, on: &mut On) {
        on.level -= 1;
        self.note(&format!("dim {}", on.level));
    }

    #[internal]
    fn inner(&mut self, _: &Lamp, _: Inner) {
        self.note("internal");
    }

    #[state_timeout]
    fn state_timeout(&mut self, lamp: &Lamp, name: &'static str) {
        self.note(&format!("{name} in {lamp:?}"));
    }

    #[event_timeout]
    fn event_timeout(&mut self, _: &Lamp) {
        self.note("event timeout");
    }

    #[timeout]
    fn tick(&mut self, _: &Lamp, Tick(name): Tick) {
        self.note(name);
    }

    #[enter]
    fn off(&mut self, _: &Off, before: &'static str, cx: &mut Context<Self>) {
        self.note(&format!("off after {before}"));
        self.act(cx);
    }

    #[enter]
    fn on(&mut self, on: &mut On, cx: &mut Context<Self>, before: &'static str) {
        on.level += 1;
        for reply in self.waiting.drain(..) {
            reply.send(on.level);
        }
        self.note(&format!("on {} after {before}", on.level));
        self.act(cx);
    }

    #[enter]
    fn other(&mut self, lamp: &Lamp) {
        self.note(&format!("{lamp:?}"));
    }

    fn act(&mut self, cx: &mut Context<Self>) {
        if !self.on_enter.is_empty() {
            self.on_enter.remove(0)(cx);
        }
    }
}

async fn start() -> SwitchClient {
    Switch::start(NOTHING, vec![]).await.unwrap()
}

/// What was written down after a second more.
async fn log(switch: &SwitchClient) -> Vec<String> {
    sleep(1000 * MS).await;
    switch.log().await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn a_machine_enters_its_first_state_from_that_state() {
    let switch = start().await;
    assert_eq!(switch.log().await.unwrap(), ["off after Off at 0"]);
}

#[behaviour::test(start_paused = true)]
async fn every_change_of_the_state_enters_the_new_one() {
    let switch = start().await;
    switch.go(On { level: 1 }.into(), NOTHING, vec![]).await.unwrap();
    switch.go(Off.into(), NOTHING, vec![]).await.unwrap();
    switch.turn(5).await.unwrap();
    switch.go(Broken.into(), NOTHING, vec![]).await.unwrap();
    switch.go(Removed.into(), NOTHING, vec![]).await.unwrap();
    switch.go(On { level: 8 }.into(), NOTHING, vec![]).await.unwrap();
    assert_eq!(
        switch.log().await.unwrap(),
        [
            "off after Off at 0",
            "on 2 after Off at 0",
            "off after On at 0",
            "on 6 after Off at 0",
            "Broken at 0",
            "Removed at 0",
            "on 9 after Removed at 0"
        ]
    );
}

#[behaviour::test(start_paused = true)]
async fn a_state_that_stays_the_same_is_not_entered_again() {
    let switch = start().await;
    switch.go(Off.into(), NOTHING, vec![]).await.unwrap();
    switch.stay(NOTHING).await.unwrap();
    switch.turn(1).await.unwrap();
    switch.log().await.unwrap();
    // New data, the same variant.
    switch.go(On { level: 5 }.into(), NOTHING, vec![]).await.unwrap();
    switch.turn(7).await.unwrap();
    assert_eq!(switch.log().await.unwrap(), [""; 0]);
}

// otp.md 6.3: like staying, but for the enter call.
#[behaviour::test(start_paused = true)]
async fn a_state_that_is_repeated_is_entered_again() {
    let switch = start().await;
    switch.dim();
    switch.stay(|cx| cx.state_timeout_with("state timeout", 10 * MS)).await.unwrap();
    sleep(5 * MS).await;
    switch.stay(Context::repeat_state).await.unwrap();
    switch.go(Off.into(), Context::repeat_state, vec![]).await.unwrap();
    assert_eq!(
        log(&switch).await,
        ["off after Off at 0", "off after Off at 5", "off after Off at 5", "state timeout in Off at 10"]
    );
    // Together with a change of the state it is one entry.
    switch.go(On { level: 3 }.into(), Context::repeat_state, vec![]).await.unwrap();
    assert_eq!(log(&switch).await, ["on 4 after Off at 1005", "dim 3 at 1005"]);
}

#[behaviour::test(start_paused = true)]
async fn an_entry_may_be_repeated_from_the_entry_itself() {
    let switch = start().await;
    switch.go(On { level: 0 }.into(), NOTHING, vec![Context::repeat_state, Context::repeat_state]).await.unwrap();
    assert_eq!(
        switch.log().await.unwrap(),
        ["off after Off at 0", "on 1 after Off at 0", "on 2 after Off at 0", "on 3 after Off at 0"]
    );
}

#[behaviour::test(start_paused = true)]
async fn a_state_is_entered_before_any_event_is_taken_in_it() {
    let act: Act = |cx| {
        cx.next_event(Inner);
        cx.client().stay(NOTHING).detach();
        cx.timer(Tick("tick"), Duration::ZERO);
    };
    let switch = Switch::start(act, vec![]).await.unwrap();
    assert_eq!(switch.log().await.unwrap(), ["off after Off at 0", "internal at 0", "tick at 0"]);
    switch.dim();
    switch.go(On { level: 1 }.into(), |cx| cx.next_event(Inner), vec![]).await.unwrap();
    assert_eq!(switch.log().await.unwrap(), ["on 2 after Off at 0", "internal at 0", "dim 1 at 0"]);
}

// otp.md 6.4: the last word counts, over the handler and the enter callbacks together.
#[behaviour::test(start_paused = true)]
async fn what_an_entry_asks_for_counts_with_what_the_handler_asked_for() {
    let switch = start().await;
    let handler: Act = |cx| {
        cx.state_timeout_with("of the handler", 5 * MS);
        cx.timer(Tick("tick of the handler"), 30 * MS);
        cx.event_timeout(40 * MS);
    };
    switch
        .go(On { level: 0 }.into(), handler, vec![|cx| cx.state_timeout_with("of the entry", 10 * MS)])
        .await
        .unwrap();
    assert_eq!(
        log(&switch).await,
        [
            "off after Off at 0",
            "on 1 after Off at 0",
            "of the entry in On { level: 1 } at 10",
            "tick of the handler at 30"
        ]
    );
    let entry: Act = |cx| {
        cx.cancel_state_timeout();
        cx.timer(Tick("tick of the entry"), 20 * MS);
        cx.event_timeout(10 * MS);
    };
    switch.go(Off.into(), handler, vec![entry]).await.unwrap();
    let expected = ["off after On at 1000", "event timeout at 1010", "tick of the entry at 1020"];
    assert_eq!(log(&switch).await, expected);
    // It is in the new state that they count.
    switch.stay(|cx| cx.state_timeout_with("of the old state", 10 * MS)).await.unwrap();
    let entry: Act = |cx| cx.update_state_timeout("updated");
    switch.go(On { level: 0 }.into(), NOTHING, vec![entry]).await.unwrap();
    let expected = ["on 1 after Off at 2000", "updated in On { level: 1 } at 2000"];
    assert_eq!(log(&switch).await, expected);
}

#[behaviour::test(start_paused = true)]
async fn an_entry_may_reply() {
    let switch = start().await;
    let (one, two, turned) = tokio::join!(switch.when_on(), switch.when_on(), switch.turn(3));
    assert_eq!((one, two, turned), (Ok(4), Ok(4), Ok(())));
}

#[behaviour::test(start_paused = true)]
async fn an_entry_may_end_the_machine() {
    let reason = ExitReason::shutdown_with("no light");
    let end: Act = |cx| cx.stop(ExitReason::shutdown_with("no light"));
    let switch = start().await;
    assert_eq!(switch.go(On { level: 0 }.into(), NOTHING, vec![end]).await, Ok(()), "the reply is out by then");
    assert_eq!(switch.ended().await, reason);
    // The start is over before the first state is entered.
    let switch = Switch::start(NOTHING, vec![|cx| cx.stop(ExitReason::shutdown_with("no light"))]).await.unwrap();
    assert_eq!(switch.ended().await, reason);
}

// otp.md 6.7
#[behaviour::test(start_paused = true)]
async fn an_entry_may_not_put_off_or_put_in() {
    let refused: [Act; 3] =
        [Context::postpone, |cx| cx.next_event(Inner), |cx| cx.next_event(SwitchMessage::Stay { act: NOTHING })];
    for act in refused {
        let switch = start().await;
        let ended = switch.ended();
        switch.go(On { level: 0 }.into(), NOTHING, vec![act]).detach();
        let reason = ended.await;
        assert!(matches!(reason, ExitReason::Panic(_)), "{reason}");
    }
}

#[gen_statem(state)]
#[derive(Debug)]
enum Door {
    Shut,
    Ajar,
    Wide,
}

/// Its entries take their time, fail, or do what they must not.
#[gen_statem(Door)]
struct Porter {
    test: Process<String>,
}

#[gen_statem(Door)]
impl Porter {
    #[init]
    fn init(test: Process<String>) -> (Self, Shut) {
        (Self { test }, Shut)
    }

    #[call]
    fn open(&mut self, _: Door) -> (Ajar, &'static str) {
        (Ajar, "opened")
    }

    #[call]
    fn shut(&mut self, door: &mut Door) -> &'static str {
        *door = Shut.into();
        "shut"
    }

    #[cast]
    fn open_wide(&mut self, _: Door) -> Wide {
        Wide
    }

    #[call(later)]
    fn open_and_tell(&mut self, _: Door, reply: Reply<&'static str>) -> (Ajar, Later) {
        (Ajar, reply.send("opened"))
    }

    #[enter]
    async fn slowly(&mut self, ajar: &Ajar) {
        self.test.send(format!("opening: {ajar:?}"));
        sleep(10 * MS).await;
        self.test.send("open".into());
    }

    #[enter]
    fn fails(&mut self, _: &Shut, before: &'static str) -> Result<(), std::fmt::Error> {
        if before == "Shut" { Ok(()) } else { Err(std::fmt::Error) }
    }

    #[enter]
    fn slips(&mut self, door: &mut Door) {
        *door = Shut.into();
    }

    #[terminate]
    fn end(&mut self, door: &Door) {
        self.test.send(format!("the end: {door:?}"));
    }
}

#[behaviour::test(start_paused = true)]
async fn an_entry_may_take_its_time_and_events_wait_for_it(mut inbox: Inbox<String>) {
    let porter = Porter::start(inbox.process()).await.unwrap();
    let before = Instant::now();
    assert_eq!(porter.open().await, Ok("opened"));
    assert_eq!(before.elapsed(), Duration::ZERO, "the reply goes out before the state is entered");
    assert_eq!(inbox.recv().await, "opening: Ajar");
    assert_eq!(porter.state_name().await, Ok("Ajar"));
    assert_eq!(before.elapsed(), 10 * MS);
    assert_eq!(inbox.recv().await, "open");
    let porter = Porter::start(inbox.process()).await.unwrap();
    assert_eq!(porter.open_and_tell().await, Ok("opened"));
    assert_eq!(before.elapsed(), 10 * MS);
    assert_eq!(inbox.recv().await, "opening: Ajar");
}

#[behaviour::test(start_paused = true)]
async fn an_entry_that_fails_ends_the_machine_in_its_new_state(mut inbox: Inbox<String>) {
    let porter = Porter::start(inbox.process()).await.unwrap();
    porter.open().await.unwrap();
    assert_eq!(porter.shut().await, Ok("shut"));
    assert_eq!(porter.ended().await, ExitReason::error(std::fmt::Error));
    for line in ["opening: Ajar", "open", "the end: Shut"] {
        assert_eq!(inbox.recv().await, line);
    }
}

// otp.md 6.7
#[behaviour::test(start_paused = true)]
async fn an_entry_may_not_change_the_state(inbox: Inbox<String>) {
    let porter = Porter::start(inbox.process()).await.unwrap();
    porter.open_wide();
    let ExitReason::Panic(panic) = porter.ended().await else { panic!("a panic") };
    assert!(panic.message().contains("#[enter]"), "{}", panic.message());
}
