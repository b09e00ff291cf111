//! What can be asked of a running manager.

use std::sync::Arc;

use crate::edge::{Call, Client, client_face};
use crate::process::BoxFuture;

use super::call::HandlerCall;
use super::describe::{Handler, Succeeds};
use super::errands::{Add, Broadcast, Delete, Swap, Which};
use super::error::HandlerError;
use super::handle::HandlerClient;
use super::handler::{Event, EventHandler, HandlerOf};
use super::id::HandlerId;
use super::letter::{Errand, Letter};
use super::manager::EventManager;
use super::owner::{HandlerOwner, Owner};

/// A client of a running [`EventManager`].
///
/// It is cheap to clone. What every client has (`pid`, `stop`, `monitor`, `link`, ..) it has by `Deref`. As in OTP, no time
/// limits what adds, removes and swaps handlers: put `tokio::time::timeout` around where a limit is wanted. Who gives up
/// waiting does not take back what was asked: the manager carries it out when it comes to it, and
/// [`handler`](Self::handler), which makes a client of a handler by its type, reaches one that was added so.
pub struct EventManagerClient<E>(Client<EventManager<E>>);

client_face!(EventManagerClient, EventManager);

impl<E: Event> EventManagerClient<E> {
    /// Shows an event to all handlers (`notify/2`). Never waits, never fails: an event for a manager that has ended is
    /// dropped and logged.
    #[inline]
    pub fn notify(&self, event: E) {
        self.cast(Letter::Notify(event));
    }

    /// Shows an event to all handlers, and waits until all have handled it (`sync_notify/2`).
    ///
    /// # Errors
    /// A [`CallError`](crate::process::CallError).
    #[inline]
    pub fn sync_notify(&self, event: E) -> Call<()> {
        Call::new(&self.0, Letter::SyncNotify(event)).forever()
    }

