//! Random registrations, ends and look-ups: one after the other against a plain model, and on several threads at once
//! against what must always hold. A failing case is told by its seed.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::{DuplicateRegistry, Registry};

use random::Random;

#[path = "support/random.rs"]
mod random;

/// Somebody to be found; perhaps the only one who may have its key.
#[gen_server]
struct Holder {
    only: Option<Arc<AtomicBool>>,
}

#[gen_server]
impl Holder {
    #[init]
    fn init(only: Option<Arc<AtomicBool>>) -> Self {
        if let Some(only) = &only {
            assert!(!only.swap(true, Ordering::AcqRel), "two have one key");
        }
        Self { only }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(only) = &self.only {
            only.store(false, Ordering::Release);
        }
    }
}

const KEYS: usize = 6;

/// What both registries ought to hold: of each key who has it, and the value.
#[derive(Default)]
struct Model {
    unique: BTreeMap<usize, (HolderClient, usize)>,
    /// In the order in which they came.
    duplicate: Vec<(usize, HolderClient, usize)>,
}

impl Model {
    /// A process has ended.
    fn end(&mut self, client: &HolderClient) {
        self.unique.retain(|_, (holder, _)| holder != client);
        self.duplicate.retain(|(_, holder, _)| holder != client);
    }
}

/// The registries, and all processes that ever were.
struct Play {
    unique: Registry<usize, Holder, usize>,
    duplicate: DuplicateRegistry<usize, Holder, usize>,
    clients: Vec<HolderClient>,
    model: Model,
}

impl Play {
    async fn step(&mut self, random: &mut Random, value: usize) {
        let key = random.below(KEYS);
        if self.clients.is_empty() || random.below(6) == 0 {
            return self.start(key, value).await;
        }
        // Among the latest, some of whom have ended.
        let index = self.clients.len() - 1 - random.below(self.clients.len().min(8));
        let client = self.clients[index].clone();
        let alive = client.is_alive();
        let (unique, duplicate, model) = (&self.unique, &self.duplicate, &mut self.model);
        let own = model.unique.get(&key).is_some_and(|(holder, _)| *holder == client);
        match random.below(10) {
            0 | 1 => match unique.register_with(key, &client, value) {
                Ok(()) if alive => assert_eq!(model.unique.insert(key, (client, value)), None),
                Ok(()) => assert!(!model.unique.contains_key(&key)),
                Err(taken) => assert_eq!(model.unique.get(&key).map(|(holder, _)| holder), Some(taken.client())),
            },
            2 => {
                assert_eq!(unique.unregister(&key, &client), own);
                model.unique.retain(|known, _| *known != key || !own);
            }
            3 => {
                let new = unique.update_value(&key, &client, |value| value + 100);
                let known = model.unique.get_mut(&key).filter(|_| own);
                assert_eq!(new, known.as_ref().map(|known| (known.1 + 100, known.1)));
                if let Some(known) = known {
                    known.1 += 100;
                }
            }
            4 => assert_eq!(unique.remove(&key), model.unique.remove(&key).is_some()),
            5..=7 => {
                duplicate.register_with(key, &client, value);
                model.duplicate.extend(alive.then_some((key, client, value)));
            }
            8 => {
                let even = |value: &usize| value.is_multiple_of(2);
                let before = model.duplicate.len();
                model.duplicate.retain(|entry| entry.0 != key || entry.1 != client || !even(&entry.2));
                assert_eq!(duplicate.unregister_match(&key, &client, even), before - model.duplicate.len());
            }
            _ => {
                match random.below(2) {
                    0 => drop(client.stop().await),
                    _ => client.kill(),
                }
                client.ended().await;
                model.end(&client);
            }
        }
    }

    async fn start(&mut self, key: usize, value: usize) {
        match Holder::start(None).via_with(&self.unique, key, value).await {
            Ok(client) => {
                assert_eq!(self.model.unique.insert(key, (client.clone(), value)), None);
                self.clients.push(client);
            }
            Err(error) => {
                let taken = self.model.unique.get(&key).map(|(client, _)| client.pid());
                assert_eq!(Some(error), taken.map(StartError::AlreadyStarted));
                self.clients.push(Holder::start(None).await.unwrap());
            }
        }
    }

