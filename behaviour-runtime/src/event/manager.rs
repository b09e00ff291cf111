//! The manager: a server whose state is a list of handlers.

use std::any::Any;
use std::fmt;

use crate::edge::{Behaviour, Child, Context, Declared, Failure, Kind, Options, Receives, Start, Stateful, changed};
use crate::process::sys::{HandlerStatus, SysError};
use crate::process::{Down, Exit, ExitReason, Step, discard};
use crate::server::{AllData, GenServer, server_kind};

use super::client::EventManagerClient;
use super::errands::Broadcast;
use super::handle::HandlerClient;
use super::handler::{Event, HandlerOf};
use super::letter::Letter;
use super::list::Handlers;

/// An event manager (`gen_event`): a process that shows events of type `E` to handlers, which come and go.
///
/// ```
/// use behaviour::prelude::*;
///
/// /// What can happen.
/// pub enum Alarm {
///     Smoke,
///     Fire,
/// }
///
/// /// Counts fires.
/// #[gen_event(Alarm)]
/// pub struct Fires {
///     seen: u64,
/// }
///
/// #[gen_event(Alarm)]
/// impl Fires {
///     #[init]
///     fn init() -> Self {
///         Self { seen: 0 }
///     }
///
///     #[event]
///     fn event(&mut self, alarm: &Alarm) {
///         self.seen += u64::from(matches!(alarm, Alarm::Fire));
///     }
///
///     /// How many there were.
///     #[call]
///     pub fn seen(&self) -> u64 {
///         self.seen
///     }
/// }
///
/// #[behaviour::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let alarms = EventManager::<Alarm>::start().await?;
///     let fires = alarms.add_handler(Fires::handler()).await?;
///     alarms.notify(Alarm::Smoke);
///     alarms.notify(Alarm::Fire);
///     assert_eq!(fires.seen().await?, 1);
///     alarms.stop().await?;
///     Ok(())
/// }
/// ```
///
/// - An event is shown to the handlers in turn, newest first, by reference. `notify` never waits; `sync_notify` waits
///   until all have seen it.
/// - A handler whose callback panics or returns an error is removed; its `#[terminate]` runs, a report is made, its owner
///   is told. The manager and the other handlers live on.
/// - A manager traps exits. When it is stopped, or its parent ends, all handlers get [`Removed::Stopped`].
/// - A manager that is restarted by a supervisor begins without handlers: whoever added them adds them again. A server
///   that owns its handlers does so when it starts, and ends when the manager does.
///
/// [`Removed::Stopped`]: super::Removed
pub struct EventManager<E> {
    handlers: Handlers<E>,
}

impl<E: Event> EventManager<E> {
    /// Describes the start of a manager: `.await` starts it (`gen_event:start/0,1`).
    pub fn start() -> Start<Self> {
        Start::new(|cx| {
            cx.process().set_traps_exits(true);
            Ok(Some(Self { handlers: Handlers::new(cx.process()) }))
        })
    }

    /// Describes the start of a manager that is linked to whoever starts it (`gen_event:start_link/0,1`).
    pub fn start_link() -> Start<Self> {
        Self::start().link()
    }

    /// Describes a manager as the child of a supervisor.
    pub fn child() -> Child<Self> {
        Child::new(Self::start())
    }

