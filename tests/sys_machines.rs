//! A look inside state machines and supervisors (OTP's `sys`).

use std::fmt::Display;
use std::future::IntoFuture;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::Registry;
use behaviour::sys::{self, Run, SysError};

const SECOND: Duration = Duration::from_secs(1);

/// What the light shows. One of the states is called as an error would be.
#[gen_statem(state)]
#[derive(Clone, Debug, PartialEq)]
enum Light {
    Red {
        waiting: u32,
    },
    Green,
    #[terminal]
    Error,
}

/// What outlives every state.
#[gen_statem(Light)]
struct Crossing {
    served: u32,
    entered: Vec<&'static str>,
}

/// The name of a timeout.
struct Night;

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init(cx: &mut Context<Self>) -> (Self, Red) {
        cx.timer(Night, 60 * SECOND);
        (Self { served: 0, entered: Vec::new() }, Red { waiting: 0 })
    }

    #[cast(else = ignore)]
    fn car(&mut self, red: &mut Red) {
        red.waiting += 1;
    }

    /// Waits for green.
    #[call(else = postpone)]
    fn cross(&mut self, _: &Green) -> u32 {
        self.served += 1;
        self.served
    }

    #[call]
    fn entered(&self, _: &Light) -> Vec<&'static str> {
        self.entered.clone()
    }

    #[state_timeout(30s)]
    fn go(&mut self, red: Red) -> Green {
        self.served += red.waiting;
        Green
    }

    #[cast(break_down)]
    fn fails(&mut self, _: Light) -> Error {
        Error
    }

    #[timeout]
    fn night(&mut self, _: &Light, _: Night) {}

    #[enter]
    fn lamp(&mut self, light: &Light) {
        self.entered.push(light.name());
    }
}

// SM-50
#[behaviour::test(start_paused = true)]
async fn get_state_gives_the_state_and_the_data() {
    let crossing = Crossing::start().named("sys: crossing").await.unwrap();
    crossing.car();
    let seen = crossing.sys().get_state(|(light, crossing)| (light.clone(), crossing.served)).await;
    assert_eq!(seen, Ok((Light::Red(Red { waiting: 1 }), 0)));
    let crossing = Crossing::find("sys: crossing").unwrap();
    crossing.sys().suspend().await.unwrap();
    crossing.car();
    let seen = crossing.sys().get_state(|(light, _)| light.name()).within(SECOND).await;
    assert_eq!(seen, Ok("Red"));
    assert_eq!(
        sys::of(crossing.pid()).get_state().await.as_deref(),
        Ok("Crossing { served: 0, entered: [\"Red\"] } in Red")
    );
}

// SM-51
#[behaviour::test(start_paused = true)]
async fn replace_state_changes_data_state_or_both_and_is_no_transition() {
    let crossing = Crossing::start().await.unwrap();
    let waits = tokio::spawn(crossing.cross().forever());
    tokio::task::yield_now().await;
    crossing.sys().replace_state(|(_, crossing)| crossing.served = 10).await.unwrap();
    crossing.sys().replace_state(|(light, _)| *light = Green.into()).await.unwrap();
    assert_eq!(crossing.state_name().await, Ok("Green"));
    assert_eq!(crossing.entered().await, Ok(vec!["Red"]), "nothing was entered");
    assert!(!waits.is_finished(), "and nothing that was postponed is retried");
    assert_eq!(crossing.cross().await, Ok(11));
    let status = crossing.sys().get_status().await.unwrap();
    let machine = status.machine.unwrap();
    assert_eq!((machine.state, machine.postponed), ("Green", vec!["cross"]));
    crossing.sys().suspend().await.unwrap();
    crossing.sys().replace_state(|(light, crossing)| (*light, crossing.served) = (Error.into(), 0)).await.unwrap();
    crossing.sys().resume().await.unwrap();
    let seen = crossing.sys().get_state(|(light, crossing)| (light.clone(), crossing.served)).await;
    assert_eq!(seen, Ok((Light::from(Error), 0)));
    let failed =
        crossing.sys().replace_state(|(light, _)| *light = if true { panic!("no light") } else { Green.into() }).await;
    let Err(SysError::CallbackFailed(ExitReason::Panic(panic))) = failed else { panic!("{failed:?}") };
    assert_eq!(panic.message(), "no light");
    assert_eq!(crossing.state_name().await, Ok("Error"));
    waits.abort();
}

