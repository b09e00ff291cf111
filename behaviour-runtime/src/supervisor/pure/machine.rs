//! The order of restarts and stops.
//!
//! A [`Machine`] knows of each child its kind and whether it runs, and nothing of pids. The supervisor's process tells
//! it what happens ([`Machine::on`]) and does what it says ([`Machine::next_command`]), one command at a time: a
//! [`Command::Start`] or [`Command::Stop`] has to be answered before there is another one. So the process may be
//! interrupted between any two of them, and also while it carries one out.
//!
//! All that a supervisor does to its children is one of two walks over a range of them, in start order:
//!
//! ```text
//!                        stopped, last one first     started, in order
//! the supervisor starts  –                           all
//! one_for_one            –                           the one that ended
//! rest_for_one           those after it              it and those after it
//! one_for_all            all                         all
//! the supervisor ends    all                         –
//! ```
//!
//! As in OTP, a child that cannot be started in a restart is `restarting` and the supervisor sends itself a message to
//! try again, so that requests which came meanwhile (to terminate the child, or to end) are heard between two attempts.
//! A child with a backoff is `restarting`, too, while it waits: between the two walks of its restart, when those who
//! go with it are down. What children do by themselves while a walk is under way waits until it is over, as it would in
//! the mailbox.

mod change;
pub(crate) mod operations;
mod work;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use self::work::{Then, Waiting, Why, Work};
use super::protocol::{ChildKey, Command, End, Event, Report, Status, Ticket};
use super::rules::{self, AutoShutdown, Ending, Policy, Restart, Strategy, Verdict};
use super::window::Window;

/// The children of a supervisor and what is being done to them.
#[derive(Debug)]
pub(crate) struct Machine {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    window: Window,
    /// Keys grow, so this is the start order.
    children: BTreeMap<ChildKey, Child>,
    next_key: ChildKey,
    /// The keys of children who were restarting as their keys changed: letters name them so.
    moved: BTreeMap<ChildKey, ChildKey>,
    /// Counts the processes that ran, over all children.
    runs: u64,
    /// Counts the waits.
    waits: u64,
    /// The latest moment heard of.
    now: Duration,
    work: Work,
    /// The start or stop that has not been answered yet.
    asked: Option<Command>,
    /// What happened that has not been looked at yet.
    waiting: VecDeque<Waiting>,
    /// What was decided and not been told yet.
    commands: VecDeque<Command>,
}

#[derive(Debug)]
struct Child {
    policy: Policy,
    status: Status,
    /// Which process it is, or was, that runs as this child, and since when.
    run: u64,
    since: Duration,
    /// The restarts in a row, and the wait before the present one, if it waits.
    row: u32,
    ticket: Option<Ticket>,
    /// Whether it is down because of a restart that has not come to it yet.
    interrupted: bool,
}

impl Child {
    fn new(policy: Policy) -> Self {
        let since = Duration::ZERO;
        Self { policy, status: Status::Undefined, run: 0, since, row: 0, ticket: None, interrupted: false }
    }
}

impl Machine {
    /// A machine that starts the children which are [added](Self::add) before the first command is asked for.
    pub(crate) fn new(strategy: Strategy, auto_shutdown: AutoShutdown, intensity: u32, period: Duration) -> Self {
        Self {
            strategy,
            auto_shutdown,
            window: Window::new(intensity, period),
            children: BTreeMap::new(),
            next_key: ChildKey::FIRST,
            moved: BTreeMap::new(),
            runs: 0,
            waits: 0,
            now: Duration::ZERO,
            work: Work::Start { from: ChildKey::FIRST, below: ChildKey::END, why: Why::Init },
            asked: None,
            waiting: VecDeque::new(),
            commands: VecDeque::new(),
        }
    }

    /// Adds a child behind all others. It is not started, unless the supervisor itself is being started.
    pub(crate) fn add(&mut self, policy: Policy) -> ChildKey {
        let key = self.next_key;
        self.next_key = key.following();
        self.children.insert(key, Child::new(policy));
        key
    }

    /// Takes note of what happened `now`, counted from any fixed moment. Ask for commands afterwards.
    ///
    /// An exit is told after the [`Event::Started`] of the same process. That of a process which has been stopped, or
    /// is being, may be told or not.
    pub(crate) fn on(&mut self, event: Event, now: Duration) {
        self.now = self.now.max(now);
        match event {
            Event::Exited { child, ending } => {
                if let Some(Child { status: Status::Running, run, .. }) = self.children.get(&child) {
                    self.waiting.push_back(Waiting::Exit { child, run: *run, ending });
                }
            }
            Event::Retry(child) => self.waiting.push_back(Waiting::Retry(self.now_called(child))),
            Event::WaitOver { child, ticket } => {
                let child = self.now_called(child);
                self.waiting.push_back(Waiting::WaitOver { child, ticket });
            }
            Event::Shutdown => self.end(End::Shutdown),
            Event::Started | Event::Ignored | Event::StartFailed | Event::Stopped => {
                self.on_answer(event);
            }
        }
    }

