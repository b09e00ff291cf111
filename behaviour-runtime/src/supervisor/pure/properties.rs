//! The machine against the slow model, and against what must hold whatever happens.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, Strategy as Generator};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, prop_assert_ne, prop_oneof, proptest};

use super::Strategy;
use super::driver::drive;
use super::model::{Change, Happening, Letter, Model, Script, Step};
use super::{AutoShutdown, Backoff, ChildError, ChildKey, Command, End, Ending, Event, Machine, Policy, Restart};

/// The machine with its script, and what an onlooker sees of its children.
struct Played {
    machine: Machine,
    script: Script,
    now: Duration,
    retries: VecDeque<ChildKey>,
    waits: Vec<Letter>,
    alive: BTreeSet<ChildKey>,
    /// Those that ended by themselves and have not been started or stopped since.
    dead: BTreeSet<ChildKey>,
    /// After so many starts and stops, a shutdown comes in the middle of the next one.
    shutdown_in: Option<usize>,
    is_shut_down: bool,
}

impl Played {
    fn new(machine: Machine, script: Script) -> Self {
        Self {
            machine,
            script,
            now: Duration::ZERO,
            retries: VecDeque::new(),
            waits: Vec::new(),
            alive: BTreeSet::new(),
            dead: BTreeSet::new(),
            shutdown_in: None,
            is_shut_down: false,
        }
    }

    /// Carries commands out by the script, and checks what must hold of any of them.
    fn run(&mut self) -> Vec<Command> {
        let Self { machine, script, now, alive, dead, shutdown_in, is_shut_down, .. } = self;
        let trace = drive(machine, *now, |machine, command| {
            let step = script.step();
            if let Command::Start(child) = command {
                assert!(!*is_shut_down, "{child:?} was started after the shutdown");
                assert!(!alive.contains(&child), "{child:?} was started and ran already");
            }
            if let Some((key, ending)) = step.exit {
                let child = ChildKey(key);
                if alive.remove(&child) {
                    dead.insert(child);
                }
                machine.on(Event::Exited { child, ending }, *now);
            }
            *shutdown_in = match *shutdown_in {
                Some(0) => {
                    *is_shut_down = true;
                    machine.on(Event::Shutdown, *now);
                    None
                }
                left => left.map(|left| left - 1),
            };
            match command {
                Command::Stop(child) => {
                    assert!(alive.remove(&child) | dead.remove(&child), "{child:?} was stopped and did not run");
                    Event::Stopped
                }
                Command::Start(child) => {
                    dead.remove(&child);
                    if step.outcome == Event::Started {
                        alive.insert(child);
                    }
                    step.outcome
                }
                _ => unreachable!("{command:?} has no answer"),
            }
        });
        for command in &trace {
            match command {
                Command::Retry(child) => self.retries.push_back(*child),
                Command::Wait { child, ticket, .. } => self.waits.push(Letter::WaitOver(*child, *ticket)),
                Command::Done(_) => assert!(self.alive.is_empty(), "left behind: {:?}", self.alive),
                _ => {}
            }
        }
        trace
    }

    /// The message that arrives, if it is one that the supervisor sent itself.
    fn letter(&mut self, happening: &Happening) -> Option<Letter> {
        match happening {
            Happening::Retry => self.retries.pop_front().map(Letter::Retry),
            Happening::WaitOver(_) if self.waits.is_empty() => None,
            Happening::WaitOver(index) => Some(self.waits.swap_remove(index % self.waits.len())),
            _ => None,
        }
    }

    fn change(&mut self, change: &Change) {
        let present: Vec<_> = self.machine.children().map(|(child, _)| child).collect();
        let order = change.order(present.len());
        let named = order.iter().map(|(known, said)| (known.map(|known| present[known]), *said));
        let keys = self.machine.rearrange(named);
        self.machine.set_flags(change.strategy, change.auto_shutdown, change.intensity, change.period);
        for those in [&mut self.alive, &mut self.dead] {
            let before = std::mem::take(those);
            let now =
                order.iter().zip(&keys).filter(|((known, _), _)| known.is_some_and(|k| before.contains(&present[k])));
            those.extend(now.map(|(_, key)| *key));
        }
    }

