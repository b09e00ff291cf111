//! Whoever can be sent a message of one type, whatever else it is.

use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::edge::{Client, InfoFor, Receives};
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::{Alias, Pid, Process, report};

/// A member of a group: a process that takes `M`s, whose own type is forgotten.
///
/// It names one incarnation: members made of a client that follows a child through its restarts stand for the present
/// process. Members are equal if they are the same process, or the same alias of it.
///
/// ```
/// use behaviour::pg::Member;
/// use behaviour::process::{self, Inbox};
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let writer = process::spawn(|mut inbox: Inbox<String>| async move {
///     assert_eq!(inbox.recv().await, "rain");
/// });
/// let member = Member::<&str>::of(&writer).ok_or("there is a process")?; // `String: From<&str>`
/// member.send("rain");
/// assert_eq!(writer.ended().await, process::ExitReason::Normal);
/// # Ok(())
/// # }
/// ```
pub struct Member<M>(Arc<dyn Post<M>>);

impl<M: 'static> Member<M> {
    /// A member made of a client, a plain process or an alias; none if nobody is there, for a child is restarting or
    /// nobody has the key.
    #[must_use]
    pub fn of(process: &impl Takes<M>) -> Option<Self> {
        process.member()
    }

    /// Its pid.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.0.process().pid()
    }

    /// Whether it lives. False before anybody hears of its end.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.0.process().is_alive()
    }

    /// Sends it a message: never waits, never fails; what cannot be delivered is dropped and logged.
    pub fn send(&self, message: M) {
        // The conversion into what the process takes may be the user's.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.0.post(message))) {
            report::sending_panicked(self.0.process(), &report::panicked(payload));
        }
    }

    pub(super) fn process(&self) -> &Arc<ProcessCell> {
        self.0.process()
    }
}

impl<M> Member<M> {
    /// Which process or alias it is.
    pub(super) fn key(&self) -> (Pid, u64) {
        (self.0.process().pid(), self.0.alias())
    }
}

impl<M> Clone for Member<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> PartialEq for Member<M> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<M> Eq for Member<M> {}

impl<M> fmt::Debug for Member<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member{}", self.0.process().pid())
    }
}

/// What can be sent an `M`: the client of a server or a state machine that has an `#[info]` for it; a plain
/// [`Process`], or an [`Alias`], whose messages can be made from an `M`; and a [`Member`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent a `{M}`",
    label = "this takes no `{M}`",
    note = "a client can be sent what its server has an `#[info]` callback for",
    note = "a `Process<N>` and an `Alias<N>` can be sent an `M` if `N: From<M>`"
)]
pub trait Takes<M> {
    #[doc(hidden)]
    fn member(&self) -> Option<Member<M>>;
}

impl<M, C, S> Takes<M> for C
where
    C: Deref<Target = Client<S>>,
    S: Receives,
    M: InfoFor<S>,
{
    fn member(&self) -> Option<Member<M>> {
        let process = self.address().process()?;
        let to = Client::<S>::new(Address::Process(Arc::clone(&process)));
        Some(Member(Arc::new(To { process, to })))
    }
}

#[diagnostic::do_not_recommend]
impl<M: 'static, N: From<M> + Send + 'static> Takes<M> for Process<N> {
    fn member(&self) -> Option<Member<M>> {
        let process = self.address().process()?;
        Some(Member(Arc::new(To { process, to: self.clone() })))
    }
}

#[diagnostic::do_not_recommend]
impl<M: 'static, N: From<M> + Send + 'static> Takes<M> for Alias<N> {
    fn member(&self) -> Option<Member<M>> {
        Some(Member(Arc::new(To { process: Arc::clone(self.process()), to: self.clone() })))
    }
}

#[diagnostic::do_not_recommend]
impl<M> Takes<M> for Member<M> {
    fn member(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// A member, with its type.
trait Post<M>: Send + Sync {
    fn post(&self, message: M);

    fn process(&self) -> &Arc<ProcessCell>;

    /// Which alias of the process it is; 0 for the process itself.
    fn alias(&self) -> u64 {
        0
    }
}

/// A process, and the way to it.
struct To<T> {
    process: Arc<ProcessCell>,
    to: T,
}

impl<S: Receives, M: InfoFor<S>> Post<M> for To<Client<S>> {
    fn post(&self, message: M) {
        self.to.send(message);
    }

    fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }
}

impl<M, N: From<M> + Send + 'static> Post<M> for To<Process<N>> {
    fn post(&self, message: M) {
        self.to.send(message.into());
    }

    fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }
}

impl<M, N: From<M> + Send + 'static> Post<M> for To<Alias<N>> {
    fn post(&self, message: M) {
        self.to.send(message.into());
    }

    fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }

    fn alias(&self) -> u64 {
        self.to.id()
    }
}
