//! The children that a supervisor knows: by key, by id and by pid, and who waits for them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::process::cell::ProcessCell;
use crate::process::functions::{Identity, ProcessKind, Table};
use crate::process::seat::Seat;
use crate::process::{ExitReason, Pid, StartError, discard};

use super::client::{ChildInfo, ChildSpec, ChildState, Counts};
use super::code::Source;
use super::picture::{Seen, Sketch};
use super::pure::{AutoShutdown, ChildKey, Fault, Machine, Place, Policy, Status, Strategy, check, merge};
use super::spec::{AnyChild, Shutdown};
use super::start_child::New;
use super::stopping::shutdown_of;

/// What is said of one child.
pub(super) struct Spec {
    pub(super) id: Arc<str>,
    /// Its behaviour, if that is known before it is started.
    pub(super) of: Option<&'static Table>,
    pub(super) policy: Policy,
    pub(super) shutdown: Option<Shutdown>,
}

impl Spec {
    fn identity(&self) -> Option<Identity> {
        self.of.map(|table| table.identity)
    }
}

/// Describes the start of a child.
pub(super) type Make = Box<dyn FnMut() -> AnyChild + Send>;

/// How a start of a child is described.
pub(super) enum How {
    /// By its place among the children of a plan.
    Declared(Source, usize),
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
    /// The name of its behaviour, known from the first start at the latest.
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
        let Spec { id, of, policy, shutdown } = spec;
        Self {
            id,
            how,
            policy,
            shutdown,
            kind: of.map_or(ProcessKind::Worker, |table| table.kind),
            behaviour: of.map_or("", |table| (table.type_name)()),
            seat,
            brought_seat,
            process: None,
            starts: 0,
            reason: ExitReason::Normal,
            error: None,
        }
    }

    /// The same child, of whom something else is said.
    fn told((mut child, (spec, how)): (Self, (Spec, How))) -> Self {
        (child.policy, child.shutdown) = (spec.policy, spec.shutdown);
        let before = std::mem::replace(&mut child.how, how);
        // What it was to be started with may be the user's.
        discard(before);
        child
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

/// Whether a supervisor that ends so can have these children; if not, why it does not start.
pub(super) fn sound(specs: &[Spec], auto_shutdown: AutoShutdown) -> Result<(), StartError> {
    check(specs.iter().map(|spec| (&*spec.id, spec.policy)), auto_shutdown).map_err(|fault| match fault {
        Fault::Duplicate(number) => {
            StartError::Failed(ExitReason::error(format!("two children are called `{}`", specs[number].id)))
        }
        Fault::BadCombination(number, error) => refused(&specs[number].id, error),
    })
}

/// Why these cannot be a supervisor's children, as its start says it.
fn refused(id: &Arc<str>, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    let error = Arc::new(StartError::Failed(ExitReason::error(why)));
    StartError::Child { id: Arc::clone(id), error }
}

impl Children {
    /// The children that a supervisor is made with, whose ids differ. They sit around its own seat.
    pub(super) fn new(specs: Vec<Spec>, machine: &mut Machine, own: &Arc<Seat>, keeper: Pid) -> Self {
        let seats = own.furnish(keeper, specs.iter().map(|spec| (&spec.id, spec.identity())));
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
            children.insert(key, Child::new(spec, How::Declared(Source::FIRST, index), seat, false));
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
        let child = self.seated(spec, How::Added(Some(make)));
        let seat = Arc::clone(&child.seat);
        self.insert(key, child);
        seat
    }

    /// A child that comes while the supervisor runs.
    fn seated(&self, spec: Spec, how: How) -> Child {
        let (seat, is_new) = self.own.add_child(self.keeper, &spec.id, spec.identity());
        Child::new(spec, how, seat, is_new)
    }

    /// Other children take the place of these, whose starts this source describes. Who runs goes on; nobody is started.
    pub(super) fn change(
        &mut self,
        specs: Vec<Spec>,
        auto_shutdown: AutoShutdown,
        source: Source,
        machine: &mut Machine,
    ) -> Result<(), StartError> {
        sound(&specs, auto_shutdown)?;
        let present = machine.children().filter_map(|(key, _)| Some((key, &*self.known.get(&key)?.id)));
        let places = merge(present, specs.iter().map(|spec| &*spec.id));
        for place in &places {
            if let Place::Changed(key, number) = place
                && let (Some(child), Some(of)) = (self.known.get(key), specs[*number].identity())
                && !child.seat.claim(of)
            {
                return Err(refused(&child.id, "its clients know it as a child of another behaviour"));
            }
        }
        let keys = machine.rearrange(places.iter().map(|place| match *place {
            Place::Changed(key, number) => (Some(key), Some(specs[number].policy)),
            Place::Added(number) => (None, Some(specs[number].policy)),
            Place::Kept(key) => (Some(key), None),
        }));
        let mut before = std::mem::take(&mut self.known);
        (self.ids, self.pids, self.vacant) = Default::default();
        let mut specs: Vec<_> = specs.into_iter().map(Some).collect();
        let mut said = |number: usize| specs[number].take().map(|spec| (spec, How::Declared(source, number)));
        for (key, place) in keys.into_iter().zip(places) {
            let child = match place {
                Place::Changed(key, number) => before.remove(&key).zip(said(number)).map(Child::told),
                Place::Added(number) => said(number).map(|(spec, how)| self.seated(spec, how)),
                Place::Kept(key) => before.remove(&key),
            };
            let Some(child) = child else { continue };
            if let Some(process) = &child.process {
                self.pids.insert(process.pid(), key);
            }
            self.insert(key, child);
        }
        Ok(())
    }

    /// Whether the start of one of them is described by this source.
    pub(super) fn come_from(&self, source: Source) -> bool {
        self.known.values().any(|child| matches!(child.how, How::Declared(known, _) if known == source))
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
            discard(child);
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
