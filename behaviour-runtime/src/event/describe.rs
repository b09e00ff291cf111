//! A handler that is to be added, and one that is to take another's place.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::edge::Failure;
use crate::process::cell::ProcessCell;
use crate::process::relations::unique;
use crate::process::{BoxFuture, ExitReason, IntoError, discard};

use super::context::HandlerContext;
use super::guard::{caught, finished};
use super::handler::EventHandler;
use super::id::HandlerId;
use super::member::{Installed, Member, Newcomer};

/// What `#[init]` may return: `Self`, or `Result<Self, E>`, whose error refuses to be added.
#[diagnostic::on_unimplemented(
    message = "an `#[init]` of `{H}` cannot return `{Self}`",
    label = "this does not make a `{H}`",
    note = "return `Self`, or `Result<Self, E>`, where `E` is an error"
)]
pub trait IntoHandler<H> {
    /// The handler, or why it refuses to be added.
    ///
    /// # Errors
    /// The error that `#[init]` returned.
    fn into_handler(self) -> Result<H, Failure>;
}

impl<H: EventHandler> IntoHandler<H> for H {
    fn into_handler(self) -> Result<H, Failure> {
        Ok(self)
    }
}

impl<H: EventHandler, E: IntoError> IntoHandler<H> for Result<H, E> {
    fn into_handler(self) -> Result<H, Failure> {
        self.map_err(|error| Failure(ExitReason::error(error)))
    }
}

/// How `#[init]` is run, in the manager's process.
type Init<H> = Box<dyn for<'a> FnOnce(&'a mut HandlerContext<H>) -> Made<'a, H> + Send>;

/// What `#[init]` gave: a handler, or that it has to wait.
enum Made<'a, H> {
    Now(Result<H, Failure>),
    Later(BoxFuture<'a, Result<H, Failure>>),
}

/// A handler that `Log::handler(..)` describes, with the arguments of its `#[init]`.
///
/// Nothing has happened yet: [`add_handler`](super::EventManagerClient::add_handler) and its kin take it to a manager,
/// where `#[init]` runs.
#[must_use = "a handler does nothing unless it is added to a manager"]
pub struct Handler<H: EventHandler> {
    id: Option<Arc<str>>,
    init: Init<H>,
}

impl<H: EventHandler> Handler<H> {
    /// Gives it an id, so that a manager may have several handlers of one type (OTP's `{Handler, Id}`).
    pub fn id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Describes a handler whose `#[init]` is a plain function.
    #[doc(hidden)]
    pub fn new<F>(init: F) -> Self
    where
        F: FnOnce(&mut HandlerContext<H>) -> Result<H, Failure> + Send + 'static,
    {
        Self { id: None, init: Box::new(move |cx| Made::Now(init(cx))) }
    }

    /// Describes a handler whose `#[init]` is async.
    #[doc(hidden)]
    pub fn future<F>(init: F) -> Self
    where
        F: for<'a> FnOnce(&'a mut HandlerContext<H>) -> BoxFuture<'a, Result<H, Failure>> + Send + 'static,
    {
        Self { id: None, init: Box::new(move |cx| Made::Later(init(cx))) }
    }

    /// What it will be called.
    pub(super) fn called(&self) -> HandlerId {
        called::<H>(self.id.as_ref())
    }

    /// Runs `#[init]`, as the manager.
    pub(super) async fn make(self, process: Arc<ProcessCell>) -> Result<Box<Installed<H>>, ExitReason> {
        let Self { id, init } = self;
        let mut cx = HandlerContext::new(&process, called::<H>(id.as_ref()), unique());
        drop(process);
        let made = match caught(|| init(&mut cx))? {
            Made::Now(made) => made,
            Made::Later(future) => finished(future).await?,
        };
        made.map(|handler| Box::new(Installed::new(handler, cx))).map_err(|Failure(reason)| reason)
    }
}

fn called<H: 'static>(id: Option<&Arc<str>>) -> HandlerId {
    let plain = HandlerId::of::<H>();
    id.map_or(plain.clone(), |id| plain.with(Arc::clone(id)))
}

