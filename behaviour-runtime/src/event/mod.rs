//! Event managers (`gen_event`): one process, many listeners.
//!
//! A manager is a server whose state is a list of handlers, newest first. It is told events of one type, and shows each
//! of them to every handler in turn, by reference. Handlers come and go while it runs; they are of any types that were
//! written for its events, so they stand in the list as boxed objects. Whatever a handler does, the manager lives: one
//! that fails is removed, and its failure is reported.
//!
//! ```text
//! user's module                                 generated, and this room
//! -------------                                 ------------------------
//! #[init] fn init(path) -> Self            ◄─── alarms.add_handler(Log::handler(path))
//! #[event] fn event(&mut self, e: &Alarm)  ◄─── alarms.notify(e), alarms.sync_notify(e)
//! #[call] fn seen(&self) -> u64            ◄─── LogClient::seen() -> HandlerCall<u64>
//! #[info] fn tick(&mut self, _: Tick)      ◄─── cx.send_after(d, Tick), log.send(Tick), alarms.send(Tick)
//! #[terminate] fn close(self, why) -> T    ◄─── alarms.delete_handler(&log), a failure, the manager's end
//! #[code_change] fn changed(&mut self, ..) ◄─── alarms.sys().change_code(Log::upgrade(..))
//! #[init(swap)] fn after(t: Option<T>, ..) ◄─── alarms.swap_handler(&log, Screen::successor(..))
//! ```
//!
//! ```text
//! manager, client       the server, and what others ask of it
//! letter, errands       what it is sent: events, and errands, which bring along how they are run
//! list, member          the handlers, and one of them without its type
//! handler, info         what the generated code implements
//! describe, context     a handler that is to be added; what its callbacks may do
//! owner, removed        whose handler it is, and why it goes
//! handle, call, id      a typed client of one handler
//! code                  new code for the handlers of a manager that is suspended
//! guard, report         user code that panics, and what is told of it
//! ```

mod call;
mod client;
mod code;
mod context;
mod describe;
mod errands;
mod error;
mod guard;
mod handle;
mod handler;
mod id;
mod info;
mod letter;
mod list;
mod manager;
mod member;
mod owner;
mod removed;
mod report;

pub use self::call::HandlerCall;
pub use self::client::EventManagerClient;
pub use self::code::{EachHandler, HandlerUpgrade, IsGiven};
pub use self::context::HandlerContext;
pub use self::describe::{Describes, Handler, IntoHandler, IsHandover, Succeeds, Successor};
pub use self::error::HandlerError;
pub use self::handle::HandlerClient;
pub use self::handler::{
    Event, EventHandler, HandlerOf, Handles, IsEvent, IsHandlerContext, IsRemoved, SameEvents, assert_gen_event,
};
pub use self::id::HandlerId;
pub use self::info::{InfoForHandler, taken};
pub use self::manager::EventManager;
pub use self::owner::HandlerOwner;
pub use self::removed::{HandlerExit, Removed};
