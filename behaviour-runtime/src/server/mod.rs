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
mod code;
mod context;
mod implementation;
mod init;
mod message;
mod start;

pub use crate::edge::{
    Behaviour, Call, Child, Client, Context, Declared, Failure, InfoFor, IsChild, IsClient, IsContext, IsReason,
    IsReply, Kind, Later, Message, Options, Probe, Receives, Reply, Secret, Shareable, Shared, Show, ShowDebug,
    ShowOpaque, Start, StartMonitored, Starting, Stop, Stopping, Travels, Unhandled, status,
};

pub use self::behaviour::{AllData, GenServer, assert_gen_server, server_kind};
pub use self::code::IntoVersion;
pub use self::implementation::Starts;
#[doc(hidden)]
pub use self::implementation::{Makes, Runs, by};
pub use self::init::IntoInit;
pub use self::message::ContinueFor;
