//! Agents, a counter that is changed by functions; and tasks, beside those of tokio.

use behaviour::agent::AgentClient;
use behaviour::prelude::*;

use crate::contender;
use crate::raw::Raw;

/// An agent that is updated, which gives no sum back.
pub(crate) enum Updated {}

impl contender::Served for Updated {
    type Client = AgentClient<u64>;

    async fn start() -> AgentClient<u64> {
        Agent::start(|| 0).await.expect("the agent starts")
    }

    async fn call(client: &AgentClient<u64>, by: u64) -> u64 {
        client.update(move |sum| *sum += by).await.expect("the agent answers");
        by
    }

    fn cast(client: &AgentClient<u64>, by: u64) {
        client.cast(move |sum| *sum += by);
    }
}

/// A task that gives its number.
pub(crate) enum Tasks {}

impl contender::Computes for Tasks {
    async fn compute(number: u64) -> u64 {
        Task::spawn(async move { number }).await.expect("the task gives its value")
    }
}

impl contender::Computes for Raw {
    async fn compute(number: u64) -> u64 {
        tokio::spawn(async move { number }).await.expect("the task gives its value")
    }
}
