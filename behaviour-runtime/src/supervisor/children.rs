//! The children that a supervisor knows: by key, by id and by pid, and who waits for them.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::process::cell::{ProcessCell, ProcessKind};
use crate::process::seat::Seat;
use crate::process::{ExitReason, Pid, StartError, dropping};

use super::client::{ChildInfo, ChildSpec, ChildState, Counts};
use super::picture::{Seen, Sketch};
use super::pure::{AutoShutdown, BadCombination, ChildKey, Machine, Policy, Status, Strategy};
use super::spec::{AnyChild, Shutdown};
use super::start_child::New;
use super::stopping::shutdown_of;

/// What is said of one child.
pub(super) struct Spec {
    pub(super) id: Arc<str>,
    /// Its behaviour, if that is known before it is started.
    pub(super) of: Option<TypeId>,
    pub(super) policy: Policy,
    pub(super) shutdown: Option<Shutdown>,
}

/// Describes the start of a child.
pub(super) type Make = Box<dyn FnMut() -> AnyChild + Send>;

/// How a start of a child is described.
pub(super) enum How {
    /// By its place among the children that the supervisor was made with.
    Declared(usize),
    /// By itself, as it was added; nothing once a temporary one has been started.
    Added(Option<Make>),
}

/// A child that the supervisor knows.
pub(super) struct Child {
    pub(super) id: Arc<str>,
    pub(super) how: How,
    pub(super) policy: Policy,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) kind: ProcessKind,
    /// The name of its behaviour, known from the first start.
    pub(super) behaviour: &'static str,
    pub(super) seat: Arc<Seat>,
    /// Whether the seat goes with it.
    brought_seat: bool,
    pub(super) process: Option<Arc<ProcessCell>>,
    pub(super) starts: u64,
    /// Why it ended the last time.
    pub(super) reason: ExitReason,
    /// Why it did not start the last time.
    pub(super) error: Option<StartError>,
}

impl Child {
    fn new(spec: Spec, how: How, seat: Arc<Seat>, brought_seat: bool) -> Self {
        let Spec { id, policy, shutdown, .. } = spec;
        Self {
            id,
            how,
            policy,
            shutdown,
            kind: ProcessKind::Worker,
            behaviour: "",
            seat,
            brought_seat,
            process: None,
            starts: 0,
            reason: ExitReason::Normal,
            error: None,
        }
    }
}

/// The children of one supervisor.
pub(super) struct Children {
    keeper: Pid,
    /// The supervisor's own seat, around which theirs are.
    own: Arc<Seat>,
    known: HashMap<ChildKey, Child>,
    ids: HashMap<Arc<str>, ChildKey>,
    pids: HashMap<Pid, ChildKey>,
    /// Every child whose seat is neither taken nor closed, and perhaps some that have been started since.
    vacant: Vec<ChildKey>,
}

/// An id that two children have.
pub(super) fn duplicate(specs: &[Spec]) -> Option<&Arc<str>> {
    let mut ids = HashSet::new();
    specs.iter().map(|spec| &spec.id).find(|id| !ids.insert(*id))
}

/// A child that such a supervisor cannot have.
pub(super) fn contradictory(specs: &[Spec], auto_shutdown: AutoShutdown) -> Option<(&Arc<str>, BadCombination)> {
    specs.iter().find_map(|spec| Some((&spec.id, spec.policy.check(auto_shutdown).err()?)))
}

impl Children {
    /// The children that a supervisor is made with, whose ids differ. They sit around its own seat.
    pub(super) fn new(specs: Vec<Spec>, machine: &mut Machine, own: &Arc<Seat>, keeper: Pid) -> Self {
        let seats = own.furnish(keeper, specs.iter().map(|spec| (&spec.id, spec.of)));
        let mut children = Self {
            keeper,
            own: Arc::clone(own),
            known: HashMap::with_capacity(specs.len()),
            ids: HashMap::with_capacity(specs.len()),
            pids: HashMap::new(),
            vacant: Vec::with_capacity(specs.len()),
        };
        for (index, (spec, seat)) in specs.into_iter().zip(seats).enumerate() {
            let key = machine.add(spec.policy);
            children.insert(key, Child::new(spec, How::Declared(index), seat, false));
        }
        children
    }

    fn insert(&mut self, key: ChildKey, child: Child) {
        self.ids.insert(Arc::clone(&child.id), key);
        self.vacant.push(key);
        self.known.insert(key, child);
    }

    /// A child comes behind the others. Its seat.
    pub(super) fn add(&mut self, key: ChildKey, New { spec, make }: New) -> Arc<Seat> {
        let (seat, is_new) = self.own.add_child(self.keeper, &spec.id, spec.of);
        self.insert(key, Child::new(spec, How::Added(Some(make)), Arc::clone(&seat), is_new));
        seat
    }

    pub(super) fn get(&self, key: ChildKey) -> Option<&Child> {
        self.known.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: ChildKey) -> Option<&mut Child> {
        self.known.get_mut(&key)
    }

