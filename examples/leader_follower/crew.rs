//! The behaviour: a leader gives tasks to followers, and a task whose follower crashes goes to another one.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use behaviour::prelude::*;
use behaviour::process::{self, Process};

/// How the followers work.
#[behaviour(LeaderFollower)]
pub trait Work {
    /// What there is to do; the leader keeps a copy for as long as it is under way.
    type Task: Clone;
    /// What comes of it.
    type Outcome;

    /// Does a task, in a follower. A panic costs that follower.
    async fn work(&mut self, task: Self::Task) -> Self::Outcome;

    /// How many followers a task may cost, before it is given up.
    fn patience() -> u32 {
        3
    }
}

// ANCHOR: behaviour
/// The leader, who knows what lies on whose desk.
#[gen_server]
pub struct LeaderFollower<W: Work> {
    followers: Vec<Process<W::Task>>,
    desks: HashMap<Pid, Job<W>>,
    waiting: VecDeque<Job<W>>,
}

/// A task, on its way.
struct Job<W: Work> {
    task: W::Task,
    crashes: u32,
    reply: Reply<Result<W::Outcome, ExitReason>>,
}

/// What a follower says when it is done.
struct Done<T>(Pid, T);

#[gen_server]
impl<W: Work> LeaderFollower<W> {
    /// Starts a follower for each of these, which does one task after the other.
    #[init]
    fn init(cx: &mut Context<Self>, workers: Vec<W>) -> Self {
        cx.trap_exit(true);
        let hire = |mut worker: W| {
            let leader = cx.client();
            process::spawn_link(move |mut inbox: Inbox<W::Task>| async move {
                loop {
                    leader.send(Done(inbox.pid(), worker.work(inbox.recv().await).await));
                }
            })
        };
        Self { followers: workers.into_iter().map(hire).collect(), desks: HashMap::new(), waiting: VecDeque::new() }
    }

    /// Has a task done by the first who is idle; or tells how its last follower ended, `NoProcess` if none is left.
    #[call(later)]
    pub fn perform(&mut self, reply: Reply<Result<W::Outcome, ExitReason>>, task: W::Task) -> Later {
        self.waiting.push_back(Job { task, crashes: 0, reply });
        self.assign();
        Later
    }

    /// How many followers there are.
    #[call]
    pub fn followers(&self) -> usize {
        self.followers.len()
    }

    #[info]
    fn done(&mut self, Done(pid, outcome): Done<W::Outcome>) {
        if let Some(job) = self.desks.remove(&pid) {
            job.reply.send(Ok(outcome));
            self.assign();
        }
    }

    #[info]
    fn crashed(&mut self, exit: Exit) {
        self.followers.retain(|follower| follower.pid() != exit.pid);
        if let Some(mut job) = self.desks.remove(&exit.pid) {
            job.crashes += 1;
            if job.crashes < W::patience() {
                self.waiting.push_front(job);
            } else {
                job.reply.send(Err(exit.reason));
            }
        }
        self.assign();
    }

    fn assign(&mut self) {
        for follower in &self.followers {
            let Entry::Vacant(desk) = self.desks.entry(follower.pid()) else { continue };
            let Some(job) = self.waiting.pop_front() else { return };
            follower.send(job.task.clone());
            desk.insert(job);
        }
        if self.followers.is_empty() {
            for job in self.waiting.drain(..) {
                job.reply.send(Err(ExitReason::NoProcess));
            }
        }
    }

    #[terminate]
    fn dismiss(&mut self) {
        self.followers.iter().for_each(|follower| process::exit(follower.pid(), ExitReason::Shutdown));
    }
}
// ANCHOR_END: behaviour
