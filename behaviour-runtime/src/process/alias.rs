//! Aliases: a place to answer that can be closed.
//!
//! Whoever has a [`Process`](super::Process) can send to it for ever. An [`Alias`] stands for the same process and takes
//! the same messages, but the process may deactivate it: what is sent through it from then on never enters the mailbox.
//! So a request carries an alias of who asks, and an answer that comes too late is dropped where it is sent, instead of
//! lying about in a mailbox whose owner has long since lost interest.
//!
//! ```text
//! made by                      let through       until
//! Inbox::alias                 every message     unalias
//! Inbox::reply_alias           one message       it has come, or unalias
//! Inbox::alias_of(monitor)     every message     the monitor fires, or demonitor, or unalias
//! Inbox::reply_alias_of(..)    one message       any of these; the message takes the monitor with it
//! ```
//!
//! In OTP these are `alias/1` and the option `alias` of `monitor/3` (otp.md 1.6). There the alias of a monitor is made
//! with it; here it is made of any monitor that is there: by pid, by name or by spawning. The mode `explicit_unalias`
//! has nothing to do with the monitor, so it is a monitor and an alias.
//!
//! Which aliases are active stands with the relations of the process. A message is looked at and put into the mailbox
//! under the lock under which an alias is deactivated, so none slips in afterwards.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use super::Monitor;
use super::cell::ProcessCell;
use super::inbox::{Event, Inbox};
use super::mailbox::{Entry, Word};
use super::parcel::Parcel;
use super::receive::send;
use super::relations::unique;
use super::report;
use super::signal::{MonitorRef, Signal};

/// An alias that is active.
pub(super) struct Aliased {
    /// Whether the first message is the last one.
    once: bool,
    /// The monitor that it ends with.
    monitor: Option<MonitorRef>,
}

/// A place to send `M`s to for as long as the process behind it wants them (Erlang's alias).
///
/// Made by [`Inbox::alias`] and its neighbours. A message through an alias that is no longer active is dropped. Only the
/// process itself can deactivate its alias, for [`Inbox::unalias`] asks for the inbox; its end deactivates all of them.
///
/// Messages of one sender to one process arrive in order, whether they are sent to the process or through an alias.
///
/// ```
/// use behaviour_runtime::process::{self, Alias, Inbox};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// let doubler = process::spawn(|mut inbox: Inbox<(u32, Alias<u32>)>| async move {
///     for _ in 0..2 {
///         let (n, asker) = inbox.recv().await;
///         asker.send(2 * n);
///     }
/// });
/// let asker = process::spawn(move |mut inbox: Inbox<u32>| async move {
///     let late = inbox.alias();
///     doubler.send((1, late.clone()));
///     inbox.unalias(&late); // no answer can come from now on
///     doubler.send((2, inbox.reply_alias()));
///     assert_eq!(inbox.recv().await, 4);
/// });
/// assert_eq!(asker.ended().await, process::ExitReason::Normal);
/// # });
/// ```
pub struct Alias<M> {
    process: Arc<ProcessCell>,
    id: u64,
    takes: PhantomData<fn(M)>,
}

impl<M: Send + 'static> Alias<M> {
    /// Sends a message: never waits, never fails. It is dropped if the alias is not active any more.
    pub fn send(&self, message: M) {
        self.process.receive_by_alias(self.id, Parcel::new(Event::Message(message)));
    }
}

impl<M> Alias<M> {
    pub(crate) fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

impl<M> Clone for Alias<M> {
    fn clone(&self) -> Self {
        Self { process: Arc::clone(&self.process), id: self.id, takes: PhantomData }
    }
}

impl<M> PartialEq for Alias<M> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<M> Eq for Alias<M> {}

impl<M> Hash for Alias<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<M> fmt::Debug for Alias<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alias({}, {:?})", self.process.pid(), MonitorRef(self.id))
    }
}

