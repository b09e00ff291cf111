//! What the handles of a scope share: its groups, and how they change.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::hash::{BuildHasherDefault, Hash};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use papaya::{Compute, HashMap, Operation};

use crate::edge::Key;
use crate::process::MonitorRef;
use crate::process::bag::Bag;
use crate::process::cell::ProcessCell;
use crate::process::relations::{Map, Spread, unique};

use super::error::NotJoined;
use super::member::Member;
use super::membership::{Membership, Phase};
use super::monitor::{Change, Notice, Subscriber};

/// A group, which is known as long as it has members or is monitored.
pub(super) struct Group<K> {
    pub(super) name: K,
    number: u64,
    /// Whether it is known no more: another one has its name then, or will. It changes under the lock of the scope.
    closed: AtomicBool,
}

impl<K> Group<K> {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// All members of a group, in the order in which they joined.
pub(super) type Members<K, M> = Bag<Joined<K, M>>;

/// A member in its group. It stands beside its membership, so that who publishes need not look there for it.
pub(super) struct Joined<K: Key, M: 'static> {
    pub(super) member: Member<M>,
    pub(super) membership: Arc<Membership<K, M>>,
}

impl<K: Key, M: 'static> Clone for Joined<K, M> {
    fn clone(&self) -> Self {
        Self { member: self.member.clone(), membership: Arc::clone(&self.membership) }
    }
}

/// Up to this many members of a group are looked through for one of them.
const FEW: usize = 64;

/// A scope.
pub(super) struct Shared<K: Key, M: 'static> {
    groups: HashMap<K, Arc<Group<K>>>,
    /// By the numbers of the groups, so that no code of the user's runs where they change.
    members: HashMap<u64, Members<K, M>, BuildHasherDefault<Spread>>,
    /// Who holds the lock has pinned the members before: what is replaced there is dropped when that guard goes, so that
    /// no destructor of the user's runs under the lock.
    changing: Mutex<Changing<K, M>>,
}

/// What only those use who change something.
struct Changing<K: Key, M: 'static> {
    subscribers: Map<u64, Arc<Subscriber<K, M>>>,
    /// Those who monitor all groups, and those who monitor one, by its number.
    of_all: Vec<Arc<Subscriber<K, M>>>,
    of_one: Map<u64, Vec<Arc<Subscriber<K, M>>>>,
    outbox: VecDeque<Notice<K, M>>,
    /// Whether somebody is telling what is in the outbox.
    telling: bool,
}

