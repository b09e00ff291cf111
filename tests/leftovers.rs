//! Ten thousand crashes in a tree of a hundred servers: when the tree is stopped, not one process, name, timer, monitor
//! or message is left over.
//!
//! This counts all processes of the program, so it has a file, and with it a program, of its own.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Restart, Strategy, Tree, TreeClient};
use tokio::time::sleep;

use random::Random;

#[path = "support/random.rs"]
mod random;

const MS: Duration = Duration::from_millis(1);
const SERVERS: usize = 100;
const CRASHES: usize = 10_000;

/// What all incarnations share: whoever holds it still exists.
#[derive(Clone)]
struct Token(Arc<AtomicU64>);

/// A server with everything that could be left over: a name, timers, a linked process, a monitor, calls under way.
#[gen_server]
struct Fragile {
    token: Token,
    kept: Vec<Reply<Token>>,
}

#[derive(Clone)]
struct Tick(Token);

struct Late(#[expect(dead_code, reason = "it is only held")] Token);

#[gen_server]
impl Fragile {
    #[init]
    fn init(cx: &mut Context<Self>, token: Token, watched: Pid) -> Self {
        cx.send_every(MS, Tick(token.clone()));
        cx.send_after(Duration::from_hours(1), Late(token.clone()));
        cx.monitor(watched);
        let held = token.clone();
        cx.spawn(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        Self { token, kept: Vec::new() }
    }

    #[call]
    fn ping(&self) -> Token {
        self.token.clone()
    }

    #[call(later)]
    fn keep(&mut self, reply: Reply<Token>) -> Later {
        self.kept.push(reply);
        Later
    }

    #[call]
    fn panic(&mut self, cause: &'static str) -> Token {
        std::panic::resume_unwind(Box::new(cause))
    }

    #[call]
    async fn panic_later(&mut self) -> Token {
        sleep(MS).await;
        std::panic::resume_unwind(Box::new("later"))
    }

    #[call]
    async fn hang(&mut self) -> Token {
        std::future::pending().await
    }

    #[cast]
    fn fail(&mut self) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }

    #[cast]
    fn end(&mut self, cx: &mut Context<Self>, reason: ExitReason) {
        cx.stop(reason);
    }

    #[cast]
    fn carry(&self, _token: Token) {}

    #[info]
    fn tick(&mut self, Tick(token): Tick) {
        token.0.fetch_add(1, Ordering::Relaxed);
    }

    #[info]
    fn late(&mut self, _: Late) {}

    #[info]
    fn down(&mut self, _: Down) {}
}

fn name(index: usize) -> String {
    format!("fragile {index}")
}

/// Ten supervisors of ten servers each, with every strategy.
fn tree(token: &Token, watched: Pid) -> Tree {
    let strategies = [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne];
    let mut top = Tree::new(Strategy::OneForOne).intensity(1_000_000).named("the top");
    for branch in 0..10 {
        let token = token.clone();
        top = top.child(branch.to_string(), move || {
            let mut tree = Tree::new(strategies[branch % 3]).intensity(1_000_000);
            for leaf in 0..10 {
                let (index, token) = (branch * 10 + leaf, token.clone());
                tree = tree
                    .child(leaf.to_string(), move || Fragile::child(token.clone(), watched).named(name(index)))
                    .restart(if leaf % 2 == 0 { Restart::Permanent } else { Restart::Transient });
            }
            tree.into_child()
        });
    }
    top
}

fn leaf(top: &TreeClient, index: usize) -> FragileClient {
    top.child::<Tree>(&(index / 10).to_string()).child::<Fragile>(&(index % 10).to_string())
}

/// Ends a server in one of many ways, with calls and casts under way; tells whether it did.
fn crash(fragile: &FragileClient, way: usize, token: &Token) {
    let reason = ExitReason::error("a crash");
    fragile.carry(token.clone());
    fragile.keep().detach();
    match way {
        0 => fragile.panic("at once").detach(),
        1 => fragile.panic_later().detach(),
        2 => fragile.fail(),
        3 => fragile.end(reason),
        4 => fragile.exit(reason),
        5 => fragile.kill(),
        6 => {
            fragile.hang().detach();
            fragile.kill();
        }
        _ => drop(tokio::spawn(fragile.stop().reason(reason).into_future())),
    }
    fragile.carry(token.clone());
}

#[behaviour::test(start_paused = true)]
async fn ten_thousand_crashes_leave_nothing_behind(mut inbox: Inbox<()>) {
    let token = Token(Arc::default());
    assert_eq!(process::count(), 1);
    let top = tree(&token, inbox.pid()).start().await.unwrap();
    // The test, the top, ten branches, and two processes for each leaf.
    let all = 1 + 1 + 10 + 2 * SERVERS;
    assert_eq!(process::count(), all);
    let mut random = Random(20_261_121);
    let leaves: Vec<FragileClient> = (0..SERVERS).map(|index| leaf(&top, index)).collect();
    for _ in 0..CRASHES {
        let fragile = &leaves[random.below(SERVERS)];
        let (pid, waiting) = (fragile.pid(), tokio::spawn(fragile.keep().forever()));
        tokio::task::yield_now().await;
        crash(fragile, random.below(8), &token);
        // Its name is free and it is dead before anybody hears of its end; then it comes back as another.
        let lost = waiting.await.unwrap();
        assert!(matches!(lost, Err(CallError::Exited(_))), "a call that was under way is told of the end");
        assert!(fragile.ping().forever().await.is_ok());
        assert_ne!(fragile.pid(), pid);
    }
    sleep(9 * MS).await;
    assert_eq!(process::count(), all, "nothing has gathered");
    for (index, fragile) in leaves.iter().enumerate() {
        assert_eq!(process::whereis(&name(index)), Some(fragile.pid()));
    }
    assert_eq!(process::monitors().1.len(), SERVERS);
    // In each leaf: the state, two timers and the linked process; beside them, what starts the leaves, and ours.
    assert_eq!(Arc::strong_count(&token.0), 4 * SERVERS + SERVERS + 10 + 1);

    top.stop().await.unwrap();
    sleep(MS).await;
    assert_eq!(process::count(), 1);
    assert!((0..SERVERS).all(|index| process::whereis(&name(index)).is_none()));
    assert_eq!(process::whereis("the top"), None);
    assert_eq!(process::monitors(), (vec![], vec![]));
    assert!(process::links().is_empty());
    let ticks = token.0.load(Ordering::Relaxed);
    sleep(Duration::from_hours(2)).await;
    assert_eq!(token.0.load(Ordering::Relaxed), ticks, "no timer ticks on");
    drop((top, leaves));
    assert_eq!(Arc::strong_count(&token.0), 1, "nothing holds what the dead held");
    assert_eq!(inbox.try_next(), None);
}
