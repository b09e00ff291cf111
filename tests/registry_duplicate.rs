//! Registries with several entries a key: what Elixir's `Registry` shows of them in its own tests.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::Arc;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::{Change, DuplicateRegistry};

/// Somebody to be found.
#[gen_server]
struct Reader;

#[gen_server]
impl Reader {
    #[init]
    fn init() -> Self {
        Self
    }

    /// The processes that it is linked to.
    #[call]
    fn links(&self) -> Vec<Pid> {
        process::links()
    }
}

async fn reader() -> ReaderClient {
    Reader::start().await.unwrap()
}

/// What stands beside a key, and is asked for in parts: Elixir's tests say `{1, :atom, 1}`.
type Triple = (i32, &'static str, i32);

// XRD-02
#[behaviour::test]
async fn an_empty_registry_has_nothing() {
    let registry = DuplicateRegistry::<&str, Reader>::new();
    assert_eq!(registry.count(), 0);
    assert_eq!(registry.lookup("hello"), []);
    assert_eq!(registry.keys(&reader().await), Vec::<&str>::new());
}

// XRD-03
#[behaviour::test]
async fn a_registry_counts_its_entries() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader>::new(), reader().await);
    registry.register("hello", &client);
    registry.register("hello", &client);
    assert_eq!(registry.count(), 2);
}

// XRD-04
#[behaviour::test]
async fn a_process_may_register_a_key_twice() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader, i32>::new(), reader().await);
    registry.register_with("hello", &client, 1);
    registry.register_with("hello", &client, 2);
    registry.register_with("world", &client, 3);
    let mut keys = registry.keys(&client);
    keys.sort_unstable();
    assert_eq!(keys, ["hello", "hello", "world"]);
    assert_eq!(registry.values("hello", &client), [1, 2]);
    assert_eq!(registry.lookup_with("hello"), [(client.clone(), 1), (client.clone(), 2)]);
    assert_eq!(registry.lookup("world"), [client]);
}

#[behaviour::test]
async fn entries_of_a_key_are_found_in_the_order_in_which_they_came() {
    let (registry, other) = (DuplicateRegistry::<u8, Reader, u32>::new(), reader().await);
    let client = reader().await;
    // More than are looked through one by one.
    for number in 0..1_000 {
        registry.register_with(1, if number % 10 == 0 { &client } else { &other }, number);
    }
    let all: Vec<_> = registry.lookup_with(&1).into_iter().map(|(_, number)| number).collect();
    assert_eq!(all, (0..1_000).collect::<Vec<_>>());
    assert_eq!(registry.values(&1, &client), (0..1_000).step_by(10).collect::<Vec<_>>());
    assert_eq!(registry.unregister_match(&1, &client, |number| *number >= 20), 98);
    assert_eq!(registry.values(&1, &client), [0, 10]);
    assert_eq!((registry.unregister(&1, &other), registry.count()), (900, 2));
}

// XRC-01
#[behaviour::test]
async fn what_a_process_registered_is_gone_with_it(mut inbox: Inbox<()>) {
    let registry = DuplicateRegistry::<&str, Reader>::new();
    let clients = [reader().await, reader().await, reader().await];
    for client in &clients {
        registry.register("all", client);
        registry.register("all", client);
        registry.register("some", client);
    }
    for (index, client) in clients.iter().enumerate() {
        let monitor = client.monitor();
        client.kill();
        inbox.down_of(&monitor).await;
        // Nothing has to be waited for: whoever hears of the end finds no entry.
        assert!(!registry.lookup("all").contains(client));
        assert_eq!(registry.keys(client), Vec::<&str>::new());
        assert_eq!(registry.count(), 3 * (2 - index));
    }
    assert_eq!(registry.lookup("some"), []);
}

#[behaviour::test]
async fn a_process_that_has_ended_registers_nothing() {
    let (registry, gone) = (DuplicateRegistry::<&str, Reader>::new(), reader().await);
    gone.stop().await.unwrap();
    registry.register("hello", &gone);
    assert_eq!((registry.lookup("hello").len(), registry.count()), (0, 0));
}

// XRD-07, XRD-08: there are no partitions to be gone through at the same time, so a dispatch always runs here.
#[behaviour::test]
async fn a_dispatch_reaches_all_entries_of_its_key(inbox: Inbox<()>) {
    let registry = DuplicateRegistry::<&str, Reader, i32>::new();
    let (client, other) = (reader().await, reader().await);
    registry.dispatch("hello", |_, _| panic!("nobody is there"));
    registry.register_with("hello", &client, 1);
    registry.register_with("hello", &other, 2);
    registry.register_with("world", &other, 3);
    let dispatched = |key: &str| {
        let mut seen = Vec::new();
        registry.dispatch(key, |client, value| {
            assert_eq!(process::current(), Some(inbox.pid()));
            seen.push((client.clone(), *value));
        });
        seen
    };
    assert_eq!(dispatched("hello"), [(client, 1), (other.clone(), 2)]);
    assert_eq!(dispatched("world"), [(other, 3)]);
}

