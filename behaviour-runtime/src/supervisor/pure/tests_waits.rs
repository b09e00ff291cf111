//! The machine with significant children, and with restarts that wait, one behaviour at a time. `~1:20ms` lets the
//! restart of child 1 wait so long; the other signs are those of [`tests`](super::tests).

use std::time::Duration;

use super::driver::Driver;
use super::{AutoShutdown, Backoff, BadCombination, ChildError, ChildKey, Ending, Event, Policy, Restart, Strategy};

use AutoShutdown::{AllSignificant, AnySignificant, Never};
use Ending::{Abnormal, Normal, Shutdown};
use Restart::{Permanent, Temporary, Transient};
use Strategy::{OneForAll, OneForOne, RestForOne};

const MS: Duration = Duration::from_millis(1);

fn plain(restart: Restart) -> Policy {
    restart.into()
}

fn significant(restart: Restart) -> Policy {
    Policy { significant: true, ..restart.into() }
}

/// Waits 100 ms, then 200 ms, then 300 ms.
fn patient(restart: Restart) -> Policy {
    Policy { backoff: Some(Backoff::new(100 * MS).max(300 * MS)), ..restart.into() }
}

// SUP-62
#[test]
fn a_temporary_significant_child_ends_its_supervisor_however_it_ends() {
    for ending in [Normal, Shutdown, Abnormal] {
        let children = [significant(Temporary), significant(Temporary), plain(Permanent)];
        let mut sup = Driver::ending(OneForOne, AnySignificant, &children);
        let expected = if ending == Abnormal { "terminated:1 x1 -2 -0 x0 auto" } else { "x1 -2 -0 x0 auto" };
        assert_eq!(sup.exit(1, ending), expected);
    }
}

// SUP-62, SUP-63
#[test]
fn the_last_significant_child_ends_a_supervisor_that_waits_for_all() {
    for restart in [Transient, Temporary] {
        let children = [significant(restart), plain(restart), significant(restart)];
        let mut sup = Driver::ending(OneForOne, AllSignificant, &children);
        let gone = |child: usize| if restart == Temporary { format!("x{child} ") } else { String::new() };
        assert_eq!(sup.exit(0, Normal), gone(0).trim());
        assert_eq!(sup.exit(2, Normal), format!("{}-1 {}auto", gone(2), gone(1)));
    }
}

// SUP-63
#[test]
fn a_transient_significant_child_that_is_restarted_ends_nobody() {
    for auto_shutdown in [AnySignificant, AllSignificant] {
        let mut sup = Driver::ending(OneForOne, auto_shutdown, &[significant(Transient), plain(Permanent)]);
        assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0");
        assert_eq!(sup.exit(0, Shutdown), "-1 auto");
    }
}

// SUP-62, SUP-63
#[test]
fn a_significant_child_that_is_terminated_by_hand_ends_nobody() {
    for restart in [Transient, Temporary] {
        for auto_shutdown in [AnySignificant, AllSignificant] {
            let mut sup = Driver::ending(OneForOne, auto_shutdown, &[significant(restart), significant(restart)]);
            for child in [0, 1] {
                assert_eq!(sup.machine.terminate_child(ChildKey(child)), Ok(()));
                assert!(sup.run().starts_with(&format!("-{child}")));
                assert!(sup.machine.is_idle());
            }
        }
    }
}

// SUP-65
#[test]
fn a_significant_sibling_that_goes_along_with_a_restart_ends_nobody() {
    for auto_shutdown in [Never, AnySignificant, AllSignificant] {
        let sibling = |restart| if auto_shutdown == Never { plain(restart) } else { significant(restart) };
        let children = [plain(Transient), sibling(Transient), sibling(Temporary)];
        for (strategy, expected) in [(OneForOne, "+0"), (OneForAll, "-2 x2 -1 +0 +1"), (RestForOne, "-2 x2 -1 +0 +1")] {
            let mut sup = Driver::ending(strategy, auto_shutdown, &children);
            assert_eq!(sup.exit(0, Abnormal), format!("terminated:0 {expected}"));
            assert!(sup.machine.is_idle());
        }
    }
}

#[test]
fn a_plain_child_ends_nobody() {
    for auto_shutdown in [AnySignificant, AllSignificant] {
        let mut sup = Driver::ending(OneForOne, auto_shutdown, &[plain(Transient), plain(Temporary)]);
        assert_eq!(sup.exit(0, Normal), "");
        assert_eq!(sup.exit(1, Abnormal), "terminated:1 x1");
    }
}

#[test]
fn a_child_that_is_restarting_is_still_there() {
    let mut sup = Driver::ending(OneForOne, AllSignificant, &[significant(Transient), significant(Transient)]);
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0 error:0 ?0");
    assert_eq!(sup.exit(1, Normal), "");
    assert_eq!(sup.retry(), "+0");
    assert_eq!(sup.exit(0, Normal), "auto");
}

#[test]
fn a_child_that_is_down_until_a_sibling_is_restarted_is_still_there() {
    let children = [significant(Transient), patient(Permanent), significant(Transient)];
    let mut sup = Driver::ending(RestForOne, AllSignificant, &children);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -2 ~1:100ms");
    assert_eq!(sup.exit(0, Normal), "");
    assert_eq!(sup.wait_over(), "+1 +2");
    assert_eq!(sup.exit(2, Normal), "-1 auto");

    // But not one that was done before.
    let mut sup = Driver::ending(RestForOne, AllSignificant, &children);
    assert_eq!(sup.exit(2, Normal), "");
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 ~1:100ms");
    assert_eq!(sup.exit(0, Normal), "auto");
}