    /// The next thing to do, or none until something happens.
    pub(crate) fn next_command(&mut self) -> Option<Command> {
        loop {
            if let Some(command) = self.commands.pop_front() {
                return Some(command);
            }
            if self.asked.is_some() || !self.step() {
                return None;
            }
        }
    }

    /// Decides a little further. Says whether there was anything to decide.
    fn step(&mut self) -> bool {
        match self.work {
            Work::Idle => match self.waiting.pop_front() {
                Some(Waiting::Exit { child, run, ending }) => self.exited(child, run, ending),
                Some(Waiting::Retry(child)) => self.retry(child),
                Some(Waiting::WaitOver { child, ticket }) => self.wait_over(child, ticket),
                None => return false,
            },
            Work::Stop { from, below, then } => self.stop_last(from, below, then),
            Work::Start { from, below, why } => self.start_first(from, below, why),
            Work::Ended => return false,
        }
        true
    }

    fn stop_last(&mut self, from: ChildKey, below: ChildKey, then: Then) {
        let Some((&key, child)) = self.children.range_mut(from..below).next_back() else {
            return self.all_stopped(then);
        };
        self.work = Work::Stop { from, below: key, then };
        let returns = then.is_a_restart();
        child.interrupted = returns && (child.interrupted || child.status != Status::Undefined);
        if child.status == Status::Running {
            self.ask(Command::Stop(key));
        } else {
            child.status = Status::Undefined;
        }
    }

    fn start_first(&mut self, from: ChildKey, below: ChildKey, why: Why) {
        let Some((&key, child)) = self.children.range_mut(from..below).next() else {
            return self.all_started(why);
        };
        child.interrupted = false;
        self.work = Work::Start { from: key.following(), below, why };
        self.ask(Command::Start(key));
    }

    fn ask(&mut self, command: Command) {
        self.asked = Some(command);
        self.commands.push_back(command);
    }

    fn on_answer(&mut self, event: Event) {
        match (self.asked.take(), event) {
            (Some(Command::Start(child)), Event::Started) => self.started(child),
            (Some(Command::Start(child)), Event::StartFailed) => self.start_failed(child),
            (Some(Command::Start(child)), Event::Ignored) | (Some(Command::Stop(child)), Event::Stopped) => {
                self.not_running(child);
            }
            (asked, event) => {
                debug_assert!(false, "{event:?} answers {asked:?}");
                self.asked = asked;
            }
        }
    }

    fn started(&mut self, child: ChildKey) {
        self.runs += 1;
        if let Some(entry) = self.children.get_mut(&child) {
            entry.status = Status::Running;
            (entry.run, entry.since) = (self.runs, self.now);
        }
    }

    fn start_failed(&mut self, child: ChildKey) {
        // While the supervisor ends it does not matter.
        let Work::Start { why, .. } = self.work else {
            return;
        };
        self.work = Work::Idle;
        match why {
            Why::Init => {
                self.report(Report::StartError(child));
                self.end(End::FailedToStartChild(child));
            }
            Why::Restart => {
                self.report(Report::StartError(child));
                if self.children.get(&child).is_some_and(|entry| entry.policy.backoff.is_some()) {
                    self.restart(child);
                } else {
                    self.set(child, Status::Restarting);
                    self.commands.push_back(Command::Retry(child));
                }
            }
            Why::StartChild => self.forget(child),
            Why::RestartChild => {}
        }
    }

    /// A child ended by itself, some time ago.
    fn exited(&mut self, child: ChildKey, run: u64, ending: Ending) {
        let Policy { restart, significant, .. } = match self.children.get_mut(&child) {
            Some(entry) if entry.status == Status::Running && entry.run == run => {
                if entry.policy.backoff.is_some_and(|backoff| backoff.is_over(self.now.saturating_sub(entry.since))) {
                    entry.row = 0;
                }
                entry.policy
            }
            // It was stopped meanwhile; perhaps another process runs in its place.
            _ => return,
        };
        if rules::is_reported(restart, ending) {
            self.report(Report::ChildTerminated(child));
        }
        match rules::verdict(restart, ending) {
            Verdict::Restart => return self.restart(child),
            Verdict::Keep => self.set(child, Status::Undefined),
            Verdict::Forget => self.forget(child),
        }
        if significant && self.has_had_enough() {
            self.end(End::AutoShutdown);
        }
    }

