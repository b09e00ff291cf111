//! A test that is a process, with a clock that nobody waits for.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Process;
use tokio::time::Instant;

const FIVE_MINUTES: Duration = Duration::from_mins(5);

/// The egg is done.
#[derive(Debug, PartialEq)]
struct Done;

/// Tells the cook when the egg is done.
#[gen_server]
struct EggTimer {
    cook: Process<Done>,
}

#[gen_server]
impl EggTimer {
    #[init]
    fn init(cx: &mut Context<Self>, cook: Process<Done>) -> Self {
        cx.send_after(FIVE_MINUTES, Done);
        Self { cook }
    }

    #[info]
    fn done(&mut self, cx: &mut Context<Self>, done: Done) {
        self.cook.send(done);
        cx.stop(ExitReason::Normal);
    }
}

#[behaviour::test(start_paused = true)]
async fn an_egg_takes_five_minutes(mut inbox: Inbox<Done>) {
    let start = Instant::now();
    let timer = EggTimer::start(inbox.process()).await.unwrap();
    assert_eq!(inbox.recv().await, Done);
    assert_eq!(start.elapsed(), FIVE_MINUTES);
    assert_eq!(timer.ended().await, ExitReason::Normal);
}