    /// Sends a message to every handler that has an `#[info]` for it (`Manager ! Message`). Each gets one of its own; one
    /// that has none for it is logged as a warning, and stays. Never waits, never fails.
    pub fn send<M: Clone + Send + 'static>(&self, message: M) {
        self.cast(Letter::Errand(Box::new(Broadcast(message))));
    }

    /// Adds a handler, in front of the others (`add_handler/3`). Its `#[init]` runs in the manager's process.
    ///
    /// # Errors
    /// [`HandlerError::Refused`] if `#[init]` returns an error or panics, [`HandlerError::AlreadyThere`] if there is a
    /// handler of this type and this id, which OTP would let pass, [`HandlerError::Manager`] if the manager does not
    /// answer.
    // No `async fn`: its future would bear the type of the handler, and tell a wrong one three times.
    #[must_use = "a handler is added when this is awaited"]
    pub fn add_handler<H: HandlerOf<E>>(
        &self,
        handler: Handler<H>,
    ) -> BoxFuture<'static, Result<H::Client, HandlerError>> {
        self.add(handler, None)
    }

    /// Adds a handler that a process owns (`add_sup_handler/3`): when the owner ends, the handler is removed, and when
    /// the handler goes otherwise, the owner gets a [`HandlerExit`](super::HandlerExit).
    ///
    /// The owner, as a rule the caller, is a client of a server with an `#[info]` for that message (`cx.client()`), or a
    /// plain process whose messages can be made from it. It is linked to the manager as long as it owns a handler there;
    /// a manager that stops in order unlinks from it first. Of a client that follows a child through its restarts, the
    /// present process is the owner: the next one adds its handlers again, as a rule in its `#[init]`.
    ///
    /// ```
    /// use behaviour::event::{HandlerExit, HandlerError};
    /// use behaviour::prelude::*;
    /// # pub struct Alarm;
    /// # #[gen_event(Alarm)]
    /// # pub struct Log;
    /// # #[gen_event(Alarm)]
    /// # impl Log {
    /// #     #[init]
    /// #     fn init() -> Self {
    /// #         Self
    /// #     }
    /// #     #[event]
    /// #     fn event(&mut self, _: &Alarm) {}
    /// # }
    ///
    /// /// Sees to it that there is a log.
    /// #[gen_server]
    /// pub struct Keeper {
    ///     alarms: EventManagerClient<Alarm>,
    /// }
    ///
    /// #[gen_server]
    /// impl Keeper {
    ///     #[init]
    ///     async fn init(cx: &mut Context<Self>, alarms: EventManagerClient<Alarm>) -> Result<Self, HandlerError> {
    ///         alarms.add_sup_handler(Log::handler(), cx.client()).await?;
    ///         Ok(Self { alarms })
    ///     }
    ///
    ///     #[info]
    ///     async fn log_gone(&mut self, cx: &mut Context<Self>, _: HandlerExit) -> Result<(), HandlerError> {
    ///         self.alarms.add_sup_handler(Log::handler(), cx.client()).await?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`add_handler`](Self::add_handler).
    #[must_use = "a handler is added when this is awaited"]
    pub fn add_sup_handler<H: HandlerOf<E>>(
        &self,
        handler: Handler<H>,
        owner: impl HandlerOwner,
    ) -> BoxFuture<'static, Result<H::Client, HandlerError>> {
        self.add(handler, Some(owner.owner()))
    }

    fn add<H: HandlerOf<E>>(
        &self,
        handler: Handler<H>,
        owner: Option<Owner>,
    ) -> BoxFuture<'static, Result<H::Client, HandlerError>> {
        let client = HandlerClient::new(self.clone(), handler.called());
        let added = self.ask::<()>(Add { handler, owner });
        Box::pin(async move {
            added.await?;
            Ok(client.into())
        })
    }

    /// Removes a handler (`delete_handler/3`), and gives what its `#[terminate]` returns.
    ///
    /// # Errors
    /// [`HandlerError::NoHandler`] if there is no such handler, [`HandlerError::Failed`] if its `#[terminate]` panicked
    /// (it is gone all the same), [`HandlerError::Manager`] if the manager does not answer.
    pub fn delete_handler<H: HandlerOf<E>>(&self, handler: &HandlerClient<H>) -> HandlerCall<H::Left> {
        self.ask(Delete::<H>::new(handler.id().clone()))
    }

    /// Puts a handler in another's place (`swap_handler/3`): the `#[terminate]` of the old one runs, and what it returns
    /// goes to the `#[init(swap)]` of the new one, which stands in front of the others. The owner stays the same.
    ///
    /// If the old one is not there, the new one is added all the same, and its `#[init(swap)]` gets `None`.
    ///
    /// # Errors
    /// As [`add_handler`](Self::add_handler). The old handler is gone then, too, unless the new one is
    /// [`AlreadyThere`](HandlerError::AlreadyThere).
    #[must_use = "a handler is swapped when this is awaited"]
    pub fn swap_handler<H, New>(
        &self,
        old: &HandlerClient<H>,
        new: New,
    ) -> BoxFuture<'static, Result<<New::Handler as EventHandler>::Client, HandlerError>>
    where
        H: HandlerOf<E>,
        New: Succeeds<H::Left>,
        New::Handler: HandlerOf<E>,
    {
        self.swap(old, new, None)
    }

    /// The same, with an owner for the new handler (`swap_sup_handler/3`); see [`add_sup_handler`](Self::add_sup_handler).
    ///
    /// # Errors
    /// As [`swap_handler`](Self::swap_handler).
    #[must_use = "a handler is swapped when this is awaited"]
    pub fn swap_sup_handler<H, New>(
        &self,
        old: &HandlerClient<H>,
        new: New,
        owner: impl HandlerOwner,
    ) -> BoxFuture<'static, Result<<New::Handler as EventHandler>::Client, HandlerError>>
    where
        H: HandlerOf<E>,
        New: Succeeds<H::Left>,
        New::Handler: HandlerOf<E>,
    {
        self.swap(old, new, Some(owner.owner()))
    }

    fn swap<H, New>(
        &self,
        old: &HandlerClient<H>,
        new: New,
        owner: Option<Owner>,
    ) -> BoxFuture<'static, Result<<New::Handler as EventHandler>::Client, HandlerError>>
    where
        H: HandlerOf<E>,
        New: Succeeds<H::Left>,
        New::Handler: HandlerOf<E>,
    {
        let client = HandlerClient::new(self.clone(), new.called());
        let swapped = self.ask::<()>(Swap::<H, New>::new(old.id().clone(), new, owner));
        Box::pin(async move {
            swapped.await?;
            Ok(client.into())
        })
    }

    /// The handlers, newest first (`which_handlers/1`).
    ///
    /// # Errors
    /// A [`CallError`](crate::process::CallError).
    pub fn which_handlers(&self) -> Call<Vec<HandlerId>> {
        Call::new(&self.0, Letter::Errand(Box::new(Which))).forever()
    }

    /// A client of the handler of this type that has no id, whether it is there or not.
    #[must_use]
    pub fn handler<H: HandlerOf<E>>(&self) -> H::Client {
        HandlerClient::new(self.clone(), HandlerId::of::<H>()).into()
    }

    /// A client of the handler of this type that has this id, whether it is there or not.
    #[must_use]
    pub fn handler_with_id<H: HandlerOf<E>>(&self, id: impl Into<Arc<str>>) -> H::Client {
        HandlerClient::new(self.clone(), HandlerId::of::<H>().with(id)).into()
    }

    fn ask<T: Send + 'static>(&self, errand: impl Errand<E> + 'static) -> HandlerCall<T> {
        HandlerCall::from_call(Call::new(&self.0, Letter::Errand(Box::new(errand)))).forever()
    }
}