    pub(super) fn key(&self, id: &str) -> Option<ChildKey> {
        self.ids.get(id).copied()
    }

    /// The child runs.
    pub(super) fn started(&mut self, key: ChildKey, process: Arc<ProcessCell>) {
        if let Some(child) = self.known.get_mut(&key) {
            self.pids.insert(process.pid(), key);
            child.seat.take(Some(self.keeper), &process);
            child.process = Some(process);
            child.starts += 1;
            child.error = None;
        }
    }

    /// The child of this process has ended by itself. Anybody can send an exit signal: it means nothing as long as the
    /// process lives.
    pub(super) fn ended(&mut self, pid: Pid, reason: ExitReason) -> Option<ChildKey> {
        let key = *self.pids.get(&pid)?;
        let child = self.known.get_mut(&key)?;
        if child.process.as_ref().is_some_and(|process| process.is_alive()) {
            return None;
        }
        child.process = None;
        child.reason = reason;
        self.pids.remove(&pid);
        self.vacate(key);
        Some(key)
    }

    /// The child's process, which is going to be ended. Who calls the child from now on waits for the next one.
    pub(super) fn take_process(&mut self, key: ChildKey) -> Option<Arc<ProcessCell>> {
        self.vacate(key);
        let process = self.known.get_mut(&key)?.process.take()?;
        self.pids.remove(&process.pid());
        Some(process)
    }

    /// The child does not run, and might be started again.
    pub(super) fn vacate(&mut self, key: ChildKey) {
        if let Some(child) = self.known.get(&key) {
            child.seat.vacate(self.keeper);
            self.vacant.push(key);
        }
    }

    /// The child will never be started again.
    pub(super) fn forget(&mut self, key: ChildKey) {
        if let Some(child) = self.known.remove(&key) {
            self.ids.remove(&child.id);
            child.seat.close(self.keeper);
            if child.brought_seat {
                self.own.remove_child(&child.id, &child.seat);
            }
            // What it was to be started with may be the user's.
            dropping(|| drop(child));
        }
    }

    /// Nobody shall wait for a child that is not going to be restarted.
    pub(super) fn close_seats(&mut self, is_awaited: impl Fn(ChildKey) -> bool) {
        let Self { keeper, known, vacant, .. } = self;
        vacant.retain(|key| match known.get(key) {
            Some(Child { process: None, .. }) if is_awaited(*key) => true,
            Some(Child { process: None, seat, .. }) => {
                seat.close(*keeper);
                false
            }
            _ => false,
        });
    }

    pub(super) fn has_vacant(&self) -> bool {
        !self.vacant.is_empty()
    }

    /// What `which_children` tells.
    pub(super) fn which(&self, machine: &Machine) -> Vec<ChildInfo> {
        machine.children().rev().filter_map(|(key, status)| self.info(key, status)).collect()
    }

    /// What `which_child` tells.
    pub(super) fn which_child(&self, id: &str, machine: &Machine) -> Option<ChildInfo> {
        let key = self.key(id)?;
        self.info(key, machine.status(key)?)
    }

    fn info(&self, key: ChildKey, status: Status) -> Option<ChildInfo> {
        let child = self.get(key)?;
        let state = match (status, &child.process) {
            (Status::Running, Some(process)) => ChildState::Running(process.pid()),
            (Status::Restarting, _) => ChildState::Restarting,
            (Status::Running | Status::Undefined, _) => ChildState::Undefined,
        };
        Some(ChildInfo { id: Arc::clone(&child.id), state, kind: child.kind, restart: child.policy.restart })
    }

    /// How they look in a picture.
    pub(super) fn sketch(&self, strategy: Strategy, machine: &Machine) -> Sketch {
        let children = machine.children().filter_map(|(key, status)| {
            let child = self.get(key)?;
            Some(Seen {
                id: Some(Arc::clone(&child.id)),
                process: child.process.clone(),
                is_restarting: status == Status::Restarting,
                behaviour: child.behaviour,
                kind: child.kind,
                restart: child.policy.restart,
            })
        });
        Sketch { strategy: Some(strategy), children: children.collect(), more: 0 }
    }

    /// What `get_childspec` tells.
    pub(super) fn childspec(&self, id: &str) -> Option<ChildSpec> {
        let child = self.get(self.key(id)?)?;
        let Policy { restart, significant, backoff } = child.policy;
        Some(ChildSpec {
            id: Arc::clone(&child.id),
            behaviour: child.behaviour,
            kind: child.kind,
            restart,
            significant,
            shutdown: shutdown_of(child),
            backoff,
        })
    }

    /// What `count_children` tells.
    pub(super) fn count(&self) -> Counts {
        let mut counts = Counts { specs: self.known.len(), ..Counts::default() };
        for child in self.known.values() {
            counts.active += usize::from(child.process.as_ref().is_some_and(|process| process.is_alive()));
            match child.kind {
                ProcessKind::Supervisor => counts.supervisors += 1,
                ProcessKind::Worker => counts.workers += 1,
            }
        }
        counts
    }
}