#[behaviour::test]
async fn a_dispatch_may_change_the_registry() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader, i32>::new(), reader().await);
    for value in 0..3 {
        registry.register_with("hello", &client, value);
    }
    let mut seen = Vec::new();
    registry.dispatch("hello", |client, value| {
        seen.push(*value);
        if *value == 0 {
            assert_eq!(registry.unregister_match("hello", client, |value| *value == 1), 1);
            registry.register_with("hello", client, 3);
        }
    });
    assert_eq!(seen, [0, 2]);
    assert_eq!(registry.values("hello", &client), [0, 2, 3]);
}

// XRD-09, XRD-10
#[behaviour::test]
async fn a_process_unregisters_its_own_entries_of_a_key() {
    let registry = DuplicateRegistry::<&str, Reader>::new();
    let (client, other) = (reader().await, reader().await);
    assert_eq!(registry.unregister("hello", &client), 0);
    registry.register("hello", &client);
    registry.register("hello", &client);
    registry.register("world", &client);
    registry.register("hello", &other);
    assert_eq!(registry.unregister("hello", &client), 2);
    assert_eq!(registry.keys(&client), ["world"]);
    assert_eq!(registry.lookup("hello"), [other]);
    assert_eq!(registry.unregister("world", &client), 1);
    assert_eq!((registry.keys(&client).len(), registry.count()), (0, 1));
}

// XRD-11, XRD-12, XRD-14, XRD-15
#[behaviour::test]
async fn values_are_looked_at_by_a_closure() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader, Triple>::new(), reader().await);
    registry.register_with("hello", &client, (1, "atom", 1));
    registry.register_with("hello", &client, (2, "atom", 2));
    let matching = |key: &str, wanted: &dyn Fn(&Triple) -> bool| {
        let mut found = Vec::new();
        registry.dispatch(key, |_, value| found.extend(wanted(value).then_some(value.0)));
        found
    };
    assert_eq!(matching("hello", &|value| value.0 == 1), [1]);
    assert_eq!(matching("hello", &|value| value.0 == 2), [2]);
    assert_eq!(matching("hello", &|value| value.0 == 3), []);
    assert_eq!(matching("hello", &|value| value.1 == "atom"), [1, 2]);
    assert_eq!(matching("hello", &|value| value.0 == value.2), [1, 2]);
    assert_eq!(matching("hello", &|value| value.0 < 2), [1]);
    assert_eq!(matching("hello", &|value| value.0 > 3), []);
    assert_eq!(matching("hello", &|value| value.0 < 3 && value.1 == "atom"), [1, 2]);
    assert_eq!(matching("_", &|_| true), []);
}

// XRD-16, XRD-17
#[behaviour::test]
async fn entries_are_unregistered_if_their_values_are_as_wanted() {
    let registry = DuplicateRegistry::<&str, Reader, Triple>::new();
    let (client, other) = (reader().await, reader().await);
    registry.register_with("hello", &client, (1, "atom", 1));
    registry.register_with("hello", &client, (2, "atom", 2));
    registry.register_with("hello", &other, (2, "atom", 3));
    assert_eq!(registry.unregister_match("hello", &client, |value| value.0 == 3), 0);
    assert_eq!(registry.unregister_match("hello", &client, |value| value.0 == 2), 1);
    assert_eq!(registry.values("hello", &client), [(1, "atom", 1)]);
    assert_eq!(registry.unregister_match("hello", &client, |value| value.1 == "atom"), 1);
    assert_eq!(registry.lookup("hello"), std::slice::from_ref(&other));
    assert_eq!(registry.unregister_match("hello", &other, |value| value.2 > 2), 1);
    assert_eq!(registry.count(), 0);
}

// XRD-18
#[behaviour::test]
async fn a_listener_hears_of_registrations(mut inbox: Inbox<Change<&'static str, Reader, i32>>) {
    let registry = DuplicateRegistry::<&str, Reader, i32>::new();
    let (client, other) = (reader().await, reader().await);
    registry.subscribe(&inbox.process());
    registry.register_with("hello", &client, 1);
    registry.register_with("hello", &other, 2);
    assert_eq!(registry.unregister("hello", &client), 1);
    let registered = |client: &ReaderClient, value| Change::Registered { key: "hello", client: client.clone(), value };
    assert_eq!(inbox.recv().await, registered(&client, 1));
    assert_eq!(inbox.recv().await, registered(&other, 2));
    assert_eq!(inbox.recv().await, Change::Unregistered { key: "hello", client });
    other.stop().await.unwrap();
    assert_eq!(inbox.try_next(), None, "nothing is said of an end");
}