    /// Whether the end of a significant child, after which it is not started again, was one too many.
    fn has_had_enough(&self) -> bool {
        match self.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::AnySignificant => true,
            AutoShutdown::AllSignificant => {
                let is_awaited = self.awaited();
                !self.children.iter().any(|(key, entry)| {
                    let down = entry.status == Status::Undefined && !(entry.interrupted && is_awaited(*key));
                    entry.policy.significant && !down
                })
            }
        }
    }

    fn retry(&mut self, child: ChildKey) {
        // It may have been terminated, or restarted with a sibling; or it was told to wait since then, by new code.
        let tries_again = |entry: &Child| entry.status == Status::Restarting && entry.ticket.is_none();
        if self.children.get(&child).is_some_and(tries_again) {
            self.restart(child);
        }
    }

    fn wait_over(&mut self, child: ChildKey, ticket: Ticket) {
        // Since then it may have been terminated, or restarted with a sibling, and wait once more.
        let waits = |entry: &Child| entry.status == Status::Restarting && entry.ticket == Some(ticket);
        if self.children.get(&child).is_some_and(waits) {
            self.set(child, Status::Undefined);
            self.begin_restart(child, None);
        }
    }

    /// Attempts a restart because of this child, or decides that there will be one after a wait.
    fn restart(&mut self, child: ChildKey) {
        self.set(child, Status::Undefined);
        if !self.window.admit(self.now) {
            self.report(Report::ReachedMaxRestartIntensity(child));
            self.end(End::ReachedMaxRestartIntensity);
            return;
        }
        let delay = self.children.get_mut(&child).and_then(|entry| {
            entry.interrupted = true;
            let delay = entry.policy.backoff?.delay(entry.row);
            entry.row = entry.row.saturating_add(1);
            Some(delay)
        });
        self.begin_restart(child, delay);
    }

    /// Stops those who go with this child, then waits if it has to, then starts them all.
    fn begin_restart(&mut self, child: ChildKey, delay: Option<Duration>) {
        let (from, below) = match self.strategy {
            Strategy::OneForOne => (child, child.following()),
            Strategy::OneForAll => (ChildKey::FIRST, ChildKey::END),
            Strategy::RestForOne => (child, ChildKey::END),
        };
        let then = delay.map_or(Then::Restart { from, below }, |delay| Then::Wait { child, delay });
        self.work = Work::Stop { from, below, then };
    }

    /// Lets the restart of a child wait.
    fn wait(&mut self, child: ChildKey, delay: Duration) {
        self.waits += 1;
        let ticket = Ticket(self.waits);
        if let Some(entry) = self.children.get_mut(&child) {
            entry.status = Status::Restarting;
            entry.ticket = Some(ticket);
            self.commands.push_back(Command::Wait { child, ticket, delay });
        }
    }

    /// Stops all children, whatever is under way, and then ends. The first reason to end stands.
    fn end(&mut self, end: End) {
        if let Work::Ended | Work::Stop { then: Then::End(_), .. } = self.work {
            return;
        }
        self.work = Work::Stop { from: ChildKey::FIRST, below: ChildKey::END, then: Then::End(end) };
    }

    fn all_stopped(&mut self, then: Then) {
        self.work = match then {
            Then::Idle => Work::Idle,
            Then::Restart { from, below } => Work::Start { from, below, why: Why::Restart },
            Then::Wait { child, delay } => {
                self.wait(child, delay);
                Work::Idle
            }
            Then::End(end) => {
                self.commands.push_back(Command::Done(end));
                Work::Ended
            }
        };
    }

    fn all_started(&mut self, why: Why) {
        self.work = Work::Idle;
        if let Why::Init = why {
            self.commands.push_back(Command::Ready);
        }
    }

    /// A child was stopped, or ignored its start: a temporary one has no other life to wait for.
    fn not_running(&mut self, child: ChildKey) {
        match self.children.get_mut(&child) {
            Some(Child { policy: Policy { restart: Restart::Temporary, .. }, .. }) => self.forget(child),
            Some(entry) => entry.status = Status::Undefined,
            None => {}
        }
    }

    fn forget(&mut self, child: ChildKey) {
        self.children.remove(&child);
        self.commands.push_back(Command::Forget(child));
    }

    fn report(&mut self, report: Report) {
        self.commands.push_back(Command::Report(report));
    }

    /// Whether the child runs; none if there is no such child.
    pub(crate) fn status(&self, child: ChildKey) -> Option<Status> {
        self.children.get(&child).map(|entry| entry.status)
    }

    fn set(&mut self, child: ChildKey, status: Status) {
        if let Some(entry) = self.children.get_mut(&child) {
            (entry.status, entry.ticket) = (status, None);
        }
    }
}
