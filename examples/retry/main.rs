//! Somebody who does not answer at once is called again: a second later, then two, then four.
//!
//! Time is virtual, so the program ends at once.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod retry;

use std::time::Duration;

use retry::{GaveUp, Retry};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[behaviour::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    for (name, away) in [("Ada", 10), ("Joe", 1_000)] {
        let call = move || {
            let answers = begun.elapsed() >= away * SECOND;
            println!("{:2} s  {name} {}", begun.elapsed().as_secs(), if answers { "answers" } else { "is away" });
            std::future::ready(answers)
        };
        match Retry::start(call, SECOND, 6).await?.tries().forever().await? {
            Ok(tries) => println!("done after {tries} tries"),
            Err(GaveUp) => println!("given up"),
        }
    }
    Ok(())
}
