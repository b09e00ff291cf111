//! The face of a scope.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use crate::edge::Key;
use crate::process::MonitorRef;
use crate::process::relations::unique;

use super::error::NotJoined;
use super::member::{Member, Takes};
use super::monitor::Change;
use super::shared::{Members, Shared};

/// Groups of processes that take `M`s, by names of type `K` (Erlang's `pg`).
///
/// ```
/// use behaviour::pg::Scope;
/// use behaviour::prelude::*;
///
/// #[derive(Clone)]
/// pub struct News(&'static str);
///
/// static NEWS: Scope<&str, News> = Scope::new();
///
/// #[gen_server]
/// pub struct Reader {
///     read: Vec<&'static str>,
/// }
///
/// #[gen_server]
/// impl Reader {
///     #[init]
///     fn init(cx: &mut Context<Self>, topic: &'static str) -> Self {
///         NEWS.join(topic, &cx.client()); // does not compile without an `#[info]` for `News`
///         Self { read: Vec::new() }
///     }
///
///     #[info]
///     fn news(&mut self, News(text): News) {
///         self.read.push(text);
///     }
///
///     #[call]
///     pub fn read(&self) -> Vec<&'static str> {
///         self.read.clone()
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ada = Reader::start("sport").await?;
/// let bob = Reader::start("weather").await?;
///
/// NEWS.publish("weather", News("rain"));
/// assert_eq!(bob.read().await?, ["rain"]);
/// assert!(ada.read().await?.is_empty());
///
/// bob.stop().await?;
/// assert_eq!(NEWS.which_groups(), ["sport"]); // gone with its last member
/// # Ok(())
/// # }
/// ```
///
/// - Scopes have nothing to do with each other. A scope needs no start, so nothing fails because it is not there.
/// - A group is there as long as it has members. A process that joins it n times is a member n times, and gets what is
///   published n times; it leaves one at a time, and altogether when it ends, before anybody hears of its end.
/// - Reading takes no lock, and sees a group as it is at one moment.
/// - A clone is another handle to the same scope.
///
/// A name may be dropped a while after its group is gone, when no reader can be looking at it any more.
pub struct Scope<K: Key, M: 'static> {
    shared: OnceLock<Arc<Shared<K, M>>>,
}

