//! A slow and obvious state machine, to hold the agenda against.
//!
//! It is written straight down, as OTP tells it (otp.md 6.4 to 6.6): a queue, a list of postponed events, a list of
//! timeouts of no time, a mailbox to which a clock sends a message for every timer that was ever started, be it
//! cancelled or not, and the nine steps of a transition. What callbacks do, and what happens outside, is in a script.

use std::collections::VecDeque;

use super::Timer;

/// What is handled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Event {
    Outside(u32),
    Inserted(u32),
    Timeout(Timer<u8>, u32),
}

/// When a timeout comes, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Time {
    After(u64),
    At(u64),
    Never,
}

/// What a callback asks of a timeout.
#[derive(Debug, Clone, Copy)]
pub(super) enum Request {
    Set(Timer<u8>, u32, Time),
    Update(Timer<u8>, u32),
    Cancel(Timer<u8>),
}

impl Request {
    fn timer(self) -> Timer<u8> {
        match self {
            Self::Set(timer, ..) | Self::Update(timer, _) | Self::Cancel(timer) => timer,
        }
    }
}

/// What the callbacks for one event do.
#[derive(Debug, Clone, Default)]
pub(super) struct Callback {
    /// How much happens outside until they are done.
    pub(super) meanwhile: usize,
    pub(super) changes: bool,
    pub(super) postpones: bool,
    pub(super) inserts: Vec<u32>,
    pub(super) requests: Vec<Request>,
    /// The state's timeout, unless the requests say otherwise.
    pub(super) default: Option<(u32, Time)>,
    /// Whether somebody looks at the clock afterwards: until then, the time of a new timer does not begin.
    pub(super) looks: bool,
}

/// What happens outside.
#[derive(Debug, Clone, Copy)]
pub(super) enum Happening {
    Message(u32),
    Wait(u64),
}

#[derive(Debug, Clone)]
pub(super) struct Script {
    /// For one event after the other. Once they are used up, callbacks do nothing.
    pub(super) callbacks: VecDeque<Callback>,
    pub(super) happenings: VecDeque<Happening>,
    /// The machine ends before the callbacks of this event are settled.
    pub(super) ends_with: usize,
}

/// What was handled, and when.
pub(super) type Trace = Vec<(u64, Event)>;

enum Mail {
    Message(u32),
    /// `{timeout, Reference, _}`.
    Expired(usize),
}

/// A timeout that was started and has neither come nor been cancelled.
struct Running {
    timer: Timer<u8>,
    content: u32,
    reference: usize,
}

enum Due {
    In(u64),
    At(u64),
}

pub(super) struct Model {
    now: u64,
    script: Script,
    trace: Trace,
    mailbox: VecDeque<Mail>,
    queue: Vec<Event>,
    postponed: Vec<Event>,
    running: Vec<Running>,
    /// References of timeouts of no time, in the order in which they were requested.
    zeros: Vec<usize>,
    /// References of all timers whose time has not come. Nothing is ever taken back from the clock.
    clock: Vec<(usize, Due)>,
    next_reference: usize,
}

impl Model {
    pub(super) fn new(script: Script) -> Self {
        Self {
            now: 0,
            script,
            trace: Vec::new(),
            mailbox: VecDeque::new(),
            queue: Vec::new(),
            postponed: Vec::new(),
            running: Vec::new(),
            zeros: Vec::new(),
            clock: Vec::new(),
            next_reference: 0,
        }
    }

    /// What is handled until the script is at its end, and which events are left then.
    pub(super) fn play(mut self) -> (Trace, Vec<Event>) {
        loop {
            if let Some(event) = self.next() {
                self.trace.push((self.now, event));
                let callback = self.script.callbacks.pop_front().unwrap_or_default();
                for _ in 0..callback.meanwhile {
                    match self.script.happenings.pop_front() {
                        Some(Happening::Wait(time)) => self.wait(time),
                        Some(Happening::Message(message)) => self.mailbox.push_back(Mail::Message(message)),
                        None => {}
                    }
                }
                if self.trace.len() == self.script.ends_with {
                    let mut left: Vec<_> = callback.inserts.into_iter().map(Event::Inserted).collect();
                    left.append(&mut self.queue);
                    left.append(&mut self.postponed);
                    left.extend(callback.postpones.then_some(event));
                    return (self.trace, left);
                }
                let looks = callback.looks;
                self.transition(event, callback);
                if looks {
                    self.look();
                }
                continue;
            }
            self.look();
            self.send_timeouts();
            if !self.mailbox.is_empty() {
                continue;
            }
            match self.script.happenings.pop_front() {
                Some(Happening::Wait(0)) => {}
                Some(Happening::Wait(time)) => {
                    self.wait(1);
                    self.script.happenings.push_front(Happening::Wait(time - 1));
                }
                Some(Happening::Message(message)) => self.mailbox.push_back(Mail::Message(message)),
                None => {
                    self.queue.append(&mut self.postponed);
                    return (self.trace, self.queue);
                }
            }
        }
    }

