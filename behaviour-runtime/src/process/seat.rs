//! A seat: the place of a child, which one incarnation after the other takes.
//!
//! A client that came from a supervisor names the seat, not its occupant, so it reaches the new incarnation after a
//! restart. A call that finds the seat empty waits until it is taken again or closed for good. The seats of a
//! supervisor's children belong to the supervisor's own seat, so that they, too, outlive its restarts.
//!
//! A supervisor that was killed may live on for a moment while the next incarnation starts, and still end its children
//! in order. So a seat knows its *keeper*, the incarnation of the supervisor that looks after it: what anybody else
//! does to it has no effect.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::cell::ProcessCell;
use super::functions::Identity;
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
    /// None for the child of a dynamic supervisor.
    name: Option<Arc<str>>,
    /// Whether it is nobody's child's: then it closes with its first occupant.
    root: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    occupant: Occupant,
    last: Option<Pid>,
    /// The supervisor that looks after it.
    keeper: Option<Pid>,
    /// The behaviour of all who sit there: clients are typed, and messages are not looked at twice.
    of: Option<Identity>,
    wakers: Vec<(u64, Waker)>,
    /// There if a supervisor sits there, or may.
    house: Option<Box<House>>,
}

impl State {
    fn house(&mut self) -> &mut House {
        self.house.get_or_insert_default()
    }
}

/// The seats around that of a supervisor.
#[derive(Debug, Default)]
struct House {
    children: HashMap<Arc<str>, Arc<Seat>>,
    /// Whether a supervisor sat there, and made the seats of all its children.
    furnished: bool,
    /// The children by their numbers, if that is how they are told apart.
    numbered: Option<Arc<Numbered>>,
}

/// Children that are told apart by numbers.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) ids: Box<[Arc<str>]>,
    /// How many of them are in use, from the first on.
    pub(crate) used: AtomicUsize,
    /// Whoever changes that holds this.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

impl Seat {
    /// The seat of a child.
    fn new(name: Arc<str>) -> Arc<Self> {
        Self::make(Some(name), false)
    }

    /// The seat of a supervisor that is nobody's child.
    pub(crate) fn root(name: Arc<str>) -> Arc<Self> {
        Self::make(Some(name), true)
    }

    /// A seat that nobody takes.
    pub(crate) fn closed(name: Arc<str>) -> Arc<Self> {
        let seat = Self::new(name);
        seat.state().occupant = Occupant::Closed;
        seat
    }

    /// The seat of a dynamic supervisor's child, of this behaviour. Nobody finds it but by the child's client.
    pub(crate) fn of_child(of: Identity, keeper: Pid) -> Arc<Self> {
        let seat = Self::make(None, false);
        {
            let mut state = seat.state();
            (state.of, state.keeper) = (Some(of), Some(keeper));
        }
        seat
    }

    fn make(name: Option<Arc<str>>, root: bool) -> Arc<Self> {
        let state =
            State { occupant: Occupant::Nobody, last: None, keeper: None, of: None, wakers: Vec::new(), house: None };
        Arc::new(Self { id: unique(), name, root, state: Mutex::new(state) })
    }

    /// Whether it is the seat of a supervisor's child.
    pub(super) fn is_kept(&self) -> bool {
        self.state().keeper.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }

