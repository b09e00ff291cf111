//! A whole program: a tower clock that is configured, started, and stopped in order.
//!
//! ```text
//! cargo run --example clock                       strikes twelve, and is done
//! CLOCK_HOUR_MS=50 cargo run --example clock      the same, faster; clock.toml may say it, too
//! ```
//!
//! Ctrl-C, or `kill`, stops it in order; twice, at once.

mod clock;

use std::process::ExitCode;

use behaviour::prelude::*;

use self::clock::Clock;

fn main() -> ExitCode {
    behaviour::run(Clock::configured())
}
