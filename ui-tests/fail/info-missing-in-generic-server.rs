use behaviour::prelude::*;

use std::time::Duration;

struct Tick<K>(K);

#[gen_server]
struct Cache<K: Send + 'static>(K);

#[gen_server]
impl<K: Send + 'static> Cache<K> {
    #[init]
    fn init(key: K) -> Self {
        Self(key)
    }

    #[cast]
    fn go(&mut self, key: K, cx: &mut Context<Self>) {
        cx.send_after(Duration::ZERO, Tick(key));
    }
}

fn main() {}
