//! What can be asked of a running agent.

use crate::edge::{Call, Client, Context, Message, client_face};

use super::describe::Agent;
use super::job::{Job, Method};

/// A client of a running [`Agent`].
///
/// It is cheap to clone and may be sent and shared. What every client can do (`pid`, `stop`, `monitor`, ..) is behind
/// `Deref`.
pub struct AgentClient<T>(Client<Agent<T>>);

client_face!(AgentClient, Agent);

enum Get {}
enum Update {}
enum GetAndUpdate {}
enum Cast {}

impl Method for Get {
    const NAME: &'static str = "get";
}

impl Method for Update {
    const NAME: &'static str = "update";
}

impl Method for GetAndUpdate {
    const NAME: &'static str = "get_and_update";
}

impl Method for Cast {
    const NAME: &'static str = "cast";
}

impl<T: Message> AgentClient<T> {
    /// Looks at the state (`Agent.get/3`): what the function returns is the reply.
    ///
    /// # Errors
    /// As every [`Call`].
    #[inline]
    pub fn get<R: Message>(&self, look: impl FnOnce(&T) -> R + Send + 'static) -> Call<R> {
        Call::new(&self.0, Job::new::<Get, _>(|state, cx| cx.reply(look(state))))
    }

    /// Changes the state, and waits until that is done (`Agent.update/3`).
    ///
    /// # Errors
    /// As every [`Call`].
    #[inline]
    pub fn update(&self, change: impl FnOnce(&mut T) + Send + 'static) -> Call<()> {
        let change = |state: &mut T, cx: &mut Context<_>| {
            change(state);
            cx.reply(());
        };
        Call::new(&self.0, Job::new::<Update, _>(change))
    }

    /// Changes the state and takes something along (`Agent.get_and_update/3`): what the function returns is the reply.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let queue = Agent::start(|| vec!["first", "second"]).await?;
    /// assert_eq!(queue.get_and_update(|queue| queue.pop()).await?, Some("second"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every [`Call`].
    #[inline]
    pub fn get_and_update<R: Message>(&self, change: impl FnOnce(&mut T) -> R + Send + 'static) -> Call<R> {
        Call::new(&self.0, Job::new::<GetAndUpdate, _>(|state, cx| cx.reply(change(state))))
    }

    /// Has the state changed and does not wait (`Agent.cast/2`): never fails, also if the agent does not live.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let visits = Agent::start(|| 0).await?;
    /// visits.cast(|n| *n += 1);
    /// assert_eq!(visits.get(|n| *n).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn cast(&self, change: impl FnOnce(&mut T) + Send + 'static) {
        self.0.cast(Job::new::<Cast, _>(|state, _| change(state)));
    }
}
