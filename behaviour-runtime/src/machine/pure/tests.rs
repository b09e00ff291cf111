//! The order of events, one rule at a time.

use std::time::Duration;

use super::driver::Driver;
use super::{Timer, When};

use Timer::{Event, Named, State};

/// At once.
fn now() -> When {
    Duration::ZERO.into()
}

fn after(time: u64) -> When {
    Duration::from_millis(time).into()
}

fn never() -> When {
    Duration::MAX.into()
}

/// A machine in whose mailbox these messages wait.
fn machine(messages: &'static str) -> Driver<&'static str> {
    let mut machine = Driver::new();
    messages.split_whitespace().for_each(|message| machine.send(message));
    machine
}

// SM-05
#[test]
fn inserted_events_come_first_then_postponed_ones_in_their_order() {
    let mut machine = machine("cast-1 cast-2 call outside");
    assert_eq!(machine.stay(|agenda| agenda.postpone("cast-1")), "cast-1");
    assert_eq!(machine.stay(|agenda| agenda.postpone("cast-2")), "cast-2");
    let call = machine.change(|agenda| {
        agenda.set(Event, "event-timeout", now());
        agenda.insert("internal-1");
        agenda.insert("internal-2");
    });
    assert_eq!(call, "call");
    assert_eq!(machine.wait(1_000), "internal-1 internal-2 cast-1 cast-2 outside");
}

// SM-06
#[test]
fn inserted_events_come_before_those_from_outside_and_before_older_ones() {
    let mut machine = machine("first outside");
    machine.stay(|agenda| {
        agenda.insert("a");
        agenda.insert("b");
    });
    assert_eq!(machine.stay(|agenda| agenda.insert("c")), "a");
    assert_eq!(machine.rest(), "c b outside");
}

#[test]
fn postponed_events_come_before_those_that_were_queued_when_the_state_changed() {
    let mut machine = machine("first");
    machine.stay(|agenda| ["a", "b", "c"].into_iter().for_each(|event| agenda.insert(event)));
    assert_eq!(machine.stay(|agenda| agenda.postpone("a")), "a");
    assert_eq!(machine.change(|_| {}), "b");
    assert_eq!(machine.rest(), "a c");
}

#[test]
fn a_postponed_event_waits_until_the_state_changes_and_is_retried_once() {
    let mut machine = machine("a other go go");
    machine.stay(|agenda| agenda.postpone("a"));
    assert_eq!(machine.stay(|agenda| agenda.insert("inserted")), "other");
    assert_eq!(machine.stay(|_| {}), "inserted");
    assert_eq!(machine.change(|_| {}), "go");
    assert_eq!(machine.stay(|_| {}), "a");
    assert_eq!(machine.change(|_| {}), "go");
    assert_eq!(machine.rest(), "");
}

#[test]
fn a_retried_event_may_be_postponed_again() {
    let mut machine = machine("a b go again");
    machine.stay(|agenda| agenda.postpone("a"));
    machine.stay(|agenda| agenda.postpone("b"));
    machine.change(|_| {});
    assert_eq!(machine.stay(|_| {}), "a");
    assert_eq!(machine.stay(|agenda| agenda.postpone("b")), "b");
    assert_eq!(machine.change(|_| {}), "again");
    assert_eq!(machine.rest(), "b");
}

#[test]
fn an_event_that_changes_the_state_and_is_postponed_comes_again_at_once_after_the_older_ones() {
    let mut machine = machine("a b outside");
    machine.stay(|agenda| agenda.postpone("a"));
    machine.change(|agenda| agenda.postpone("b"));
    assert_eq!(machine.rest(), "a b outside");
}

// SM-06
#[test]
fn a_change_of_state_ends_the_timeouts_of_state_and_event() {
    let mut machine = machine("first second");
    machine.stay(|agenda| {
        agenda.set(State, "state", after(50));
        agenda.set(Event, "event", after(50));
        agenda.set(Named(0), "named", after(50));
    });
    machine.change(|_| {});
    assert_eq!(machine.wait(1_000), "50: named");
}

#[test]
fn an_event_that_keeps_the_state_ends_the_event_timeout_alone() {
    let mut machine = machine("first second");
    machine.stay(|agenda| {
        agenda.set(State, "state", after(50));
        agenda.set(Event, "event", after(40));
    });
    assert_eq!(machine.wait(1_000), "second, 50: state");
}

#[test]
fn timeouts_that_are_set_as_the_state_changes_belong_to_the_new_one() {
    let mut machine = machine("first second");
    machine.stay(|agenda| agenda.set(State, "old", after(10)));
    machine.change(|agenda| {
        agenda.set(State, "state", after(50));
        agenda.set(Event, "event", after(40));
    });
    assert_eq!(machine.wait(1_000), "40: event, 50: state");
}

#[test]
fn an_event_timeout_is_ended_by_a_timeout_of_another_kind() {
    let mut machine = machine("first");
    machine.stay(|agenda| {
        agenda.set(Event, "event", after(50));
        agenda.set(Named(0), "named", after(40));
    });
    assert_eq!(machine.wait(1_000), "40: named");
}

// SM-06
#[test]
fn timeouts_of_no_time_come_in_their_order_after_inserted_events_and_before_messages() {
    let mut machine = machine("first outside");
    machine.stay(|agenda| {
        agenda.set(Named(1), "named-1", now());
        agenda.set(State, "state", now());
        agenda.set(Named(0), "named-0", now());
        agenda.insert("inserted");
    });
    assert_eq!(machine.rest(), "inserted named-1 state named-0 outside");
}

#[test]
fn events_inserted_between_timeouts_of_no_time_come_before_the_next_of_them() {
    let mut machine = machine("first");
    machine.stay(|agenda| {
        agenda.set(Named(0), "one", now());
        agenda.set(Named(1), "two", now());
    });
    assert_eq!(machine.stay(|agenda| agenda.insert("inserted")), "one");
    assert_eq!(machine.rest(), "inserted two");
}

// SM-06
#[test]
fn an_event_timeout_of_no_time_is_ended_by_a_state_timeout_that_comes_before_it() {
    let mut machine = machine("first second");
    machine.stay(|agenda| {
        agenda.set(State, "state", now());
        agenda.set(Event, "event", now());
    });
    assert_eq!(machine.stay(|_| {}), "state");
    assert_eq!(machine.stay(|agenda| agenda.set(Event, "event", now())), "second");
    assert_eq!(machine.rest(), "event");
}

// SM-06
#[test]
fn a_timeout_of_no_time_that_is_set_again_comes_last_and_once() {
    let mut machine = machine("first");
    machine.stay(|agenda| {
        agenda.set(Named(0), "named", now());
        agenda.set(State, "old", now());
        agenda.set(Named(1), "other", now());
    });
    assert_eq!(machine.stay(|agenda| agenda.set(State, "new", now())), "named");
    assert_eq!(machine.rest(), "other new");
}

#[test]
fn a_timeout_of_no_time_may_be_cancelled_or_given_a_time_while_another_is_handled() {
    let mut machine = machine("first");
    machine.stay(|agenda| {
        agenda.set(Named(0), "one", now());
        agenda.set(Named(1), "two", now());
        agenda.set(Named(2), "three", now());
    });
    let one = machine.stay(|agenda| {
        agenda.cancel(Named(1));
        agenda.set(Named(2), "three", after(30));
    });
    assert_eq!(one, "one");
    assert_eq!(machine.wait(1_000), "30: three");
}

// SM-06
#[test]
fn a_timer_comes_behind_the_messages_that_waited_when_it_was_due_and_before_later_ones() {
    let mut machine = machine("first second third");
    machine.stay(|agenda| agenda.set(State, "state", after(500)));
    machine.look();
    machine.pass(500);
    machine.send("later");
    assert_eq!(machine.rest(), "second third state later");
}

#[test]
fn a_timeout_of_no_time_comes_before_a_timer_that_is_late() {
    let mut machine = machine("first second");
    machine.stay(|agenda| agenda.set(State, "late", after(10)));
    machine.look();
    machine.pass(10);
    assert_eq!(machine.stay(|agenda| agenda.set(Named(0), "at-once", now())), "second");
    assert_eq!(machine.rest(), "at-once late");
}

#[test]
fn timers_that_are_late_come_in_the_order_of_their_times() {
    let mut machine = machine("first second");
    machine.stay(|agenda| {
        agenda.set(State, "third", after(30));
        agenda.set(Named(0), "first", after(10));
        agenda.set(Named(1), "second", after(20));
        agenda.set(Named(2), "also-second", after(20));
    });
    machine.look();
    machine.pass(100);
    assert_eq!(machine.rest(), "second first second also-second third");
}

#[test]
fn a_timer_that_is_late_can_still_be_cancelled() {
    let mut machine = machine("first go second");
    machine.stay(|agenda| {
        agenda.set(State, "state", after(10));
        agenda.set(Named(0), "named", after(10));
        agenda.set(Named(1), "other", after(10));
    });
    machine.look();
    machine.pass(10);
    assert_eq!(machine.change(|agenda| agenda.cancel(Named(0))), "go");
    assert_eq!(machine.rest(), "second other");
}

#[test]
fn a_time_in_the_past_is_not_at_once() {
    let mut machine = machine("first outside");
    machine.pass(100);
    let past = machine.at(50).into();
    machine.stay(|agenda| {
        agenda.set(Named(0), "past", past);
        agenda.set(Named(1), "at-once", now());
    });
    assert_eq!(machine.wait(0), "at-once outside, 100: past");
}

#[test]
fn the_time_of_a_timer_begins_when_somebody_looks_at_the_clock() {
    let mut machine = machine("first second");
    let at = machine.at(20).into();
    machine.stay(|agenda| {
        agenda.set(State, "relative", after(10));
        agenda.set(Named(0), "absolute", at);
    });
    assert!(machine.agenda.is_vague());
    machine.pass(15);
    assert_eq!(machine.rest(), "second");
    assert_eq!(machine.look(), Some(20));
    assert_eq!(machine.wait(1_000), "20: absolute, 25: relative");
    assert_eq!(machine.look(), None);
}

#[test]
fn a_new_timer_is_known_once_somebody_has_looked_at_the_clock() {
    let mut machine = machine("first second third");
    let at = machine.at(20).into();
    machine.stay(|agenda| agenda.set(Named(0), "absolute", at));
    assert!(machine.agenda.is_vague());
    assert_eq!(machine.look(), Some(20));
    machine.stay(|agenda| agenda.set(Named(1), "at-once", now()));
    assert!(!machine.agenda.is_vague());
    machine.rest();
    machine.send("fourth");
    machine.stay(|agenda| agenda.set(Named(1), "relative", after(10)));
    assert!(machine.agenda.is_vague());
    assert_eq!(machine.wait(1_000), "10: relative, 20: absolute");
}

// SM-07
#[test]
fn a_cancelled_timeout_does_not_come() {
    let mut machine = machine("first second");
    machine.stay(|agenda| {
        agenda.set(State, "state", after(50));
        agenda.set(Named(0), "named", after(50));
        agenda.set(Named(1), "other", after(50));
    });
    machine.stay(|agenda| {
        agenda.cancel(State);
        agenda.set(Named(0), "named", never());
        agenda.cancel(Named(2));
    });
    assert_eq!(machine.wait(1_000), "50: other");
}

// SM-07
#[test]
fn an_updated_timeout_comes_at_its_time_with_the_new_content() {
    let mut machine = machine("first");
    machine.stay(|agenda| agenda.set(Named(0), "old", after(50)));
    assert_eq!(machine.wait(30), "");
    machine.send("update");
    machine.stay(|agenda| agenda.update(Named(0), "new"));
    assert_eq!(machine.wait(1_000), "50: new");
}

// SM-07
#[test]
fn a_timeout_whose_time_has_come_can_still_be_updated() {
    let mut machine = machine("first update second");
    machine.stay(|agenda| agenda.set(Named(0), "old", after(50)));
    machine.look();
    machine.pass(50);
    machine.stay(|agenda| agenda.update(Named(0), "new"));
    assert_eq!(machine.rest(), "second new");
}

// SM-07
#[test]
fn the_update_of_a_timeout_that_does_not_run_brings_it_at_once() {
    let mut machine = machine("first outside");
    machine.stay(|agenda| agenda.set(Event, "old", after(50)));
    machine.send("later");
    machine.stay(|agenda| {
        agenda.update(Event, "event");
        agenda.insert("inserted");
    });
    assert_eq!(machine.rest(), "inserted later");

    machine.send("again");
    machine.send("outside");
    machine.stay(|agenda| {
        agenda.update(Named(0), "named");
        agenda.update(Event, "event");
    });
    assert_eq!(machine.rest(), "named outside");
}

#[test]
fn an_updated_timeout_of_no_time_keeps_its_place() {
    let mut machine = machine("first");
    machine.stay(|agenda| {
        agenda.set(Named(0), "one", now());
        agenda.set(Named(1), "two", now());
        agenda.set(Named(2), "three", now());
    });
    machine.stay(|agenda| agenda.update(Named(1), "zwei"));
    assert_eq!(machine.rest(), "zwei three");
}

#[test]
fn of_several_requests_for_one_timeout_the_last_counts_as_if_it_were_alone() {
    let mut machine = machine("first second third");
    machine.stay(|agenda| {
        agenda.set(Named(0), "never", now());
        agenda.set(Named(0), "old", after(50));
        agenda.set(Named(1), "lost", after(20));
        agenda.update(Named(1), "at-once");
    });
    assert_eq!(machine.stay(|_| {}), "at-once");
    machine.stay(|agenda| {
        agenda.cancel(Named(0));
        agenda.set(Named(0), "never", after(10));
        agenda.update(Named(0), "new");
    });
    assert_eq!(machine.wait(1_000), "third, 50: new");
}

#[test]
fn the_timeout_of_a_state_holds_unless_a_callback_says_otherwise() {
    let mut machine = machine("plain set cancel update other");
    machine.change(|agenda| agenda.set_by_default("default", after(30)));
    assert_eq!(machine.look(), Some(30));
    machine.change(|agenda| {
        agenda.set_by_default("default", after(30));
        agenda.set(State, "set", now());
    });
    assert_eq!(machine.stay(|_| {}), "set");
    machine.change(|agenda| {
        agenda.cancel(State);
        agenda.set_by_default("default", after(30));
    });
    machine.change(|agenda| {
        agenda.update(State, "updated");
        agenda.set_by_default("default", after(30));
    });
    assert_eq!(machine.wait(10), "other");
    assert_eq!(machine.wait(1_000), "30: updated");
}

// SM-09
#[test]
fn timeouts_by_name_outlive_the_state_and_are_told_apart() {
    let mut machine = machine("start");
    let (a, b, c, d) = (Named(0), Named(1), Named(2), Named(3));
    machine.stay(|agenda| {
        agenda.set(a, "a", after(1_500));
        agenda.set(b, "b", after(1_000));
        agenda.set(State, "state", after(700));
    });
    assert_eq!(machine.wait(0), "");
    machine.send("go");
    let at = machine.at(500).into();
    machine.change(|agenda| {
        agenda.set(c, "c", at);
        agenda.set(d, "d", now());
        agenda.set(Event, "event", now());
        agenda.set(b, "b", never());
        agenda.set(a, "new-a", after(1_000));
    });
    assert_eq!(machine.wait(5_000), "d, 500: c, 1000: new-a");
}

#[test]
fn a_timer_does_not_wait_for_messages_that_never_come() {
    let mut machine = machine("first");
    machine.stay(|agenda| agenda.set(State, "state", after(10)));
    machine.look();
    machine.agenda.expire(machine.at(10), 3);
    assert!(!machine.agenda.has_next());
    assert!(machine.agenda.rest());
    assert_eq!(machine.rest(), "state");
    assert!(!machine.agenda.rest());
}

#[test]
fn a_machine_that_ends_leaves_its_events_but_not_its_timeouts() {
    let mut machine = machine("first second third");
    machine.stay(|agenda| agenda.postpone("first"));
    machine.stay(|agenda| ["a", "b"].into_iter().for_each(|event| agenda.insert(event)));
    assert_eq!(machine.next(), Some("a"));
    machine.agenda.insert("c");
    machine.agenda.postpone("a");
    machine.agenda.set(State, "state", now());
    assert_eq!(machine.agenda.abandon().collect::<Vec<_>>(), ["c", "b", "first", "a"]);
}
