//! The options of a new version, `mailbox`, `call_timeout`, `inline`, hold once it has taken over; of a dynamic supervisor
//! those that are its own.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::future::ready;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::Sys;
use tokio::time::Instant;

/// A version of a drawer, which keeps what is put into it.
macro_rules! drawer {
    ($name:ident $(($($option:tt)+))? $(after $old:ident)?) => {
        #[gen_server $(($($option)+))?]
        struct $name {
            kept: Vec<u32>,
            asked: Vec<Reply<()>>,
        }

        #[gen_server]
        impl $name {
            #[init]
            fn init() -> Self {
                Self { kept: Vec::new(), asked: Vec::new() }
            }

            $(#[code_change]
            fn take_over(old: &mut $old) -> Self {
                Self { kept: std::mem::take(&mut old.kept), asked: std::mem::take(&mut old.asked) }
            })?

            #[cast]
            fn put(&mut self, number: u32) {
                self.kept.push(number);
            }

            #[call]
            fn kept(&self) -> Vec<u32> {
                self.kept.clone()
            }

            /// Is never answered.
            #[call(later)]
            fn ask(&mut self, reply: Reply<()>) -> Later {
                self.asked.push(reply);
                Later
            }
        }
    };
}

drawer!(Wide);
drawer!(Narrow(mailbox(capacity = 3)) after Wide);
drawer!(Small(mailbox(capacity = 2)));
drawer!(Endless after Small);
drawer!(Fresh(mailbox(capacity = 2, when_full = drop_oldest)) after Small);
drawer!(Hasty(call_timeout = 1s) after Wide);
drawer!(Patient(call_timeout = infinity) after Wide);
drawer!(Aloof(inline = false) after Wide);

/// Suspends the process, which has these numbers in what it took out of its mailbox by then.
async fn suspend_with<S>(sys: &Sys<S>, puts: impl FnOnce()) {
    let (suspended, ()) = tokio::join!(sys.suspend(), async { puts() });
    suspended.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn the_capacity_of_the_new_version_holds_and_what_waits_counts_once() {
    let drawer = Wide::start().await.unwrap();
    let sys = drawer.sys();
    // These wait behind the word that suspends it, and are taken out of the mailbox together with it.
    suspend_with(&sys, || (1..=2).for_each(|number| drawer.put(number))).await;
    sys.change_code(Narrow::upgrade()).await.unwrap();
    assert_eq!(sys.get_status().await.unwrap().mailbox_len, 2);
    drawer.put(3);
    drawer.put(4);
    assert_eq!(drawer.kept().await, Err(CallError::Full));
    sys.resume().await.unwrap();
    assert_eq!(drawer.kept().await, Ok(vec![1, 2, 3]));

    // It is as bounded when it runs: three wait for it, and a fourth finds no room.
    (4..=7).for_each(|number| drawer.put(number));
    tokio::task::yield_now().await;
    assert_eq!(drawer.kept().await, Ok(vec![1, 2, 3, 4, 5, 6]));
}

#[behaviour::test(start_paused = true)]
async fn what_waits_for_a_version_with_less_room_stays() {
    let drawer = Wide::start().await.unwrap();
    let sys = drawer.sys();
    suspend_with(&sys, || (1..=3).for_each(|number| drawer.put(number))).await;
    // Two more lie in the mailbox itself: they are the later ones.
    drawer.put(4);
    drawer.put(5);
    sys.change_code(Narrow::upgrade()).await.unwrap();
    drawer.put(6);
    assert_eq!(sys.get_status().await.unwrap().mailbox_len, 5);
    sys.resume().await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(drawer.kept().await, Ok(vec![1, 2, 3, 4, 5]));
}

#[behaviour::test(start_paused = true)]
async fn a_version_without_a_capacity_takes_whatever_comes() {
    let drawer = Small::start().await.unwrap();
    let sys = drawer.sys();
    sys.suspend().await.unwrap();
    (1..=3).for_each(|number| drawer.put(number));
    sys.change_code(Endless::upgrade()).await.unwrap();
    (4..=9).for_each(|number| drawer.put(number));
    sys.resume().await.unwrap();
    assert_eq!(drawer.kept().await, Ok(vec![1, 2, 4, 5, 6, 7, 8, 9]), "only the third met a full mailbox");
}

#[behaviour::test(start_paused = true)]
async fn who_has_to_go_when_the_mailbox_is_full_is_what_the_new_version_says() {
    let drawer = Small::start().await.unwrap();
    let sys = drawer.sys();
    sys.suspend().await.unwrap();
    (1..=3).for_each(|number| drawer.put(number));
    sys.change_code(Fresh::upgrade()).await.unwrap();
    drawer.put(4);
    sys.resume().await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(drawer.kept().await, Ok(vec![2, 4]));
}

#[behaviour::test(start_paused = true)]
async fn a_call_waits_as_long_as_the_new_version_says() {
    let begin = Instant::now();
    let drawer = Wide::start().await.unwrap();
    assert_eq!((drawer.ask().await, begin.elapsed()), (Err(CallError::Timeout), Duration::from_secs(5)));

    let sys = drawer.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Hasty::upgrade()).await.unwrap();
    sys.resume().await.unwrap();
    assert_eq!((drawer.ask().await, begin.elapsed()), (Err(CallError::Timeout), Duration::from_secs(6)));

    let drawer = Wide::start().await.unwrap();
    let sys = drawer.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Patient::upgrade()).await.unwrap();
    sys.resume().await.unwrap();
    assert!(tokio::time::timeout(Duration::from_mins(1), drawer.ask()).await.is_err());
}

#[behaviour::test(start_paused = true)]
async fn a_version_that_wants_its_own_task_is_run_by_no_caller() {
    let drawer = Wide::start().await.unwrap();
    // A call is there at its first look if the caller runs the server.
    let at_once = async || {
        tokio::select! {
            biased;
            kept = drawer.kept() => kept.is_ok(),
            () = ready(()) => false,
        }
    };
    assert!(at_once().await);
    let sys = drawer.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Aloof::upgrade()).await.unwrap();
    sys.resume().await.unwrap();
    tokio::task::yield_now().await;
    assert!(!at_once().await);
    assert_eq!(drawer.kept().await, Ok(Vec::new()));
}

#[behaviour::test(start_paused = true)]
async fn what_says_how_a_process_begins_does_nothing_to_a_dynamic_supervisor_that_runs() {
    let drawers = DynamicSupervisor::<Wide>::start().named("code change: drawers").await.unwrap();
    let sys = drawers.sys();
    sys.suspend().await.unwrap();
    let other = DynamicSupervisor::start().max_children(1).named("code change: others").link();
    sys.change_code(other).await.unwrap();
    sys.resume().await.unwrap();
    assert_eq!(drawers.name().as_deref(), Some("code change: drawers"));
    assert_eq!(process::whereis("code change: others"), None);
    drawers.start_child(()).await.unwrap();
    assert!(drawers.start_child(()).await.is_err(), "there may be one");
    // Who gave the start is not linked to it.
    drawers.kill();
    drawers.ended().await;
}
