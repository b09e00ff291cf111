//! The agenda against the slow model.

use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, Strategy as Generator};
use proptest::prelude::{any, prop, prop_assert_eq, prop_oneof, proptest};

use super::driver::Driver;
use super::model::{Callback, Event, Happening, Model, Request, Script, Time, Trace};
use super::{Timer, When};

/// What the model plays, played with the agenda.
fn play(mut script: Script) -> (Trace, Vec<Event>) {
    let mut trace = Trace::new();
    let mut machine = Driver::new();
    loop {
        if let Some(event) = machine.next() {
            trace.push((machine.now, event));
            let callback = script.callbacks.pop_front().unwrap_or_default();
            for _ in 0..callback.meanwhile {
                match script.happenings.pop_front() {
                    Some(Happening::Message(message)) => machine.send(Event::Outside(message)),
                    Some(Happening::Wait(time)) => machine.pass(time),
                    None => {}
                }
            }
            note(&mut machine, event, &callback);
            if trace.len() == script.ends_with {
                break;
            }
            machine.agenda.settle(callback.changes);
            if callback.looks && machine.agenda.is_vague() {
                machine.look();
            }
        } else if !machine.rest_until(machine.now) {
            match script.happenings.pop_front() {
                Some(Happening::Message(message)) => machine.send(Event::Outside(message)),
                Some(Happening::Wait(time)) => {
                    let until = machine.now + time;
                    if machine.rest_until(until) {
                        script.happenings.push_front(Happening::Wait(until - machine.now));
                    }
                }
                None => break,
            }
        }
    }
    let left = machine.agenda.abandon().collect();
    (trace, left)
}

fn note(machine: &mut Driver<Event>, event: Event, callback: &Callback) {
    let when = |machine: &Driver<Event>, time| -> When {
        match time {
            Time::After(time) => Duration::from_millis(time).into(),
            Time::At(time) => machine.at(time).into(),
            Time::Never => Duration::MAX.into(),
        }
    };
    for request in &callback.requests {
        match *request {
            Request::Set(timer, content, time) => {
                let when = when(machine, time);
                machine.agenda.set(timer, Event::Timeout(timer, content), when);
            }
            Request::Update(timer, content) => machine.agenda.update(timer, Event::Timeout(timer, content)),
            Request::Cancel(timer) => machine.agenda.cancel(timer),
        }
    }
    if let Some((content, time)) = callback.default {
        let when = when(machine, time);
        machine.agenda.set_by_default(Event::Timeout(Timer::State, content), when);
    }
    for event in &callback.inserts {
        machine.agenda.insert(Event::Inserted(*event));
    }
    if callback.postpones {
        machine.agenda.postpone(event);
    }
}

fn any_timer() -> impl Generator<Value = Timer<u8>> {
    prop_oneof![2 => Just(Timer::Event), 2 => Just(Timer::State), 3 => (0_u8..3).prop_map(Timer::Named)]
}

fn any_time() -> impl Generator<Value = Time> {
    prop_oneof![
        4 => Just(Time::After(0)),
        6 => (1_u64..12).prop_map(Time::After),
        4 => (0_u64..80).prop_map(Time::At),
        1 => Just(Time::Never),
    ]
}

fn any_content() -> impl Generator<Value = u32> {
    0_u32..1_000
}

fn any_request() -> impl Generator<Value = Request> {
    prop_oneof![
        5 => (any_timer(), any_content(), any_time()).prop_map(|(timer, content, time)| Request::Set(timer, content, time)),
        2 => (any_timer(), any_content()).prop_map(|(timer, content)| Request::Update(timer, content)),
        1 => any_timer().prop_map(Request::Cancel),
    ]
}

/// What callbacks do. Without `looks`, somebody may or may not look at the clock after them.
fn any_callback(looks: bool) -> impl Generator<Value = Callback> {
    (
        prop_oneof![2 => Just(0), 1 => 1_usize..4],
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.3),
        prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(any_content(), 1..4)],
        prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(any_request(), 1..6)],
        prop::option::weighted(0.1, (any_content(), any_time())),
        any::<bool>(),
    )
        .prop_map(move |(meanwhile, changes, postpones, inserts, requests, default, looks_now)| Callback {
            meanwhile,
            changes,
            postpones,
            inserts,
            requests,
            default,
            looks: looks || looks_now,
        })
}

fn any_happening() -> impl Generator<Value = Happening> {
    prop_oneof![
        3 => any_content().prop_map(Happening::Message),
        2 => (0_u64..12).prop_map(Happening::Wait),
    ]
}

/// A script after which everything comes to rest.
fn any_script(looks: bool) -> impl Generator<Value = Script> {
    let callbacks = prop::collection::vec(any_callback(looks), 0..60);
    let happenings = prop::collection::vec(any_happening(), 0..60);
    (callbacks, happenings).prop_map(|(callbacks, mut happenings)| {
        happenings.push(Happening::Wait(1_000));
        Script { callbacks: callbacks.into(), happenings: happenings.into(), ends_with: 0 }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn events_come_in_the_order_of_the_model(script in any_script(true)) {
        prop_assert_eq!(play(script.clone()), Model::new(script).play());
    }

    #[test]
    fn timers_whose_time_begins_late_keep_the_order_of_the_model(script in any_script(false)) {
        prop_assert_eq!(play(script.clone()), Model::new(script).play());
    }

    #[test]
    fn an_end_in_the_middle_of_anything_loses_no_event(script in any_script(true), ends_with in 1_usize..60) {
        let script = Script { ends_with, ..script };
        prop_assert_eq!(play(script.clone()), Model::new(script).play());
    }
}
