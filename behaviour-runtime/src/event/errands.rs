//! What is asked of a manager beside events, and what is sent to one handler: each brings along how it is run.

use std::any::type_name;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::edge::{Context, InfoFor, Message};
use crate::process::{BoxFuture, ExitReason, Step, discard};

use super::describe::{Handler, Succeeds};
use super::error::HandlerError;
use super::guard::{caught, stepped};
use super::handler::{Event, EventHandler, HandlerOf};
use super::id::HandlerId;
use super::info::InfoForHandler;
use super::letter::{Errand, Letter};
use super::list::Handlers;
use super::manager::EventManager;
use super::member::{Member, typed};
use super::owner::Owner;
use super::removed::Removed;
use super::report;

/// A call of a handler.
pub(super) struct Ask<H: EventHandler, T> {
    id: HandlerId,
    message: H::Message,
    answers: PhantomData<fn() -> T>,
}

impl<H: EventHandler, T> Ask<H, T> {
    pub(super) fn new(id: HandlerId, message: H::Message) -> Self {
        Self { id, message, answers: PhantomData }
    }
}

impl<H: EventHandler, T: Message> Errand<H::Event> for Ask<H, T> {
    fn name(&self) -> &'static str {
        H::message_name(&self.message)
    }

    fn run<'a>(
        self: Box<Self>,
        handlers: &'a mut Handlers<H::Event>,
        cx: &'a mut Context<EventManager<H::Event>>,
    ) -> Step<'a> {
        let Self { id, message, .. } = *self;
        let Some(at) = handlers.find(&id) else {
            discard(message);
            cx.reply(Err::<T, _>(HandlerError::NoHandler));
            return None;
        };
        run_message::<H>(handlers, at, message, move |failed| cx.reply(Err::<T, _>(failed)))
    }
}

/// Calls the callback of a message; one that fails has given no reply, and is told so by `failed`.
fn run_message<'a, H: EventHandler>(
    handlers: &'a mut Handlers<H::Event>,
    at: usize,
    message: H::Message,
    failed: impl FnOnce(HandlerError) + Send + 'a,
) -> Step<'a> {
    let mut message = Some(message);
    let mut done = Ok(());
    if !H::MESSAGES_WAIT {
        let handler = handlers.typed::<H>(at);
        // No step is left where no callback waits.
        done = caught(|| drop(message.take().map(|message| handler.handle(message))));
        if done.is_ok() && !handler.has_asked() {
            return None;
        }
    }
    Some(Box::pin(async move {
        if let Some(message) = message {
            let handler = handlers.typed::<H>(at);
            done = stepped(caught(move || handler.handle(message))).await;
        }
        let failure = done.clone().err();
        handlers.settle(at, done).await;
        if let Some(reason) = failure {
            failed(HandlerError::Failed(reason));
        }
    }))
}

/// A message for one handler, which its `#[info]` takes.
pub(super) struct Told<H: EventHandler> {
    id: HandlerId,
    /// Which of this id it is for, if not any.
    number: Option<u64>,
    message: H::Message,
}

impl<H: EventHandler> Told<H> {
    pub(super) fn new(id: HandlerId, number: Option<u64>, message: H::Message) -> Self {
        Self { id, number, message }
    }
}

impl<H: EventHandler> Errand<H::Event> for Told<H> {
    fn name(&self) -> &'static str {
        H::message_name(&self.message)
    }

    fn run<'a>(
        self: Box<Self>,
        handlers: &'a mut Handlers<H::Event>,
        _: &'a mut Context<EventManager<H::Event>>,
    ) -> Step<'a> {
        let Self { id, number, message } = *self;
        let found = handlers.find(&id).filter(|at| number.is_none_or(|number| handlers.at(*at).number() == number));
        let Some(at) = found else {
            report::undelivered(handlers.process(), &id, H::message_name(&message));
            discard(message);
            return None;
        };
        run_message::<H>(handlers, at, message, |_| ())
    }
}

#[diagnostic::do_not_recommend]
impl<H: EventHandler> InfoFor<EventManager<H::Event>> for Told<H> {
    fn into_message(self) -> Letter<H::Event> {
        Letter::Errand(Box::new(self))
    }
}

/// A message for one handler, again and again.
pub(super) struct Tick<H, M> {
    id: HandlerId,
    number: u64,
    message: M,
    of: PhantomData<fn() -> H>,
}

impl<H, M> Tick<H, M> {
    pub(super) fn new(id: HandlerId, number: u64, message: M) -> Self {
        Self { id, number, message, of: PhantomData }
    }
}

impl<H, M: Clone> Clone for Tick<H, M> {
    fn clone(&self) -> Self {
        Self::new(self.id.clone(), self.number, self.message.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<H: EventHandler, M: InfoForHandler<H>> InfoFor<EventManager<H::Event>> for Tick<H, M> {
    fn into_message(self) -> Letter<H::Event> {
        Told::<H>::new(self.id, Some(self.number), self.message.into_message()).into_message()
    }
}

/// A message for all handlers that have an `#[info]` for it.
pub(super) struct Broadcast<M>(pub(super) M);

impl<E: Event, M: Clone + Send + 'static> Errand<E> for Broadcast<M> {
    fn name(&self) -> &'static str {
        type_name::<M>()
    }

    fn run<'a>(self: Box<Self>, handlers: &'a mut Handlers<E>, _: &'a mut Context<EventManager<E>>) -> Step<'a> {
        Some(Box::pin(handlers.inform(self.0, true)))
    }
}

/// Which handlers there are.
pub(super) struct Which;

impl<E: Event> Errand<E> for Which {
    fn name(&self) -> &'static str {
        "which_handlers"
    }

