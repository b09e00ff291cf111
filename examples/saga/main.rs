//! A journey is booked in three places, or not at all.
//!
//! Each place is a server of its own, and each may refuse. The saga keeps what is to be undone; if the third place is
//! full, the first two are free again.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod saga;

use behaviour::prelude::*;
use behaviour::process;

use self::saga::Saga;

/// So many places, of a flight or a hotel.
#[gen_server]
pub struct Places {
    what: &'static str,
    free: u32,
}

#[gen_server]
impl Places {
    #[init]
    fn init(what: &'static str, free: u32) -> Self {
        Self { what, free }
    }

    /// Takes one.
    #[call]
    pub fn book(&mut self) -> Result<(), String> {
        self.free = self.free.checked_sub(1).ok_or_else(|| format!("no {} is left", self.what))?;
        println!("  {} booked, {} left", self.what, self.free);
        Ok(())
    }

    /// Gives one back.
    #[call]
    pub fn cancel(&mut self) {
        self.free += 1;
        println!("  {} cancelled, {} left", self.what, self.free);
    }
}

// ANCHOR: journey
/// Books one of each.
async fn journey(places: &[PlacesClient]) -> Result<(), String> {
    let saga = Saga::start().link().await.map_err(|error| error.to_string())?;
    for place in places {
        let (book, cancel) = (place.book(), place.cancel());
        saga.step("a place", async { book.await.map_err(|error| error.to_string())? }, async {
            cancel.await.map_err(|error| error.to_string())
        })
        .await?;
    }
    saga.commit().await.map_err(|error| error.to_string())
}
// ANCHOR_END: journey

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    process::trap_exit(true); // a saga that fails does not take its owner along
    let places = [Places::start("seat", 2).await?, Places::start("room", 2).await?, Places::start("car", 1).await?];
    for traveller in ["Ada", "Joe"] {
        println!("{traveller}:");
        match journey(&places).await {
            Ok(()) => println!("  has a journey"),
            Err(error) => println!("  stays at home: {error}"),
        }
    }
    Ok(())
}
