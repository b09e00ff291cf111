//! `#[code_change]` of state machines: new code in the middle of a state, which is no event.

use std::fmt;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::sys::SysError;
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

/// What the light shows today.
#[gen_statem(state)]
#[derive(Clone, Debug, PartialEq)]
enum Light {
    Red { waiting: u32 },
    Green,
}

/// There are too many of them.
#[derive(Debug, PartialEq)]
struct Crowd(u32);

impl fmt::Display for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} wait", self.0)
    }
}

impl std::error::Error for Crowd {}

/// The crossing of today.
#[gen_statem(Light)]
struct Crossing {
    served: u32,
    entered: Vec<&'static str>,
}

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Red) {
        (Self { served: 0, entered: Vec::new() }, Red { waiting: 0 })
    }

    #[code_change]
    fn clear(&mut self, light: &mut Light, served: u32) -> Result<(), Crowd> {
        if let Light::Red(Red { waiting }) = *light
            && waiting > 9
        {
            return Err(Crowd(waiting));
        }
        self.served = served;
        *light = Light::Green(Green);
        Ok(())
    }

    #[cast(else = ignore)]
    fn car(&mut self, red: &mut Red) {
        red.waiting += 1;
    }

    #[cast(else = ignore)]
    fn stop_all(&mut self, _: Green) -> Red {
        Red { waiting: 0 }
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

    #[enter]
    fn lamp(&mut self, light: &Light) {
        self.entered.push(light.name());
    }
}

/// What follows the old states, in modules of its own, for a state is a struct.
mod tomorrow {
    use super::{Crossing, Crowd, Light};
    use behaviour::prelude::*;

    /// What the light shows tomorrow.
    #[gen_statem(state)]
    pub(super) enum Lamp {
        /// Nobody may go; a day comes before it.
        Dark,
        /// As red was.
        Stop {
            /// How many cars wait.
            waiting: u32,
        },
        /// As green was.
        Drive,
    }

    /// The crossing of tomorrow.
    #[gen_statem(Lamp)]
    pub(super) struct Smart {
        pub(super) served: u32,
        pub(super) entered: Vec<&'static str>,
    }

    #[gen_statem(Lamp)]
    impl Smart {
        #[init]
        fn init() -> (Self, Dark) {
            (Self { served: 0, entered: Vec::new() }, Dark)
        }

        #[code_change]
        fn replace(old: &mut Crossing, light: &Light, most: u32) -> Result<(Self, Next<(Stop, Drive)>), Crowd> {
            let state = match *light {
                Light::Red(super::Red { waiting }) if waiting > most => return Err(Crowd(waiting)),
                Light::Red(super::Red { waiting }) => Next::to(Stop { waiting: 10 * waiting }),
                Light::Green(_) => Next::to(Drive),
            };
            Ok((Self { served: old.served, entered: std::mem::take(&mut old.entered) }, state))
        }

        #[cast(else = ignore)]
        fn car(&mut self, stop: &mut Stop) {
            stop.waiting += 100;
        }

        #[state_timeout(1s)]
        fn dawn(&mut self, _: Dark) -> Stop {
            Stop { waiting: 0 }
        }

        #[cast(else = ignore)]
        fn stop_all(&mut self, _: Drive) -> Stop {
            Stop { waiting: 0 }
        }

        /// Waits until it may drive.
        #[call(else = postpone)]
        fn cross(&mut self, _: &Drive) -> u32 {
            self.served += 1;
            self.served
        }

        #[call]
        fn entered(&self, _: &Lamp) -> Vec<&'static str> {
            self.entered.clone()
        }

        #[state_timeout(30s)]
        fn go(&mut self, stop: Stop) -> Drive {
            self.served += stop.waiting;
            Drive
        }

        #[enter]
        fn lamp(&mut self, lamp: &Lamp) {
            self.entered.push(lamp.name());
        }
    }
}

use tomorrow::Smart;

// SM-10
#[behaviour::test(start_paused = true)]
async fn a_machine_goes_on_in_its_new_version_in_the_middle_of_a_state() {
    let crossing = Crossing::start().await.unwrap();
    crossing.car();
    let crosses = tokio::spawn(crossing.cross());
    sleep(10 * SECOND).await;
    let sys = crossing.sys();
    sys.suspend().await.unwrap();
    crossing.car();
    sys.change_code(Smart::upgrade(3)).await.unwrap();
    assert_eq!(crossing.sys().get_status().await.unwrap().machine.unwrap().postponed, ["cross"]);
    sys.resume().await.unwrap();
    assert_eq!(crossing.state_name().await, Ok("Stop"));
    assert_eq!(crossing.entered().await.as_deref(), Ok(&["Red"][..]), "the change entered nothing");
    // The state timeout runs on: 20 s are left, and the new version counts what waits, the car of meanwhile included.
    let (before, served) = (tokio::time::Instant::now(), crosses.await.unwrap());
    assert_eq!((before.elapsed(), served), (20 * SECOND, Ok(111)));
    assert_eq!(crossing.entered().await.as_deref(), Ok(&["Red", "Drive"][..]));
    let served = sys.version::<Smart>().get_state(|(lamp, smart)| (lamp.name(), smart.served)).await;
    assert_eq!(served, Ok(("Drive", 111)));
}

#[behaviour::test(start_paused = true)]
async fn a_machine_changes_its_own_state_and_data_without_entering_it() {
    let crossing = Crossing::start().await.unwrap();
    let crosses = tokio::spawn(crossing.cross());
    let sys = crossing.sys();
    assert_eq!(sys.change_code(Crossing::upgrade(6)).await, Err(SysError::NotSuspended));
    sys.suspend().await.unwrap();
    sys.change_code(Crossing::upgrade(6)).await.unwrap();
    sys.resume().await.unwrap();
    assert_eq!(crossing.state_name().await, Ok("Green"));
    assert_eq!(crossing.entered().await.as_deref(), Ok(&["Red"][..]));
    assert_eq!(crossing.cross().await, Ok(7));
    // What was postponed waits for a change of the state, which this was not.
    assert!(!crosses.is_finished());
}

// SM-56
#[behaviour::test(start_paused = true)]
async fn a_change_that_fails_leaves_the_old_machine_at_work() {
    let crossing = Crossing::start().await.unwrap();
    (0..10).for_each(|_| crossing.car());
    let sys = crossing.sys();
    sys.suspend().await.unwrap();
    for change in [Crossing::upgrade(1), Smart::upgrade(3)] {
        let refused = sys.change_code(change).await;
        assert!(matches!(refused, Err(SysError::CodeChange(reason)) if reason.downcast_ref() == Some(&Crowd(10))));
    }
    sys.resume().await.unwrap();
    assert_eq!(crossing.state_name().await, Ok("Red"));
    assert_eq!(crossing.cross().await, Ok(11));
}
