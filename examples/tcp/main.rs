//! TCP's connection states (RFC 9293) as one state machine, and two of them that talk to each other.
//!
//! ```text
//! cargo run --example tcp
//! ```
//!
//! Start reading at `connection.rs`, the machine, with `state.rs` beside it. A segment (`segment.rs`) is checked against
//! what both ends have counted (`tcb.rs`); a wire (`wire.rs`) is a process that carries segments to the other end.
//!
//! The clock stands still and moves on when nothing else can be done, so the four minutes of TIME-WAIT take no time.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod connection;
mod segment;
mod state;
mod tcb;
mod user;
mod wire;

use std::error::Error;

use tokio::time::{Instant, sleep};

use self::{
    connection::{Connection, TWO_MSL},
    state::State,
    wire::{LATENCY, cable},
};

#[behaviour::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let alice = Connection::start(cable("bob"), 100).named("alice").await?;
    let bob = Connection::start(cable("alice"), 300).named("bob").await?;

    println!("-- Bob listens, Alice connects.");
    let (listened, connected) = tokio::join!(bob.listen(), alice.connect());
    listened??;
    connected??;

    println!("\n-- They talk.");
    alice.send("Hello, Bob!".into()).await??;
    println!("bob reads: {}", bob.receive().await??);
    bob.send("Hello, Alice!".into()).await??;
    println!("alice reads: {}", alice.receive().await??);

    println!("\n-- Alice closes; Bob has a last word, and closes, too.");
    alice.close().await??;
    println!("bob reads: {}", bob.receive().await?.expect_err("Alice has no more to say"));
    bob.send("Bye!".into()).await??;
    println!("alice reads: {}", alice.receive().await??);
    bob.close().await??;

    println!("\n-- Alice waits for what may still be in the net.");
    sleep(TWO_MSL + LATENCY).await;
    println!("alice: {}", alice.status().await?.expect_err("it is over"));
    println!("all of it took {:?}", start.elapsed());

    println!("\n-- What else could have happened.\n{}", State::DIAGRAM);
    Ok(())
}