    /// The state of a handler, if it is there, for [`sys`](crate::edge::Client::sys) to look at (`sys:get_state/1`).
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # #[gen_event(u32)]
    /// # struct Sum(u32);
    /// # #[gen_event(u32)]
    /// # impl Sum {
    /// #     #[init]
    /// #     fn init() -> Self { Self(0) }
    /// #     #[event]
    /// #     fn event(&mut self, number: &u32) { self.0 += number; }
    /// # }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let numbers = EventManager::<u32>::start().await?;
    /// let sum = numbers.add_handler(Sum::handler()).await?;
    /// numbers.sync_notify(7).await?;
    /// let state = numbers.sys().get_state(move |numbers| numbers.state(&sum).map(|sum| sum.0)).await?;
    /// assert_eq!(state, Some(7));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn state<H: HandlerOf<E>>(&self, of: &HandlerClient<H>) -> Option<&H> {
        self.handlers.state(of.id())
    }

    /// The same, to be changed (`sys:replace_state/2`).
    pub fn state_mut<H: HandlerOf<E>>(&mut self, of: &HandlerClient<H>) -> Option<&mut H> {
        self.handlers.state_mut(of.id())
    }

    /// Changes all handlers of this type, until one fails.
    pub(super) fn change_code<H: HandlerOf<E>>(
        &mut self,
        change: &mut dyn FnMut(&mut H) -> Result<(), Failure>,
    ) -> Result<(), SysError> {
        self.handlers.typed_all::<H>().try_for_each(|handler| changed(|| change(handler)))
    }

    /// Shows an event to all handlers.
    fn notify<'a>(&'a mut self, event: E, cx: &'a mut Context<Self>, waits: bool) -> Step<'a> {
        let handlers = &mut self.handlers;
        let mut told = None;
        if !handlers.may_wait() {
            told = handlers.tell_now(&event);
            if told.is_none() {
                drop_event(event);
                if waits {
                    cx.reply(());
                }
                return None;
            }
        }
        Some(Box::pin(async move {
            let next = match told {
                Some(at) => handlers.settle(at, Ok(())).await,
                None => 0,
            };
            handlers.tell(&event, next).await;
            drop_event(event);
            if waits {
                cx.reply(());
            }
        }))
    }
}

/// Drops an event; a panic of its destructor does not end the manager.
#[inline]
fn drop_event<E>(event: E) {
    if const { std::mem::needs_drop::<E>() } {
        discard(event);
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event> Behaviour for EventManager<E> {
    type Client = EventManagerClient<E>;

    const BEHAVIOUR: Kind = server_kind::<Self>();
}

impl<E: Event> Stateful for EventManager<E> {
    type Held = AllData;
}

#[diagnostic::do_not_recommend]
impl<E: Event> Declared for EventManager<E> {
    const OPTIONS: Options = Options::new();

    fn report(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states = self.handlers.iter().map(|member| (member.id(), member.describe().0));
        let mut shown = f.debug_map();
        for (id, state) in states {
            shown.entry(id, &format_args!("{state}"));
        }
        shown.finish()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event> Receives for EventManager<E> {
    type Message = Letter<E>;

    const DOWN: Option<fn(Down) -> Letter<E>> = Some(|down| Letter::Errand(Box::new(Broadcast(down))));
    const EXIT: Option<fn(Exit) -> Letter<E>> = Some(Letter::Exit);

    fn message_name(letter: &Letter<E>) -> &'static str {
        letter.name()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event> GenServer for EventManager<E> {
    const HANDLERS: Option<fn(&mut dyn Any) -> Vec<HandlerStatus>> = Some(|manager| {
        let manager: Option<&mut Self> = manager.downcast_mut();
        manager.map(|manager| manager.handlers.statuses()).unwrap_or_default()
    });

    fn handle<'a>(&'a mut self, letter: Letter<E>, cx: &'a mut Context<Self>) -> Step<'a> {
        match letter {
            Letter::Notify(event) => self.notify(event, cx, false),
            Letter::SyncNotify(event) => self.notify(event, cx, true),
            Letter::Errand(errand) => errand.run(&mut self.handlers, cx),
            Letter::Exit(exit) => Some(Box::pin(async move {
                let owned = self.handlers.bereave(exit.pid, &exit.reason).await;
                self.handlers.inform(exit, !owned).await;
            })),
        }
    }

    fn terminate<'a>(&'a mut self, reason: ExitReason, _: &'a mut Context<Self>) -> Step<'a> {
        Some(Box::pin(self.handlers.dismiss_all(reason)))
    }
}

impl<E> fmt::Debug for EventManager<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventManager").finish_non_exhaustive()
    }
}