    fn compare(&self) {
        let (unique, duplicate, model) = (&self.unique, &self.duplicate, &self.model);
        assert_eq!((unique.count(), duplicate.count()), (model.unique.len(), model.duplicate.len()));
        for key in 0..KEYS {
            assert_eq!(unique.lookup_with(&key), model.unique.get(&key).cloned());
            assert_eq!(unique.at(key).is_alive(), model.unique.contains_key(&key));
            let of_key = model.duplicate.iter().filter(|(known, ..)| *known == key);
            let expected: Vec<_> = of_key.map(|(_, client, value)| (client.clone(), *value)).collect();
            assert_eq!(duplicate.lookup_with(&key), expected);
        }
        for client in self.clients.iter().rev().take(10) {
            let sorted = |mut keys: Vec<usize>| {
                keys.sort_unstable();
                keys
            };
            let keys = model.unique.iter().filter(|(_, (holder, _))| holder == client).map(|(key, _)| *key);
            assert_eq!(sorted(unique.keys(client)), sorted(keys.collect()));
            let keys = model.duplicate.iter().filter(|(_, holder, _)| holder == client).map(|(key, ..)| *key);
            assert_eq!(sorted(duplicate.keys(client)), sorted(keys.collect()));
        }
        let mut all = unique.select(|key, client, value| Some((*key, (client.clone(), *value))));
        all.sort_unstable_by_key(|(key, _)| *key);
        assert_eq!(all, model.unique.clone().into_iter().collect::<Vec<_>>());
        assert_eq!(duplicate.count_select(|_, client, _| client.is_alive()), model.duplicate.len());
    }
}

#[behaviour::test]
async fn registries_hold_what_a_plain_model_holds() {
    for seed in 0..200 {
        let told = Seed(seed);
        let mut random = Random(seed);
        let mut play = Play {
            unique: Registry::new(),
            duplicate: DuplicateRegistry::new(),
            clients: Vec::new(),
            model: Model::default(),
        };
        for value in 0..150 {
            play.step(&mut random, value).await;
            play.compare();
        }
        for client in play.clients.clone() {
            client.kill();
            client.ended().await;
            play.model.end(&client);
            play.compare();
        }
        assert_eq!((play.unique.count(), play.duplicate.count()), (0, 0));
        drop(told);
    }
}

/// Tells its seed if it is dropped by a panic.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}", self.0);
        }
    }
}

/// What runs on several threads at once.
#[derive(Clone)]
struct Crowd {
    unique: Registry<usize, Holder, usize>,
    duplicate: DuplicateRegistry<usize, Holder, usize>,
    /// Of each key, whether somebody who started with it is there.
    held: Arc<Vec<Arc<AtomicBool>>>,
    starts: Arc<AtomicUsize>,
}

impl Crowd {
    fn new(keys: usize) -> Self {
        Self {
            unique: Registry::new(),
            duplicate: DuplicateRegistry::new(),
            held: Arc::new((0..keys).map(|_| Arc::default()).collect()),
            starts: Arc::default(),
        }
    }

    /// Starts processes under random keys, registers them under more while they are killed, and looks for them.
    async fn churn(self, seed: u64, rounds: usize) {
        let (mut random, keys) = (Random(seed), self.held.len());
        for round in 0..rounds {
            let key = random.below(keys);
            let only = Some(Arc::clone(&self.held[key]));
            let started = Holder::start(only).via_with(&self.unique, key, round).await;
            let Ok(client) = started else {
                // Whoever has the key may be one that others are killing: it ends, or the key is free.
                if let Some(client) = self.unique.lookup(&key) {
                    client.kill();
                }
                continue;
            };
            self.starts.fetch_add(1, Ordering::Relaxed);
            let registering = {
                let (crowd, client, more) = (self.clone(), client.clone(), random.below(4));
                tokio::spawn(async move {
                    for number in 0..more {
                        // A key that nobody starts with.
                        let _ = crowd.unique.register_with(keys + key, &client, number);
                        crowd.duplicate.register_with(key, &client, number);
                        crowd.unique.update_value(&(keys + key), &client, |value| value + 1);
                        if number == 2 {
                            crowd.unique.unregister(&(keys + key), &client);
                            crowd.duplicate.unregister(&key, &client);
                        }
                    }
                })
            };
            if random.below(2) == 0 {
                tokio::task::yield_now().await;
            }
            client.kill();
            client.ended().await;
            self.expect_gone(key, &client);
            registering.await.unwrap();
            self.expect_gone(key, &client);
        }
    }