// SUP-29, SUP-67
#[test]
fn a_child_that_contradicts_its_supervisor_is_refused() {
    for (auto_shutdown, policy, error) in [
        (Never, significant(Transient), BadCombination::SignificantNever),
        (AnySignificant, significant(Permanent), BadCombination::SignificantPermanent),
        (AllSignificant, patient(Temporary), BadCombination::BackoffTemporary),
    ] {
        let mut sup = Driver::ending(OneForOne, auto_shutdown, &[]);
        assert_eq!(sup.machine.start_child(None, policy), Err(ChildError::BadCombination(error)));
        assert_eq!((sup.run().as_str(), sup.children().as_str()), ("", ""));
    }
}

#[test]
fn restarts_in_a_row_wait_longer_and_longer() {
    let mut sup = Driver::started(OneForOne, 9, &[patient(Permanent), plain(Permanent)]);
    for expected in ["100ms", "200ms", "300ms", "300ms"] {
        assert_eq!(sup.exit(0, Abnormal), format!("terminated:0 ~0:{expected}"));
        assert_eq!(sup.children(), "0:Restarting 1:Running");
        // Meanwhile there is time for others.
        assert_eq!(sup.exit(1, Abnormal), "terminated:1 +1");
        assert_eq!(sup.wait_over(), "+0");
        sup.now += 299 * MS;
    }
    sup.now += MS;
    assert_eq!(sup.exit(0, Normal), "terminated:0 ~0:100ms");
    assert_eq!(sup.tell(Event::Shutdown), "-1 done");
    assert_eq!(sup.wait_over(), "");
}

#[test]
fn a_restart_that_fails_is_one_of_the_row() {
    let mut sup = Driver::started(OneForOne, 9, &[patient(Permanent)]);
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 ~0:100ms");
    assert_eq!(sup.wait_over(), "+0 error:0 ~0:200ms");
    assert_eq!(sup.wait_over(), "+0");
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 ~0:300ms");
}

#[test]
fn a_supervisor_gives_up_before_it_waits() {
    let mut sup = Driver::started(OneForOne, 1, &[patient(Permanent), plain(Permanent)]);
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 ~0:100ms");
    assert_eq!(sup.wait_over(), "+0 error:0 max:0 -1 gave-up");

    let mut sup = Driver::started(OneForOne, 0, &[patient(Permanent)]);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 max:0 gave-up");
}

#[test]
fn those_who_go_with_a_restart_are_down_while_it_waits() {
    let children = [plain(Permanent), patient(Permanent), plain(Permanent), plain(Temporary)];
    let mut sup = Driver::started(OneForAll, 9, &children);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -3 x3 -2 -0 ~1:100ms");
    assert_eq!(sup.children(), "0:Undefined 1:Restarting 2:Undefined");
    assert_eq!(sup.wait_over(), "+0 +1 +2");

    let mut sup = Driver::started(RestForOne, 9, &children);
    assert_eq!(sup.exit(1, Abnormal), "terminated:1 -3 x3 -2 ~1:100ms");
    assert_eq!(sup.children(), "0:Running 1:Restarting 2:Undefined");
    // The crash of one before it takes it along, and does not wait.
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0 +1 +2");
    assert_eq!(sup.wait_over(), "");
}

#[test]
fn those_who_were_restarted_before_one_that_fails_and_waits_are_stopped_again() {
    let mut sup = Driver::started(OneForAll, 9, &[plain(Permanent), patient(Permanent), plain(Permanent)]);
    sup.next_start(1, Event::StartFailed);
    assert_eq!(sup.exit(2, Abnormal), "terminated:2 -1 -0 +0 +1 error:1 -0 ~1:100ms");
    assert_eq!(sup.wait_over(), "+0 +1 +2");
}

#[test]
fn a_wait_that_was_ended_by_hand_starts_nobody() {
    let mut sup = Driver::started(OneForOne, 9, &[patient(Permanent)]);
    let child = ChildKey(0);
    sup.exit(0, Abnormal);
    assert_eq!(sup.machine.restart_child(child), Err(ChildError::Restarting));
    assert_eq!(sup.machine.terminate_child(child), Ok(()));
    assert_eq!(sup.run(), "");
    assert_eq!(sup.machine.restart_child(child), Ok(()));
    assert_eq!(sup.run(), "+0");
    // It waits anew, as for the first time; the old wait means nothing to the new one.
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 ~0:100ms");
    assert_eq!(sup.wait_over(), "");
    assert_eq!(sup.children(), "0:Restarting");
    assert_eq!(sup.wait_over(), "+0");
}

#[test]
fn an_attempt_that_is_still_on_its_way_cuts_no_wait_short() {
    let mut sup = Driver::started(OneForOne, 9, &[plain(Permanent)]);
    let child = ChildKey(0);
    // It fails, is started by hand meanwhile and fails again: two attempts are on their way.
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0 error:0 ?0");
    assert_eq!(sup.machine.terminate_child(child), Ok(()));
    assert_eq!(sup.run(), "");
    assert_eq!(sup.machine.restart_child(child), Ok(()));
    assert_eq!(sup.run(), "+0");
    sup.next_start(0, Event::StartFailed);
    assert_eq!(sup.exit(0, Abnormal), "terminated:0 +0 error:0 ?0");
    // By new code, it waits from now on.
    assert_eq!(sup.machine.rearrange([(Some(child), Some(patient(Permanent)))].into_iter()), [ChildKey(1)]);
    assert_eq!(sup.retry(), "~1:100ms");
    assert_eq!(sup.retry(), "");
    assert_eq!(sup.children(), "1:Restarting");
    assert_eq!(sup.wait_over(), "+1");
}
