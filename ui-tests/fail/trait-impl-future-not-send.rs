use std::rc::Rc;

use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    async fn balance(&mut self) -> u64;
}

struct Savings;

impl Account for Savings {
    async fn balance(&mut self) -> u64 {
        let cents = Rc::new(1);
        std::future::ready(()).await;
        *cents
    }
}

fn main() {}