impl<M: Send + 'static> Inbox<M> {
    /// An alias of this process (`alias/0`), active until [`unalias`](Inbox::unalias).
    #[must_use]
    pub fn alias(&self) -> Alias<M> {
        self.make_alias(false, None)
    }

    /// An alias for one answer (`alias([reply])`): exactly the first message that is sent through it arrives.
    #[must_use]
    pub fn reply_alias(&self) -> Alias<M> {
        self.make_alias(true, None)
    }

    /// An alias that ends with this monitor (`{alias, demonitor}`): when its `Down` comes, and when it is taken back.
    ///
    /// It is not active if the monitor is gone already.
    ///
    /// ```
    /// use behaviour_runtime::process::{self, Inbox};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// # let asker = process::spawn(|mut inbox: Inbox<&str>| async move {
    /// let (clerk, monitor) = process::spawn_monitor(|mut inbox: Inbox<()>| async move { inbox.recv().await });
    /// let counter = inbox.alias_of(&monitor);
    /// counter.send("open");
    /// inbox.demonitor(&monitor);
    /// counter.send("closed");
    /// assert_eq!(inbox.recv().await, "open");
    /// assert!(inbox.try_next().is_none());
    /// # clerk.send(());
    /// # });
    /// # assert_eq!(asker.ended().await, process::ExitReason::Normal);
    /// # });
    /// ```
    #[must_use]
    pub fn alias_of(&self, monitor: &Monitor) -> Alias<M> {
        self.make_alias(false, Some(monitor.reference()))
    }

    /// An alias for one answer of a process that may end first (`{alias, reply_demonitor}`): what comes is the first
    /// message through the alias, which removes the monitor, or the `Down`, which deactivates the alias. Never both.
    ///
    /// It is not active if the monitor is gone already.
    #[must_use]
    pub fn reply_alias_of(&self, monitor: &Monitor) -> Alias<M> {
        self.make_alias(true, Some(monitor.reference()))
    }

    /// Deactivates an alias (`unalias/1`): nothing that is sent through it enters the mailbox any more; what is there
    /// stays. True if it was active; false, and without effect, if it was not, or is not this process's own.
    #[allow(clippy::must_use_candidate)]
    pub fn unalias(&self, alias: &Alias<M>) -> bool {
        let mut relations = self.cell().relations();
        relations.tables.as_mut().is_some_and(|tables| tables.aliases.remove(&alias.id).is_some())
    }

    fn make_alias(&self, once: bool, monitor: Option<MonitorRef>) -> Alias<M> {
        let process = Arc::clone(self.cell());
        let id = unique();
        process.add_alias(id, Aliased { once, monitor });
        Alias { process, id, takes: PhantomData }
    }
}

impl ProcessCell {
    fn add_alias(&self, id: u64, alias: Aliased) {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            return;
        }
        let tables = relations.tables();
        if let Some(monitor) = alias.monitor {
            let Some(watched) = tables.watching.get_mut(&monitor.0) else { return };
            watched.aliases.push(id);
        }
        tables.aliases.insert(id, alias);
    }

    /// Takes a message that was sent through an alias, if that is active.
    fn receive_by_alias(&self, id: u64, message: Parcel) {
        let mut relations = self.relations();
        let Some((tables, alias)) = relations.tables.as_mut().and_then(|tables| {
            let Aliased { once, monitor } = tables.aliases.get(&id)?;
            let alias = (*once, *monitor);
            Some((tables, alias))
        }) else {
            drop(relations);
            return report::dropped(self, "message", "its alias is not active");
        };
        let unwatched = match alias {
            (false, _) => None,
            (true, None) => {
                tables.aliases.remove(&id);
                None
            }
            (true, Some(monitor)) => tables.unwatch(monitor).map(|pid| (pid, Signal::Demonitor { monitor })),
        };
        self.put_entry(relations, Entry::new(Word::Message, message));
        if let Some((pid, demonitor)) = unwatched {
            send(pid, demonitor);
        }
    }
}
