//! Generics, bounds on the struct and on the impl, constants, `Self` in types.

use std::hash::Hash;

use behaviour::prelude::*;

/// Forgets the oldest of what it holds.
#[gen_server]
pub struct Cache<K: Send + 'static, V, const N: usize>
where
    V: Send + 'static,
{
    held: Vec<(K, V)>,
}

/// Puts something in.
pub struct Put<K, V>(pub K, pub V);

#[gen_server]
impl<K, V, const N: usize> Cache<K, V, N>
where
    K: Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    /// How much it holds.
    pub const SIZE: usize = N;

    #[init]
    fn init(cx: &mut Context<Self>, first: Vec<(K, V)>) -> Result<Self, std::fmt::Error> {
        cx.continue_with(Warm(first));
        Ok(Self { held: Vec::new() })
    }

    /// What is held under the key.
    #[call]
    pub fn get(&self, key: K) -> Option<V> {
        self.held.iter().find(|(held, _)| *held == key).map(|(_, value)| value.clone())
    }

    /// Waits first.
    #[call]
    pub async fn take(&mut self, key: K, cx: &mut Context<Self>) -> Option<V> {
        tokio_yield().await;
        let _ = cx.name();
        let place = self.held.iter().position(|(held, _)| *held == key)?;
        Some(self.held.remove(place).1)
    }

    /// What itself is made of.
    #[call]
    pub fn layout(&self, of: std::marker::PhantomData<fn() -> Self>) -> [u8; 2] {
        let _ = of;
        [0; 2]
    }

    /// The value, when it is there.
    #[call(later)]
    pub fn wait(&mut self, reply: Reply<Option<V>>, key: K) -> Later {
        let value = self.get(key);
        reply.send(value)
    }

    #[info]
    fn put(&mut self, Put(key, value): Put<K, V>) {
        if self.held.len() == N {
            self.held.remove(0);
        }
        self.held.push((key, value));
    }

    #[continues]
    fn warm(&mut self, warm: Warm<K, V>) {
        self.held.extend(warm.0);
    }
}

struct Warm<K, V>(Vec<(K, V)>);

async fn tokio_yield() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// A tree over any server that needs nothing to start.
#[supervisor(one_for_one)]
pub struct Over<S: Behaviour> {
    start: fn() -> Child<S>,
}

#[supervisor]
impl<S: Behaviour> Over<S> {
    /// The server.
    #[child]
    pub fn only(&self) -> Child<S> {
        (self.start)()
    }
}

#[behaviour::test]
async fn a_generic_server_runs_under_a_generic_supervisor() {
    type Words = Cache<&'static str, u8, 2>;
    let over = Over { start: || Words::child(vec![("a", 1)]) }.start().await.unwrap();
    let words: CacheClient<&str, u8, 2> = over.only();
    words.send(Put("b", 2));
    words.send(Put("c", 3));
    assert_eq!(words.get("a").await, Ok(None));
    assert_eq!(words.wait("b").await, Ok(Some(2)));
    assert_eq!(words.take("b").await, Ok(Some(2)));
    assert_eq!(words.layout(std::marker::PhantomData).await, Ok([0; 2]));
    assert_eq!(Words::SIZE, 2);
}
