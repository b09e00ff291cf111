//! The retry, which tries until it succeeds, or has tried often enough.

use std::time::Duration;

use behaviour::prelude::*;

/// No pause is longer than this.
const LONGEST: Duration = Duration::from_mins(1);

// ANCHOR: states
/// Where a piece of work stands.
#[gen_statem(state)]
#[derive(Debug)]
pub enum Work {
    /// It was tried so often, and is tried again after a while.
    Waiting { tries: u32 },
    /// It has succeeded.
    #[terminal]
    Done { tries: u32 },
    /// It never has.
    #[terminal]
    GivenUp,
}
// ANCHOR_END: states

/// Tries some work until it succeeds. From one try to the next the pause doubles.
#[gen_statem(Work)]
pub struct Retry<F: 'static> {
    work: F,
    pause: Duration,
    limit: u32,
}

/// It was tried as often as it was to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GaveUp;

#[gen_statem(Work)]
impl<F, W> Retry<F>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = bool> + Send + 'static,
{
    #[init]
    fn init(cx: &mut Context<Self>, work: F, pause: Duration, limit: u32) -> (Self, Waiting) {
        cx.state_timeout(Duration::ZERO);
        (Self { work, pause, limit }, Waiting { tries: 0 })
    }

    // ANCHOR: attempt
    #[state_timeout(else = ignore)]
    async fn attempt(&mut self, waiting: Waiting, cx: &mut Context<Self>) -> Next<(Waiting, Done, GivenUp)> {
        let tries = waiting.tries + 1;
        if (self.work)().await {
            return Next::to(Done { tries });
        }
        if tries == self.limit {
            return Next::to(GivenUp);
        }
        cx.state_timeout(self.pause);
        self.pause = LONGEST.min(2 * self.pause);
        Next::to(Waiting { tries })
    }
    // ANCHOR_END: attempt

    /// After how many tries the work is done; whoever asks before that waits.
    #[call(tries, else = postpone)]
    pub fn done(&self, done: &Done) -> Result<u32, GaveUp> {
        Ok(done.tries)
    }

    #[call(tries)]
    fn given_up(&self, _: &GivenUp) -> Result<u32, GaveUp> {
        Err(GaveUp)
    }
}
