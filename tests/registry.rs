//! Registries with unique keys: what Elixir's `Registry` shows in its own tests, and what a typed one adds.
//!
//! Patterns and guards of match specifications are closures here.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::{AlreadyRegistered, Change, DuplicateRegistry, Registry};

/// Somebody to be found.
#[gen_server]
struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self
    }

    /// Ends the process by an error.
    #[cast]
    fn crash(&mut self) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }

    /// The processes that it is linked to.
    #[call]
    fn links(&self) -> Vec<Pid> {
        process::links()
    }
}

async fn account() -> AccountClient {
    Account::start().await.unwrap()
}

/// What stands beside a key, and is asked for in parts: Elixir's tests say `{1, :atom, 1}`.
type Triple = (i32, &'static str, i32);

// XRU-02
#[behaviour::test]
async fn an_empty_registry_has_nothing() {
    let registry = Registry::<&str, Account>::new();
    assert_eq!(registry.count(), 0);
    assert_eq!(registry.lookup("hello"), None);
    assert_eq!(registry.value("hello"), None);
    assert_eq!(registry.keys(&account().await), Vec::<&str>::new());
}

// XRU-03
#[behaviour::test]
async fn a_registry_counts_its_keys() {
    let (registry, client) = (Registry::<&str, Account>::new(), account().await);
    registry.register("hello", &client).unwrap();
    registry.register("world", &client).unwrap();
    assert_eq!(registry.count(), 2);
}

// XRU-04
#[behaviour::test]
async fn a_key_is_registered_once() {
    let (registry, client) = (Registry::<&str, Account, i32>::new(), account().await);
    registry.register_with("hello", &client, 1).unwrap();
    let taken = registry.register_with("hello", &client, 2).unwrap_err();
    assert_eq!(taken.pid(), client.pid());
    registry.register_with("world", &client, 3).unwrap();

    let mut keys = registry.keys(&client);
    keys.sort_unstable();
    assert_eq!(keys, ["hello", "world"]);
    assert_eq!(registry.lookup_with("hello"), Some((client.clone(), 1)));
    assert_eq!(registry.value("world"), Some(3));

    let other = account().await;
    let taken = registry.register("hello", &other).unwrap_err();
    assert_eq!(*taken.client(), client);
    assert_eq!(taken.to_string(), format!("the key is already registered, by {}", client.pid()));
    assert_eq!(registry.keys(&other), Vec::<&str>::new());
}

// XRC-01
#[behaviour::test]
async fn what_a_process_registered_is_gone_with_it(mut inbox: Inbox<()>) {
    let registry = Registry::<u32, Account>::new();
    let clients = [account().await, account().await, account().await];
    for (number, client) in (0..).zip(&clients) {
        registry.register(number, client).unwrap();
        registry.register(number + 10, client).unwrap();
    }
    for client in &clients {
        let monitor = client.monitor();
        client.kill();
        inbox.down_of(&monitor).await;
        // Nothing has to be waited for: whoever hears of the end finds no entry.
        assert_eq!(registry.select(|key, found, ()| (found == client).then_some(*key)), Vec::<u32>::new());
        assert_eq!(registry.keys(client), Vec::<u32>::new());
    }
    assert_eq!(registry.count(), 0);
}

// XRU-06
#[behaviour::test]
async fn the_key_of_a_process_that_has_ended_is_free(mut inbox: Inbox<()>) {
    let (registry, first, second) = (Registry::<&str, Account, i32>::new(), account().await, account().await);
    registry.register_with("hello", &first, 1).unwrap();
    let monitor = first.monitor();
    first.kill();
    inbox.down_of(&monitor).await;
    registry.register_with("hello", &second, 2).unwrap();
    assert_eq!(registry.lookup_with("hello"), Some((second, 2)));
    assert_eq!(registry.count(), 1);
}

#[behaviour::test]
async fn an_end_of_any_kind_takes_the_entries_along() {
    let registry = Registry::<&str, Account>::new();
    let (stopped, crashed, killed) = (account().await, account().await, account().await);
    registry.register("stopped", &stopped).unwrap();
    registry.register("crashed", &crashed).unwrap();
    registry.register("killed", &killed).unwrap();
    stopped.stop().await.unwrap();
    assert_eq!(registry.lookup("stopped"), None);
    crashed.crash();
    crashed.ended().await;
    assert_eq!(registry.lookup("crashed"), None);
    killed.kill();
    killed.ended().await;
    assert_eq!(registry.lookup("killed"), None);
    assert_eq!(registry.count(), 0);
}

#[behaviour::test]
async fn a_process_that_has_ended_registers_nothing() {
    let (registry, gone, client) = (Registry::<&str, Account>::new(), account().await, account().await);
    gone.stop().await.unwrap();
    registry.register("hello", &gone).unwrap();
    assert_eq!((registry.lookup("hello"), registry.count()), (None, 0));
    registry.register("hello", &client).unwrap();
    assert_eq!(registry.lookup("hello"), Some(client));
}

// XRU-15
#[behaviour::test]
async fn a_process_updates_its_own_values() {
    let registry = Registry::<&str, Account, i32>::new();
    let (own, other) = (account().await, account().await);
    let asked = AtomicUsize::new(0);
    let add = |value: &i32| {
        asked.fetch_add(1, Ordering::Relaxed);
        value + 1
    };
    assert_eq!(registry.update_value("hello", &own, add), None);
    registry.register_with("hello", &other, 1).unwrap();
    assert_eq!(registry.update_value("hello", &own, add), None);
    assert_eq!(asked.load(Ordering::Relaxed), 0);

    registry.register_with("world", &own, 1).unwrap();
    assert_eq!(registry.update_value("world", &own, add), Some((2, 1)));
    assert_eq!(registry.lookup_with("world"), Some((own.clone(), 2)));
    assert_eq!(registry.value("hello"), Some(1));
    assert_eq!(asked.load(Ordering::Relaxed), 1);

    own.stop().await.unwrap();
    assert_eq!(registry.update_value("world", &own, add), None);
}

// XRU-16
#[behaviour::test]
async fn a_dispatch_reaches_the_one_entry() {
    let (registry, client) = (Registry::<&str, Account, i32>::new(), account().await);
    registry.dispatch("hello", |_, _| panic!("nobody is there"));
    registry.register_with("hello", &client, 7).unwrap();
    registry.register_with("world", &client, 8).unwrap();
    let mut seen = Vec::new();
    registry.dispatch("hello", |client, value| seen.push((client.clone(), *value)));
    assert_eq!(seen, [(client, 7)]);
}

// XRU-17, XRU-18
#[behaviour::test]
async fn a_process_unregisters_its_own_keys() {
    let registry = Registry::<&str, Account>::new();
    let (client, other) = (account().await, account().await);
    assert!(!registry.unregister("hello", &client));
    registry.register("hello", &client).unwrap();
    registry.register("world", &client).unwrap();
    assert!(!registry.unregister("hello", &other));
    assert_eq!(registry.keys(&client).len(), 2);
    assert!(registry.unregister("hello", &client));
    assert_eq!(registry.keys(&client), ["world"]);
    assert!(registry.unregister("world", &client));
    assert_eq!((registry.keys(&client).len(), registry.count()), (0, 0));
    registry.register("hello", &other).unwrap();
    assert_eq!(registry.lookup("hello"), Some(other));
}

#[behaviour::test]
async fn anybody_may_remove_a_key() {
    let (registry, client) = (Registry::<String, Account>::new(), account().await);
    registry.register("hello".to_owned(), &client).unwrap();
    assert!(registry.remove("hello"));
    assert!(!registry.remove("hello"));
    assert_eq!((registry.keys(&client).len(), registry.count()), (0, 0));
    assert!(client.is_alive());
}

// XRU-12, XRU-13
#[behaviour::test]
async fn an_entry_is_unregistered_if_its_value_is_as_wanted() {
    let registry = Registry::<&str, Account, Triple>::new();
    let (client, other) = (account().await, account().await);
    registry.register_with("hello", &client, (1, "atom", 1)).unwrap();
    assert!(!registry.unregister_match("hello", &client, |value| value.0 == 2));
    assert_eq!(registry.value("hello"), Some((1, "atom", 1)));
    assert!(!registry.unregister_match("hello", &other, |value| value.1 == "atom"));
    assert!(registry.unregister_match("hello", &client, |value| value.1 == "atom"));
    assert_eq!(registry.value("hello"), None);

    registry.register_with("hello", &client, (1, "atom", 2)).unwrap();
    assert!(registry.unregister_match("hello", &client, |value| value.0 < 2));
    assert_eq!(registry.count(), 0);
}

// XRU-07, XRU-08, XRU-10, XRU-11
#[behaviour::test]
async fn a_value_is_looked_at_by_a_closure() {
    let (registry, client) = (Registry::<&str, Account, Triple>::new(), account().await);
    registry.register_with("hello", &client, (1, "atom", 2)).unwrap();
    let matches = |key: &str, wanted: &dyn Fn(&Triple) -> bool| {
        let mut found = 0;
        registry.dispatch(key, |_, value| found += u32::from(wanted(value)));
        found
    };
    assert_eq!(matches("hello", &|value| value.0 == 1), 1);
    assert_eq!(matches("hello", &|value| value.1 == "atom"), 1);
    assert_eq!(matches("hello", &|value| value.0 == value.2), 0);
    assert_eq!(matches("hello", &|_| true), 1);
    assert_eq!(matches("hello", &|value| value.2 > 1), 1);
    assert_eq!(matches("hello", &|value| value.2 > 2), 0);
    assert_eq!(matches("_", &|_| true), 0);
}

// XRU-20
#[behaviour::test]
async fn registering_links_nobody() {
    let (registry, client) = (Registry::<&str, Account>::new(), account().await);
    registry.register("hello", &client).unwrap();
    assert_eq!(client.links().await, Ok(vec![]));
    registry.unregister("hello", &client);
    assert_eq!(client.links().await, Ok(vec![]));
}

// XRU-24, XRU-25
#[behaviour::test]
async fn all_entries_can_be_selected() {
    let (registry, client) = (Registry::<&str, Account, i32>::new(), account().await);
    let all = || {
        let mut all = registry.select(|key, client, value| Some((*key, client.pid(), *value)));
        all.sort_unstable();
        all
    };
    assert_eq!(all(), []);
    let by_start = Account::start().via(&registry, "by start").await.unwrap();
    registry.register_with("hello", &client, 7).unwrap();
    assert_eq!(all(), [("by start", by_start.pid(), 0), ("hello", client.pid(), 7)]);
}

// XRU-26, XRU-27, XRU-28, XRU-30, XRU-31, XRU-32
#[behaviour::test]
async fn entries_are_selected_and_counted_by_a_closure() {
    let registry = Registry::<&str, Account, Triple>::new();
    let (client, other) = (account().await, account().await);
    registry.register_with("hello", &client, (1, "atom", 2)).unwrap();
    registry.register_with("world", &other, (3, "text", 3)).unwrap();
    let keys = |wanted: &dyn Fn(&str, &AccountClient, &Triple) -> bool| {
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

// XRU-34, XRU-35
#[behaviour::test]
async fn a_refused_registration_leaves_nothing() {
    let registry = Registry::<&str, Account>::new();
    let (client, other) = (account().await, account().await);
    assert_eq!(registry.keys(&client).len(), 0);
    registry.register("hello", &client).unwrap();
    assert_eq!(registry.keys(&client).len(), 1);
    registry.register("world", &client).unwrap();
    registry.register("hello", &client).unwrap_err();
    registry.register("hello", &other).unwrap_err();
    assert_eq!((registry.keys(&client).len(), registry.keys(&other).len(), registry.count()), (2, 0, 2));
}

#[behaviour::test]
async fn keys_are_borrowed_where_they_are_only_looked_at() {
    let (registry, client) = (Registry::<String, Account>::new(), account().await);
    registry.register("hello".to_owned(), &client).unwrap();
    assert_eq!(registry.lookup("hello"), Some(client.clone()));
    let pairs = Registry::<(u8, String), Account>::new();
    pairs.register((1, "hello".to_owned()), &client).unwrap();
    assert_eq!(pairs.lookup(&(1, "hello".to_owned())), Some(client));
}

#[behaviour::test]
async fn handles_share_a_registry_and_registries_share_nothing() {
    let (registry, client) = (Registry::<&str, Account>::new(), account().await);
    let handle = registry.clone();
    registry.register("hello", &client).unwrap();
    assert_eq!(handle.lookup("hello"), Some(client.clone()));
    let other = Registry::<&str, Account>::default();
    assert_eq!(other.lookup("hello"), None);
    assert_eq!((registry.keys(&client).len(), other.keys(&client).len()), (1, 0));
    assert_eq!(format!("{registry:?} {other:?}"), "Registry { count: 1, .. } Registry { count: 0, .. }");
}

#[behaviour::test]
async fn a_registry_that_is_dropped_drops_what_is_in_it() {
    let client = account().await;
    let (key, value) = (Arc::new(()), Arc::new(()));
    let registry = Registry::<Arc<()>, Account, Arc<()>>::new();
    registry.register_with(key.clone(), &client, value.clone()).unwrap();
    assert_eq!((Arc::strong_count(&key), Arc::strong_count(&value)), (3, 2), "table and process have the key");
    drop(registry);
    assert_eq!((Arc::strong_count(&key), Arc::strong_count(&value)), (1, 1));
    client.stop().await.unwrap();
}

// XRD-18, of the events of a unique registry
#[behaviour::test]
async fn a_listener_hears_of_registrations(mut inbox: Inbox<Change<&'static str, Account, i32>>) {
    let registry = Registry::<&str, Account, i32>::new();
    let (client, other) = (account().await, account().await);
    registry.register_with("before", &client, 0).unwrap();
    registry.subscribe(&inbox.process());
    registry.register_with("hello", &client, 1).unwrap();
    registry.register_with("hello", &other, 2).unwrap_err();
    registry.update_value("hello", &client, |value| value + 1);
    registry.unregister("unknown", &client);
    registry.unregister("hello", &client);
    registry.register_with("world", &other, 3).unwrap();
    registry.remove("world");
    let registered = |key, client: &AccountClient, value| Change::Registered { key, client: client.clone(), value };
    let unregistered = |key, client: &AccountClient| Change::Unregistered { key, client: client.clone() };
    assert_eq!(inbox.recv().await, registered("hello", &client, 1));
    assert_eq!(inbox.recv().await, unregistered("hello", &client));
    assert_eq!(inbox.recv().await, registered("world", &other, 3));
    assert_eq!(inbox.recv().await, unregistered("world", &other));

    registry.register_with("hello", &client, 4).unwrap();
    client.stop().await.unwrap();
    assert_eq!(inbox.recv().await, registered("hello", &client, 4));
    assert_eq!(inbox.try_next(), None, "nothing is said of an end");
}

#[behaviour::test]
async fn a_listener_that_panics_hears_no_more() {
    let (registry, client) = (Registry::<&str, Account>::new(), account().await);
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    registry.subscribe_with(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        panic!("too loud");
    });
    registry.register("hello", &client).unwrap();
    registry.register("world", &client).unwrap();
    assert_eq!((heard.load(Ordering::Relaxed), registry.count()), (1, 2));
    assert_eq!(Arc::strong_count(&heard), 1);
}

#[behaviour::test]
async fn errors_are_told_like_any() {
    let (registry, client) = (Registry::<&str, Account>::new(), account().await);
    registry.register("hello", &client).unwrap();
    let taken: AlreadyRegistered<Account> = registry.register("hello", &client).unwrap_err();
    assert_eq!(taken.clone(), taken);
    assert_eq!(format!("{taken:?}"), format!("AlreadyRegistered(Account{})", client.pid()));
    let _: Box<dyn std::error::Error + Send + Sync> = taken.into();
}

/// A key that looks, whenever it is compared, whether this one lives.
#[derive(Clone, Debug)]
struct Watching(Arc<Mutex<(Option<AccountClient>, Vec<bool>)>>);

impl Hash for Watching {
    fn hash<H: Hasher>(&self, state: &mut H) {
        0_u8.hash(state);
    }
}

impl PartialEq for Watching {
    fn eq(&self, _: &Self) -> bool {
        let mut looked = self.0.lock().unwrap();
        let alive = looked.0.as_ref().map(|client| client.is_alive());
        looked.1.extend(alive);
        true
    }
}

impl Eq for Watching {}

#[behaviour::test]
async fn an_entry_goes_before_its_process_is_seen_to_have_ended() {
    let (registry, client) = (Registry::<Watching, Account>::new(), account().await);
    let key = Watching(Arc::default());
    registry.register(key.clone(), &client).unwrap();
    key.0.lock().unwrap().0 = Some(client.clone());
    client.stop().await.unwrap();
    // The entry was looked for, to be taken out, while the process was alive, and without a lock of the process's.
    assert_eq!(key.0.lock().unwrap().1, [true]);
    assert_eq!(registry.count(), 0);
}

#[behaviour::test]
async fn what_was_unregistered_is_not_kept() {
    let (key, client) = (Arc::new(()), account().await);
    let (unique, duplicate) =
        (Registry::<Arc<()>, Account>::new(), DuplicateRegistry::<Arc<()>, Account, Arc<()>>::new());
    for _ in 0..1_000 {
        unique.register(key.clone(), &client).unwrap();
        assert!(unique.unregister(&key, &client));
        duplicate.register_with(key.clone(), &client, key.clone());
        assert_eq!(duplicate.unregister(&key, &client), 1);
    }
    // All but the last few, which readers may have looked at.
    assert!(Arc::strong_count(&key) < 500, "{}", Arc::strong_count(&key));
}
