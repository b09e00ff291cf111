//! A room: it knows who is in it, and passes on what they say.
//!
//! It monitors them, so whoever crashes or hangs up has left like everybody else. When the last one has, the room ends.
//! If it crashes, who was in it is known to those who were, for they monitor it: they open it again, and come back.
//!
//! It never waits for a user. What it passes on lies in their mailboxes, and whoever is [`LAG`] lines behind does not read,
//! and is put out. Those who talk do read: a user's next line waits behind all that the user has yet to be shown.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Monitor;

use super::user::UserClient;

/// How many lines may wait for a user. All in a room share one copy of each.
pub const LAG: usize = 10_000;

/// How long a room that was opened stays open for somebody to come.
const GRACE: Duration = Duration::from_secs(10);

/// A place to talk.
#[gen_server]
#[derive(Debug)]
pub struct Room {
    members: HashMap<Pid, Member>,
}

#[derive(Debug)]
struct Member {
    name: String,
    user: UserClient,
    monitor: Monitor,
}

/// Time to look whether anybody is here.
struct Look;

#[gen_server]
impl Room {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        cx.send_after(GRACE, Look);
        Self { members: HashMap::new() }
    }

    /// Lets somebody in, without a word.
    #[call]
    pub fn enter(&mut self, cx: &mut Context<Self>, name: String, user: UserClient) {
        let monitor = cx.monitor(user.pid());
        self.members.insert(user.pid(), Member { name, user, monitor });
    }

    /// Lets somebody out.
    #[call]
    pub fn leave(&mut self, cx: &mut Context<Self>, user: Pid) {
        if let Some(member) = self.members.get(&user) {
            cx.demonitor(&member.monitor);
        }
        self.has_left(cx, user);
    }

    /// Shows a line to all who are here.
    #[call]
    pub fn say(&self, line: String) {
        let line: Arc<str> = line.into();
        for Member { user, .. } in self.members.values() {
            if user.mailbox_len() < LAG {
                user.show(Arc::clone(&line));
            } else {
                user.kill();
            }
        }
    }

    /// Who is here.
    #[call]
    pub fn who(&self) -> Vec<String> {
        let mut names: Vec<_> = self.members.values().map(|member| member.name.clone()).collect();
        names.sort_unstable();
        names
    }

    #[info]
    fn down(&mut self, cx: &mut Context<Self>, down: Down) {
        self.has_left(cx, down.pid);
    }

    #[info]
    fn look(&mut self, cx: &mut Context<Self>, _: Look) {
        if self.members.is_empty() {
            cx.stop(ExitReason::Normal);
        }
    }

    fn has_left(&mut self, cx: &mut Context<Self>, user: Pid) {
        if let Some(Member { name, .. }) = self.members.remove(&user) {
            self.say(format!("* {name} has left"));
        }
        self.look(cx, Look);
    }
}