    fn happen(&mut self, happening: &Happening, letter: Option<Letter>) -> Result<(), ChildError> {
        let machine = &mut self.machine;
        match *happening {
            Happening::Exit(key, ending) => {
                let child = ChildKey(key);
                if self.alive.remove(&child) {
                    self.dead.insert(child);
                }
                machine.on(Event::Exited { child, ending }, self.now);
            }
            Happening::Retry | Happening::WaitOver(_) => match letter {
                Some(Letter::Retry(child)) => machine.on(Event::Retry(child), self.now),
                Some(Letter::WaitOver(child, ticket)) => machine.on(Event::WaitOver { child, ticket }, self.now),
                None => {}
            },
            Happening::StartChild(known, policy) => {
                machine.start_child(known.map(ChildKey), policy)?;
            }
            Happening::TerminateChild(key) => machine.terminate_child(ChildKey(key))?,
            Happening::RestartChild(key) => machine.restart_child(ChildKey(key))?,
            Happening::DeleteChild(key) => machine.delete_child(ChildKey(key))?,
            Happening::Wait(time) => self.now += Duration::from_millis(time),
            Happening::Change(ref change) => self.change(change),
            Happening::Shutdown => {
                self.is_shut_down = true;
                machine.on(Event::Shutdown, self.now);
            }
        }
        Ok(())
    }
}

fn any_strategy() -> impl Generator<Value = Strategy> {
    prop::sample::select(vec![Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne])
}

fn any_restart() -> impl Generator<Value = Restart> {
    prop::sample::select(vec![Restart::Permanent, Restart::Transient, Restart::Temporary])
}

fn any_auto_shutdown() -> impl Generator<Value = AutoShutdown> {
    prop::sample::select(vec![AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant])
}

fn any_backoff() -> impl Generator<Value = Backoff> {
    let ms = Duration::from_millis;
    (1_u64..400, 0_u64..1_000, 1_u32..4).prop_map(move |(initial, more, factor)| {
        Backoff::new(ms(initial)).max(ms(initial + more)).factor(factor.into())
    })
}

/// Words of a specification, perhaps such as contradict each other.
fn any_policy() -> impl Generator<Value = Policy> {
    (any_restart(), prop::bool::weighted(0.3), prop::option::weighted(0.3, any_backoff()))
        .prop_map(|(restart, significant, backoff)| Policy { restart, significant, backoff })
}

/// What a supervisor is made with: how it ends, and its children, whose words do not contradict each other.
fn any_family() -> impl Generator<Value = (AutoShutdown, Vec<Policy>)> {
    (any_auto_shutdown(), prop::collection::vec(any_policy(), 0..6)).prop_map(|(auto_shutdown, mut children)| {
        for policy in &mut children {
            if policy.check(auto_shutdown).is_err() {
                *policy = policy.restart.into();
            }
        }
        (auto_shutdown, children)
    })
}

fn any_ending() -> impl Generator<Value = Ending> {
    prop::sample::select(vec![Ending::Normal, Ending::Shutdown, Ending::Abnormal])
}

/// A script in which most starts come to something.
fn any_script() -> impl Generator<Value = Script> {
    let outcome = prop_oneof![
        9 => Just(Event::Started),
        1 => Just(Event::Ignored),
        2 => Just(Event::StartFailed),
    ];
    let step = outcome.prop_map(|outcome| Step { outcome, exit: None });
    prop::collection::vec(step, 1..60).prop_map(|steps| Script(steps.into()))
}

/// Such a script in which somebody ends now and then while another is started or stopped.
fn any_busy_script() -> impl Generator<Value = Script> {
    let exit = prop::option::weighted(0.2, (0_usize..8, any_ending()));
    (any_script(), prop::collection::vec(exit, 60)).prop_map(|(mut script, exits)| {
        for (step, exit) in script.0.iter_mut().zip(exits) {
            step.exit = exit;
        }
        script
    })
}

