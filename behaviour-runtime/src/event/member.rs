//! One handler in the list, with its type and without.

use std::any::{Any, type_name};
use std::sync::Arc;

use crate::process::cell::ProcessCell;
use crate::process::{BoxFuture, ExitReason, Step, discard, report};

use super::context::{Asked, HandlerContext};
use super::guard::{caught, finished};
use super::handler::EventHandler;
use super::id::HandlerId;
use super::owner::Owner;
use super::removed::Removed;

/// A handler that a manager has.
pub(super) struct Installed<H: EventHandler> {
    handler: H,
    cx: HandlerContext<H>,
    owner: Option<Owner>,
    /// The callback that ran last, for reports.
    last: &'static str,
}

/// What a callback asked for.
pub(super) enum After<E> {
    /// Nothing.
    Stay,
    /// To be removed, for this.
    Go(Removed),
    /// To be swapped for the one of this name.
    Swap(HandlerId, GiveWay<E>),
}

/// Runs `#[terminate]` of a handler, and makes of what it leaves the one that takes its place.
pub(super) type GiveWay<E> = Box<dyn FnOnce(Box<dyn Member<E>>, Removed) -> BoxFuture<'static, Given<E>> + Send>;

/// The one that takes a handler's place, and how the `#[terminate]` of that handler failed.
pub(super) type Given<E> = (Box<dyn Newcomer<E>>, Option<ExitReason>);

/// A handler that a manager has, whatever its type.
pub(super) trait Member<E>: Any + Send {
    fn id(&self) -> &HandlerId;

    /// Which of this id it is.
    fn number(&self) -> u64;

    /// Whether its `#[event]` may wait.
    fn waits(&self) -> bool;

    fn owner(&mut self) -> &mut Option<Owner>;

    /// Calls `#[event]`.
    fn event<'a>(&'a mut self, event: &'a E) -> Step<'a>;

    /// Calls `#[event]`, which does not wait. True if there is more to be done: it asked for something, or failed.
    fn event_now(&mut self, event: &E) -> bool;

    /// Calls the `#[info]` for what is shown, if there is one.
    fn inform(&mut self, shown: &mut dyn Any) -> Option<Step<'_>>;

    /// A callback failed.
    fn fail(&mut self, reason: ExitReason);

    /// What the last callback asked for.
    fn after(&mut self) -> After<E>;

    /// Its state, and the callback that ran last, for reports.
    fn describe(&self) -> (String, &'static str);

    /// Runs `#[terminate]`.
    fn end(self: Box<Self>, reason: Removed) -> BoxFuture<'static, Result<(), ExitReason>>;
}

/// A handler that comes, whatever its type.
pub(super) trait Newcomer<E>: Send {
    /// Runs `#[init]`, as the manager.
    fn make(self: Box<Self>, process: Arc<ProcessCell>) -> BoxFuture<'static, Result<Box<dyn Member<E>>, ExitReason>>;
}

impl<H: EventHandler> Installed<H> {
    pub(super) fn new(handler: H, cx: HandlerContext<H>) -> Self {
        Self { handler, cx, owner: None, last: "init" }
    }

    /// Calls the callback of a message.
    pub(super) fn handle(&mut self, message: H::Message) -> Step<'_> {
        self.last = H::message_name(&message);
        self.handler.handle(message, &mut self.cx)
    }

    pub(super) fn state(&self) -> &H {
        &self.handler
    }

    pub(super) fn state_mut(&mut self) -> &mut H {
        &mut self.handler
    }

    pub(super) fn has_asked(&self) -> bool {
        self.cx.has_asked()
    }

    /// Runs `#[terminate]`, and gives what it leaves.
    pub(super) async fn finish(self: Box<Self>, reason: Removed) -> Result<H::Left, ExitReason> {
        let Self { handler, mut cx, .. } = *self;
        let ending = caught(|| handler.terminate(reason, &mut cx))?;
        finished(ending).await
    }
}

impl<H: EventHandler> Member<H::Event> for Installed<H> {
    fn id(&self) -> &HandlerId {
        self.cx.id()
    }

    fn number(&self) -> u64 {
        self.cx.number()
    }

    fn waits(&self) -> bool {
        H::EVENTS_WAIT
    }

    fn owner(&mut self) -> &mut Option<Owner> {
        &mut self.owner
    }

    fn event<'a>(&'a mut self, event: &'a H::Event) -> Step<'a> {
        self.last = "event";
        self.handler.event(event, &mut self.cx)
    }

    fn event_now(&mut self, event: &H::Event) -> bool {
        if let Err(reason) = caught(|| drop(Member::event(self, event))) {
            self.fail(reason);
        }
        self.has_asked()
    }

    fn inform(&mut self, shown: &mut dyn Any) -> Option<Step<'_>> {
        Some(self.handle(H::inform(shown)?))
    }

    fn fail(&mut self, reason: ExitReason) {
        self.cx.fail(reason);
    }

    fn after(&mut self) -> After<H::Event> {
        match self.cx.take_asked() {
            None => After::Stay,
            Some(Asked::Fail(reason)) => After::Go(Removed::Failed(reason)),
            Some(Asked::Remove) => After::Go(Removed::Itself),
            Some(Asked::Swap(id, swap)) => {
                let give_way: GiveWay<H::Event> = Box::new(move |member, reason| {
                    Box::pin(async move {
                        match typed::<H>(member).finish(reason).await {
                            Ok(left) => (swap(Some(left)), None),
                            Err(failure) => (swap(None), Some(failure)),
                        }
                    })
                });
                After::Swap(id, give_way)
            }
        }
    }

    fn describe(&self) -> (String, &'static str) {
        let handler = &self.handler;
        (report::state(type_name::<H>(), &|| handler.format_status(), &|f| handler.report(f)), self.last)
    }

    fn end(self: Box<Self>, reason: Removed) -> BoxFuture<'static, Result<(), ExitReason>> {
        Box::pin(async move { self.finish(reason).await.map(discard) })
    }
}

/// The handler with its type, which its id tells.
pub(super) fn typed<H: EventHandler>(member: Box<dyn Member<H::Event>>) -> Box<Installed<H>> {
    let member: Box<dyn Any> = member;
    member.downcast().expect("the id of a handler tells its type")
}

/// The same, where it stands.
pub(super) fn typed_mut<H: EventHandler>(member: &mut dyn Member<H::Event>) -> &mut Installed<H> {
    let member: &mut dyn Any = member;
    member.downcast_mut().expect("the id of a handler tells its type")
}
