//! A weather station that is down for a while, and a breaker that leaves it alone meanwhile.
//!
//! After three failures the circuit opens; ten seconds later one call may try. Time is virtual, so the program ends at once.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod breaker;

use std::time::Duration;

use breaker::{Breaker, Circuit};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

#[behaviour::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let station = async || if begun.elapsed() < 20 * SECOND { Err("the station is down") } else { Ok(()) };
    let breaker = Breaker::start(3, 10 * SECOND).await?;
    while let Err(refused) = breaker.guard(station()).await {
        println!("{:2} s  {refused:?}", begun.elapsed().as_secs());
        sleep(3 * SECOND).await;
    }
    println!("{:2} s  the station is up again\n\n{}", begun.elapsed().as_secs(), Circuit::DIAGRAM);
    Ok(())
}
