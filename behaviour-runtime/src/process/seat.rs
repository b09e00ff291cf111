//! A seat: the place of a child, which one incarnation after the other takes.
//!
//! A client that came from a supervisor names the seat, not its occupant, so it reaches the new incarnation after a
//! restart. A call that finds the seat empty waits until it is taken again or closed for good. The seats of a
//! supervisor's children belong to the supervisor's own seat, so that they, too, outlive its restarts.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::cell::ProcessCell;
use super::pid::Pid;
use super::relations::unique;

/// Who sits there.
#[derive(Debug, Clone)]
pub(crate) enum Occupant {
    /// Nobody yet, or nobody any more: a restart is under way.
    Nobody,
    /// This incarnation.
    Process(Arc<ProcessCell>),
    /// Nobody ever again, unless the child is started anew by hand.
    Closed,
}

/// The place of a child.
#[derive(Debug)]
pub(crate) struct Seat {
    id: u64,
    name: Arc<str>,
    /// Whether it is nobody's child's: then it closes with its first occupant.
    root: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    occupant: Occupant,
    last: Option<Pid>,
    /// The behaviour of all who sit there: clients are typed, and messages are not looked at twice.
    of: Option<TypeId>,
    wakers: Vec<(u64, Waker)>,
    children: HashMap<Arc<str>, Arc<Seat>>,
}

impl Seat {
    /// The seat of a child.
    fn new(name: Arc<str>) -> Arc<Self> {
        Self::make(name, false)
    }

    /// The seat of a supervisor that is nobody's child.
    pub(crate) fn root(name: Arc<str>) -> Arc<Self> {
        Self::make(name, true)
    }

    fn make(name: Arc<str>, root: bool) -> Arc<Self> {
        let state =
            State { occupant: Occupant::Nobody, last: None, of: None, wakers: Vec::new(), children: HashMap::new() };
        Arc::new(Self { id: unique(), name, root, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn occupant(&self) -> Occupant {
        self.state().occupant.clone()
    }

    /// The pid of the present, or else the last, occupant.
    pub(crate) fn last_pid(&self) -> Option<Pid> {
        self.state().last
    }

    /// The occupant, unless it is the one that is known to have ended; then leaves a waker for a change.
    pub(crate) fn wait(&self, ended: Option<Pid>, key: u64, waker: &Waker) -> Occupant {
        let mut state = self.state();
        match &state.occupant {
            Occupant::Process(process) if Some(process.pid()) != ended => return state.occupant.clone(),
            Occupant::Closed => return Occupant::Closed,
            Occupant::Process(_) | Occupant::Nobody => {}
        }
        match state.wakers.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.clone_from(waker),
            None => state.wakers.push((key, waker.clone())),
        }
        Occupant::Nobody
    }

    pub(crate) fn forget(&self, key: u64) {
        self.state().wakers.retain(|(known, _)| *known != key);
    }

    /// Says of which behaviour all must be who sit there. False if it is another.
    pub(crate) fn claim(&self, of: TypeId) -> bool {
        *self.state().of.get_or_insert(of) == of
    }

    /// A new incarnation takes the seat, if it is of the same behaviour as all before.
    pub(crate) fn take(&self, process: &Arc<ProcessCell>) {
        if !self.claim((process.table().type_id)()) {
            return;
        }
        let mut state = self.state();
        state.last = Some(process.pid());
        self.change(state, Occupant::Process(Arc::clone(process)));
    }

    /// The occupant has ended and a restart is under way.
    pub(crate) fn vacate(&self) {
        self.change(self.state(), Occupant::Nobody);
        self.vacate_children();
    }

    pub(crate) fn is_root(&self) -> bool {
        self.root
    }

    /// A seat that was closed may be taken again.
    pub(crate) fn reopen(&self) {
        let mut state = self.state();
        if matches!(state.occupant, Occupant::Closed) {
            state.occupant = Occupant::Nobody;
        }
    }

    /// The occupant has ended.
    pub(crate) fn ended(&self) {
        if self.root { self.close() } else { self.vacate_children() }
    }

    /// The occupant has ended, so its children have, too.
    fn vacate_children(&self) {
        for child in self.children() {
            child.vacate();
        }
    }

    /// Nobody will take the seat again.
    pub(crate) fn close(&self) {
        self.change(self.state(), Occupant::Closed);
        for child in self.children() {
            child.close();
        }
    }

    fn change(&self, mut state: MutexGuard<'_, State>, occupant: Occupant) {
        state.occupant = occupant;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    fn children(&self) -> Vec<Arc<Self>> {
        self.state().children.values().cloned().collect()
    }

    /// The seat of a child, made when it is first asked for.
    pub(crate) fn child(&self, id: &str) -> Arc<Self> {
        let mut state = self.state();
        if let Some(child) = state.children.get(id) {
            return Arc::clone(child);
        }
        let id: Arc<str> = id.into();
        let child = Self::new(Arc::clone(&id));
        if matches!(state.occupant, Occupant::Closed) {
            child.state().occupant = Occupant::Closed;
        }
        state.children.insert(id, Arc::clone(&child));
        child
    }
}
