use behaviour::prelude::*;

use std::cell::Cell;

#[gen_server]
struct Counter {
    value: Cell<i64>,
}

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { value: Cell::new(0) }
    }

    #[call]
    async fn get(&self) -> i64 {
        std::future::ready(self.value.get()).await
    }
}

fn main() {}
