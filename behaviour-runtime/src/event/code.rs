//! New code for the handlers of a running manager (`code_change`): what their `#[code_change]` makes of each.

use std::fmt;

use crate::edge::{ByCallback, Change, Failure, NewCode};

use super::handler::{Event, EventHandler, HandlerOf};
use super::manager::EventManager;

/// What the `#[code_change]` of a handler does to all handlers of its type: made by the `upgrade` that the macro writes,
/// carried out by [`Sys::change_code`](crate::sys::Sys::change_code) of their manager, which is suspended.
///
/// ```
/// use behaviour::prelude::*;
///
/// /// Counts numbers that are large.
/// #[gen_event(u32)]
/// pub struct Large {
///     from: u32,
///     seen: u64,
/// }
///
/// #[gen_event(u32)]
/// impl Large {
///     #[init]
///     fn init(from: u32) -> Self {
///         Self { from, seen: 0 }
///     }
///
///     #[event]
///     fn event(&mut self, number: &u32) {
///         self.seen += u64::from(*number >= self.from);
///     }
///
///     /// How many there were.
///     #[call]
///     pub fn seen(&self) -> u64 {
///         self.seen
///     }
///
///     /// What is large from now on.
///     #[code_change]
///     fn code_change(&mut self, from: u32) {
///         self.from = from;
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let numbers = EventManager::<u32>::start().await?;
/// let large = numbers.add_handler(Large::handler(100)).await?;
/// numbers.notify(50);
///
/// let sys = numbers.sys();
/// sys.suspend().await?;
/// sys.change_code(Large::upgrade(10)).await?;
/// sys.resume().await?;
///
/// numbers.notify(50);
/// assert_eq!(large.seen().await?, 1);
/// # Ok(())
/// # }
/// ```
///
/// - The handlers of this type are changed in turn, the newest first; others are left alone. Each is given clones of what
///   `upgrade` took. It is no error if there is none.
/// - The first that returns an error, or panics, ends the change: that is the
///   [`SysError::CodeChange`](crate::sys::SysError) of the request. It is not removed, and keeps what it had changed until
///   then; those before it are changed, those after it are not.
#[must_use = "nothing is changed until it is given to `sys().change_code(..)` of the manager"]
pub struct HandlerUpgrade<H> {
    change: Work<H>,
}

type Work<H> = Box<dyn FnMut(&mut H) -> Result<(), Failure> + Send>;

impl<H: EventHandler> HandlerUpgrade<H> {
    /// Describes what is done to each.
    #[doc(hidden)]
    pub fn new(change: impl FnMut(&mut H) -> Result<(), Failure> + Send + 'static) -> Self {
        Self { change: Box::new(change) }
    }
}

impl<H> fmt::Debug for HandlerUpgrade<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerUpgrade")
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event, H: HandlerOf<E>> NewCode<EventManager<E>, ByCallback> for HandlerUpgrade<H> {
    fn change(mut self) -> Change {
        Change::new(move |visit| {
            visit.find(|lent| {
                let manager: &mut EventManager<E> = lent.data.downcast_mut()?;
                Some(manager.change_code(&mut self.change))
            })
        })
    }
}

/// Stands for the handlers of a type, each of which is given what its `#[code_change]` takes.
#[doc(hidden)]
#[derive(Debug)]
pub enum EachHandler {}

/// What the `#[code_change]` of a handler takes: one for each handler of the type.
#[diagnostic::on_unimplemented(
    message = "a handler's `#[code_change]` cannot take a `{T}`",
    label = "there may be several handlers, each is given one of its own, and this is not `Clone`",
    note = "derive `Clone` for `{T}`, or take what is shared in an `Arc`"
)]
#[doc(hidden)]
pub trait IsGiven<T> {
    /// One of its own.
    fn given(of: &T) -> T;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> IsGiven<T> for EachHandler {
    fn given(of: &T) -> T {
        of.clone()
    }
}