/// Writes down what it hears.
#[gen_server]
struct Clerk {
    heard: Vec<Change<&'static str, Reader>>,
}

#[gen_server]
impl Clerk {
    #[init]
    fn init(cx: &mut Context<Self>, registry: DuplicateRegistry<&'static str, Reader>) -> Self {
        registry.subscribe(&cx.client());
        Self { heard: Vec::new() }
    }

    #[info]
    fn changed(&mut self, change: Change<&'static str, Reader>) {
        self.heard.push(change);
    }

    #[call]
    fn heard(&self) -> Vec<Change<&'static str, Reader>> {
        self.heard.clone()
    }
}

// XRD-18
#[behaviour::test]
async fn a_server_listens_by_an_info() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader>::new(), reader().await);
    let clerk = Clerk::start(registry.clone()).await.unwrap();
    registry.register("hello", &client);
    registry.unregister("hello", &client);
    let heard = clerk.heard().await.unwrap();
    let change = Change::Registered { key: "hello", client: client.clone(), value: () };
    assert_eq!(heard, [change, Change::Unregistered { key: "hello", client: client.clone() }]);
    clerk.stop().await.unwrap();
    registry.register("hello", &client);
    assert_eq!(registry.count(), 1);
}

// XRD-19
#[behaviour::test]
async fn registering_links_nobody() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader>::new(), reader().await);
    registry.register("hello", &client);
    registry.register("world", &client);
    assert_eq!(client.links().await, Ok(vec![]));
    registry.unregister("hello", &client);
    registry.unregister("world", &client);
    assert_eq!(client.links().await, Ok(vec![]));
}

// XRD-22, XRD-23
#[behaviour::test]
async fn all_entries_can_be_selected() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader, i32>::new(), reader().await);
    let all = || registry.select(|key, client, value| Some((*key, client.clone(), *value)));
    assert_eq!(all(), []);
    registry.register_with("hello", &client, 7);
    registry.register_with("hello", &client, 7);
    assert_eq!(all(), [("hello", client.clone(), 7), ("hello", client.clone(), 7)]);
}

// XRD-24, XRD-25, XRD-26, XRD-27, XRD-28, XRD-29
#[behaviour::test]
async fn entries_are_selected_and_counted_by_a_closure() {
    let registry = DuplicateRegistry::<&str, Reader, Triple>::new();
    let (client, other) = (reader().await, reader().await);
    registry.register_with("hello", &client, (1, "atom", 2));
    registry.register_with("world", &other, (3, "text", 3));
    let keys = |wanted: &dyn Fn(&str, &ReaderClient, &Triple) -> bool| {
        let mut keys = registry.select(|key, client, value| wanted(key, client, value).then_some(*key));
        keys.sort_unstable();
        assert_eq!(registry.count_select(|key, client, value| wanted(key, client, value)), keys.len());
        keys
    };
    assert_eq!(keys(&|key, _, _| key == "hello"), ["hello"]);
    assert_eq!(keys(&|_, found, _| *found == other), ["world"]);
    assert_eq!(keys(&|_, _, value| *value == (1, "atom", 2)), ["hello"]);
    assert_eq!(keys(&|_, _, value| value.0 == value.2), ["world"]);
    assert_eq!(keys(&|_, _, value| value.2 > 1), ["hello", "world"]);
    assert_eq!(keys(&|key, _, _| key == "hello" || key == "world"), ["hello", "world"]);
    assert_eq!(keys(&|key, _, _| key == "unknown"), Vec::<&str>::new());
    assert_eq!(registry.select(|_, _, value| (value.2 > 2).then_some("constant")), ["constant"]);
}

#[behaviour::test]
async fn handles_share_a_registry_and_registries_share_nothing() {
    let (registry, client) = (DuplicateRegistry::<&str, Reader>::new(), reader().await);
    let handle = registry.clone();
    registry.register("hello", &client);
    assert_eq!(handle.lookup("hello"), std::slice::from_ref(&client));
    let other = DuplicateRegistry::<&str, Reader>::default();
    assert_eq!((other.lookup("hello").len(), other.keys(&client).len()), (0, 0));
    assert_eq!(format!("{registry:?}"), "DuplicateRegistry { count: 1, .. }");
}

#[behaviour::test]
async fn a_registry_that_is_dropped_drops_what_is_in_it() {
    let client = reader().await;
    let (key, value) = (Arc::new(()), Arc::new(()));
    let registry = DuplicateRegistry::<Arc<()>, Reader, Arc<()>>::new();
    registry.register_with(key.clone(), &client, value.clone());
    registry.register_with(key.clone(), &client, value.clone());
    assert_eq!(Arc::strong_count(&value), 3);
    drop(registry);
    assert_eq!((Arc::strong_count(&key), Arc::strong_count(&value)), (1, 1));
    client.stop().await.unwrap();
}
