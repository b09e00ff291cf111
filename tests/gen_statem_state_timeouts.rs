//! The timeout that belongs to a state: `#[state_timeout(10ms)]` arms it whenever the state is entered, and callbacks may
//! set it to another time (otp.md 6.5; DESIGN 1.2).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Process;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

#[gen_statem(state)]
#[derive(Debug)]
enum Light {
    Dark,
    Bright { touched: u32 },
}

/// Goes on and off by itself.
#[gen_statem(Light)]
struct Beacon {
    since: Instant,
    test: Process<(String, u128)>,
}

#[gen_statem(Light)]
impl Beacon {
    #[init]
    fn init(test: Process<(String, u128)>) -> (Self, Dark) {
        (Self { since: Instant::now(), test }, Dark)
    }

    #[state_timeout(10ms)]
    fn up(&mut self, _: Dark) -> Bright {
        self.tell("up");
        Bright { touched: 0 }
    }

    #[state_timeout(20ms)]
    fn down(&mut self, bright: Bright) -> Dark {
        self.tell(&format!("down, {} touched", bright.touched));
        Dark
    }

    /// Comes back to where it was.
    #[cast(else = ignore)]
    fn touch(&mut self, bright: Bright) -> Bright {
        Bright { touched: bright.touched + 1 }
    }

    /// Enters again where it is.
    #[cast]
    fn repeat(&mut self, _: &Light, cx: &mut Context<Self>) {
        cx.repeat_state();
    }

    /// Sets another time.
    #[cast]
    fn set(&mut self, _: &Light, cx: &mut Context<Self>, time: Duration) {
        cx.state_timeout(time);
    }

    /// Goes to another state and changes what its timeout says.
    #[cast]
    fn toggle_with(&mut self, light: Light, cx: &mut Context<Self>, what: &'static str) -> Light {
        cx.update_state_timeout(what);
        toggled(&light)
    }

    #[state_timeout]
    fn instead(&mut self, light: &Light, what: &'static str) {
        self.tell(&format!("{what} in {light:?}"));
    }

    /// Goes to another state and sets another time on the way.
    #[cast]
    fn toggle(&mut self, light: Light, cx: &mut Context<Self>, time: Option<Duration>) -> Light {
        if let Some(time) = time {
            cx.state_timeout(time);
        } else {
            cx.cancel_state_timeout();
        }
        toggled(&light)
    }

    fn tell(&self, line: &str) {
        self.test.send((line.into(), self.since.elapsed().as_millis()));
    }
}

fn toggled(light: &Light) -> Light {
    match light {
        Light::Dark(_) => Bright { touched: 0 }.into(),
        Light::Bright(_) => Dark.into(),
    }
}

/// What the beacon tells next.
async fn tells(inbox: &mut Inbox<(String, u128)>, line: &str, time: u128) {
    assert_eq!(inbox.recv().await, (line.to_owned(), time));
}

#[behaviour::test(start_paused = true)]
async fn a_state_timeout_with_a_time_is_armed_whenever_its_state_is_entered(mut inbox: Inbox<(String, u128)>) {
    let beacon = Beacon::start(inbox.process()).await.unwrap();
    for round in 0..3 {
        tells(&mut inbox, "up", 10 + 30 * round).await;
        sleep(5 * MS).await;
        beacon.touch();
        tells(&mut inbox, "down, 1 touched", 30 + 30 * round).await;
        beacon.touch();
    }
}

#[behaviour::test(start_paused = true)]
async fn a_state_timeout_with_a_time_may_be_set_to_another(mut inbox: Inbox<(String, u128)>) {
    let beacon = Beacon::start(inbox.process()).await.unwrap();
    beacon.set(15 * MS);
    tells(&mut inbox, "up", 15).await;
    tells(&mut inbox, "down, 0 touched", 35).await;
    // What a handler asks for on the way to a state comes before what is armed there.
    beacon.toggle(Some(50 * MS));
    tells(&mut inbox, "down, 0 touched", 85).await;
    beacon.toggle(None);
    sleep(100 * MS).await;
    assert_eq!(inbox.try_next(), None);
    beacon.set(MS);
    tells(&mut inbox, "down, 0 touched", 186).await;
    tells(&mut inbox, "up", 196).await;
}

#[behaviour::test(start_paused = true)]
async fn a_state_timeout_with_a_time_may_come_with_another_content(mut inbox: Inbox<(String, u128)>) {
    let beacon = Beacon::start(inbox.process()).await.unwrap();
    beacon.toggle_with("a word");
    tells(&mut inbox, "a word in Bright { touched: 0 }", 20).await;
    beacon.toggle(Some(30 * MS));
    sleep(5 * MS).await;
    beacon.toggle_with("another");
    tells(&mut inbox, "another in Bright { touched: 0 }", 45).await;
}

// To repeat a state is to enter it again.
#[behaviour::test(start_paused = true)]
async fn a_state_timeout_with_a_time_is_armed_anew_when_its_state_is_repeated(mut inbox: Inbox<(String, u128)>) {
    let beacon = Beacon::start(inbox.process()).await.unwrap();
    sleep(5 * MS).await;
    beacon.repeat();
    tells(&mut inbox, "up", 15).await;
}
