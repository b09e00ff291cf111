//! The crate re-exported under another path, a machine whose enum, struct and handlers stand in three modules, one inside
//! a function, and one that a macro writes.

/// What somebody re-exports.
pub mod vendor {
    pub use behaviour as otp;
}

pub mod states {
    /// What the light shows.
    #[crate::statem_elsewhere::vendor::otp::gen_statem(state, crate = crate::statem_elsewhere::vendor::otp)]
    #[derive(Debug, Default)]
    pub enum Light {
        /// Cars wait.
        Red { waiting: u64 },
        #[default]
        Green,
    }
}

pub mod machine {
    use super::states;
    use super::vendor::otp::gen_statem;

    /// Where two roads meet.
    #[gen_statem(states::Light, crate = crate::statem_elsewhere::vendor::otp)]
    pub struct Crossing {
        pub(crate) served: u64,
    }

    pub mod callbacks {
        use super::super::states::{self, Light as Lamp};
        use crate::statem_elsewhere::vendor::otp::prelude::*;

        #[gen_statem(states::Light, crate = crate::statem_elsewhere::vendor::otp)]
        impl super::Crossing {
            #[init]
            fn init(served: u64) -> (Self, states::Light) {
                (Self { served }, states::Light::default())
            }

            #[call]
            pub fn served(&self, _: &states::Light, cx: &mut Context<Self>) -> u64 {
                let _: super::CrossingClient = cx.client();
                self.served
            }

            #[call(change)]
            pub fn go(&mut self, red: states::Red) -> Result<Next<(states::Green, states::Red)>, std::fmt::Error> {
                self.served += red.waiting;
                Ok(Next::to(states::Green))
            }

            #[call(change)]
            pub fn halt(&mut self, _: states::Green) -> states::Red {
                states::Red { waiting: 2 }
            }

            #[enter]
            fn entered(&mut self, light: &mut states::Light) {
                let _: &mut Lamp = light;
            }
        }
    }
}

macro_rules! lock {
    ($name:ident, $states:ident { $closed:ident($field:ty), $open:ident }, $event:ident, $of:ty, $time:literal) => {
        #[behaviour::gen_statem(state)]
        #[derive(Debug)]
        enum $states {
            $closed($field),
            $open,
        }

        #[behaviour::gen_statem($states)]
        struct $name {
            codes: $of,
        }

        #[behaviour::gen_statem($states)]
        impl $name {
            #[init]
            fn init(codes: $of) -> (Self, $closed) {
                (Self { codes }, $closed(<$field>::default()))
            }

            #[call]
            fn $event(
                &mut self,
                closed: $closed,
                code: $of,
                cx: &mut behaviour::server::Context<Self>,
            ) -> ($states, bool) {
                let _ = cx;
                if code == self.codes { ($open.into(), true) } else { ($closed(closed.0 + 1).into(), false) }
            }

            #[call($event)]
            fn already(&mut self, state: &$open, _: $of) -> bool {
                let _ = state;
                true
            }

            #[cast(else = ignore)]
            fn close(&mut self, _: $open) -> $closed {
                $closed(<$field>::default())
            }

            #[state_timeout($time)]
            fn late(&mut self, _: $open) -> $closed {
                $closed(<$field>::default())
            }
        }
    };
}

lock!(Lock, Door { Locked(u8), Open }, press, u16, 1h);

#[behaviour::test(crate = crate::statem_elsewhere::vendor::otp, flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_is_at_home_anywhere() {
    use behaviour::prelude::*;

    /// It lives in a function, and its states do.
    #[gen_statem(state)]
    enum Here {
        On,
        Off,
    }

    #[gen_statem(Here)]
    struct Switch;

    #[gen_statem(Here)]
    impl Switch {
        #[init]
        fn init() -> (Self, Off) {
            (Self, Off)
        }

        #[cast(flip)]
        fn on(&mut self, _: Off) -> On {
            On
        }

        #[cast(flip)]
        fn off(&mut self, _: On) -> Off {
            Off
        }
    }

    let switch = Switch::start().await.unwrap();
    switch.flip();
    assert_eq!(switch.state_name().await, Ok("On"));

    let crossing = machine::Crossing::start(5).await.unwrap();
    assert_eq!(crossing.change().await, Ok(()));
    assert_eq!(crossing.change().await, Ok(()));
    assert_eq!(crossing.served().await, Ok(7));
    assert!(states::Light::DIAGRAM.contains("Red --> Green"));

    let lock = Lock::start(42).await.unwrap();
    assert_eq!(lock.press(1).await, Ok(false));
    assert_eq!(lock.press(42).await, Ok(true));
    assert_eq!(lock.press(1).await, Ok(true));
    lock.close();
    assert_eq!(lock.press(1).await, Ok(false));
}
