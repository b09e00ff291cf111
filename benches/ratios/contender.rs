//! What each contender has to be able to do.

use std::future::Future;

/// Something behind a mailbox that counts.
pub(crate) trait Served: 'static {
    type Client: Clone + Send + Sync + 'static;

    fn start() -> impl Future<Output = Self::Client> + Send;

    /// Answered by a plain function, with the sum.
    fn call(client: &Self::Client, by: u64) -> impl Future<Output = u64> + Send;

    /// Adds without an answer.
    fn cast(client: &Self::Client, by: u64);
}

/// A counter behind a mailbox. Every call adds to it and answers the sum.
pub(crate) trait Counter: Served {
    /// Answered by an async function that does not wait.
    fn call_async(client: &Self::Client, by: u64) -> impl Future<Output = u64> + Send;

    /// Answered by an async function that lets others run once before it answers.
    fn call_yielding(client: &Self::Client, by: u64) -> impl Future<Output = u64> + Send;

    /// Goes through the mailbox, whoever could run it in place.
    fn call_queued(client: &Self::Client, by: u64) -> impl Future<Output = u64> + Send;
}

/// Starts and stops a counter; when that is done, nothing of it is left.
pub(crate) trait Ends {
    fn start_and_stop() -> impl Future<Output = ()> + Send;
}

/// Something that gives a value, in a task of its own.
pub(crate) trait Computes {
    fn compute(number: u64) -> impl Future<Output = u64> + Send;
}

/// Processes in a ring that hand a number round, less one at each hop.
pub(crate) trait Ring: 'static {
    type Node: Send + Sync + 'static;

    /// The last hop fires `done`.
    fn start(size: usize, done: tokio::sync::mpsc::UnboundedSender<()>) -> impl Future<Output = Self::Node> + Send;

    fn pass(node: &Self::Node, hops: u64);
}

/// A counter that comes back when it panics.
pub(crate) trait Restarts: 'static {
    type Keeper: Send + 'static;
    type Client: Send + Sync + 'static;

    fn start() -> impl Future<Output = (Self::Keeper, Self::Client)> + Send;

    /// Makes it panic, and waits to hear that it has.
    fn crash(client: &Self::Client) -> impl Future<Output = ()> + Send;

    /// Asks; waits for the restart if need be.
    fn call(client: &Self::Client, by: u64) -> impl Future<Output = u64> + Send;
}
