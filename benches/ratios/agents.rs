//! Agents: a counter that is changed by functions.

use behaviour::agent::AgentClient;
use behaviour::prelude::*;

use crate::contender;

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
