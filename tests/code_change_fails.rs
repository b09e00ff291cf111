//! A code change that fails is the caller's error, whatever fails in it, and the process lives.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use behaviour::prelude::*;
use behaviour::sys::{self, SysError};

/// Panics when it is dropped, if it is live.
struct Bomb {
    is_live: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.is_live, "the bomb went off");
    }
}

/// The lamp of today.
#[gen_server]
struct Lamp {
    light: u32,
}

#[gen_server]
impl Lamp {
    #[init]
    fn init() -> Self {
        Self { light: 1 }
    }

    #[code_change]
    fn dim(&mut self, _bomb: Bomb) {
        self.light = 2;
        panic!("it cannot be dimmed");
    }

    #[call]
    fn light(&self) -> u32 {
        self.light
    }
}

/// The lamp of tomorrow, which does not come about.
#[gen_server]
struct Led;

#[gen_server]
impl Led {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn take_over(old: &mut Lamp) -> Self {
        old.light = 3;
        panic!("it cannot be done");
    }

    #[call]
    fn light(&self) -> u32 {
        100
    }
}

/// The lamp of the day after, which comes after a [`Led`] only.
#[gen_server]
struct Laser;

#[gen_server]
impl Laser {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn take_over(_old: &mut Led, bomb: Bomb) -> Self {
        drop(bomb);
        Self
    }

    #[call]
    fn light(&self) -> u32 {
        1_000
    }
}

#[behaviour::test(start_paused = true)]
async fn a_code_change_that_panics_is_the_callers_error_and_what_it_had_changed_stays() {
    let lamp = Lamp::start().await.unwrap();
    let sys = lamp.sys();
    sys.suspend().await.unwrap();
    for (change, why, light) in
        [(Lamp::upgrade(Bomb { is_live: false }), "it cannot be dimmed", 2), (Led::upgrade(), "it cannot be done", 3)]
    {
        let Err(SysError::CodeChange(ExitReason::Panic(panic))) = sys.change_code(change).await else {
            panic!("it should have failed")
        };
        assert_eq!(panic.message(), why);
        assert_eq!(sys.get_state(|lamp| lamp.light).await, Ok(light));
    }
    sys.resume().await.unwrap();
    assert_eq!(lamp.light().await, Ok(3));
}

#[behaviour::test(start_paused = true)]
async fn a_request_that_panics_as_it_is_dropped_is_the_callers_error_too() {
    let lamp = Lamp::start().await.unwrap();
    let sys = lamp.sys();
    assert_eq!(sys.change_code(Laser::upgrade(Bomb { is_live: true })).await, Err(SysError::NotSuspended));
    sys.suspend().await.unwrap();
    // It is for another version, so nobody takes what it brings along.
    assert_eq!(sys.change_code(Laser::upgrade(Bomb { is_live: false })).await, Err(SysError::OtherImplementation));
    let Err(SysError::CallbackFailed(ExitReason::Panic(panic))) =
        sys.change_code(Laser::upgrade(Bomb { is_live: true })).await
    else {
        panic!("the bomb should have gone off")
    };
    assert_eq!(panic.message(), "the bomb went off");

    let bomb = Bomb { is_live: true };
    let looked = sys::of(lamp.pid()).get_state_of(move |_: &u64| drop(bomb)).await;
    assert!(matches!(looked, Err(SysError::CallbackFailed(_))), "{looked:?}");
    sys.resume().await.unwrap();
    assert_eq!(lamp.light().await, Ok(1));
}