    pub(crate) fn is_root(&self) -> bool {
        self.root
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
    pub(crate) fn claim(&self, of: Identity) -> bool {
        let known = *self.state().of.get_or_insert(of);
        known() == of()
    }

    /// The seat of a child. Before a supervisor sat here it is made when it is first asked for; afterwards a child that
    /// the supervisor does not know has a closed one.
    pub(crate) fn child(&self, id: &str) -> Arc<Self> {
        let mut state = self.state();
        let is_closed = matches!(state.occupant, Occupant::Closed);
        let house = state.house();
        if let Some(child) = house.children.get(id) {
            return Arc::clone(child);
        }
        let id: Arc<str> = id.into();
        if house.furnished || is_closed {
            return Self::closed(id);
        }
        let child = Self::new(Arc::clone(&id));
        house.children.insert(id, Arc::clone(&child));
        child
    }

    /// Tells the numbers of the children.
    pub(crate) fn number(&self, numbered: Arc<Numbered>) {
        self.state().house().numbered = Some(numbered);
    }

    pub(crate) fn numbered(&self) -> Option<Arc<Numbered>> {
        self.state().house.as_ref()?.numbered.clone()
    }

    /// A new incarnation of the supervisor that sits here looks after these children, who have not been started.
    ///
    /// Those that are known keep their seats, if they are of the same behaviour as before.
    pub(crate) fn furnish<'a>(
        &self,
        keeper: Pid,
        children: impl Iterator<Item = (&'a Arc<str>, Option<Identity>)>,
    ) -> Vec<Arc<Self>> {
        let mut state = self.state();
        let house = state.house();
        let mut before = std::mem::take(&mut house.children);
        let mut seats = Vec::new();
        for (id, of) in children {
            let fits = |seat: &Arc<Self>| of.is_none_or(|of| seat.claim(of));
            let seat = if before.get(id).is_some_and(fits) { before.remove(id) } else { None };
            let seat = seat.unwrap_or_else(|| Self::new(Arc::clone(id)));
            if let Some(of) = of {
                seat.claim(of);
            }
            house.children.insert(Arc::clone(id), Arc::clone(&seat));
            seats.push(seat);
        }
        house.furnished = true;
        drop(state);
        for seat in before.values() {
            seat.close_for_good();
        }
        for seat in &seats {
            let mut state = seat.state();
            state.keeper = Some(keeper);
            Self::change(state, Occupant::Nobody);
        }
        seats
    }

    /// The seat of a child that comes while the supervisor runs, which looks after it; and whether it was made for that.
    ///
    /// A child that the supervisor had from the beginning and that was deleted leaves its seat to one of the same
    /// behaviour.
    pub(crate) fn add_child(&self, keeper: Pid, id: &Arc<str>, of: Option<Identity>) -> (Arc<Self>, bool) {
        let mut state = self.state();
        let house = state.house();
        let known = house.children.get(id).filter(|seat| of.is_none_or(|of| seat.claim(of)));
        let (seat, is_new) = known.map_or_else(|| (Self::new(Arc::clone(id)), true), |seat| (Arc::clone(seat), false));
        if is_new {
            house.children.insert(Arc::clone(id), Arc::clone(&seat));
        }
        drop(state);
        let mut state = seat.state();
        state.keeper = Some(keeper);
        state.of = state.of.or(of);
        Self::change(state, Occupant::Nobody);
        (seat, is_new)
    }

    /// Forgets the seat of a child: nobody finds it any more.
    pub(crate) fn remove_child(&self, id: &str, seat: &Arc<Self>) {
        let mut state = self.state();
        let children = &mut state.house().children;
        if children.get(id).is_some_and(|known| Arc::ptr_eq(known, seat)) {
            children.remove(id);
        }
    }

    /// A new incarnation takes the seat, if it is of the same behaviour as all before. The seat of a supervisor that is
    /// nobody's child has no keeper.
    pub(crate) fn take(&self, keeper: Option<Pid>, process: &Arc<ProcessCell>) {
        if !self.claim(process.table().identity) {
            return;
        }
        let mut state = self.state();
        if state.keeper == keeper {
            state.last = Some(process.pid());
            Self::change(state, Occupant::Process(Arc::clone(process)));
        }
    }

    /// The occupant ends or has ended; perhaps it is restarted.
    pub(crate) fn vacate(&self, keeper: Pid) {
        let state = self.state();
        if state.keeper == Some(keeper) {
            Self::change(state, Occupant::Nobody);
        }
    }

    /// Nobody will take the seat again, unless it is vacated first.
    pub(crate) fn close(&self, keeper: Pid) {
        let state = self.state();
        if state.keeper == Some(keeper) {
            Self::change(state, Occupant::Closed);
            self.children().iter().for_each(|child| child.close_for_good());
        }
    }

    /// Nobody looks after the seat any more.
    fn close_for_good(&self) {
        let mut state = self.state();
        state.keeper = None;
        Self::change(state, Occupant::Closed);
        self.children().iter().for_each(|child| child.close_for_good());
    }

    /// The process that had this seat has ended. If it was a supervisor, nobody looks after its children: they end, too.
    pub(crate) fn ended(&self, pid: Pid) {
        if self.root {
            return self.close_for_good();
        }
        for child in self.children() {
            let mut state = child.state();
            if state.keeper == Some(pid) {
                state.keeper = None;
                Self::change(state, Occupant::Nobody);
            }
        }
    }

    fn change(mut state: MutexGuard<'_, State>, occupant: Occupant) {
        let before = std::mem::replace(&mut state.occupant, occupant);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        drop(before);
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    fn children(&self) -> Vec<Arc<Self>> {
        self.state().house.iter().flat_map(|house| house.children.values().cloned()).collect()
    }
}
