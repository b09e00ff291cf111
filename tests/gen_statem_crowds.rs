//! Machines in a hurry: many callers on several threads, of whom nobody is forgotten, whatever is put off meanwhile, and
//! timeouts in real time.

use std::time::Duration;

use behaviour::prelude::*;
use tokio::task::JoinSet;

const CROWD: u32 = 50;
const ROUNDS: u32 = 20;

/// The turnstile of the textbooks: whoever comes without a coin waits, and so does a coin too many.
#[gen_statem(state)]
#[derive(Debug)]
enum Arm {
    Locked,
    Free { coin: u32 },
}

#[gen_statem(Arm)]
struct Turnstile {
    passed: u32,
}

#[gen_statem(Arm)]
impl Turnstile {
    #[init]
    fn init() -> (Self, Locked) {
        (Self { passed: 0 }, Locked)
    }

    #[cast(else = postpone)]
    fn coin(&mut self, _: Locked, coin: u32) -> Free {
        Free { coin }
    }

    /// Passes, and tells for which coin.
    #[call(else = postpone)]
    fn pass(&mut self, free: Free) -> (Locked, u32) {
        self.passed += 1;
        (Locked, free.coin)
    }

    #[call(later, else = postpone)]
    fn pass_later(&mut self, free: Free, reply: Reply<u32>) -> (Locked, Later) {
        self.passed += 1;
        (Locked, reply.send(free.coin))
    }

    #[call(pass_slowly, queued, else = postpone)]
    async fn pass_slowly(&mut self, free: Free) -> (Locked, u32) {
        tokio::task::yield_now().await;
        self.passed += 1;
        (Locked, free.coin)
    }

    #[call]
    fn passed(&self, _: &Arm) -> u32 {
        self.passed
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_passes_for_a_coin_and_every_coin_is_used_once() {
    let turnstile = Turnstile::start().await.unwrap();
    let (mut people, mut coins) = (JoinSet::new(), JoinSet::new());
    for person in 0..CROWD {
        let turnstile = turnstile.clone();
        people.spawn(async move {
            let mut used = Vec::new();
            for round in 0..ROUNDS {
                let passed = match (person + round) % 3 {
                    0 => turnstile.pass().await,
                    1 => turnstile.pass_later().await,
                    _ => turnstile.pass_slowly().await,
                };
                used.push(passed.unwrap());
            }
            used
        });
    }
    for person in 0..CROWD {
        let turnstile = turnstile.clone();
        coins.spawn(async move {
            for round in 0..ROUNDS {
                turnstile.coin(person * ROUNDS + round);
                tokio::task::yield_now().await;
            }
        });
    }
    coins.join_all().await;
    let mut used: Vec<_> = people.join_all().await.into_iter().flatten().collect();
    used.sort_unstable();
    assert_eq!(used, (0..CROWD * ROUNDS).collect::<Vec<_>>());
    assert_eq!(turnstile.passed().await, Ok(CROWD * ROUNDS));
    assert_eq!(turnstile.state_name().await, Ok("Locked"));
}

/// Ticks a number of times, in real time, and answers when it is done.
#[gen_statem(state)]
enum Hand {
    Tick {
        left: u32,
    },
    Tock {
        left: u32,
    },
    #[terminal]
    Still,
}

#[gen_statem(Hand)]
struct Watch;

#[gen_statem(Hand)]
impl Watch {
    #[init]
    fn init(ticks: u32) -> (Self, Tick) {
        (Self, Tick { left: ticks })
    }

    #[state_timeout(1ms)]
    fn tick(&mut self, tick: Tick) -> Next<(Tock, Still)> {
        if tick.left == 0 { Next::to(Still) } else { Next::to(Tock { left: tick.left - 1 }) }
    }

    #[state_timeout(1ms)]
    fn tock(&mut self, tock: Tock) -> Tick {
        Tick { left: tock.left }
    }

    /// Waits until it stands still.
    #[call(else = postpone)]
    fn done(&mut self, _: &Still) -> bool {
        true
    }

    #[call]
    fn look(&mut self, _: &Hand, cx: &mut Context<Self>) -> &'static str {
        cx.state_name()
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn timeouts_go_on_while_a_machine_is_looked_at() {
    let mut watches = JoinSet::new();
    for _ in 0..CROWD {
        let watch = Watch::start(ROUNDS).await.unwrap();
        watches.spawn(async move {
            let done = watch.done();
            tokio::pin!(done);
            loop {
                if let Ok(done) = tokio::time::timeout(Duration::from_millis(2), &mut done).await {
                    return done.unwrap() && watch.look().await == Ok("Still");
                }
                assert!(watch.look().await.is_ok());
            }
        });
    }
    assert!(watches.join_all().await.into_iter().all(|done| done));
}
