//! Event managers: a notify to three handlers of three types, each of which adds to a sum of its own.

use behaviour::event::EventManagerClient;
use behaviour::prelude::*;

use crate::contender;

/// By how much.
pub(crate) struct Grown(u64);

macro_rules! handlers {
    ($($handler:ident),*) => {$(
        #[gen_event(Grown)]
        pub(crate) struct $handler {
            sum: u64,
        }

        #[gen_event(Grown)]
        impl $handler {
            #[init]
            fn init() -> Self {
                Self { sum: 0 }
            }

            #[event]
            fn event(&mut self, grown: &Grown) {
                self.sum += grown.0;
            }

            #[call]
            fn sum(&self) -> u64 {
                self.sum
            }
        }
    )*};
}

handlers!(First, Second, Third);

/// A manager with three handlers.
pub(crate) enum Notified {}

impl contender::Served for Notified {
    type Client = EventManagerClient<Grown>;

    async fn start() -> EventManagerClient<Grown> {
        let manager = EventManager::start().await.expect("the manager starts");
        let added = async {
            manager.add_handler(First::handler()).await?;
            manager.add_handler(Second::handler()).await?;
            manager.add_handler(Third::handler()).await
        };
        added.await.expect("the handlers are added");
        manager
    }

    /// Waits until all three have seen it.
    async fn call(client: &EventManagerClient<Grown>, by: u64) -> u64 {
        client.sync_notify(Grown(by)).await.expect("the manager answers");
        by
    }

    fn cast(client: &EventManagerClient<Grown>, by: u64) {
        client.notify(Grown(by));
    }
}
