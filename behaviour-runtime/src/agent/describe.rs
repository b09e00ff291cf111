//! How an agent is described: its type, its start, and what it is as a server.

use std::any::Any;
use std::fmt;

use crate::edge::{
    Behaviour, Child, Context, Declared, Failure, Holds, Kind, Message, Options, Receives, Start, Stateful,
};
use crate::process::{ExitReason, IntoError, Step};
use crate::server::{GenServer, server_kind};

use super::client::AgentClient;
use super::job::Job;

/// A value in a process of its own, which others look at and change by functions (Elixir's `Agent`).
///
/// ```
/// use behaviour::prelude::*;
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counter = Agent::start(|| 40).await?;
/// counter.update(|n| *n += 2).await?;
/// assert_eq!(counter.get(|n| *n).await?, 42);
///
/// let before = counter.get_and_update(|n| std::mem::replace(n, 0)).await?;
/// assert_eq!(before, 42);
/// # Ok(())
/// # }
/// ```
///
/// - The state is what the function of the start makes, which runs in the agent. It need be `Send` and nothing else.
/// - One function runs at a time, in the order in which one caller sends them. It runs in the agent, on the caller's
///   thread if the agent is idle, so it should be short: what takes long belongs before it, or after it.
/// - A function that panics ends the agent. Its caller, and everybody who waits, gets
///   [`CallError::Exited`](crate::process::CallError::Exited).
/// - A call waits 5 s if nothing else is said.
/// - A server says what may be done with its state, and in words of its own. Where others than the owner of the code use
///   it, or where it has more to do than to keep a value, a [`gen_server`](crate::server) is the better home.
#[derive(Debug)]
pub struct Agent<T> {
    pub(super) state: T,
}

impl<T: Message> Agent<T> {
    /// Describes the start of an agent whose state this function makes (`Agent.start/2`).
    ///
    /// # Errors
    /// [`StartError::Failed`](crate::process::StartError::Failed) if the function panics,
    /// [`StartError::AlreadyStarted`](crate::process::StartError::AlreadyStarted) if its name is taken.
    pub fn start(state: impl FnOnce() -> T + Send + 'static) -> Start<Self> {
        Start::new(|_| Ok(Some(Self { state: state() })))
    }

    /// Describes the start of an agent that is linked to the present process (`Agent.start_link/2`).
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_link(state: impl FnOnce() -> T + Send + 'static) -> Start<Self> {
        Self::start(state).link()
    }

    /// Describes the start of an agent whose state may fail to be made.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let port = Agent::try_start(|| "8080".parse::<u16>()).await?;
    /// assert_eq!(port.get(|port| *port).await?, 8080);
    ///
    /// let failed = Agent::try_start(|| "http".parse::<u16>()).await;
    /// assert_eq!(failed.unwrap_err().to_string(), "the process did not start: invalid digit found in string");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`start`](Self::start), and `Failed` with the error that the function returns.
    pub fn try_start<E: IntoError>(state: impl FnOnce() -> Result<T, E> + Send + 'static) -> Start<Self> {
        Start::new(|_| made(state()))
    }

    /// Describes the start of an agent whose state an async function makes.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// async fn load() -> Vec<String> {
    ///     // .. from elsewhere.
    /// #     tokio::task::yield_now().await;
    ///     vec!["apple".into(), "pear".into()]
    /// }
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let words = Agent::start_async(load).await?;
    /// assert_eq!(words.get(Vec::len).await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`start`](Self::start), and [`StartError::Timeout`](crate::process::StartError::Timeout) if it takes longer
    /// than [`within`](Start::within) says.
    pub fn start_async<F>(state: impl FnOnce() -> F + Send + 'static) -> Start<Self>
    where
        F: Future<Output = T> + Send + 'static,
    {
        Start::future(|_| Box::pin(async move { Ok(Some(Self { state: state().await })) }))
    }

    /// Describes the start of an agent whose state an async function makes, which may fail.
    ///
    /// ```
    /// use behaviour::prelude::*;
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let hosts = Agent::try_start_async(|| tokio::fs::read_to_string("/nowhere/hosts")).await;
    /// assert!(matches!(hosts, Err(StartError::Failed(_))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`start_async`](Self::start_async), and `Failed` with the error that the function returns.
    pub fn try_start_async<F, E>(state: impl FnOnce() -> F + Send + 'static) -> Start<Self>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        E: IntoError,
    {
        Start::future(|_| Box::pin(async move { made(state().await) }))
    }

    /// Describes an agent as the child of a supervisor. Other starts become children by [`Child::new`].
    pub fn child(state: impl FnOnce() -> T + Send + 'static) -> Child<Self> {
        Child::new(Self::start(state))
    }
}

fn made<T, E: IntoError>(state: Result<T, E>) -> Result<Option<Agent<T>>, Failure> {
    match state {
        Ok(state) => Ok(Some(Agent { state })),
        Err(error) => Err(Failure(ExitReason::error(error))),
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> Behaviour for Agent<T> {
    type Client = AgentClient<T>;

    const BEHAVIOUR: Kind = server_kind::<Self>();
}

#[diagnostic::do_not_recommend]
impl<T: Message> Declared for Agent<T> {
    const OPTIONS: Options = Options::new();

    /// Of a state of any type nothing is known that could be shown.
    fn report(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").finish_non_exhaustive()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> Receives for Agent<T> {
    type Message = Job<T>;

    fn message_name(job: &Job<T>) -> &'static str {
        job.name()
    }
}

impl<T: Message> Stateful for Agent<T> {
    type Held = TheState;
}

/// Who looks inside an agent sees its state.
#[doc(hidden)]
#[derive(Debug)]
pub struct TheState(());

impl<T: Message> Holds<Agent<T>> for TheState {
    type Seen<'a> = &'a T;
    type Changed<'a> = &'a mut T;

    fn seen<'a>(_: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<&'a T> {
        data.downcast_ref::<Agent<T>>().map(|agent| &agent.state)
    }

    fn changed<'a>(_: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<&'a mut T> {
        data.downcast_mut::<Agent<T>>().map(|agent| &mut agent.state)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> GenServer for Agent<T> {
    #[inline]
    fn handle<'a>(&'a mut self, job: Job<T>, cx: &'a mut Context<Self>) -> Step<'a> {
        job.run(&mut self.state, cx);
        None
    }
}
