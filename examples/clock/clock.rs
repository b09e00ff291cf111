//! A tower clock as two applications: the clock itself, and the counter of what it does, which it depends on.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

use std::time::Duration;

use behaviour::application::ApplicationError;
use behaviour::prelude::*;
use serde::Deserialize;

/// Counts strokes.
#[gen_server]
pub struct Counter {
    strokes: u64,
}

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { strokes: 0 }
    }

    /// One more.
    #[cast]
    pub fn stroke(&mut self) {
        self.strokes += 1;
    }

    /// How many there were.
    #[call]
    pub fn strokes(&self) -> u64 {
        self.strokes
    }
}

/// Statistics, for whoever has something to count.
#[application]
#[derive(Default)]
pub struct Statistics;

#[application]
impl Statistics {
    #[start]
    fn start(&self) -> Child<Counter> {
        Counter::child()
    }

    #[stop]
    fn stop(&self) {
        println!("statistics: closed");
    }
}

/// Strikes the hours.
#[gen_server]
pub struct Bell {
    counter: CounterClient,
    hour: u32,
    hours: u32,
}

#[derive(Clone)]
struct Hour;

#[gen_server]
impl Bell {
    #[init]
    fn init(cx: &mut Context<Self>, counter: CounterClient, hour: Duration, hours: u32) -> Self {
        cx.send_every(hour, Hour);
        Self { counter, hour: 0, hours }
    }

    #[info]
    fn strike(&mut self, cx: &mut Context<Self>, _: Hour) {
        self.counter.stroke();
        self.hour += 1;
        println!("clock: {} o'clock", self.hour);
        if self.hour == self.hours {
            cx.stop(ExitReason::Normal);
        }
    }
}

/// The clock: its fields are its configuration.
#[application(config = "clock.toml", depends(Statistics), phases(announce), shutdown_timeout = 10s)]
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clock {
    /// How long an hour is.
    hour_ms: u64,
    /// After how many hours it is enough.
    hours: u32,
    /// How long the last stroke sounds.
    echo_ms: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { hour_ms: 1_000, hours: 12, echo_ms: 0 }
    }
}

#[application]
impl Clock {
    #[start]
    fn start(&self) -> Result<Child<Bell>, ApplicationError> {
        let counter = application::supervisor::<Statistics>().ok_or(ApplicationError::NotStarted("statistics"))?;
        Ok(Bell::child(counter, Duration::from_millis(self.hour_ms), self.hours))
    }

    #[phase]
    fn announce(&self) {
        println!("clock: runs");
    }

    #[prep_stop]
    async fn prep_stop(&self) {
        println!("clock: the last stroke");
        tokio::time::sleep(Duration::from_millis(self.echo_ms)).await;
    }

    #[stop]
    async fn stop(&self) {
        if let Some(counter) = application::supervisor::<Statistics>()
            && let Ok(strokes) = counter.strokes().await
        {
            println!("clock: stands still after {strokes} strokes");
        }
    }
}