// SM-49
#[behaviour::test(start_paused = true)]
async fn a_suspended_machine_does_nothing_until_it_is_resumed() {
    let crossing = Crossing::start().await.unwrap();
    let waits = tokio::spawn(crossing.cross().forever());
    tokio::task::yield_now().await;
    crossing.sys().suspend().await.unwrap();
    assert_eq!(crossing.entered().within(3 * SECOND).await, Err(CallError::Timeout));
    // The time of the red light is over meanwhile.
    tokio::time::sleep(40 * SECOND).await;
    assert_eq!(crossing.sys().get_state(|(light, _)| light.name()).await, Ok("Red"));
    crossing.sys().resume().await.unwrap();
    assert_eq!(waits.await.unwrap(), Ok(1));
    assert_eq!(crossing.state_name().await, Ok("Green"));
    crossing.stop().await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn the_status_of_a_machine_tells_what_it_has_yet_to_do() {
    let crossing = Crossing::start().await.unwrap();
    tokio::time::sleep(10 * SECOND).await;
    let waits = tokio::spawn(crossing.cross().forever());
    tokio::task::yield_now().await;
    let status = crossing.sys().get_status().await.unwrap();
    let expected = format!(
        "sys_machines::Crossing{}, running\n  mailbox   0\n  last      cross\n  state     Crossing {{ served: 0, entered: \
         [\"Red\"] }} in Red\n  postponed cross\n  timeout   go (state_timeout) in 20s\n  timeout   night (timeout) in 50s",
        crossing.pid()
    );
    assert_eq!(status.to_string(), expected);
    waits.abort();
}

/// A door, of which nobody shall see the key.
#[gen_statem(state)]
enum Door {
    Shut,
    Ajar,
}

#[gen_statem(Door)]
struct Guard {
    key: u32,
    turns: u32,
}

#[gen_statem(Door)]
impl Guard {
    #[init]
    fn init(key: u32) -> (Self, Shut) {
        (Self { key, turns: 0 }, Shut)
    }

    #[cast(open)]
    fn turns(&mut self, _: Shut, key: u32) -> Next<(Ajar, Shut)> {
        self.turns += 1;
        if key == self.key { Next::to(Ajar) } else { Next::to(Shut) }
    }

    #[cast(open)]
    fn already(&mut self, _: &Ajar, _: u32) {}

    #[cast(else = ignore)]
    fn shut(&mut self, _: Ajar) -> Shut {
        Shut
    }

    #[format_status]
    fn shown(&self) -> impl Display {
        format!("a guard, {} turn of a key", self.turns)
    }
}

#[supervisor(one_for_one)]
struct Castle {}

#[supervisor]
impl Castle {
    #[child]
    fn gate(&self) -> Child<Guard> {
        Guard::child(4)
    }
}

// SM-52
#[behaviour::test(start_paused = true)]
async fn the_status_shows_what_format_status_says_however_the_machine_is_found() {
    let registry: Registry<&'static str, Guard> = Registry::new();
    let castle = Castle {}.start().await.unwrap();
    let by_key = Guard::start(3).via(&registry, "guard").await.unwrap();
    let by_name = Guard::start(2).named("sys: guard").await.unwrap();
    let guards = [
        (Guard::start(1).await.unwrap(), 1),
        (Guard::find("sys: guard").unwrap(), 2),
        (by_name, 2),
        (registry.at("guard"), 3),
        (by_key, 3),
        (castle.gate(), 4),
    ];
    for (guard, key) in guards {
        guard.sys().replace_state(|(_, guard)| guard.turns = 0).await.unwrap();
        guard.shut();
        guard.open(key);
        let shown = "a guard, 1 turn of a key in Ajar";
        for status in [guard.sys().get_status().await.unwrap(), sys::of(guard.pid()).get_status().await.unwrap()] {
            assert_eq!((status.state.as_deref(), status.machine.unwrap().state), (Some(shown), "Ajar"));
        }
        assert_eq!(sys::of(guard.pid()).get_state().await.as_deref(), Ok(shown));
    }
}

#[behaviour::test(start_paused = true)]
async fn a_machine_that_starts_with_debug_items_is_watched_from_its_first_event_on() {
    let crossing = Crossing::start().debug(|items| items.log(3)).await.unwrap();
    tokio::time::sleep(31 * SECOND).await;
    crossing.cross().await.unwrap();
    let log: Vec<_> = crossing.sys().get_log().await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(log, ["handled go", "got call cross", "answered cross"]);
}

/// What its parent starts again.
#[gen_server]
struct Worker {}

#[gen_server]
impl Worker {
    #[init]
    fn init() -> Self {
        Self {}
    }

    #[call]
    fn ping(&self) -> bool {
        true
    }
}

/// Keeps a worker alive.
#[supervisor(one_for_one)]
struct Office {}

#[supervisor]
impl Office {
    #[child]
    fn worker(&self) -> Child<Worker> {
        Worker::child()
    }

    #[child]
    fn crowd(&self) -> Child<DynamicSupervisor<Worker>> {
        DynamicSupervisor::child()
    }
}

#[behaviour::test(start_paused = true)]
async fn a_suspended_supervisor_restarts_nobody_and_still_ends_with_its_parent() {
    let office = Office {}.start().await.unwrap();
    office.sys().suspend().await.unwrap();
    let first = office.worker().pid();
    office.worker().kill();
    assert_eq!(office.worker().ping().within(SECOND).await, Err(CallError::Timeout));
    assert_eq!(office.sys().get_status().await.unwrap().run, Run::Suspended);
    office.sys().resume().await.unwrap();
    assert_eq!(office.worker().ping().await, Ok(true));
    assert_ne!(office.worker().pid(), first);
    let crowd = office.crowd();
    crowd.start_child(()).await.unwrap();
    crowd.sys().suspend().await.unwrap();
    assert_eq!(crowd.sys().get_status().await.unwrap().parent, Some(office.pid()));
    office.sys().suspend().await.unwrap();
    let worker = office.worker().pid();
    office.stop().within(SECOND).await.unwrap();
    assert!(!process::is_alive(worker));
}

#[behaviour::test(start_paused = true)]
async fn calls_by_a_seat_reach_a_child_that_is_looked_at() {
    let office = Office {}.start().await.unwrap();
    assert_eq!(office.worker().sys().get_status().await.unwrap().parent, Some(office.pid()));
    let (worker, crowd) = (office.worker(), office.crowd());
    worker.sys().suspend().await.unwrap();
    let waits = tokio::spawn(worker.ping());
    tokio::task::yield_now().await;
    worker.sys().resume().await.unwrap();
    assert_eq!(waits.await.unwrap(), Ok(true));
    let looks = tokio::spawn(crowd.sys().get_status().into_future());
    assert!(crowd.start_child(()).await.is_ok());
    assert!(looks.await.unwrap().is_ok());
}