    /// Nothing is found of a process that has ended.
    fn expect_gone(&self, key: usize, client: &HolderClient) {
        assert!(!client.is_alive());
        for key in [key, self.held.len() + key] {
            assert_ne!(self.unique.lookup(&key).as_ref(), Some(client));
        }
        assert!(!self.duplicate.lookup(&key).contains(client));
        assert_eq!(self.unique.keys(client), []);
        assert_eq!(self.duplicate.keys(client), []);
    }

    /// Looks up without a pause: what is found of a process that has ended was found before its end.
    fn read(&self, until: &AtomicBool) -> usize {
        let mut found = 0;
        while !until.load(Ordering::Acquire) {
            for key in 0..2 * self.held.len() {
                let Some(client) = self.unique.lookup(&key) else { continue };
                found += 1;
                if !client.is_alive() {
                    assert_ne!(self.unique.lookup(&key), Some(client));
                }
            }
            self.duplicate.dispatch(&0, |client, _| found += usize::from(client.is_alive()));
            found += self.unique.count_select(|_, client, _| client.is_alive());
        }
        found
    }
}

fn crowd(keys: usize, tasks: u64, rounds: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    let crowd = Crowd::new(keys);
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (crowd, done) = (crowd.clone(), Arc::clone(&done));
        std::thread::spawn(move || crowd.read(&done))
    };
    let tasks: Vec<_> = (0..tasks).map(|seed| runtime.spawn(crowd.clone().churn(seed, rounds))).collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    done.store(true, Ordering::Release);
    reader.join().unwrap();
    assert_eq!((crowd.unique.count(), crowd.duplicate.count()), (0, 0));
    assert_eq!(crowd.unique.select(|key, _, _| Some(*key)), []);
    assert_eq!(crowd.duplicate.select(|key, _, _| Some(*key)), []);
    assert!(crowd.starts.load(Ordering::Relaxed) > rounds);
}

#[test]
fn many_threads_leave_nothing_in_a_few_keys() {
    crowd(3, 8, 400);
}

#[test]
fn many_threads_leave_nothing_in_many_keys() {
    crowd(1_000, 8, 400);
}

/// A key and a value that look around as they are dropped.
struct Noisy {
    registry: Registry<usize, Holder, Noisy>,
    owner: HolderClient,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Noisy {
    fn drop(&mut self) {
        // Each of these waits for ever if somebody has a lock that it wants.
        let _ = (self.owner.is_alive(), self.owner.name(), self.registry.keys(&self.owner));
        let _ = (self.registry.count(), self.registry.lookup(&0), self.registry.remove(&usize::MAX));
        let _ = process::whereis("registry: nobody is called so");
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

#[behaviour::test]
async fn values_may_do_anything_as_they_are_dropped() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let registry = Registry::<usize, Holder, Noisy>::new();
    let noisy = |owner: &HolderClient| Noisy {
        registry: registry.clone(),
        owner: owner.clone(),
        dropped: Arc::clone(&dropped),
    };
    for _ in 0..10 {
        let client = Holder::start(None).await.unwrap();
        for key in 0..50 {
            registry.register_with(key, &client, noisy(&client)).unwrap();
            assert!(registry.register_with(key, &client, noisy(&client)).is_err());
        }
        for key in 0..25 {
            assert!(registry.unregister(&key, &client));
        }
        client.stop().await.unwrap();
        assert_eq!(registry.count(), 0);
    }
    // The refused ones at once; of the others, all but a few that no reader can see any more.
    assert!(dropped.load(Ordering::Relaxed) > 800, "{dropped:?}");
}
