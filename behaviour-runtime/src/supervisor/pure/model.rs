//! A slow and obvious supervisor, to hold the machine against.
//!
//! It is written straight down, as OTP tells it: a list of children with their pids, a mailbox, a list of all attempts,
//! and loops that stop and start at once. What comes of each start and stop, and who ends meanwhile, is in a script.

use std::collections::VecDeque;
use std::time::Duration;

use super::{AutoShutdown, ChildError, ChildKey, Command, End, Ending, Event, Policy, Report, Restart, Status};
use super::{Strategy, Ticket};

/// What comes of one start or stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) outcome: Event,
    /// Who ends by itself meanwhile, if it runs.
    pub(super) exit: Option<(usize, Ending)>,
}

/// The steps to come, over and over again.
#[derive(Debug, Clone)]
pub(super) struct Script(pub(super) VecDeque<Step>);

impl Script {
    pub(super) fn step(&mut self) -> Step {
        self.0.rotate_left(1);
        *self.0.back().expect("a script has steps")
    }
}

/// What happens to a supervisor that waits.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Happening {
    Exit(usize, Ending),
    /// The oldest retry arrives.
    Retry,
    /// One of the waits is over.
    WaitOver(usize),
    StartChild(Option<usize>, Policy),
    TerminateChild(usize),
    RestartChild(usize),
    DeleteChild(usize),
    Wait(u64),
    Change(Box<Change>),
    Shutdown,
}

/// Another list of children: some that are there, by their places, and some that are new.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) strategy: Strategy,
    pub(super) auto_shutdown: AutoShutdown,
    pub(super) intensity: u32,
    pub(super) period: Duration,
    pub(super) list: [Option<(Option<usize>, Policy)>; 4],
}

impl Change {
    /// What is said of the child at this place of those that are there.
    pub(super) fn said(&self, place: usize) -> Option<Policy> {
        self.list.iter().flatten().find(|(known, _)| *known == Some(place)).map(|(_, policy)| *policy)
    }

    /// The list that results, of so many children that are there: who it is, and what is said.
    pub(super) fn order(&self, present: usize) -> Vec<(Option<usize>, Option<Policy>)> {
        let mut order: Vec<_> = Vec::new();
        for (known, policy) in self.list.into_iter().flatten() {
            let named = order.iter().any(|(other, _)| known.is_some() && *other == known);
            if !named && known.is_none_or(|known| known < present) {
                order.push((known, Some(policy)));
            }
        }
        order.extend((0..present).filter(|place| self.said(*place).is_none()).map(|place| (Some(place), None)));
        order
    }
}

/// A message that the supervisor sent itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Letter {
    Retry(ChildKey),
    WaitOver(ChildKey, Ticket),
}

pub(super) struct Model {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    intensity: usize,
    period: Duration,
    pub(super) now: Duration,
    attempts: Vec<Duration>,
    children: Vec<Entry>,
    next_key: usize,
    next_pid: u32,
    next_ticket: u64,
    mailbox: VecDeque<(u32, Ending)>,
    script: Script,
    pub(super) trace: Vec<Command>,
    pub(super) ended: bool,
}

#[derive(Clone)]
struct Entry {
    key: usize,
    /// The keys that letters on their way may name it by.
    was: Vec<usize>,
    policy: Policy,
    child: Pid,
    since: Duration,
    /// The restarts in a row.
    row: u32,
    /// It is down because a sibling is restarted, and will be started with that.
    interrupted: bool,
}

