//! Servers (`gen_server`): the second floor.
//!
//! A server is a struct whose marked methods are its callbacks. The macro writes the message enum, the typed client and
//! one dispatch function; what is here is the rest, most of it not generic: how a server starts, how it is called and
//! cast to, how it replies later, and what a callback may do to its own process.
//!
//! ```text
//! user's module                           generated, and this floor
//! -------------                           -------------------------
//! #[init] fn init(n) -> Self        ◄───  Counter::start(n) -> Start<Counter>
//! #[call] fn get(&self) -> i64      ◄───  CounterClient::get() -> Call<i64>
//! #[cast] fn add(&mut self, by)     ◄───  CounterClient::add(by)
//! #[info] fn tick(&mut self, _: Tick)◄──  cx.send_after(d, Tick), client.send(Tick)
//! #[terminate] fn bye(&mut self, r) ◄───  client.stop(), a stop, the parent's exit
//! ```

mod behaviour;
mod body;
mod call;
mod client;
mod context;
mod init;
mod message;
mod options;
mod parameter;
mod reply;
mod shown;
mod start;
mod stop;

pub use self::behaviour::{Behaviour, Declared, GenServer, Kind, assert_gen_server, server_kind, status};
pub use self::call::Call;
pub use self::client::Client;
pub use self::context::Context;
pub use self::init::{Failure, IntoInit};
pub use self::message::{ContinueFor, InfoFor, Message, Probe, Travels, Unhandled};
pub use self::options::Options;
pub use self::parameter::{IsClient, IsContext, IsReason, Shareable, Shared};
pub use self::reply::{IsReply, Later, Reply};
pub use self::shown::{Secret, Show, ShowDebug, ShowOpaque};
pub use self::start::{Child, IsChild, Start, StartMonitored, Starting};
pub use self::stop::{Stop, Stopping};

pub(crate) use self::start::AnyStart;
