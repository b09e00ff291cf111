//! The retry, which tries until it succeeds.

use std::time::Duration;

use behaviour::prelude::*;

/// Where a piece of work stands.
#[gen_statem(state)]
#[derive(Debug)]
pub enum Work {
    /// It was tried so often, and is tried again after a while.
    Waiting { tries: u32 },
    #[terminal]
    Done { tries: u32 },
}

/// Tries some work until it succeeds. From one try to the next the pause doubles.
#[gen_statem(Work)]
pub struct Retry<F: 'static> {
    work: F,
    pause: Duration,
}

#[gen_statem(Work)]
impl<F, W> Retry<F>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = bool> + Send + 'static,
{
    #[init]
    fn init(cx: &mut Context<Self>, work: F, pause: Duration) -> (Self, Waiting) {
        cx.state_timeout(Duration::ZERO);
        (Self { work, pause }, Waiting { tries: 0 })
    }

    /// After how many tries the work is done.
    #[call(else = postpone)]
    pub fn tries(&self, done: &Done) -> u32 {
        done.tries
    }

    #[state_timeout(else = ignore)]
    async fn attempt(&mut self, waiting: Waiting, cx: &mut Context<Self>) -> Next<(Waiting, Done)> {
        let tries = waiting.tries + 1;
        if (self.work)().await {
            return Next::to(Done { tries });
        }
        cx.state_timeout(self.pause);
        self.pause *= 2;
        Next::to(Waiting { tries })
    }
}
