//! The typed edge: what every behaviour that takes messages has in common (OTP's `gen` and `proc_lib`).
//!
//! A user's type, its client, its start and its context are generic; they are a thin coat over the first floor, which
//! knows no types. Servers and state machines stand on it, each with its own callbacks.
//!
//! ```text
//! behaviour, options     what a type is, by its attribute
//! start, stop            Account::start(..).await, client.stop().await
//! client, call           account.balance().await
//! message, parameter     what may be sent, and what a callback may take: the promises that rustc checks
//! letters                what the core does with messages whose type it does not know
//! context, reply         what a callback may do
//! sys, code              account.sys().get_state(..).await, account.sys().change_code(..).await
//! key                    what things are found by
//! shown                  what reports show of the state
//! ```

mod behaviour;
mod call;
mod client;
mod code;
#[doc(hidden)]
pub mod comes;
mod context;
mod face;
mod key;
mod letters;
mod message;
mod options;
mod parameter;
mod reply;
mod request;
mod shown;
mod start;
mod stop;
mod sys;

pub use self::behaviour::{Behaviour, Declared, Kind, Receives, status};
pub use self::call::Call;
pub use self::client::Client;
pub use self::code::{IntoChanged, NewCode, Upgrade};
pub use self::context::Context;
pub use self::key::Key;
pub use self::message::{InfoFor, Message, Probe, Travels, Unhandled};
pub use self::options::Options;
pub use self::parameter::{IsClient, IsContext, IsReason, IsStatus, Shareable, Shared};
pub use self::reply::{IsReply, Later, Reply};
pub use self::request::Request;
pub use self::shown::{Secret, Show, ShowDebug, ShowOpaque};
pub use self::start::{Child, Failure, IsChild, Start, StartMonitored, Starting};
pub use self::stop::{Stop, Stopping};
pub use self::sys::{Changed, Seen, Stateful, Sys, Unknown, of};

pub(crate) use self::code::{ByCallback, Change, changed};
pub(crate) use self::face::client_face;
pub(crate) use self::letters::{drop_message, message_name, system};
pub(crate) use self::shown::short_name;
pub(crate) use self::start::{AnyStart, settle};
pub(crate) use self::sys::Holds;
