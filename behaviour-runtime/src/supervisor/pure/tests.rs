//! The machine, one behaviour at a time. `+1` starts, `-1` stops, `?1` tries again, `x1` forgets child 1.

use std::time::Duration;

use super::driver::Driver;
use super::{ChildError, ChildKey, Ending, Event, Restart, Strategy};

use Ending::{Abnormal, Normal, Shutdown};
use Restart::{Permanent, Temporary, Transient};
use Strategy::{OneForAll, OneForOne, RestForOne};

// SUP-90
#[test]
fn children_start_in_order_and_stop_in_reverse_order() {
    let mut sup = Driver::new(OneForOne, 1, &[Permanent, Transient, Temporary]);
    assert_eq!(sup.run(), "+0 +1 +2 ready");
    assert_eq!(sup.tell(Event::Shutdown), "-2 x2 -1 -0 done");
    assert_eq!(sup.tell(Event::Shutdown), "");
}

// SUP-01
#[test]
fn a_supervisor_without_children_starts_and_ends() {
    let mut sup = Driver::new(OneForOne, 1, &[Permanent; 0]);
    assert_eq!(sup.run(), "ready");
    assert!(sup.machine.is_idle());
    assert_eq!(sup.tell(Event::Shutdown), "done");
    assert!(!sup.machine.is_idle());
}

// SUP-54
#[test]
fn a_child_that_cannot_start_fails_the_start_of_its_supervisor() {
    let mut sup = Driver::new(OneForOne, 1, &[Permanent; 4]);
    sup.next_start(2, Event::StartFailed);
    assert_eq!(sup.run(), "+0 +1 +2 error:2 -1 -0 failed:2");
}

// SUP-03, SUP-05
#[test]
fn a_child_that_ignores_its_start_is_kept_unless_it_is_temporary() {
    let mut sup = Driver::new(OneForOne, 1, &[Permanent, Temporary, Permanent]);
    sup.next_start(0, Event::Ignored);
    sup.next_start(1, Event::Ignored);
    assert_eq!(sup.run(), "+0 +1 x1 +2 ready");
    assert_eq!(sup.children(), "0:Undefined 2:Running");
}

// SUP-33
#[test]
fn one_for_one_restarts_only_the_child_that_ended() {
    let mut sup = Driver::started(OneForOne, 2, &[Permanent; 2]);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0");
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0");
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 max:0 -1 gave-up");
}

// SUP-31
#[test]
fn restarts_that_are_far_apart_go_on_for_ever() {
    let mut sup = Driver::started(OneForOne, 1, &[Permanent]);
    for _ in 0..4 {
        assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0");
        sup.now += Duration::from_millis(2_100);
    }
}

// SUP-35
#[test]
fn one_for_all_restarts_all() {
    let mut sup = Driver::started(OneForAll, 2, &[Permanent; 3]);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 -0 +0 +1 +2");
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 -2 -1 +0 +1 +2");
    assert_eq!(sup.exit(2, Abnormal), "terminated:2 max:2 -1 -0 gave-up");
}