impl Entry {
    fn status(&self) -> Status {
        match self.child {
            Pid::Undefined => Status::Undefined,
            Pid::Is(_) => Status::Running,
            Pid::Restarting | Pid::Waiting(_) => Status::Restarting,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pid {
    Undefined,
    Is(u32),
    Restarting,
    Waiting(Ticket),
}

impl Model {
    pub(super) fn new(strategy: Strategy, auto_shutdown: AutoShutdown, intensity: u32, script: Script) -> Self {
        Self {
            strategy,
            auto_shutdown,
            intensity: intensity as usize,
            period: Duration::from_secs(1),
            now: Duration::ZERO,
            attempts: Vec::new(),
            children: Vec::new(),
            next_key: 0,
            next_pid: 0,
            next_ticket: 0,
            mailbox: VecDeque::new(),
            script,
            trace: Vec::new(),
            ended: false,
        }
    }

    pub(super) fn children(&self) -> impl Iterator<Item = (ChildKey, Status)> {
        self.children.iter().map(|entry| (ChildKey(entry.key), entry.status()))
    }

    pub(super) fn add(&mut self, policy: Policy) -> usize {
        let key = self.next_key;
        self.next_key += 1;
        let since = Duration::ZERO;
        let (was, child) = (Vec::new(), Pid::Undefined);
        self.children.push(Entry { key, was, policy, child, since, row: 0, interrupted: false });
        key
    }

    fn find(&mut self, key: usize) -> Option<&mut Entry> {
        self.children.iter_mut().find(|entry| entry.key == key)
    }

    fn set(&mut self, key: usize, child: Pid) {
        self.find(key).expect("it is there").child = child;
    }

    /// The child that a letter names so, if it is still that.
    fn named(&self, key: usize, child: Pid) -> Option<usize> {
        let entry = self.children.iter().find(|entry| entry.key == key || entry.was.contains(&key))?;
        (entry.child == child).then_some(entry.key)
    }

    fn remove(&mut self, key: usize) {
        self.children.retain(|entry| entry.key != key);
        self.trace.push(Command::Forget(ChildKey(key)));
    }

    /// OTP's `del_child`.
    fn del(&mut self, key: usize) {
        if self.find(key).expect("it is there").policy.restart == Restart::Temporary {
            self.remove(key);
        } else {
            self.set(key, Pid::Undefined);
        }
    }

    /// Carries a command out, and lets end who ends meanwhile.
    fn carry_out(&mut self, command: Command) -> Event {
        self.trace.push(command);
        let step = self.script.step();
        if let Some((key, ending)) = step.exit
            && let Some(Entry { child: Pid::Is(pid), .. }) = self.find(key)
        {
            let pid = *pid;
            self.mailbox.push_back((pid, ending));
        }
        step.outcome
    }

    fn start(&mut self, key: usize) -> Event {
        self.find(key).expect("it is there").interrupted = false;
        let outcome = self.carry_out(Command::Start(ChildKey(key)));
        match outcome {
            Event::Started => {
                self.next_pid += 1;
                self.set(key, Pid::Is(self.next_pid));
                self.find(key).expect("it is there").since = self.now;
            }
            Event::Ignored => self.del(key),
            _ => {}
        }
        outcome
    }

    fn stop_all(&mut self, from: usize) {
        for entry in self.children.clone().into_iter().rev().filter(|entry| entry.key >= from) {
            if let Pid::Is(_) = entry.child {
                self.carry_out(Command::Stop(ChildKey(entry.key)));
                self.del(entry.key);
            } else {
                self.set(entry.key, Pid::Undefined);
            }
        }
    }

    /// Stops those who go with a restart.
    fn interrupt(&mut self, from: usize) {
        for entry in self.children.iter_mut().filter(|entry| entry.key >= from) {
            entry.interrupted |= entry.child != Pid::Undefined;
        }
        self.stop_all(from);
    }

    /// Starts all from there on, up to one that fails.
    fn start_all(&mut self, from: usize) -> Result<(), usize> {
        for entry in self.children.clone().into_iter().filter(|entry| entry.key >= from) {
            if self.start(entry.key) == Event::StartFailed {
                self.trace.push(Command::Report(Report::StartError(ChildKey(entry.key))));
                return Err(entry.key);
            }
        }
        Ok(())
    }

    fn end(&mut self, end: End) {
        self.stop_all(0);
        self.trace.push(Command::Done(end));
        self.ended = true;
    }

    pub(super) fn init(&mut self) {
        match self.start_all(0) {
            Ok(()) => self.trace.push(Command::Ready),
            Err(key) => self.end(End::FailedToStartChild(ChildKey(key))),
        }
        self.read_mailbox();
    }

    fn read_mailbox(&mut self) {
        while !self.ended
            && let Some((pid, ending)) = self.mailbox.pop_front()
        {
            let child = self.children.iter().find(|entry| entry.child == Pid::Is(pid)).cloned();
            if let Some(entry) = child {
                self.exited(&entry, ending);
            }
        }
    }

    fn exited(&mut self, entry: &Entry, ending: Ending) {
        let Policy { restart, significant, backoff } = entry.policy;
        let abnormal = ending == Ending::Abnormal;
        if abnormal || restart == Restart::Permanent {
            self.trace.push(Command::Report(Report::ChildTerminated(ChildKey(entry.key))));
        }
        if backoff.is_some_and(|backoff| backoff.is_over(self.now.saturating_sub(entry.since))) {
            self.find(entry.key).expect("it is there").row = 0;
        }
        match restart {
            Restart::Permanent => return self.restart(entry.key),
            Restart::Transient if abnormal => return self.restart(entry.key),
            _ => self.del(entry.key),
        }
        let enough = match self.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::AnySignificant => significant,
            AutoShutdown::AllSignificant => significant && !self.children.iter().any(|other| self.is_left(other)),
        };
        if enough {
            self.end(End::AutoShutdown);
        }
    }

    /// Whether a significant child is not at its end.
    fn is_left(&self, entry: &Entry) -> bool {
        let restarting = |other: &Entry| other.status() == Status::Restarting;
        let will_be_started = match self.strategy {
            Strategy::OneForOne => false,
            Strategy::OneForAll => self.children.iter().any(restarting),
            Strategy::RestForOne => self.children.iter().any(|other| other.key < entry.key && restarting(other)),
        };
        let down = entry.child == Pid::Undefined && !(entry.interrupted && will_be_started);
        entry.policy.significant && !down
    }

    fn restart(&mut self, key: usize) {
        let Self { attempts, period, now, .. } = self;
        attempts.retain(|time| *time + *period >= *now);
        let recent = self.attempts.len();
        self.attempts.push(self.now);
        self.set(key, Pid::Undefined);
        if recent >= self.intensity {
            self.trace.push(Command::Report(Report::ReachedMaxRestartIntensity(ChildKey(key))));
            return self.end(End::ReachedMaxRestartIntensity);
        }
        let entry = self.find(key).expect("it is there");
        entry.interrupted = true;
        let Some(backoff) = entry.policy.backoff else { return self.start_again(key) };
        let delay = backoff.delay(entry.row);
        entry.row += 1;
        match self.strategy {
            Strategy::OneForOne => {}
            Strategy::OneForAll => self.interrupt(0),
            Strategy::RestForOne => self.interrupt(key),
        }
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.set(key, Pid::Waiting(ticket));
        self.trace.push(Command::Wait { child: ChildKey(key), ticket, delay });
    }

    fn start_again(&mut self, key: usize) {
        let failed = match self.strategy {
            Strategy::OneForOne => {
                let failed = self.start(key) == Event::StartFailed;
                if failed {
                    self.trace.push(Command::Report(Report::StartError(ChildKey(key))));
                }
                failed.then_some(key)
            }
            Strategy::OneForAll => {
                self.interrupt(0);
                self.start_all(0).err()
            }
            Strategy::RestForOne => {
                self.interrupt(key);
                self.start_all(key).err()
            }
        };
        if let Some(failed) = failed {
            self.try_again(failed);
        }
    }

    fn try_again(&mut self, key: usize) {
        if self.find(key).expect("it is there").policy.backoff.is_some() {
            return self.restart(key);
        }
        self.set(key, Pid::Restarting);
        self.trace.push(Command::Retry(ChildKey(key)));
    }

    fn change(&mut self, change: &Change) {
        (self.strategy, self.auto_shutdown) = (change.strategy, change.auto_shutdown);
        (self.intensity, self.period) = (change.intensity as usize, change.period);
        let before = std::mem::take(&mut self.children);
        for (known, said) in change.order(before.len()) {
            let key = self.add(said.unwrap_or(Restart::Permanent.into()));
            let Some(old) = known.map(|known| before[known].clone()) else { continue };
            let mut was = old.was.clone();
            was.push(old.key);
            if old.status() != Status::Restarting {
                was.clear();
            }
            *self.find(key).expect("it was added") = Entry { key, was, policy: said.unwrap_or(old.policy), ..old };
        }
    }

    pub(super) fn happen(&mut self, happening: &Happening, letter: Option<Letter>) -> Result<(), ChildError> {
        let result = self.decide(happening, letter);
        self.read_mailbox();
        result
    }

    fn decide(&mut self, happening: &Happening, letter: Option<Letter>) -> Result<(), ChildError> {
        let check = |model: &mut Self, key| match model.find(key).ok_or(ChildError::NotFound)?.child {
            Pid::Undefined => Ok(()),
            Pid::Is(_) => Err(ChildError::Running),
            Pid::Restarting | Pid::Waiting(_) => Err(ChildError::Restarting),
        };
        match *happening {
            Happening::Exit(key, ending) => {
                if let Some(Entry { child: Pid::Is(pid), .. }) = self.find(key) {
                    let pid = *pid;
                    self.mailbox.push_back((pid, ending));
                }
            }
            Happening::Retry | Happening::WaitOver(_) => match letter {
                Some(Letter::Retry(ChildKey(key))) => {
                    if let Some(key) = self.named(key, Pid::Restarting) {
                        self.restart(key);
                    }
                }
                Some(Letter::WaitOver(ChildKey(key), ticket)) => {
                    if let Some(key) = self.named(key, Pid::Waiting(ticket)) {
                        self.start_again(key);
                    }
                }
                None => {}
            },
            Happening::StartChild(known, policy) => {
                policy.check(self.auto_shutdown).map_err(ChildError::BadCombination)?;
                match known.and_then(|key| self.find(key)) {
                    Some(Entry { child: Pid::Is(_), .. }) => return Err(ChildError::AlreadyStarted),
                    Some(_) => return Err(ChildError::AlreadyPresent),
                    None => {
                        let key = self.add(policy);
                        if self.start(key) == Event::StartFailed {
                            self.remove(key);
                        }
                    }
                }
            }
            Happening::TerminateChild(key) => {
                let entry = self.find(key).ok_or(ChildError::NotFound)?;
                entry.interrupted = false;
                if let Pid::Is(_) = entry.child {
                    self.carry_out(Command::Stop(ChildKey(key)));
                    self.del(key);
                } else {
                    entry.child = Pid::Undefined;
                }
            }
            Happening::RestartChild(key) => {
                check(self, key)?;
                self.find(key).expect("it is there").row = 0;
                self.start(key);
            }
            Happening::DeleteChild(key) => {
                check(self, key)?;
                self.remove(key);
            }
            Happening::Wait(time) => self.now += Duration::from_millis(time),
            Happening::Change(ref change) => self.change(change),
            Happening::Shutdown => self.end(End::Shutdown),
        }
        Ok(())
    }
}
