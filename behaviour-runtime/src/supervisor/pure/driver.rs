//! The process side of the tests: carries commands out at once, with outcomes that the test gives.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{AutoShutdown, ChildKey, Command, End, Ending, Event, Machine, Policy, Report, Strategy, Ticket};

/// Carries commands out until there is none, and says what they were. A start or stop is answered with what `carry_out`
/// gives, which may first tell the machine of other things.
pub(super) fn drive(
    machine: &mut Machine,
    now: Duration,
    mut carry_out: impl FnMut(&mut Machine, Command) -> Event,
) -> Vec<Command> {
    let mut trace = Vec::new();
    while let Some(command) = machine.next_command() {
        trace.push(command);
        if let Command::Start(_) | Command::Stop(_) = command {
            assert_eq!(machine.next_command(), None, "{command:?} has not been answered");
            let answer = carry_out(machine, command);
            machine.on(answer, now);
        }
    }
    trace
}

/// A supervisor whose children start, unless the test has said otherwise.
pub(super) struct Driver {
    pub(super) machine: Machine,
    pub(super) now: Duration,
    outcomes: BTreeMap<ChildKey, VecDeque<Event>>,
    /// What happens while the child is being started or stopped.
    meanwhile: BTreeMap<ChildKey, Vec<Event>>,
    retries: VecDeque<ChildKey>,
    waits: VecDeque<(ChildKey, Ticket)>,
}

impl Driver {
    /// A supervisor that allows `intensity` restarts a second. Nothing is started before [`run`](Self::run).
    pub(super) fn new(strategy: Strategy, intensity: u32, children: &[impl Into<Policy> + Copy]) -> Self {
        Self::make(strategy, AutoShutdown::Never, intensity, children)
    }

    fn make(
        strategy: Strategy,
        auto_shutdown: AutoShutdown,
        intensity: u32,
        children: &[impl Into<Policy> + Copy],
    ) -> Self {
        let mut machine = Machine::new(strategy, auto_shutdown, intensity, Duration::from_secs(1));
        for policy in children {
            machine.add((*policy).into());
        }
        Self {
            machine,
            now: Duration::ZERO,
            outcomes: BTreeMap::new(),
            meanwhile: BTreeMap::new(),
            retries: VecDeque::new(),
            waits: VecDeque::new(),
        }
    }

    /// A supervisor that has started all its children.
    pub(super) fn started(strategy: Strategy, intensity: u32, children: &[impl Into<Policy> + Copy]) -> Self {
        let mut driver = Self::new(strategy, intensity, children);
        driver.run();
        driver
    }

    /// A supervisor that has started all its children, and ends when significant ones have. It allows nine restarts.
    pub(super) fn ending(strategy: Strategy, auto_shutdown: AutoShutdown, children: &[Policy]) -> Self {
        let mut driver = Self::make(strategy, auto_shutdown, 9, children);
        driver.run();
        driver
    }

    /// The next start of the child, or the one after those that have been determined, comes to this.
    pub(super) fn next_start(&mut self, child: usize, outcome: Event) {
        self.outcomes.entry(ChildKey(child)).or_default().push_back(outcome);
    }

    /// This happens while the child is next being started or stopped.
    pub(super) fn meanwhile(&mut self, child: usize, event: Event) {
        self.meanwhile.entry(ChildKey(child)).or_default().push(event);
    }

    /// A child ends by itself.
    pub(super) fn exit(&mut self, child: usize, ending: Ending) -> String {
        self.tell(Event::Exited { child: ChildKey(child), ending })
    }

    /// The oldest message of the supervisor to itself arrives.
    pub(super) fn retry(&mut self) -> String {
        let child = self.retries.pop_front().expect("a retry is on its way");
        self.tell(Event::Retry(child))
    }

    /// The oldest wait is over.
    pub(super) fn wait_over(&mut self) -> String {
        let (child, ticket) = self.waits.pop_front().expect("something waits");
        self.tell(Event::WaitOver { child, ticket })
    }

    /// Something happens.
    pub(super) fn tell(&mut self, event: Event) -> String {
        self.machine.on(event, self.now);
        self.run()
    }

    /// Carries out what there is to do, and says what that was, in short.
    pub(super) fn run(&mut self) -> String {
        let Self { machine, now, outcomes, meanwhile, .. } = self;
        let trace = drive(machine, *now, |machine, command| {
            let (Command::Start(child) | Command::Stop(child)) = command else {
                unreachable!("{command:?} has no answer")
            };
            for event in meanwhile.remove(&child).unwrap_or_default() {
                machine.on(event, *now);
            }
            match command {
                Command::Stop(_) => Event::Stopped,
                _ => outcomes.get_mut(&child).and_then(VecDeque::pop_front).unwrap_or(Event::Started),
            }
        });
        for command in &trace {
            match command {
                Command::Retry(child) => self.retries.push_back(*child),
                Command::Wait { child, ticket, .. } => self.waits.push_back((*child, *ticket)),
                _ => {}
            }
        }
        trace.into_iter().map(in_short).collect::<Vec<_>>().join(" ")
    }

    /// The children and their status, in start order, in short.
    pub(super) fn children(&self) -> String {
        let children = self.machine.children();
        children.map(|(child, status)| format!("{}:{status:?}", child.0)).collect::<Vec<_>>().join(" ")
    }
}

/// `+1` starts, `-1` stops, `?1` tries again, `~1:20ms` waits with, `x1` forgets child 1.
fn in_short(command: Command) -> String {
    match command {
        Command::Start(child) => format!("+{}", child.0),
        Command::Stop(child) => format!("-{}", child.0),
        Command::Retry(child) => format!("?{}", child.0),
        Command::Wait { child, delay, .. } => format!("~{}:{delay:?}", child.0),
        Command::Forget(child) => format!("x{}", child.0),
        Command::Report(Report::ChildTerminated(child)) => format!("terminated:{}", child.0),
        Command::Report(Report::StartError(child)) => format!("error:{}", child.0),
        Command::Report(Report::ReachedMaxRestartIntensity(child)) => format!("max:{}", child.0),
        Command::Ready => "ready".into(),
        Command::Done(End::Shutdown) => "done".into(),
        Command::Done(End::AutoShutdown) => "auto".into(),
        Command::Done(End::ReachedMaxRestartIntensity) => "gave-up".into(),
        Command::Done(End::FailedToStartChild(child)) => format!("failed:{}", child.0),
    }
}
