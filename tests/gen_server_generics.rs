//! What the macro must carry over from the user's code: generics and their bounds, `cfg`, docs, visibility, raw
//! identifiers, and names that mean something to the generated code.

#![deny(missing_docs)]
#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]
#![allow(clippy::must_use_candidate, clippy::unused_async, reason = "a callback is called by its server")]

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use behaviour::prelude::*;

/// Remembers values, of whatever type.
#[gen_server(mailbox(capacity = 100))]
pub struct Cache<K, V = String, const LIMIT: usize = 2>
where
    K: Hash + Eq + Send + 'static,
    V: Clone + Send + 'static,
{
    values: HashMap<K, V>,
    waiting: Vec<(K, Reply<V>)>,
}

/// Forget this one.
#[derive(Debug)]
pub struct Forget<K>(pub K);

/// Put this there, when there is time.
struct Put<K, V>(K, V);

#[gen_server]
impl<K, V, const LIMIT: usize> Cache<K, V, LIMIT>
where
    K: Hash + Eq + Send + 'static,
    V: Clone + Send + 'static,
{
    #[init]
    fn init(values: HashMap<K, V>) -> Result<Self, String> {
        if values.len() > LIMIT {
            return Err(format!("more than {LIMIT} values"));
        }
        Ok(Self { values, waiting: Vec::new() })
    }

    /// The value of a key.
    #[call]
    pub fn get(&self, key: K) -> Option<V> {
        self.values.get(&key).cloned()
    }

    /// The value of a key, once there is one.
    #[call(later)]
    pub fn wait(&mut self, reply: Reply<V>, key: K) -> Later {
        match self.values.get(&key) {
            Some(value) => reply.send(value.clone()),
            None => self.next(reply, key),
        }
    }

    /// The value of a key, once it is put there.
    #[call(later)]
    pub fn next(&mut self, reply: Reply<V>, key: K) -> Later {
        self.waiting.push((key, reply));
        Later
    }

    /// Puts a value there, and tells who waits for it.
    #[cast]
    pub async fn put(&mut self, cx: &mut Context<Self>, key: K, value: V) {
        tokio::task::yield_now().await;
        cx.continue_with(Put(key, value));
    }

    #[continues]
    fn put_now(&mut self, Put(key, value): Put<K, V>) {
        for (_, reply) in self.waiting.extract_if(.., |(waited, _)| *waited == key) {
            reply.send(value.clone());
        }
        self.values.insert(key, value);
    }

    #[info]
    fn forget(&mut self, Forget(key): Forget<K>) {
        self.values.remove(&key);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_server_may_be_generic() {
    let cache: CacheClient<u8, &str, 1> = Cache::start([(1, "one")].into()).await.unwrap();
    assert_eq!(cache.get(1).await, Ok(Some("one")));
    assert_eq!(cache.wait(1).await, Ok("one"));
    let (next, ()) = tokio::join!(cache.next(2), async { cache.put(2, "two") });
    assert_eq!(next, Ok("two"));
    cache.send(Forget(1));
    assert_eq!(cache.get(1).await, Ok(None));
    // With other types it is another server; with its defaults one need not name them.
    let words: CacheClient<String> = Cache::start(HashMap::new()).await.unwrap();
    words.put("k".into(), "v".into());
    assert_eq!(words.get("k".into()).await, Ok(Some("v".into())));
    let full = Cache::<u8, u8, 0>::start([(1, 1)].into()).await.unwrap_err();
    assert_eq!(full, StartError::Failed(ExitReason::error("more than 0 values")));
}

#[behaviour::test(start_paused = true)]
async fn a_generic_server_is_found_as_what_it_is() {
    let cache = Cache::<u8, u8>::start(HashMap::new()).named("cache").await.unwrap();
    assert!(Cache::<u8, u16>::find("cache").is_none());
    assert_eq!(Cache::<u8, u8>::find("cache"), Some(cache));
}

/// What a behaviour of one's own asks of its callbacks.
pub trait Callbacks: Send + 'static {
    /// What it is asked.
    type Question: Send + 'static;
    /// What it answers.
    type Answer: Debug + Send + 'static;

    /// Answers.
    fn answer(&mut self, question: Self::Question) -> Self::Answer;
}

/// A behaviour of one's own: a generic server over a callback trait.
#[gen_server]
pub struct Oracle<C: Callbacks> {
    callbacks: C,
}

#[gen_server]
impl<C: Callbacks> Oracle<C> {
    #[init]
    fn init(callbacks: C) -> Self {
        Self { callbacks }
    }

    /// Asks.
    #[call]
    pub fn ask(&mut self, question: C::Question) -> C::Answer {
        self.callbacks.answer(question)
    }
}

struct Doubling;

impl Callbacks for Doubling {
    type Question = u32;
    type Answer = u32;

    fn answer(&mut self, question: u32) -> u32 {
        question * 2
    }
}

#[behaviour::test(start_paused = true)]
async fn a_behaviour_of_ones_own_is_a_generic_server() {
    assert_eq!(Oracle::start(Doubling).await.unwrap().ask(21).await, Ok(42));
}

/// Half of it is there only under another `cfg`.
#[gen_server]
pub struct Configured {
    #[cfg(any())]
    nowhere: NoSuchType,
    #[cfg(test)]
    here: u32,
}

/// Only for the tests.
#[cfg(test)]
pub struct Tested;

#[gen_server]
impl Configured {
    #[cfg(any())]
    #[init]
    fn init(nowhere: NoSuchType) -> Self {
        Self { nowhere }
    }

    #[cfg(test)]
    #[init]
    fn init(here: u32) -> Self {
        Self { here }
    }

    /// The one that is there.
    #[cfg(test)]
    #[call]
    pub fn number(&self) -> u32 {
        self.here
    }

    /// The other one.
    #[cfg(not(test))]
    #[call]
    pub fn number(&self) -> NoSuchType {
        self.nowhere
    }

    /// Never there.
    #[cfg(any())]
    #[cast]
    pub fn nowhere(&mut self, nowhere: NoSuchType) {
        self.nowhere = nowhere;
    }

    #[cfg(test)]
    #[info]
    fn tested(&mut self, _: Tested) {
        self.here += 1;
    }

    #[cfg(any())]
    #[info]
    fn nowhere_either(&mut self, _: NoSuchType) {}

    #[cfg(any())]
    #[terminate]
    fn end(&mut self, _: NoSuchType) {}
}

#[behaviour::test(start_paused = true)]
async fn a_cfg_on_a_callback_holds_for_all_that_is_made_of_it() {
    let configured = Configured::start(7).await.unwrap();
    configured.send(Tested);
    assert_eq!(configured.number().await, Ok(8));
}

/// Its names are keywords.
#[gen_server]
pub struct r#Raw {
    r#type: u32,
}