impl<K: Key, M: 'static> Shared<K, M> {
    pub(super) fn new() -> Self {
        let changing = Changing {
            subscribers: Map::default(),
            of_all: Vec::new(),
            of_one: Map::default(),
            outbox: VecDeque::new(),
            telling: false,
        };
        Self { groups: HashMap::new(), members: HashMap::default(), changing: Mutex::new(changing) }
    }

    fn changing(&self) -> MutexGuard<'_, Changing<K, M>> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find<Q>(&self, name: &Q) -> Option<Arc<Group<K>>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.groups.pin().get(name).cloned()
    }

    /// The group of a name, which is made if there is none.
    fn group(&self, name: K) -> Arc<Group<K>> {
        if let Some(group) = self.find(&name).filter(|group| !group.is_closed()) {
            return group;
        }
        let new = Arc::new(Group { name: name.clone(), number: unique(), closed: AtomicBool::new(false) });
        let groups = self.groups.pin();
        let entered = groups.compute(name, |found| match found {
            Some((_, group)) if !group.is_closed() => Operation::Abort(Arc::clone(group)),
            _ => Operation::Insert(Arc::clone(&new)),
        });
        if let Compute::Aborted(known) = entered { known } else { new }
    }

    /// Takes the name of a group that was closed out.
    fn remove(&self, group: &Arc<Group<K>>) {
        self.groups.pin().compute(group.name.clone(), |found| match found {
            Some((_, known)) if Arc::ptr_eq(known, group) => Operation::Remove,
            _ => Operation::Abort(()),
        });
    }

    /// The members of a group, as they are now.
    pub(super) fn members<Q>(&self, name: &Q) -> Option<Members<K, M>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let number = self.groups.pin().get(name)?.number;
        self.members.pin().get(&number).cloned()
    }

    /// The names of all groups that have members.
    pub(super) fn names(&self) -> Vec<K> {
        let (groups, members) = (self.groups.pin(), self.members.pin());
        let there = groups.iter().filter(|(_, group)| members.contains_key(&group.number));
        there.map(|(name, _)| name.clone()).collect()
    }

    /// Members join a group, in one operation.
    pub(super) fn join(self: &Arc<Self>, name: K, joining: &[Member<M>]) {
        let mut group = self.group(name);
        loop {
            let new = joining.iter().map(|member| Membership::new(member.clone(), &group, self));
            let new: Vec<_> = new.filter(Membership::begin).collect();
            if self.enter(&group, &new) {
                return;
            }
            // The group was closed meanwhile, for it had lost its last member.
            for membership in &new {
                membership.release();
            }
            group = self.group(group.name.clone());
        }
    }

    /// False if the group is closed.
    fn enter(&self, group: &Arc<Group<K>>, new: &[Arc<Membership<K, M>>]) -> bool {
        let members = self.members.pin();
        let mut changing = self.changing();
        if group.is_closed() {
            return false;
        }
        let mut bag = members.get(&group.number).cloned();
        let mut joined = Vec::new();
        // Who ended meanwhile stays out.
        for membership in new.iter().filter(|membership| membership.phase() == Phase::Pending) {
            let entry = Joined { member: membership.member.clone(), membership: Arc::clone(membership) };
            let (more, ticket) = match &bag {
                None => Bag::one(entry),
                Some(bag) => bag.with(entry),
            };
            membership.entered(ticket);
            joined.push(membership.member.clone());
            bag = Some(more);
        }
        if let Some(bag) = bag
            && !joined.is_empty()
        {
            members.insert(group.number, bag);
            changing.note(true, group, joined);
        }
        self.settle(changing, Some(group));
        true
    }

    /// Members leave a group, in one operation, each once for each time that it is named.
    pub(super) fn leave<Q>(&self, name: &Q, leaving: &[Member<M>]) -> Result<(), NotJoined>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let group = self.find(name).ok_or(NotJoined)?;
        // What each has, and how much of that was looked at: who is named often is not looked up as often.
        let mut known = std::collections::HashMap::new();
        for member in leaving {
            known.entry(member.key()).or_insert_with(|| (self.memberships(&group, member), 0));
        }
        let mut gone = Vec::new();
        {
            let members = self.members.pin();
            let mut changing = self.changing();
            for member in leaving {
                let Some((memberships, seen)) = known.get_mut(&member.key()) else { continue };
                let rest = &memberships[*seen..];
                let next = rest.iter().position(|membership| members.take_out(membership));
                *seen += next.map_or(rest.len(), |at| at + 1);
                gone.extend(next.map(|at| Arc::clone(&rest[at])));
            }
            if gone.is_empty() {
                return Err(NotJoined);
            }
            changing.note(false, &group, gone.iter().map(|membership| membership.member.clone()).collect());
            self.settle(changing, Some(&group));
        }
        for membership in &gone {
            membership.release();
        }
        Ok(())
    }

    /// What a member has in a group.
    fn memberships(&self, group: &Arc<Group<K>>, member: &Member<M>) -> Vec<Arc<Membership<K, M>>> {
        let Some(bag) = self.members.pin().get(&group.number).cloned() else { return Vec::new() };
        let is_its =
            |membership: &Arc<Membership<K, M>>| Arc::ptr_eq(&membership.group, group) && membership.member == *member;
        if bag.len() <= FEW {
            return bag.iter().map(|joined| Arc::clone(&joined.membership)).filter(is_its).collect();
        }
        // The process has fewer, as a rule.
        held(member.process()).into_iter().filter(is_its).collect()
    }

    /// The process of a membership ends.
    pub(super) fn end(&self, membership: &Membership<K, M>) {
        let members = self.members.pin();
        let mut changing = self.changing();
        if members.take_out(membership) {
            changing.note(false, &membership.group, vec![membership.member.clone()]);
            self.settle(changing, Some(&membership.group));
        } else {
            membership.left();
        }
    }

    /// A process monitors a group, and gets its present members.
    pub(super) fn monitor(self: &Arc<Self>, name: K, to: &Member<Change<K, M>>) -> (MonitorRef, Option<Members<K, M>>) {
        let reference = MonitorRef(unique());
        let mut group = self.group(name);
        loop {
            let subscriber = Subscriber::new(reference, to.clone(), Some(Arc::clone(&group)), self);
            if !subscriber.begin() {
                subscriber.leave();
            }
            let members = self.members.pin();
            let mut changing = self.changing();
            if group.is_closed() {
                drop(changing);
                subscriber.release();
                group = self.group(group.name.clone());
                continue;
            }
            if !subscriber.is_gone() {
                changing.subscribers.insert(reference.0, Arc::clone(&subscriber));
                changing.of_one.entry(group.number).or_default().push(subscriber);
            }
            let present = members.get(&group.number).cloned();
            self.settle(changing, Some(&group));
            return (reference, present);
        }
    }

    /// A process monitors all groups, and gets the present members of each.
    pub(super) fn monitor_all(self: &Arc<Self>, to: Member<Change<K, M>>) -> (MonitorRef, Vec<Members<K, M>>) {
        let reference = MonitorRef(unique());
        let subscriber = Subscriber::new(reference, to, None, self);
        if !subscriber.begin() {
            subscriber.leave();
        }
        let members = self.members.pin();
        let mut changing = self.changing();
        if !subscriber.is_gone() {
            changing.subscribers.insert(reference.0, Arc::clone(&subscriber));
            changing.of_all.push(subscriber);
        }
        let present = members.values().cloned().collect();
        drop(changing);
        (reference, present)
    }

    /// False if there is no such monitor.
    pub(super) fn demonitor(&self, reference: MonitorRef) -> bool {
        let known = self.changing().subscribers.get(&reference.0).cloned();
        known.is_some_and(|subscriber| {
            let first = self.forget_subscriber(&subscriber);
            subscriber.release();
            first
        })
    }

    /// Somebody wants to hear no more. False if that was known.
    pub(super) fn forget_subscriber(&self, subscriber: &Subscriber<K, M>) -> bool {
        let _members = self.members.pin();
        let mut changing = self.changing();
        subscriber.leave();
        let known = changing.subscribers.remove(&subscriber.reference.0);
        let others = match &subscriber.group {
            None => Some(&mut changing.of_all),
            Some(group) => changing.of_one.get_mut(&group.number),
        };
        if let Some(others) = others {
            others.retain(|other| other.reference != subscriber.reference);
        }
        self.settle(changing, subscriber.group.as_ref());
        known.is_some()
    }

    /// After a change: closes a group that nobody needs any more, opens the lock, and tells what is to be told.
    fn settle(&self, mut changing: MutexGuard<'_, Changing<K, M>>, group: Option<&Arc<Group<K>>>) {
        let closed = group.filter(|group| {
            let is_watched = changing.of_one.get(&group.number).is_some_and(|watchers| !watchers.is_empty());
            let is_needed = is_watched || self.members.pin().contains_key(&group.number);
            if !is_needed {
                changing.of_one.remove(&group.number);
            }
            !is_needed && !group.closed.swap(true, Ordering::AcqRel)
        });
        let tells = !changing.telling && !changing.outbox.is_empty();
        changing.telling |= tells;
        drop(changing);
        if let Some(group) = closed {
            self.remove(group);
        }
        if tells {
            self.tell();
        }
    }

    /// Tells what is in the outbox, in order.
    fn tell(&self) {
        loop {
            let mut changing = self.changing();
            let Some(notice) = changing.outbox.pop_front() else {
                changing.telling = false;
                return;
            };
            drop(changing);
            notice.tell();
        }
    }
}

