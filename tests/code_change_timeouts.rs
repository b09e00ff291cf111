//! What becomes of a machine's state timeout when new code puts it into another state: it runs on, and comes as that of
//! the state in which the machine is then.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::testing::Reports;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// What the light shows today.
#[gen_statem(state)]
enum Light {
    Red,
    Green,
}

/// Comes after a while, by a timer of the machine.
struct Rain;

/// Comes long after that.
struct Snow;

/// The crossing of today.
#[gen_statem(Light)]
struct Crossing {
    heard: Vec<&'static str>,
}

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init(cx: &mut Context<Self>) -> (Self, Red) {
        cx.timer(Rain, 5 * SECOND);
        cx.timer(Snow, 60 * SECOND);
        (Self { heard: Vec::new() }, Red)
    }

    #[call]
    fn heard(&self, _: &Light) -> Vec<&'static str> {
        self.heard.clone()
    }

    #[state_timeout(5s)]
    fn go(&mut self, _: Red) -> Green {
        self.heard.push("old go");
        Green
    }

    #[state_timeout(50s)]
    fn halt(&mut self, _: Green) -> Red {
        self.heard.push("old halt");
        Red
    }

    #[timeout]
    fn rain(&mut self, _: &Light, _: Rain) {
        self.heard.push("old rain");
    }

    #[timeout]
    fn snow(&mut self, _: &Light, _: Snow) {
        self.heard.push("old snow");
    }
}

mod tomorrow {
    use super::{Crossing, Light, Rain, Snow};
    use behaviour::prelude::*;

    /// What the light shows tomorrow.
    #[gen_statem(state)]
    pub(super) enum Lamp {
        /// Nothing ends it.
        #[terminal]
        Dark,
        /// As green was, but shorter.
        Drive,
        /// As red was.
        Stop,
    }

    /// The crossing of tomorrow.
    #[gen_statem(Lamp)]
    pub(super) struct Smart {
        pub(super) heard: Vec<&'static str>,
    }

    #[gen_statem(Lamp)]
    impl Smart {
        #[init]
        fn init() -> (Self, Stop) {
            (Self { heard: Vec::new() }, Stop)
        }

        #[code_change]
        fn take_over(old: &mut Crossing, _: &Light, is_lit: bool) -> (Self, Next<(Dark, Drive)>) {
            let state = if is_lit { Next::to(Drive) } else { Next::to(Dark) };
            (Self { heard: std::mem::take(&mut old.heard) }, state)
        }

        #[call]
        fn heard(&self, _: &Lamp) -> Vec<&'static str> {
            self.heard.clone()
        }

        #[state_timeout(30s)]
        fn halt(&mut self, _: Drive) -> Stop {
            self.heard.push("new halt");
            Stop
        }

        #[state_timeout(40s)]
        fn go(&mut self, _: Stop) -> Drive {
            self.heard.push("new go");
            Drive
        }

        #[timeout]
        fn rain(&mut self, _: &Lamp, _: Rain) {
            self.heard.push("new rain");
        }

        #[timeout]
        fn snow(&mut self, _: &Lamp, _: Snow) {
            self.heard.push("new snow");
        }
    }
}

use tomorrow::Smart;

#[behaviour::test(start_paused = true)]
async fn a_state_timeout_that_runs_on_comes_as_that_of_the_new_state() {
    let begin = Instant::now();
    let crossing = Crossing::start().await.unwrap();
    sleep(SECOND).await;
    let sys = crossing.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Smart::upgrade(true)).await.unwrap();
    sys.resume().await.unwrap();
    sleep(5 * SECOND).await;
    // 5 s after the red light was entered, as it was armed; not 30 s after the change, which entered nothing.
    assert_eq!(crossing.heard().await.as_deref(), Ok(&["new halt", "new rain"][..]));
    assert_eq!((begin.elapsed(), crossing.state_name().await), (6 * SECOND, Ok("Stop")));
    sleep(40 * SECOND).await;
    assert_eq!(crossing.heard().await.as_deref(), Ok(&["new halt", "new rain", "new go"][..]));
}

#[behaviour::test(start_paused = true)]
async fn a_state_timeout_that_the_new_state_does_not_know_is_told_and_what_came_with_it_does_not_wait() {
    let reports = Reports::listen();
    let crossing = Crossing::start().await.unwrap();
    let sys = crossing.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Smart::upgrade(false)).await.unwrap();
    sleep(10 * SECOND).await;
    // Both timeouts have come meanwhile, the state's first, and both before the question.
    let (heard, resumed) = tokio::join!(crossing.heard(), sys.resume());
    assert_eq!((heard.as_deref(), resumed), (Ok(&["new rain"][..]), Ok(())));
    let report = reports.complaint();
    assert_eq!((report.topic(), report.message()), ("mailbox", "unhandled"));
    assert_eq!(report.field("signal"), "state_timeout in Dark");
    assert!(report.field("behaviour").ends_with("Smart"), "{report}");
    assert_eq!(crossing.state_name().await, Ok("Dark"));
    let timeouts = sys.get_status().await.unwrap().machine.unwrap().timeouts;
    assert_eq!(timeouts.iter().map(|timeout| timeout.event).collect::<Vec<_>>(), ["snow"]);
}