/// A message with a name like a keyword's.
#[allow(non_camel_case_types, reason = "a name like this is what is tried")]
pub struct r#yield(u32);

#[gen_server]
impl r#Raw {
    #[init]
    fn r#init(r#type: u32) -> Self {
        Self { r#type }
    }

    /// Matches.
    #[call]
    pub fn r#match(&self, r#fn: u32) -> bool {
        self.r#type == r#fn
    }

    /// Moves.
    #[cast]
    pub fn r#move(&mut self, r#in: u32, r#self_: u32) {
        self.r#type = r#in + r#self_;
    }

    #[info]
    fn r#loop(&mut self, r#yield(r#for): r#yield) {
        self.r#type = r#for;
    }
}

#[behaviour::test(start_paused = true)]
async fn names_may_be_raw() {
    let raw: RawClient = Raw::start(1).await.unwrap();
    raw.r#move(1, 2);
    assert_eq!(raw.r#match(3).await, Ok(true));
    raw.send(r#yield(4));
    assert_eq!(raw.r#match(4).await, Ok(true));
}

/// A module in which nothing means what it should.
mod hostile {
    #![allow(dead_code, non_camel_case_types, unused_macros, reason = "these names shadow others")]

    macro_rules! shadows {
        ($($name:ident)*) => { $( struct $name; )* };
    }
    macro_rules! unreachable {
        () => {
            compile_error!("not this one")
        };
    }
    macro_rules! matches {
        () => {
            compile_error!("not this one")
        };
    }

    shadows! {
        Option Some None Result Ok Err Box Vec String Send Sync Clone Debug Fn FnOnce Future Pin Duration From Into Deref
        Call Cast Client Context Start Reply Later Message Behaviour GenServer Options Timeout Exit Down ExitReason
        std core behaviour tokio
    }

    /// Its methods, parameters and variants are called like what the macro writes.
    #[::behaviour::gen_server]
    pub(super) struct Hostile<T: ::core::marker::Send + 'static> {
        value: T,
        count: usize,
    }

    #[::behaviour::gen_server]
    impl<T: ::core::marker::Send + 'static> Hostile<T> {
        #[init]
        fn new(value: T, cx: usize) -> Self {
            Self { value, count: cx }
        }

        #[call]
        pub(super) fn stop(&self, message: usize, cx: usize, reply: usize, value: usize, server: usize) -> usize {
            self.count + message + cx + reply + value + server
        }

        #[call]
        pub(super) fn pid(&self, this: usize, client: usize, body: usize, process: usize, f: usize) -> usize {
            self.count + this + client + body + process + f
        }

        #[call]
        pub(super) async fn send(&mut self, context: &mut ::behaviour::server::Context<Self>, __a: usize) -> usize {
            self.count += __a;
            let _ = context.pid();
            self.count
        }

        #[call]
        pub(super) fn message(&mut self, value: T) -> T {
            ::core::mem::replace(&mut self.value, value)
        }

        #[cast]
        pub(super) fn cast(&mut self, call: usize) {
            self.count += call;
        }

        #[cast]
        pub(super) fn is_alive(&mut self) {
            self.count += 1;
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn names_may_mean_something_else() {
    let hostile = hostile::Hostile::start("value", 0).await.unwrap();
    assert_eq!(hostile.stop(1, 2, 3, 4, 5).await, Ok(15));
    assert_eq!(hostile.pid(1, 2, 3, 4, 5).await, Ok(15));
    assert_eq!(hostile.send(1).await, Ok(1));
    assert_eq!(hostile.message("other").await, Ok("value"));
    hostile.cast(1);
    hostile.is_alive();
    assert_eq!(hostile.send(0).await, Ok(3));
    // What every client has is behind `Deref`.
    assert!((*hostile).is_alive());
    (*hostile).stop().within(Duration::from_millis(1)).await.unwrap();
}

/// A server without anything to say, in each form of a struct.
macro_rules! forms {
    ($($name:ident $fields:tt $make:expr;)*) => { $(
        forms!(@declare $name $fields);

        #[gen_server]
        impl $name {
            #[init]
            fn init() -> Self {
                $make
            }
        }
    )* };
    (@declare $name:ident ()) => {
        /// A unit.
        #[gen_server]
        pub struct $name;
    };
    (@declare $name:ident ($($ty:ty)+)) => {
        /// A tuple.
        #[gen_server]
        pub struct $name($($ty),+);
    };
    (@declare $name:ident {$($field:ident: $ty:ty)*}) => {
        /// With names.
        #[gen_server]
        pub struct $name { $($field: $ty),* }
    };
}

forms! {
    Unit () Self;
    Tuple (u8 String) Self(1, String::new());
    Named {} Self {};
}

#[behaviour::test(start_paused = true)]
async fn a_server_may_be_any_struct_and_take_nothing() {
    Unit::start().await.unwrap().stop().await.unwrap();
    Tuple::start().await.unwrap().stop().await.unwrap();
    Named::start().await.unwrap().stop().await.unwrap();
}