// SUP-37
#[test]
fn one_for_all_begins_anew_when_a_sibling_cannot_start() {
    let mut sup = Driver::started(OneForAll, 2, &[Permanent; 3]);
    sup.next_start(1, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 -2 -1 +0 +1 error:1 ?1");
    assert_eq!(sup.children(), "0:Running 1:Restarting 2:Undefined");
    assert_eq!(sup.retry(), "-0 +0 +1 +2");
}

// SUP-36
#[test]
fn one_for_all_gives_up_on_a_sibling_that_cannot_start() {
    let mut sup = Driver::started(OneForAll, 2, &[Permanent; 2]);
    sup.next_start(1, Event::StartFailed);
    sup.next_start(1, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 -1 +0 +1 error:1 ?1");
    assert_eq!(sup.retry(), "-0 +0 +1 error:1 ?1");
    assert_eq!(sup.retry(), "max:1 -0 gave-up");
}

// SUP-44
#[test]
fn rest_for_one_restarts_those_after() {
    let mut sup = Driver::started(RestForOne, 2, &[Permanent; 4]);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -3 -2 +1 +2 +3");
    assert_eq!(sup.exit(3, Abnormal), "terminated:3 +3");
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 max:1 -3 -2 -0 gave-up");
}

// SUP-46
#[test]
fn rest_for_one_tries_again_at_the_child_that_could_not_start() {
    let mut sup = Driver::started(RestForOne, 2, &[Permanent; 4]);
    sup.next_start(2, Event::StartFailed);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -3 -2 +1 +2 error:2 ?2");
    assert_eq!(sup.children(), "0:Running 1:Running 2:Restarting 3:Undefined");
    assert_eq!(sup.retry(), "+2 +3");
}

// SUP-45
#[test]
fn rest_for_one_gives_up_on_a_later_child_that_cannot_start() {
    let mut sup = Driver::started(RestForOne, 1, &[Permanent; 3]);
    sup.next_start(2, Event::StartFailed);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 +1 +2 error:2 ?2");
    assert_eq!(sup.retry(), "max:2 -1 -0 gave-up");
}

// SUP-48, SUP-51, SUP-55
#[test]
fn a_permanent_child_is_always_restarted() {
    let mut sup = Driver::started(OneForOne, 3, &[Permanent]);
    for ending in [Normal, Shutdown, Abnormal] {
        assert_eq!(sup.exit(0, ending), "terminated:0 +0");
    }
}

// SUP-49, SUP-52
#[test]
fn a_transient_child_that_ended_well_stays_down_until_it_is_asked_for() {
    let mut sup = Driver::started(OneForOne, 1, &[Transient]);
    for ending in [Normal, Shutdown] {
        assert_eq!(sup.exit(0, ending), "");
        assert_eq!(sup.children(), "0:Undefined");
        assert_eq!(sup.machine.restart_child(ChildKey(0)), Ok(()));
        assert_eq!(sup.run(), "+0");
    }
}

// SUP-56, SUP-61
#[test]
fn a_transient_child_that_ended_abnormally_is_restarted() {
    let mut sup = Driver::started(OneForOne, 1, &[Transient]);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0");
}

// SUP-50, SUP-57
#[test]
fn a_temporary_child_is_gone_when_it_ends() {
    let mut sup = Driver::started(OneForOne, 1, &[Temporary; 3]);
    assert_eq!(sup.exit(0, Normal), "x0");
    assert_eq!(sup.exit(1, Shutdown), "x1");
    assert_eq!(sup.exit(2, Abnormal), "terminated:2 x2");
    assert_eq!(sup.children(), "");
}

#[test]
fn temporary_siblings_do_not_survive_a_restart() {
    let mut sup = Driver::started(OneForAll, 1, &[Temporary, Permanent, Temporary]);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 x2 -0 x0 +1");
    let mut sup = Driver::started(RestForOne, 1, &[Temporary, Permanent, Temporary]);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 x2 +1");
}

// SUP-59
#[test]
fn a_round_also_starts_those_that_were_down() {
    let mut sup = Driver::new(OneForAll, 1, &[Permanent, Transient, Permanent]);
    sup.next_start(0, Event::Ignored);
    sup.run();
    assert_eq!(sup.exit(1, Normal), "");
    assert_eq!(sup.exit(2, Abnormal), "terminated:2 +0 +1 +2");
}

#[test]
fn no_intensity_restarts_nothing() {
    let mut sup = Driver::started(OneForOne, 0, &[Permanent; 2]);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 max:1 -0 gave-up");
}

// SUP-21
#[test]
fn children_that_end_while_another_is_stopped_for_good_change_nothing() {
    let mut sup = Driver::started(OneForOne, 1, &[Permanent, Transient, Temporary]);
    sup.meanwhile(2, Event::Exited { child: ChildKey(0), ending: Abnormal });
    sup.meanwhile(2, Event::Exited { child: ChildKey(1), ending: Normal });
    assert_eq!(sup.tell(Event::Shutdown), "-2 x2 -1 -0 done");
}

#[test]
fn an_exit_of_a_child_that_was_stopped_meanwhile_is_ignored() {
    let mut sup = Driver::started(OneForAll, 1, &[Permanent; 3]);
    sup.meanwhile(2, Event::Exited { child: ChildKey(1), ending: Abnormal });
    sup.meanwhile(1, Event::Exited { child: ChildKey(1), ending: Abnormal });
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 -2 -1 +0 +1 +2");
    assert!(sup.machine.is_idle());
}

#[test]
fn an_exit_during_a_round_is_handled_after_it() {
    let mut sup = Driver::started(RestForOne, 2, &[Permanent; 3]);
    sup.meanwhile(2, Event::Exited { child: ChildKey(0), ending: Abnormal });
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 +1 +2 terminated:0 -2 -1 +0 +1 +2");
}

#[test]
fn shutdown_in_the_middle_of_a_start_stops_what_has_been_started() {
    let mut sup = Driver::new(OneForOne, 1, &[Permanent; 4]);
    sup.meanwhile(2, Event::Shutdown);
    assert_eq!(sup.run(), "+0 +1 +2 -2 -1 -0 done");

    let mut sup = Driver::new(OneForOne, 1, &[Permanent; 4]);
    sup.meanwhile(2, Event::Shutdown);
    sup.next_start(2, Event::StartFailed);
    assert_eq!(sup.run(), "+0 +1 +2 -1 -0 done");
}

#[test]
fn shutdown_in_the_middle_of_a_round_stops_the_rest() {
    let mut sup = Driver::started(OneForAll, 1, &[Permanent; 4]);
    sup.meanwhile(2, Event::Shutdown);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 -3 -2 -1 done");
}

#[test]
fn shutdown_while_giving_up_changes_nothing() {
    let mut sup = Driver::started(OneForOne, 0, &[Permanent; 3]);
    sup.meanwhile(1, Event::Shutdown);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 max:0 -2 -1 gave-up");
}

// SUP-83
#[test]
fn a_child_that_cannot_be_restarted_can_still_be_asked_about() {
    let mut sup = Driver::started(OneForOne, 9, &[Permanent]);
    let child = ChildKey(0);
    sup.next_start(0, Event::StartFailed);
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0 error:0 ?0");
    assert_eq!(sup.retry(), "+0 error:0 ?0");

    assert_eq!(sup.machine.start_child(Some(child), Permanent.into()), Err(ChildError::AlreadyPresent));
    assert_eq!(sup.machine.restart_child(child), Err(ChildError::Restarting));
    assert_eq!(sup.machine.delete_child(child), Err(ChildError::Restarting));
    assert_eq!(sup.children(), "0:Restarting");

    assert_eq!(sup.machine.terminate_child(child), Ok(()));
    assert_eq!(sup.run(), "");
    assert_eq!(sup.children(), "0:Undefined");
    assert_eq!(sup.retry(), "");
    assert_eq!(sup.machine.restart_child(child), Ok(()));
    assert_eq!(sup.run(), "+0");

    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0 error:0 ?0");
    assert_eq!(sup.tell(Event::Shutdown), "done");
}

// SUP-84
#[test]
fn those_after_a_child_that_cannot_be_restarted_are_down() {
    let mut sup = Driver::started(RestForOne, 9, &[Permanent; 3]);
    sup.next_start(1, Event::StartFailed);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 +1 error:1 ?1");
    assert_eq!(sup.children(), "0:Running 1:Restarting 2:Undefined");
    assert_eq!(sup.machine.terminate_child(ChildKey(1)), Ok(()));
    assert_eq!(sup.retry(), "");
    assert_eq!(sup.children(), "0:Running 1:Undefined 2:Undefined");
    assert_eq!(sup.tell(Event::Shutdown), "-0 done");
}

// SUP-84
#[test]
fn those_whom_a_retry_will_start_are_awaited() {
    for (strategy, expected) in
        [(OneForOne, [false, true, false]), (OneForAll, [true; 3]), (RestForOne, [false, true, true])]
    {
        let mut sup = Driver::started(strategy, 9, &[Permanent; 3]);
        sup.next_start(1, Event::StartFailed);
        sup.exit(1, Abnormal);
        assert_eq!([0, 1, 2].map(|child| sup.machine.awaited()(ChildKey(child))), expected, "{strategy:?}");
        assert_eq!(sup.machine.terminate_child(ChildKey(1)), Ok(()));
        sup.run();
        assert_eq!([0, 1, 2].map(|child| sup.machine.awaited()(ChildKey(child))), [false; 3]);
    }
}

// SUP-25
#[test]
fn a_child_is_terminated_restarted_and_deleted() {
    let mut sup = Driver::started(OneForOne, 1, &[Permanent; 0]);
    let child = sup.machine.start_child(None, Permanent.into()).expect("the id is new");
    assert_eq!(sup.run(), "+0");
    assert_eq!(sup.machine.start_child(Some(child), Permanent.into()), Err(ChildError::AlreadyStarted));
    assert_eq!(sup.machine.restart_child(child), Err(ChildError::Running));
    assert_eq!(sup.machine.delete_child(child), Err(ChildError::Running));
    assert_eq!(sup.machine.terminate_child(child), Ok(()));
    assert_eq!(sup.run(), "-0");
    assert_eq!(sup.machine.terminate_child(child), Ok(()));
    assert_eq!(sup.run(), "");
    assert_eq!(sup.machine.start_child(Some(child), Permanent.into()), Err(ChildError::AlreadyPresent));
    assert_eq!(sup.machine.restart_child(child), Ok(()));
    assert_eq!(sup.run(), "+0");
    assert_eq!(sup.machine.terminate_child(child), Ok(()));
    assert_eq!(sup.run(), "-0");
    assert_eq!(sup.machine.delete_child(child), Ok(()));
    assert_eq!(sup.run(), "x0");
    assert_eq!(sup.machine.restart_child(child), Err(ChildError::NotFound));
    assert_eq!(sup.machine.delete_child(child), Err(ChildError::NotFound));
    assert_eq!(sup.machine.terminate_child(child), Err(ChildError::NotFound));
}

// SUP-79
#[test]
fn a_temporary_child_that_is_terminated_makes_room_for_its_id() {
    let mut sup = Driver::started(OneForOne, 1, &[Temporary]);
    assert_eq!(sup.machine.terminate_child(ChildKey(0)), Ok(()));
    assert_eq!(sup.run(), "-0 x0");
    let again = sup.machine.start_child(Some(ChildKey(0)), Temporary.into());
    assert_eq!(again, Ok(ChildKey(1)));
    assert_eq!(sup.run(), "+1");
}

// SUP-10
#[test]
fn a_new_child_that_cannot_start_is_not_kept() {
    let mut sup = Driver::started(OneForOne, 1, &[Permanent]);
    assert_eq!(sup.machine.start_child(None, Permanent.into()), Ok(ChildKey(1)));
    sup.next_start(1, Event::StartFailed);
    assert_eq!(sup.run(), "+1 x1");
    assert_eq!(sup.children(), "0:Running");
}

#[test]
fn a_child_that_cannot_be_started_by_hand_stays_as_it_was() {
    let mut sup = Driver::started(OneForOne, 1, &[Permanent]);
    assert_eq!(sup.machine.terminate_child(ChildKey(0)), Ok(()));
    sup.run();
    assert_eq!(sup.machine.restart_child(ChildKey(0)), Ok(()));
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.run(), "+0");
    assert_eq!(sup.children(), "0:Undefined");
}

// SUP-90, SUP-95
#[test]
fn added_children_come_last() {
    let mut sup = Driver::started(RestForOne, 1, &[Permanent; 2]);
    assert_eq!(sup.machine.start_child(None, Permanent.into()), Ok(ChildKey(2)));
    assert_eq!(sup.run(), "+2");
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 +1 +2");
    let newest = sup.machine.children().next_back();
    assert_eq!(newest.map(|(child, _)| child), Some(ChildKey(2)));
}

// SUP-91
#[test]
fn a_hundred_thousand_children_start_and_stop() {
    let mut sup = Driver::new(OneForAll, 1, &vec![Permanent; 100_000]);
    assert!(sup.run().ends_with("+99998 +99999 ready"));
    assert!(sup.exit(50_000, Abnormal).ends_with("+99998 +99999"));
    assert!(sup.tell(Event::Shutdown).ends_with("-1 -0 done"));
}