impl<K: Key, M: 'static> Changing<K, M> {
    /// Puts a change into the outbox, if anybody wants to hear of it.
    fn note(&mut self, joined: bool, group: &Arc<Group<K>>, members: Vec<Member<M>>) {
        let of_one = self.of_one.get(&group.number).into_iter().flatten();
        let to: Vec<_> = self.of_all.iter().chain(of_one).cloned().collect();
        if !to.is_empty() {
            self.outbox.push_back(Notice { to, joined, group: Arc::clone(group), members });
        }
    }
}

/// The table of members, for who holds the lock.
trait TakeOut<K: Key, M: 'static> {
    /// Takes a membership out of its group. False if it is not in it.
    fn take_out(&self, membership: &Membership<K, M>) -> bool;
}

impl<K: Key, M: 'static, G: papaya::Guard> TakeOut<K, M>
    for papaya::HashMapRef<'_, u64, Members<K, M>, BuildHasherDefault<Spread>, G>
{
    fn take_out(&self, membership: &Membership<K, M>) -> bool {
        let Phase::There(ticket) = membership.phase() else { return false };
        membership.left();
        let number = membership.group.number;
        match self.get(&number).and_then(|bag| bag.without(ticket)) {
            Some(bag) => drop(self.insert(number, bag)),
            None => drop(self.remove(&number)),
        }
        true
    }
}

/// The memberships of a process in groups of this type.
fn held<K: Key, M: 'static>(process: &ProcessCell) -> Vec<Arc<Membership<K, M>>> {
    let own = |held: Arc<dyn crate::process::held::Held>| {
        Arc::downcast::<Membership<K, M>>(held as Arc<dyn std::any::Any + Send + Sync>).ok()
    };
    process.holdings().into_iter().filter_map(own).collect()
}

/// The processes know of their memberships and monitors, and shall not keep those of a scope that is gone.
impl<K: Key, M: 'static> Drop for Shared<K, M> {
    fn drop(&mut self) {
        self.members.pin().values().flat_map(Bag::iter).for_each(|joined| joined.membership.release());
        let subscribers = std::mem::take(&mut self.changing().subscribers);
        for subscriber in subscribers.values() {
            subscriber.release();
        }
    }
}
