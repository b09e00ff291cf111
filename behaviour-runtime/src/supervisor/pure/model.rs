//! A slow and obvious supervisor, to hold the machine against.
//!
//! It is written straight down, as OTP tells it: a list of children with their pids, a mailbox, a list of all attempts,
//! and loops that stop and start at once. What comes of each start and stop, and who ends meanwhile, is in a script.

use std::collections::VecDeque;
use std::time::Duration;

use super::{ChildError, ChildKey, Command, End, Ending, Event, Report, Restart, Status, Strategy};

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Happening {
    Exit(usize, Ending),
    /// The oldest retry arrives.
    Retry,
    StartChild(Option<usize>, Restart),
    TerminateChild(usize),
    RestartChild(usize),
    DeleteChild(usize),
    Wait(u64),
    Shutdown,
}

pub(super) struct Model {
    strategy: Strategy,
    intensity: usize,
    period: Duration,
    pub(super) now: Duration,
    attempts: Vec<Duration>,
    children: Vec<Entry>,
    next_key: usize,
    next_pid: u32,
    mailbox: VecDeque<(u32, Ending)>,
    script: Script,
    pub(super) trace: Vec<Command>,
    pub(super) ended: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    key: usize,
    restart: Restart,
    child: Pid,
}

impl Entry {
    fn status(&self) -> Status {
        match self.child {
            Pid::Undefined => Status::Undefined,
            Pid::Is(_) => Status::Running,
            Pid::Restarting => Status::Restarting,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pid {
    Undefined,
    Is(u32),
    Restarting,
}

impl Model {
    pub(super) fn new(strategy: Strategy, intensity: u32, script: Script) -> Self {
        Self {
            strategy,
            intensity: intensity as usize,
            period: Duration::from_secs(1),
            now: Duration::ZERO,
            attempts: Vec::new(),
            children: Vec::new(),
            next_key: 0,
            next_pid: 0,
            mailbox: VecDeque::new(),
            script,
            trace: Vec::new(),
            ended: false,
        }
    }

    pub(super) fn children(&self) -> impl Iterator<Item = (ChildKey, Status)> {
        self.children.iter().map(|entry| (ChildKey(entry.key), entry.status()))
    }

    pub(super) fn add(&mut self, restart: Restart) -> usize {
        let key = self.next_key;
        self.next_key += 1;
        self.children.push(Entry { key, restart, child: Pid::Undefined });
        key
    }

    fn find(&mut self, key: usize) -> Option<&mut Entry> {
        self.children.iter_mut().find(|entry| entry.key == key)
    }

    fn set(&mut self, key: usize, child: Pid) {
        self.find(key).expect("it is there").child = child;
    }

    fn remove(&mut self, key: usize) {
        self.children.retain(|entry| entry.key != key);
        self.trace.push(Command::Forget(ChildKey(key)));
    }

    /// OTP's `del_child`.
    fn del(&mut self, key: usize) {
        if self.find(key).expect("it is there").restart == Restart::Temporary {
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
        let outcome = self.carry_out(Command::Start(ChildKey(key)));
        match outcome {
            Event::Started => {
                self.next_pid += 1;
                self.set(key, Pid::Is(self.next_pid));
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
            let child = self.children.iter().find(|entry| entry.child == Pid::Is(pid)).copied();
            if let Some(entry) = child {
                self.exited(entry, ending);
            }
        }
    }

    fn exited(&mut self, entry: Entry, ending: Ending) {
        let abnormal = ending == Ending::Abnormal;
        if abnormal || entry.restart == Restart::Permanent {
            self.trace.push(Command::Report(Report::ChildTerminated(ChildKey(entry.key))));
        }
        match entry.restart {
            Restart::Permanent => self.restart(entry.key),
            Restart::Transient if abnormal => self.restart(entry.key),
            _ => self.del(entry.key),
        }
    }

    fn restart(&mut self, key: usize) {
        let recent = self.attempts.iter().filter(|time| **time + self.period >= self.now).count();
        self.attempts.push(self.now);
        self.set(key, Pid::Undefined);
        if recent >= self.intensity {
            self.trace.push(Command::Report(Report::ReachedMaxRestartIntensity(ChildKey(key))));
            return self.end(End::ReachedMaxRestartIntensity);
        }
        let from = match self.strategy {
            Strategy::OneForOne => {
                if self.start(key) == Event::StartFailed {
                    self.trace.push(Command::Report(Report::StartError(ChildKey(key))));
                    self.try_again(key);
                }
                return;
            }
            Strategy::OneForAll => 0,
            Strategy::RestForOne => key,
        };
        self.stop_all(from);
        if let Err(failed) = self.start_all(from) {
            self.try_again(failed);
        }
    }

    fn try_again(&mut self, key: usize) {
        self.set(key, Pid::Restarting);
        self.trace.push(Command::Retry(ChildKey(key)));
    }

    pub(super) fn happen(&mut self, happening: Happening, retry: Option<ChildKey>) -> Result<(), ChildError> {
        let result = self.decide(happening, retry);
        self.read_mailbox();
        result
    }

    fn decide(&mut self, happening: Happening, retry: Option<ChildKey>) -> Result<(), ChildError> {
        let check = |model: &mut Self, key| match model.find(key).ok_or(ChildError::NotFound)?.child {
            Pid::Undefined => Ok(()),
            Pid::Is(_) => Err(ChildError::Running),
            Pid::Restarting => Err(ChildError::Restarting),
        };
        match happening {
            Happening::Exit(key, ending) => {
                if let Some(Entry { child: Pid::Is(pid), .. }) = self.find(key) {
                    let pid = *pid;
                    self.mailbox.push_back((pid, ending));
                }
            }
            Happening::Retry => {
                if let Some(ChildKey(key)) = retry
                    && self.find(key).is_some_and(|entry| entry.child == Pid::Restarting)
                {
                    self.restart(key);
                }
            }
            Happening::StartChild(known, restart) => match known.and_then(|key| self.find(key)) {
                Some(Entry { child: Pid::Is(_), .. }) => return Err(ChildError::AlreadyStarted),
                Some(_) => return Err(ChildError::AlreadyPresent),
                None => {
                    let key = self.add(restart);
                    if self.start(key) == Event::StartFailed {
                        self.remove(key);
                    }
                }
            },
            Happening::TerminateChild(key) => match self.find(key).ok_or(ChildError::NotFound)?.child {
                Pid::Is(_) => {
                    self.carry_out(Command::Stop(ChildKey(key)));
                    self.del(key);
                }
                _ => self.set(key, Pid::Undefined),
            },
            Happening::RestartChild(key) => {
                check(self, key)?;
                self.start(key);
            }
            Happening::DeleteChild(key) => {
                check(self, key)?;
                self.remove(key);
            }
            Happening::Wait(time) => self.now += Duration::from_millis(time),
            Happening::Shutdown => self.end(End::Shutdown),
        }
        Ok(())
    }
}