impl<K: Key, M: 'static> Scope<K, M> {
    /// A scope without groups, most often of a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { shared: OnceLock::new() }
    }

    fn shared(&self) -> &Arc<Shared<K, M>> {
        self.shared.get_or_init(|| Arc::new(Shared::new()))
    }

    /// A process joins a group (`join/3`), once more if it is a member already.
    ///
    /// Who is to join is a client, a plain process, an alias or a [`Member`]. Of a client that follows a child through its
    /// restarts, the present process joins: most servers join in their `#[init]`, which each incarnation runs. A process
    /// that has ended, or that is not there, does not join.
    pub fn join(&self, group: K, member: &impl Takes<M>) {
        self.shared().join(group, member.member().as_slice());
    }

    /// Several processes join a group, or one several times, in one operation: who monitors the group hears of it once
    /// (`join/3` with a list).
    pub fn join_all<'a, T>(&self, group: K, members: impl IntoIterator<Item = &'a T>)
    where
        T: Takes<M> + 'a,
    {
        self.shared().join(group, &all(members));
    }

    /// A process leaves a group, once (`leave/3`).
    ///
    /// # Errors
    /// [`NotJoined`] if it is not a member.
    pub fn leave<Q>(&self, group: &Q, member: &impl Takes<M>) -> Result<(), NotJoined>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shared().leave(group, member.member().as_slice())
    }

    /// Several processes leave a group, each as often as it is named, in one operation (`leave/3` with a list).
    ///
    /// # Errors
    /// [`NotJoined`] if none of them is a member; those that are not beside others that are do not matter.
    pub fn leave_all<'a, Q, T>(&self, group: &Q, members: impl IntoIterator<Item = &'a T>) -> Result<(), NotJoined>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        T: Takes<M> + 'a,
    {
        self.shared().leave(group, &all(members))
    }

    /// Sends a message to all members of a group, in the order in which they joined, and tells how many they were.
    ///
    /// What cannot be delivered is dropped and logged, as by [`Member::send`].
    ///
    /// # Panics
    /// If `clone` of the message does.
    #[allow(clippy::must_use_candidate)]
    pub fn publish<Q>(&self, group: &Q, message: M) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        M: Clone,
    {
        let Some(members) = self.shared().members(group) else { return 0 };
        for joined in members.iter() {
            joined.member.send(message.clone());
        }
        members.len()
    }

    /// The members of a group, in the order in which they joined; who joined twice is there twice (`get_members/2`).
    #[must_use]
    pub fn get_members<Q>(&self, group: &Q) -> Vec<Member<M>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shared().members(group).as_ref().map(list).unwrap_or_default()
    }

    /// The members of a group that live in this program (`get_local_members/2`). As yet there are no others.
    #[must_use]
    pub fn get_local_members<Q>(&self, group: &Q) -> Vec<Member<M>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get_members(group)
    }

    /// The groups that have members, in no order (`which_groups/1`).
    #[must_use]
    pub fn which_groups(&self) -> Vec<K> {
        self.shared().names()
    }

    /// The groups that have members in this program (`which_local_groups/1`). As yet there are no others.
    #[must_use]
    pub fn which_local_groups(&self) -> Vec<K> {
        self.which_groups()
    }

    /// Has a process hear who joins and leaves a group from now on (`monitor/2`), and gives the present members.
    ///
    /// It hears of every change after that moment, in order and once. The group need not have members.
    ///
    /// ```
    /// use behaviour::pg::{Change, Scope};
    /// use behaviour::process::{self, Inbox};
    ///
    /// static ROOMS: Scope<&str, String> = Scope::new();
    ///
    /// # #[behaviour::main]
    /// # async fn main() {
    /// let guest = process::spawn(|mut inbox: Inbox<String>| async move {
    ///     inbox.recv().await;
    /// });
    /// let door = process::spawn(move |mut inbox: Inbox<Change<&str, String>>| async move {
    ///     let (monitor, present) = ROOMS.monitor("kitchen", &inbox.process());
    ///     assert!(present.is_empty());
    ///
    ///     ROOMS.join("kitchen", &guest);
    ///     let change = inbox.recv().await;
    ///     assert!(change.is_join() && change.monitor() == monitor);
    ///
    ///     guest.send("fire".to_owned()); // the guest ends, and so leaves
    ///     assert!(matches!(inbox.recv().await, Change::Left { group: "kitchen", .. }));
    /// });
    /// # assert_eq!(door.ended().await, process::ExitReason::Normal);
    /// # }
    /// ```
    ///
    /// A change arrives as any message does, so a server needs an `#[info]` for it. It is sent by whoever makes the
    /// change, or by somebody who is just sending an earlier one. The monitor ends with its process.
    pub fn monitor(&self, group: K, to: &impl Takes<Change<K, M>>) -> (MonitorRef, Vec<Member<M>>) {
        let Some(to) = to.member() else { return (MonitorRef(unique()), self.get_members(&group)) };
        let (reference, members) = self.shared().monitor(group, &to);
        (reference, members.as_ref().map(list).unwrap_or_default())
    }

    /// Has a process hear who joins and leaves any group from now on (`monitor_scope/1`), and gives the present members
    /// of each group; see [`monitor`](Self::monitor).
    pub fn monitor_scope(&self, to: &impl Takes<Change<K, M>>) -> (MonitorRef, HashMap<K, Vec<Member<M>>>) {
        let Some(to) = to.member() else { return (MonitorRef(unique()), HashMap::new()) };
        let (reference, groups) = self.shared().monitor_all(to);
        let named =
            |members: &Members<K, M>| Some((members.iter().next()?.membership.group.name.clone(), list(members)));
        (reference, groups.iter().filter_map(named).collect())
    }

    /// Ends a monitor of a group or of the scope (`demonitor/2`). False if there is no such monitor.
    ///
    /// No later change is heard. One that is in the process's mailbox stays there, and is known by its
    /// [`monitor`](Change::monitor).
    #[allow(clippy::must_use_candidate)]
    pub fn demonitor(&self, monitor: MonitorRef) -> bool {
        self.shared().demonitor(monitor)
    }
}

fn all<'a, M, T: Takes<M> + 'a>(members: impl IntoIterator<Item = &'a T>) -> Vec<Member<M>> {
    members.into_iter().filter_map(Takes::member).collect()
}

fn list<K: Key, M: 'static>(members: &Members<K, M>) -> Vec<Member<M>> {
    members.iter().map(|joined| joined.member.clone()).collect()
}

/// Another handle to the same scope.
impl<K: Key, M: 'static> Clone for Scope<K, M> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(self.shared()).into() }
    }
}

impl<K: Key, M: 'static> Default for Scope<K, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, M: 'static> fmt::Debug for Scope<K, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("groups", &self.which_groups().len()).finish_non_exhaustive()
    }
}
