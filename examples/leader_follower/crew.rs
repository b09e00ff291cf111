//! The behaviour: a leader gives tasks to followers, and a task whose follower crashes goes to another one.
//!
//! What is always the same is here: who is idle, what waits, what was on whose desk. What a task is, and how it is done,
//! the callbacks say.

use std::collections::{HashMap, VecDeque};

use behaviour::prelude::*;

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

/// Why a task was not done.
#[derive(Debug, Clone, PartialEq)]
pub enum NotDone {
    /// There is nobody left to do it.
    NoFollowers,
    /// It was given up; the last follower that it cost ended for this reason.
    Crashes(ExitReason),
}

// ANCHOR: behaviour
/// The leader.
#[gen_server]
pub struct LeaderFollower<W: Work> {
    idle: VecDeque<FollowerClient<W>>,
    busy: HashMap<Pid, (FollowerClient<W>, Job<W>)>,
    waiting: VecDeque<Job<W>>,
}

/// A task, on its way.
struct Job<W: Work> {
    task: W::Task,
    crashes: u32,
    reply: Reply<Result<W::Outcome, NotDone>>,
}

/// What a follower says when it is done.
struct Done<T>(Pid, T);

#[gen_server]
impl<W: Work> LeaderFollower<W> {
    /// Starts a follower for each of these.
    #[init]
    async fn init(cx: &mut Context<Self>, workers: Vec<W>) -> Result<Self, StartError> {
        cx.trap_exit(true);
        let mut idle = VecDeque::new();
        for worker in workers {
            idle.push_back(Follower::start(worker, cx.client()).link().await?);
        }
        Ok(Self { idle, busy: HashMap::new(), waiting: VecDeque::new() })
    }

    /// Has a task done by whoever is idle first.
    #[call(later)]
    pub fn perform(&mut self, reply: Reply<Result<W::Outcome, NotDone>>, task: W::Task) -> Later {
        self.waiting.push_back(Job { task, crashes: 0, reply });
        self.assign();
        Later
    }

    /// How many followers there are.
    #[call]
    pub fn followers(&self) -> usize {
        self.idle.len() + self.busy.len()
    }

    #[info]
    fn done(&mut self, Done(pid, outcome): Done<W::Outcome>) {
        if let Some((follower, job)) = self.busy.remove(&pid) {
            job.reply.send(Ok(outcome));
            self.idle.push_back(follower);
            self.assign();
        }
    }

    #[info]
    fn crashed(&mut self, exit: Exit) {
        self.idle.retain(|follower| follower.pid() != exit.pid);
        if let Some((_, mut job)) = self.busy.remove(&exit.pid) {
            job.crashes += 1;
            if job.crashes < W::patience() {
                self.waiting.push_front(job);
            } else {
                job.reply.send(Err(NotDone::Crashes(exit.reason)));
            }
        }
        self.assign();
    }

    fn assign(&mut self) {
        if self.followers() == 0 {
            for job in self.waiting.drain(..) {
                job.reply.send(Err(NotDone::NoFollowers));
            }
        }
        while !self.waiting.is_empty()
            && let Some(follower) = self.idle.pop_front()
            && let Some(job) = self.waiting.pop_front()
        {
            follower.work(job.task.clone());
            self.busy.insert(follower.pid(), (follower, job));
        }
    }
}

/// A follower, which does one task at a time.
#[gen_server]
struct Follower<W: Work> {
    worker: W,
    leader: LeaderFollowerClient<W>,
}

#[gen_server]
impl<W: Work> Follower<W> {
    #[init]
    fn init(worker: W, leader: LeaderFollowerClient<W>) -> Self {
        Self { worker, leader }
    }

    #[cast]
    async fn work(&mut self, cx: &mut Context<Self>, task: W::Task) {
        let outcome = self.worker.work(task).await;
        self.leader.send(Done(cx.pid(), outcome));
    }
}
// ANCHOR_END: behaviour
