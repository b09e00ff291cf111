//! The handlers of a manager, newest first: showing them something, and letting them go.
//!
//! The common round costs no allocation: as long as no `#[event]` waits and no handler asks for anything, the handlers
//! are called one after the other, where the event lies. All else goes on in a future.

use std::any::{Any, type_name};
use std::sync::Arc;

use crate::process::cell::ProcessCell;
use crate::process::sys::HandlerStatus;
use crate::process::{BoxFuture, ExitReason, Pid, discard, is_alive};

use super::guard::{caught, stepped};
use super::handler::{Event, EventHandler};
use super::id::HandlerId;
use super::member::{After, Given, Installed, Member, typed_mut};
use super::owner::Owner;
use super::removed::{HandlerExit, Removed};
use super::report;

/// The handlers of a manager.
#[doc(hidden)]
pub struct Handlers<E> {
    process: Arc<ProcessCell>,
    list: Vec<Box<dyn Member<E>>>,
    /// How many of them may wait in `#[event]`.
    waiting: usize,
    /// Processes that the manager is linked to for no other reason than that they own handlers.
    linked: Vec<Pid>,
}

impl<E> std::fmt::Debug for Handlers<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

impl<E: Event> Handlers<E> {
    pub(super) fn new(process: &Arc<ProcessCell>) -> Self {
        Self { process: Arc::clone(process), list: Vec::new(), waiting: 0, linked: Vec::new() }
    }

    pub(super) fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn Member<E>> {
        self.list.iter().map(|member| &**member)
    }

    /// Where the handler of this name stands.
    pub(super) fn find(&self, id: &HandlerId) -> Option<usize> {
        self.list.iter().position(|member| member.id() == id)
    }

    /// The handler that stands there, with its type.
    pub(super) fn typed<H: EventHandler<Event = E>>(&mut self, at: usize) -> &mut Installed<H> {
        typed_mut(&mut *self.list[at])
    }

    /// The state of the handler of this name, which tells its type.
    pub(super) fn state<H: EventHandler<Event = E>>(&self, id: &HandlerId) -> Option<&H> {
        let member: &dyn Any = &*self.list[self.find(id)?];
        member.downcast_ref().map(Installed::<H>::state)
    }

    /// The same, to be changed.
    pub(super) fn state_mut<H: EventHandler<Event = E>>(&mut self, id: &HandlerId) -> Option<&mut H> {
        let at = self.find(id)?;
        Some(self.typed::<H>(at).state_mut())
    }

    /// The states of all handlers of this type.
    pub(super) fn typed_all<H: EventHandler<Event = E>>(&mut self) -> impl Iterator<Item = &mut H> {
        let typed = self.list.iter_mut().filter(|member| member.id().is::<H>());
        typed.map(|member| typed_mut::<H>(&mut **member).state_mut())
    }

    /// What is to be seen of each.
    pub(super) fn statuses(&mut self) -> Vec<HandlerStatus> {
        let status = |member: &mut Box<dyn Member<E>>| HandlerStatus {
            handler: member.id().type_name(),
            id: member.id().id().map(Arc::from),
            state: member.describe().0,
            owner: member.owner().as_ref().map(Owner::pid),
        };
        self.list.iter_mut().map(status).collect()
    }

    pub(super) fn at(&mut self, at: usize) -> &mut dyn Member<E> {
        &mut *self.list[at]
    }

    /// Whether some `#[event]` may wait.
    pub(super) fn may_wait(&self) -> bool {
        self.waiting > 0
    }

    /// Shows an event to all in turn, until one has more to be done: where that one stands. None if none has.
    #[inline]
    pub(super) fn tell_now(&mut self, event: &E) -> Option<usize> {
        self.list.iter_mut().position(|member| member.event_now(event))
    }

    /// Shows an event to all from this one on.
    pub(super) async fn tell(&mut self, event: &E, mut at: usize) {
        while let Some(member) = self.list.get_mut(at) {
            let called = &mut **member;
            let done = stepped(caught(move || called.event(event))).await;
            at = self.settle(at, done).await;
        }
    }

