//! A door with a code lock: the machine of OTP's own design principles.
//!
//! Whoever presses the right buttons opens the door; ten seconds later it locks again. Buttons that are pressed while
//! the door is open are put off until it is locked. Time is virtual, so the program ends at once.

use std::time::Duration;

use behaviour::prelude::*;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// The door.
#[gen_statem(state)]
#[derive(Debug)]
pub enum Door {
    /// The buttons that were pressed last wait to become the code.
    Locked { buttons: Vec<u8> },
    /// Anybody may go in.
    Open,
}

/// The lock in the door.
#[gen_statem(Door, name = "code lock")]
pub struct CodeLock {
    since: Instant,
    #[secret]
    code: Vec<u8>,
}

#[gen_statem(Door)]
impl CodeLock {
    #[init]
    fn init(code: Vec<u8>) -> (Self, Locked) {
        (Self { since: Instant::now(), code }, Locked { buttons: Vec::new() })
    }

    /// Presses a button.
    #[cast(else = postpone)]
    pub fn button(&mut self, locked: Locked, cx: &mut Context<Self>, button: u8) -> Next<(Locked, Open)> {
        let Locked { mut buttons } = locked;
        buttons.push(button);
        if buttons.len() > self.code.len() {
            buttons.remove(0);
        }
        self.say(&format!("{buttons:?}"));
        if buttons == self.code {
            return Next::to(Open);
        }
        cx.event_timeout(30 * SECOND);
        Next::to(Locked { buttons })
    }

    /// How long the code is.
    #[call]
    pub fn code_length(&self, _: &Door) -> usize {
        self.code.len()
    }

    /// Nobody has pressed a button for a while.
    #[event_timeout(else = ignore)]
    fn forget(&mut self, locked: &mut Locked) {
        self.say("buttons forgotten");
        locked.buttons.clear();
    }

    #[state_timeout(10s)]
    fn close(&mut self, _: Open) -> Locked {
        Locked { buttons: Vec::new() }
    }

    #[enter]
    fn lock(&mut self, _: &Locked) {
        self.say("locked");
    }

    #[enter]
    fn unlock(&mut self, _: &Open) {
        self.say("open");
    }

    #[terminate]
    fn leave(&mut self, door: &Door, reason: ExitReason) {
        self.say(&format!("out of order: {reason}, {door:?}"));
    }

    fn say(&self, line: &str) {
        println!("{:2} s  {line}", self.since.elapsed().as_secs());
    }
}

#[behaviour::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lock = CodeLock::start(vec![4, 2, 1]).await?;
    println!("a code of {} buttons", lock.code_length().await?);

    // Somebody begins, goes away, and tries again half a minute later.
    lock.button(4);
    lock.button(2);
    sleep(31 * SECOND).await;
    for button in [9, 4, 2, 1] {
        lock.button(button);
    }

    // The door is open now: what is pressed meanwhile counts when it is locked.
    sleep(2 * SECOND).await;
    println!("somebody else presses buttons at the open door");
    lock.button(4);
    lock.button(2);
    sleep(10 * SECOND).await;
    lock.button(1);

    println!("the door is {}", lock.state_name().await?);
    lock.stop().reason(ExitReason::Shutdown).await?;
    Ok(())
}