    /// Step 9: the queue, then the timeouts of no time, then the mailbox.
    fn next(&mut self) -> Option<Event> {
        if !self.queue.is_empty() {
            return Some(self.queue.remove(0));
        }
        if !self.zeros.is_empty() {
            let reference = self.zeros.remove(0);
            return self.time_out(reference);
        }
        while let Some(mail) = self.mailbox.pop_front() {
            match mail {
                Mail::Message(message) => return Some(Event::Outside(message)),
                Mail::Expired(reference) => {
                    // That of a cancelled timer is ignored.
                    if let Some(event) = self.time_out(reference) {
                        return Some(event);
                    }
                }
            }
        }
        None
    }

    fn time_out(&mut self, reference: usize) -> Option<Event> {
        let position = self.running.iter().position(|running| running.reference == reference)?;
        let running = self.running.remove(position);
        Some(Event::Timeout(running.timer, running.content))
    }

    /// Steps 4 to 8.
    fn transition(&mut self, event: Event, callback: Callback) {
        if callback.postpones {
            self.postponed.push(event);
        }
        if callback.changes {
            self.postponed.append(&mut self.queue);
            self.queue.append(&mut self.postponed);
        }
        self.cancel(Timer::Event);
        if callback.changes {
            self.cancel(Timer::State);
        }
        if let Some((content, time)) = callback.default {
            self.start(Timer::State, content, time);
        }
        for (index, request) in callback.requests.iter().enumerate() {
            let later = &callback.requests[index + 1..];
            if later.iter().any(|later| later.timer() == request.timer()) {
                continue; // The last of each kind wins.
            }
            match *request {
                Request::Set(timer, content, time) => self.start(timer, content, time),
                Request::Cancel(timer) => self.cancel(timer),
                Request::Update(timer, content) => {
                    match self.running.iter_mut().find(|running| running.timer == timer) {
                        Some(running) => running.content = content,
                        None => self.start(timer, content, Time::After(0)),
                    }
                }
            }
        }
        let mut queue: Vec<_> = callback.inserts.into_iter().map(Event::Inserted).collect();
        queue.append(&mut self.queue);
        self.queue = queue;
    }

    fn start(&mut self, timer: Timer<u8>, content: u32, time: Time) {
        self.cancel(timer);
        let reference = self.next_reference;
        self.next_reference += 1;
        match time {
            Time::After(0) => self.zeros.push(reference),
            Time::After(time) => self.clock.push((reference, Due::In(time))),
            Time::At(time) => self.clock.push((reference, Due::At(time))),
            Time::Never => return,
        }
        self.running.push(Running { timer, content, reference });
    }

    fn cancel(&mut self, timer: Timer<u8>) {
        if let Some(position) = self.running.iter().position(|running| running.timer == timer) {
            let reference = self.running.remove(position).reference;
            self.zeros.retain(|other| *other != reference);
        }
    }

    /// Somebody looks at the clock: the time of new timers begins.
    fn look(&mut self) {
        for (_, due) in &mut self.clock {
            if let Due::In(time) = due {
                *due = Due::At(self.now + *time);
            }
        }
    }

    fn wait(&mut self, time: u64) {
        self.send_timeouts();
        for _ in 0..time {
            self.now += 1;
            self.send_timeouts();
        }
    }

    /// The clock sends a message for every timer that is due, in the order of their times.
    fn send_timeouts(&mut self) {
        let mut due = Vec::new();
        self.clock.retain(|(reference, time)| match time {
            Due::At(time) if *time <= self.now => {
                due.push((*time, *reference));
                false
            }
            _ => true,
        });
        due.sort_unstable();
        self.mailbox.extend(due.into_iter().map(|(_, reference)| Mail::Expired(reference)));
    }
}