    /// Shows a message to all: each that has an `#[info]` for it gets one of its own.
    pub(super) async fn inform<M: Clone + Send + 'static>(&mut self, message: M, warn: bool) {
        let mut at = 0;
        while at < self.list.len() {
            let copy = caught(|| message.clone());
            let mut shown: Option<M> = match copy {
                Ok(copy) => Some(copy),
                Err(reason) => {
                    report::not_cloned(&self.process, type_name::<M>(), &reason);
                    break;
                }
            };
            let called = self.at(at);
            let done = if let Some(step) = caught(|| called.inform(&mut shown)).transpose() {
                // It was taken out.
                drop(shown);
                Some(stepped(step).await)
            } else {
                discard(shown);
                None
            };
            if let Some(done) = done {
                at = self.settle(at, done).await;
            } else {
                if warn {
                    report::unhandled(&self.process, self.list[at].id(), type_name::<M>());
                }
                at += 1;
            }
        }
        discard(message);
    }

    /// Does what the callback of this one left to be done. Where the next one stands.
    pub(super) async fn settle(&mut self, at: usize, done: Result<(), ExitReason>) -> usize {
        if let Err(reason) = done {
            self.list[at].fail(reason);
        }
        loop {
            match self.list[at].after() {
                After::Stay => return at + 1,
                After::Go(reason) => {
                    // A failure of `#[terminate]` was reported, and nobody else waits for it.
                    let _ = self.dismiss(at, reason, Member::end).await;
                    return at;
                }
                After::Swap(id, give_way) => {
                    let mut member = self.take(at);
                    let old = member.id().clone();
                    let owner = member.owner().take();
                    let (newcomer, failure): Given<E> = give_way(member, Removed::Swapped(id.clone())).await;
                    if let Some(reason) = failure {
                        report::failed_to_end(&self.process, &old, &reason);
                    }
                    if let Some(owner) = &owner {
                        self.tell_owner(owner, old, Removed::Swapped(id.clone()));
                    }
                    let made = if self.find(&id).is_some() {
                        discard(newcomer);
                        Err(ExitReason::error("the manager has a handler of this name already"))
                    } else {
                        newcomer.make(Arc::clone(&self.process)).await
                    };
                    match made {
                        Ok(member) => self.put(at, member, owner),
                        Err(reason) => {
                            report::not_added(&self.process, &id, &reason);
                            if let Some(owner) = owner {
                                self.tell_owner(&owner, id, Removed::Failed(reason));
                                self.release(owner.pid());
                            }
                            return at;
                        }
                    }
                }
            }
        }
    }

    /// Takes a handler in.
    pub(super) fn put(&mut self, at: usize, mut member: Box<dyn Member<E>>, owner: Option<Owner>) {
        if let Some(owner) = &owner {
            self.link(owner.pid());
        }
        *member.owner() = owner;
        self.waiting += usize::from(member.waits());
        self.list.insert(at, member);
    }

    /// Takes a handler out.
    pub(super) fn take(&mut self, at: usize) -> Box<dyn Member<E>> {
        let member = self.list.remove(at);
        self.waiting -= usize::from(member.waits());
        member
    }

    /// Removes a handler: `end` runs its `#[terminate]`; its failure and its owner hear of it.
    pub(super) async fn dismiss<T>(
        &mut self,
        at: usize,
        reason: Removed,
        end: impl FnOnce(Box<dyn Member<E>>, Removed) -> BoxFuture<'static, Result<T, ExitReason>>,
    ) -> Result<T, ExitReason> {
        let mut member = self.take(at);
        let id = member.id().clone();
        if let Removed::Failed(failure) = &reason {
            report::failed(&self.process, &*member, failure);
        }
        let owner = member.owner().take();
        let ended = end(member, reason.clone()).await;
        if let Err(failure) = &ended {
            report::failed_to_end(&self.process, &id, failure);
        }
        if let Some(owner) = owner {
            self.tell_owner(&owner, id, reason);
            self.release(owner.pid());
        }
        ended
    }

    /// Removes all handlers that this process owns, for its exit came. True if there were some.
    pub(super) async fn bereave(&mut self, owner: Pid, reason: &ExitReason) -> bool {
        let (mut at, mut any) = (0, false);
        // It may have sent a signal and live on.
        let is_gone = !is_alive(owner);
        if is_gone {
            self.linked.retain(|linked| *linked != owner);
        }
        while let Some(member) = self.list.get_mut(at) {
            if member.owner().as_ref().is_some_and(|known| known.pid() == owner) {
                any = true;
                if is_gone {
                    // It is told no more.
                    *member.owner() = None;
                }
                let _ = self.dismiss(at, Removed::OwnerEnded(reason.clone()), Member::end).await;
            } else {
                at += 1;
            }
        }
        any
    }

    /// Removes all, newest first, for the manager ends.
    pub(super) async fn dismiss_all(&mut self, reason: ExitReason) {
        while !self.list.is_empty() {
            let _ = self.dismiss(0, Removed::Stopped(reason.clone()), Member::end).await;
        }
    }

    /// The end of the owner shall arrive here. A link that is there already, such as one to the parent, is left as it is.
    fn link(&mut self, owner: Pid) {
        if !self.process.links().contains(&owner) {
            self.process.link(owner);
            self.linked.push(owner);
        }
    }

    /// Unlinks from an owner that owns nothing here any more.
    pub(super) fn release(&mut self, owner: Pid) {
        let owns = |member: &mut Box<dyn Member<E>>| member.owner().as_ref().is_some_and(|known| known.pid() == owner);
        if !self.list.iter_mut().any(owns)
            && let Some(index) = self.linked.iter().position(|linked| *linked == owner)
        {
            self.linked.swap_remove(index);
            self.process.unlink(owner);
        }
    }

    /// Tells the owner that its handler is gone.
    pub(super) fn tell_owner(&self, owner: &Owner, handler: HandlerId, reason: Removed) {
        let exit = HandlerExit { handler, manager: self.process.pid(), reason };
        // What makes a message of it is the user's.
        if let Err(reason) = caught(|| owner.tell(exit)) {
            report::owner_panicked(&self.process, &reason);
        }
    }
}

/// A manager that is killed drops its handlers one by one: what one does in its destructor is no other's concern.
impl<E> Drop for Handlers<E> {
    fn drop(&mut self) {
        for member in self.list.drain(..) {
            discard(member);
        }
    }
}