    fn run<'a>(self: Box<Self>, handlers: &'a mut Handlers<E>, cx: &'a mut Context<EventManager<E>>) -> Step<'a> {
        cx.reply(handlers.iter().map(|member| member.id().clone()).collect::<Vec<_>>());
        None
    }
}

/// A handler that comes.
pub(super) struct Add<H: EventHandler> {
    pub(super) handler: Handler<H>,
    pub(super) owner: Option<Owner>,
}

impl<E: Event, H: HandlerOf<E>> Errand<E> for Add<H> {
    fn name(&self) -> &'static str {
        "add_handler"
    }

    fn run<'a>(self: Box<Self>, handlers: &'a mut Handlers<E>, cx: &'a mut Context<EventManager<E>>) -> Step<'a> {
        Some(Box::pin(async move {
            let Self { handler, owner } = *self;
            let added = if handlers.find(&handler.called()).is_some() {
                discard(handler);
                Err(HandlerError::AlreadyThere)
            } else {
                add(handlers, handler, owner).await.map_err(HandlerError::Refused)
            };
            cx.reply(added);
        }))
    }
}

/// Makes a handler, and puts it first.
async fn add<E: Event, H: HandlerOf<E>>(
    handlers: &mut Handlers<E>,
    handler: Handler<H>,
    owner: Option<Owner>,
) -> Result<(), ExitReason> {
    let id = handler.called();
    match handler.make(Arc::clone(handlers.process())).await {
        Ok(member) => {
            handlers.put(0, member, owner);
            // An `#[init]` may have asked for something.
            handlers.settle(0, Ok(())).await;
            Ok(())
        }
        Err(reason) => {
            report::not_added(handlers.process(), &id, &reason);
            Err(reason)
        }
    }
}

/// A handler that goes.
pub(super) struct Delete<H> {
    id: HandlerId,
    of: PhantomData<fn() -> H>,
}

impl<H> Delete<H> {
    pub(super) fn new(id: HandlerId) -> Self {
        Self { id, of: PhantomData }
    }
}

impl<E: Event, H: HandlerOf<E>> Errand<E> for Delete<H> {
    fn name(&self) -> &'static str {
        "delete_handler"
    }

    fn run<'a>(self: Box<Self>, handlers: &'a mut Handlers<E>, cx: &'a mut Context<EventManager<E>>) -> Step<'a> {
        let Some(at) = handlers.find(&self.id) else {
            cx.reply(Err::<H::Left, _>(HandlerError::NoHandler));
            return None;
        };
        Some(Box::pin(async move {
            let left = handlers.dismiss(at, Removed::Deleted, finish::<E, H>).await;
            cx.reply(left.map_err(HandlerError::Failed));
        }))
    }
}

fn finish<E, H: HandlerOf<E>>(
    member: Box<dyn Member<E>>,
    reason: Removed,
) -> BoxFuture<'static, Result<H::Left, ExitReason>> {
    Box::pin(typed::<H>(member).finish(reason))
}

/// A handler that takes another's place.
pub(super) struct Swap<H, New> {
    old: HandlerId,
    new: New,
    owner: Option<Owner>,
    of: PhantomData<fn() -> H>,
}

impl<H, New> Swap<H, New> {
    pub(super) fn new(old: HandlerId, new: New, owner: Option<Owner>) -> Self {
        Self { old, new, owner, of: PhantomData }
    }
}

impl<E, H, New> Errand<E> for Swap<H, New>
where
    E: Event,
    H: HandlerOf<E>,
    New: Succeeds<H::Left>,
    New::Handler: HandlerOf<E>,
{
    fn name(&self) -> &'static str {
        "swap_handler"
    }

    fn run<'a>(self: Box<Self>, handlers: &'a mut Handlers<E>, cx: &'a mut Context<EventManager<E>>) -> Step<'a> {
        Some(Box::pin(async move {
            let Self { old, new, owner, .. } = *self;
            let (at, called) = (handlers.find(&old), new.called());
            if handlers.find(&called).is_some_and(|there| Some(there) != at) {
                discard(new);
                cx.reply(Err::<(), _>(HandlerError::AlreadyThere));
                return;
            }
            let (mut before, mut left) = (None, None);
            if let Some(at) = at {
                before = handlers.at(at).owner().take();
                let swapped = Removed::Swapped(called.clone());
                left = handlers.dismiss(at, swapped.clone(), finish::<E, H>).await.ok();
                if let Some(before) = &before {
                    handlers.tell_owner(before, old, swapped);
                }
            }
            // The owner stays the same, if nobody else becomes it.
            let stays = owner.is_none();
            let owner = owner.or_else(|| before.clone());
            let added = add(handlers, new.with(left), owner).await;
            if let Some(before) = before {
                if let Err(reason) = &added
                    && stays
                {
                    handlers.tell_owner(&before, called, Removed::Failed(reason.clone()));
                }
                handlers.release(before.pid());
            }
            cx.reply(added.map_err(HandlerError::Refused));
        }))
    }
}
