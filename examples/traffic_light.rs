//! A crossing with a traffic light: the smallest machine that is of use.
//!
//! Each handler's first parameter says in which state it answers, its return type where it leads: the signatures are
//! the machine. `cargo run --example traffic_light` shows one round in its own time, which takes nearly a minute;
//! with `-- --fast` the clock jumps from one event to the next.

use std::time::Duration;

use behaviour::prelude::*;
use tokio::time::{Instant, sleep};

/// What the light shows.
#[gen_statem(state)]
#[derive(Debug)]
pub enum Light {
    /// Cars wait.
    Red { waiting: u32 },
    /// Cars drive.
    Green,
    /// Cars had better brake, and wait.
    Amber { waiting: u32 },
}

/// What outlives every state.
#[gen_statem(Light)]
pub struct Crossing {
    since: Instant,
    served: u32,
}

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Red) {
        (Self { since: Instant::now(), served: 0 }, Red { waiting: 0 })
    }

    /// A car drives up.
    #[cast]
    pub fn car(&mut self, red: &mut Red) {
        red.waiting += 1;
    }

    #[cast(car)]
    fn passes(&mut self, _: &Green) {
        self.served += 1;
    }

    #[cast(car)]
    fn brakes(&mut self, amber: &mut Amber) {
        amber.waiting += 1;
    }

    /// How many cars have gone through.
    #[call]
    pub fn served(&self, _: &Light) -> u32 {
        self.served
    }

    #[state_timeout(30s)]
    fn go(&mut self, red: Red) -> Green {
        self.served += red.waiting;
        Green
    }

    #[state_timeout(20s)]
    fn slow(&mut self, _: Green) -> Amber {
        Amber { waiting: 0 }
    }

    #[state_timeout(3s)]
    fn halt(&mut self, amber: Amber) -> Red {
        Red { waiting: amber.waiting }
    }

    #[enter]
    fn lamp(&mut self, light: &Light, before: &'static str) {
        println!("{:2} s  {before:>5} -> {light:?}", self.since.elapsed().as_secs());
    }
}

/// One round of the light, with a car every seven seconds.
async fn one_round() -> Result<(), Box<dyn std::error::Error>> {
    let crossing = Crossing::start().await?;
    for _ in 0..7 {
        sleep(Duration::from_secs(7)).await;
        crossing.car();
    }
    println!("{} cars have gone through, the light is {}", crossing.served().await?, crossing.state_name().await?);
    sleep(Duration::from_secs(5)).await;
    crossing.stop().await?;
    Ok(())
}

#[behaviour::main]
async fn in_its_own_time() -> Result<(), Box<dyn std::error::Error>> {
    one_round().await
}

#[behaviour::main(flavor = "current_thread", start_paused = true)]
async fn fast() -> Result<(), Box<dyn std::error::Error>> {
    one_round().await
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|argument| argument == "--fast") { fast() } else { in_its_own_time() }
}