fn any_happening() -> impl Generator<Value = Happening> {
    let child = || 0_usize..8;
    prop_oneof![
        8 => (child(), any_ending()).prop_map(|(key, ending)| Happening::Exit(key, ending)),
        6 => Just(Happening::Retry),
        4 => (0_usize..8).prop_map(Happening::WaitOver),
        2 => (prop::option::of(child()), any_policy())
            .prop_map(|(known, policy)| Happening::StartChild(known, policy)),
        2 => child().prop_map(Happening::TerminateChild),
        2 => child().prop_map(Happening::RestartChild),
        1 => child().prop_map(Happening::DeleteChild),
        6 => (0_u64..1_500).prop_map(Happening::Wait),
        2 => any_change().prop_map(|change| Happening::Change(Box::new(change))),
        1 => Just(Happening::Shutdown),
    ]
}

fn any_change() -> impl Generator<Value = Change> {
    let child = || prop::option::of((prop::option::weighted(0.8, 0_usize..6), any_policy()));
    let flags = (any_strategy(), any_auto_shutdown(), 0_u32..6, 300_u64..3_000);
    (flags, [child(), child(), child(), child()]).prop_map(|((strategy, auto_shutdown, intensity, period), list)| {
        // What is at fault is refused before.
        let list = list.map(|child| child.filter(|(_, policy)| policy.check(auto_shutdown).is_ok()));
        Change { strategy, auto_shutdown, intensity, period: Duration::from_millis(period), list }
    })
}

/// The same of a child that is there, if there are so many.
fn of_present(happening: Happening, machine: &Machine) -> Happening {
    let key = |key: usize| machine.children().nth(key).map_or(key, |(child, _)| child.0);
    match happening {
        Happening::Exit(child, ending) => Happening::Exit(key(child), ending),
        Happening::StartChild(known, policy) => Happening::StartChild(known.map(key), policy),
        Happening::TerminateChild(child) => Happening::TerminateChild(key(child)),
        Happening::RestartChild(child) => Happening::RestartChild(key(child)),
        Happening::DeleteChild(child) => Happening::DeleteChild(key(child)),
        other => other,
    }
}

fn machine(strategy: Strategy, auto_shutdown: AutoShutdown, intensity: u32, children: &[Policy]) -> Machine {
    let mut machine = Machine::new(strategy, auto_shutdown, intensity, Duration::from_secs(1));
    for policy in children {
        machine.add(*policy);
    }
    machine
}

fn child_of(command: Command) -> Option<ChildKey> {
    match command {
        Command::Start(child)
        | Command::Stop(child)
        | Command::Retry(child)
        | Command::Wait { child, .. }
        | Command::Forget(child) => Some(child),
        Command::Report(_) | Command::Ready | Command::Done(_) => None,
    }
}

fn starts(trace: &[Command]) -> Vec<ChildKey> {
    trace.iter().filter(|command| matches!(command, Command::Start(_))).filter_map(|c| child_of(*c)).collect()
}

fn stops(trace: &[Command]) -> Vec<ChildKey> {
    trace.iter().filter(|command| matches!(command, Command::Stop(_))).filter_map(|c| child_of(*c)).collect()
}

