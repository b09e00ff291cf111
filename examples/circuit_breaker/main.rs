//! A weather station that is down for a while, a breaker that spares it, and a retry that does not give up.
//!
//! After three failures the circuit opens, and the station is left alone for ten seconds; then one call may try. Time is
//! virtual, so the program ends at once.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod breaker;
mod retry;

use std::time::Duration;

use behaviour::prelude::*;
use tokio::time::Instant;

use self::breaker::{Breaker, Refused};
use self::retry::Retry;

const SECOND: Duration = Duration::from_secs(1);

/// Measures the temperature, once it is up.
#[gen_server]
pub struct Station {
    up: Instant,
}

#[gen_server]
impl Station {
    #[init]
    fn init(up: Instant) -> Self {
        Self { up }
    }

    /// The temperature, in degrees.
    #[call]
    pub fn read(&self) -> Result<i32, String> {
        if Instant::now() < self.up { Err("the station is down".into()) } else { Ok(21) }
    }
}

#[behaviour::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let station = Station::start(begun + 15 * SECOND).await?;
    let breaker = Breaker::start(3, 10 * SECOND).await?;

    let work = move || {
        let (station, breaker) = (station.clone(), breaker.clone());
        async move {
            let read = breaker.guard(async { station.read().await.map_err(|error| error.to_string())? }).await;
            let told = match &read {
                Ok(degrees) => format!("{degrees} degrees"),
                Err(Refused::Failed(error)) => error.clone(),
                Err(Refused::Tripped) => "not asked, the circuit is open".into(),
                Err(Refused::Call(error)) => error.to_string(),
            };
            println!("{:2} s  {told}", begun.elapsed().as_secs());
            read.is_ok()
        }
    };
    let retry = Retry::start(work, SECOND).await?;
    println!("done after {} tries", retry.tries().await?);
    Ok(())
}
