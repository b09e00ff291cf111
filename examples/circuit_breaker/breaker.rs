//! The breaker, which lets calls through as long as they succeed.

use std::time::Duration;

use behaviour::prelude::*;

// ANCHOR: states
/// Whether calls get through.
#[gen_statem(state)]
#[derive(Debug)]
pub enum Circuit {
    /// They do; so many have failed in a row.
    Closed { failures: u32 },
    /// None does, for a while.
    Open,
    /// One may, as a trial.
    HalfOpen,
    /// It did, and nobody knows yet how it goes.
    Trying,
}
// ANCHOR_END: states

/// Guards a service that may be down: after some failures in a row it is left alone, until a trial succeeds.
#[gen_statem(Circuit)]
pub struct Breaker {
    limit: u32,
    pause: Duration,
}

#[gen_statem(Circuit)]
impl Breaker {
    #[init]
    fn init(limit: u32, pause: Duration) -> (Self, Closed) {
        (Self { limit, pause }, Closed { failures: 0 })
    }

    /// Asks whether one gets through.
    #[call(enter)]
    pub fn let_through(&self, _: &Closed) -> bool {
        true
    }

    #[call(enter)]
    fn let_one_through(&mut self, _: HalfOpen) -> (Trying, bool) {
        (Trying, true)
    }

    #[call(enter)]
    fn refuse(&self, _: &Circuit) -> bool {
        false
    }

    /// Tells that a call has succeeded.
    #[cast(success, else = ignore)]
    pub fn forget(&mut self, closed: &mut Closed) {
        closed.failures = 0;
    }

    #[cast(success)]
    fn recover(&mut self, _: Trying) -> Closed {
        Closed { failures: 0 }
    }

    /// Tells that a call has failed.
    #[cast(failure, else = ignore)]
    pub fn count(&mut self, closed: Closed) -> Next<(Closed, Open)> {
        let failures = closed.failures + 1;
        if failures < self.limit { Next::to(Closed { failures }) } else { Next::to(Open) }
    }

    #[cast(failure)]
    fn trip_again(&mut self, _: Trying) -> Open {
        Open
    }

    #[enter]
    fn cool_down(&mut self, circuit: &Circuit, cx: &mut Context<Self>) {
        if let Circuit::Open(_) | Circuit::Trying(_) = circuit {
            cx.state_timeout(self.pause);
        }
    }

    #[state_timeout(else = ignore)]
    fn try_one(&mut self, _: Open) -> HalfOpen {
        HalfOpen
    }

    /// Nobody has told how the trial went.
    #[state_timeout]
    fn give_up(&mut self, _: Trying) -> Open {
        Open
    }
}

// ANCHOR: guard
impl BreakerClient {
    /// Does this if the circuit lets it through, and tells the breaker how it went.
    pub async fn guard<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Refused<E>> {
        if !self.enter().await.map_err(Refused::Call)? {
            return Err(Refused::Tripped);
        }
        let done = work.await;
        match &done {
            Ok(_) => self.success(),
            Err(_) => self.failure(),
        }
        done.map_err(Refused::Failed)
    }
}
// ANCHOR_END: guard

/// Why guarded work was not done.
#[derive(Debug, PartialEq)]
pub enum Refused<E> {
    /// The circuit is open: the service was not even asked.
    Tripped,
    /// The work was tried, and failed.
    Failed(E),
    /// The breaker could not be asked.
    Call(CallError),
}