impl<H: EventHandler> Newcomer<H::Event> for Handler<H> {
    fn make(
        self: Box<Self>,
        process: Arc<ProcessCell>,
    ) -> BoxFuture<'static, Result<Box<dyn Member<H::Event>>, ExitReason>> {
        Box::pin(async move { Ok((*self).make(process).await? as Box<dyn Member<H::Event>>) })
    }
}

impl<H: EventHandler> std::fmt::Debug for Handler<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A handler that `Log::successor(..)` describes: it takes another's place, and gets what that one's `#[terminate]`
/// leaves, a `T`, in its `#[init(swap)]`.
#[must_use = "a handler does nothing unless it is swapped in"]
pub struct Successor<H: EventHandler, T> {
    id: Option<Arc<str>>,
    init: Box<dyn FnOnce(Option<T>) -> Handler<H> + Send>,
    of: PhantomData<fn() -> H>,
}

impl<H: EventHandler, T: Send + 'static> Successor<H, T> {
    /// Gives it an id, as [`Handler::id`].
    pub fn id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Describes one by what it is once the other has left.
    #[doc(hidden)]
    pub fn new<F>(init: F) -> Self
    where
        F: FnOnce(Option<T>, &mut HandlerContext<H>) -> Result<H, Failure> + Send + 'static,
    {
        Self::from(move |left| Handler::new(move |cx| init(left, cx)))
    }

    /// The same, of an `#[init(swap)]` that is async.
    #[doc(hidden)]
    pub fn future<F>(init: F) -> Self
    where
        F: for<'a> FnOnce(Option<T>, &'a mut HandlerContext<H>) -> BoxFuture<'a, Result<H, Failure>> + Send + 'static,
    {
        Self::from(move |left| Handler::future(move |cx| init(left, cx)))
    }

    fn from(init: impl FnOnce(Option<T>) -> Handler<H> + Send + 'static) -> Self {
        Self { id: None, init: Box::new(init), of: PhantomData }
    }
}

impl<H: EventHandler, T> std::fmt::Debug for Successor<H, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Successor").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What can take the place of a handler that leaves a `T`: a [`Successor`] whose `#[init(swap)]` takes an `Option<T>`,
/// and any [`Handler`], which has no use for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take over from a handler that leaves a `{T}`",
    label = "this expects that something else is left to it",
    note = "the `#[terminate]` of the one that goes returns what the `#[init(swap)]` of the other takes, as an `Option`"
)]
pub trait Succeeds<T>: Describes {
    /// What it will be called.
    #[doc(hidden)]
    fn called(&self) -> HandlerId;

    /// Gives it what was left; none if there was no other handler, or if its `#[terminate]` panicked.
    #[doc(hidden)]
    fn with(self, left: Option<T>) -> Handler<Self::Handler>;
}

/// A description of a handler.
#[doc(hidden)]
pub trait Describes: Send + 'static {
    /// The handler.
    type Handler: EventHandler;
}

impl<H: EventHandler> Describes for Handler<H> {
    type Handler = H;
}

impl<H: EventHandler, T: Send + 'static> Describes for Successor<H, T> {
    type Handler = H;
}

impl<H: EventHandler, T: Send + 'static> Succeeds<T> for Handler<H> {
    fn called(&self) -> HandlerId {
        self.called()
    }

    fn with(self, left: Option<T>) -> Self {
        discard(left);
        self
    }
}

impl<H: EventHandler, T: Send + 'static> Succeeds<T> for Successor<H, T> {
    fn called(&self) -> HandlerId {
        called::<H>(self.id.as_ref())
    }

    fn with(self, left: Option<T>) -> Handler<H> {
        let mut handler = (self.init)(left);
        handler.id = self.id;
        handler
    }
}

/// What an `#[init(swap)]` takes first: what the other left.
#[diagnostic::on_unimplemented(
    message = "the first parameter of an `#[init(swap)]` is what the other handler left, as an `Option`, not `{Self}`",
    label = "this is no `Option`",
    note = "write `#[init(swap)] fn take_over(left: Option<T>, ..) -> Self`; it is `None` where there was no other handler"
)]
#[doc(hidden)]
pub trait IsHandover {
    /// What the other left.
    type Left: Send + 'static;

    /// Gives it.
    fn given(left: Option<Self::Left>) -> Self;
}

impl<T: Send + 'static> IsHandover for Option<T> {
    type Left = T;

    fn given(left: Self) -> Self {
        left
    }
}