fn gives_up(trace: &[Command]) -> bool {
    trace.contains(&Command::Done(End::ReachedMaxRestartIntensity))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_does_what_the_model_does(
        strategy in any_strategy(),
        intensity in 0_u32..6,
        (auto_shutdown, children) in any_family(),
        script in any_busy_script(),
        happenings in prop::collection::vec(any_happening(), 0..60),
    ) {
        let mut played = Played::new(machine(strategy, auto_shutdown, intensity, &children), script.clone());
        let mut model = Model::new(strategy, auto_shutdown, intensity, script);
        for policy in &children {
            model.add(*policy);
        }
        model.init();
        prop_assert_eq!(played.run(), std::mem::take(&mut model.trace));

        for happening in happenings {
            if model.ended {
                break;
            }
            prop_assert!(played.machine.is_idle());
            let happening = of_present(happening, &played.machine);
            let letter = played.letter(&happening);
            let result = played.happen(&happening, letter);
            prop_assert_eq!(result, model.happen(&happening, letter), "{:?}", happening);
            prop_assert_eq!(played.run(), std::mem::take(&mut model.trace), "{:?}", happening);
            let seen: Vec<_> = played.machine.children().collect();
            let expected: Vec<_> = model.children().collect();
            prop_assert_eq!(seen, expected, "{:?}", happening);
        }
    }

    #[test]
    fn a_shutdown_in_the_middle_of_anything_stops_everything(
        strategy in any_strategy(),
        (auto_shutdown, children) in any_family(),
        script in any_busy_script(),
        happenings in prop::collection::vec(any_happening(), 0..60),
        shutdown_in in 0_usize..40,
    ) {
        let mut played = Played::new(machine(strategy, auto_shutdown, 20, &children), script);
        played.shutdown_in = Some(shutdown_in);
        let mut trace = played.run();
        for happening in happenings {
            if let Some(Command::Done(_)) = trace.last() {
                break;
            }
            let letter = played.letter(&happening);
            let _ = played.happen(&happening, letter);
            trace = played.run();
        }
        if !matches!(trace.last(), Some(Command::Done(_))) {
            let _ = played.happen(&Happening::Shutdown, None);
            trace = played.run();
            let stopped = stops(&trace);
            prop_assert!(stopped.is_sorted_by(|earlier, later| earlier > later), "{:?}", stopped);
        }
        prop_assert!(matches!(trace.last(), Some(Command::Done(_))));
        for happening in [Happening::Exit(0, Ending::Abnormal), Happening::Retry, Happening::Shutdown] {
            let _ = played.happen(&happening, Some(Letter::Retry(ChildKey(0))));
            prop_assert_eq!(played.run(), vec![]);
        }
    }

    #[test]
    fn a_restart_touches_only_whom_the_strategy_names(
        strategy in any_strategy(),
        intensity in 0_u32..6,
        children in prop::collection::vec(any_restart().prop_map(Policy::from), 1..6),
        script in any_script(),
        exits in prop::collection::vec((0_usize..6, any_ending(), 0_u64..700, any::<bool>()), 1..60),
    ) {
        let mut played = Played::new(machine(strategy, AutoShutdown::Never, intensity, &children), script);
        let trace = played.run();
        let mut ended = matches!(trace.last(), Some(Command::Done(_)));
        let mut attempts: Vec<Duration> = Vec::new();
        for (key, ending, wait, retry) in exits {
            if ended {
                break;
            }
            played.now += Duration::from_millis(wait);
            let (child, happening) = match played.retries.pop_front() {
                Some(child) if retry => (child, Happening::Retry),
                retry => {
                    played.retries.extend(retry);
                    (ChildKey(key), Happening::Exit(key, ending))
                }
            };
            prop_assert_eq!(played.happen(&happening, Some(Letter::Retry(child))), Ok(()));
            let trace = played.run();
            let (started, stopped) = (starts(&trace), stops(&trace));
            prop_assert!(started.is_sorted_by(|earlier, later| earlier < later), "{:?}", trace);
            prop_assert!(stopped.is_sorted_by(|earlier, later| earlier > later), "{:?}", trace);
            for child in &started {
                prop_assert_ne!(children[child.0].restart, Restart::Temporary, "{:?}", trace);
            }

            ended = gives_up(&trace);
            prop_assert!(!ended || started.is_empty());
            if !started.is_empty() {
                attempts.push(played.now);
                let recent = attempts.iter().filter(|time| **time + Duration::from_secs(1) >= played.now);
                prop_assert!(recent.count() <= intensity as usize);
            }
            if ended || trace.is_empty() {
                continue;
            }
            let touched: BTreeSet<_> = trace.iter().filter_map(|command| child_of(*command)).collect();
            match strategy {
                Strategy::OneForOne => {
                    prop_assert_eq!(touched, BTreeSet::from([child]));
                    prop_assert!(stopped.is_empty());
                    let well = ending != Ending::Abnormal && happening != Happening::Retry;
                    prop_assert!(!(well && children[child.0].restart == Restart::Transient));
                }
                Strategy::RestForOne => prop_assert!(touched.iter().all(|touched| *touched >= child)),
                Strategy::OneForAll if started.is_empty() => {}
                Strategy::OneForAll => {
                    let failed = trace.iter().any(|command| matches!(command, Command::Retry(_)));
                    let all: Vec<_> = played.machine.children().map(|(child, _)| child).collect();
                    prop_assert!(failed || started == all, "{:?}", trace);
                }
            }
        }
    }
}
