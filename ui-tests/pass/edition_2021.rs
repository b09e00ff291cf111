//! A user of the edition before, where `gen` is no keyword and `impl Trait` captures less.

use behaviour::prelude::*;

#[gen_server]
struct Counter {
    gen: i64,
}

#[gen_server]
impl Counter {
    #[init]
    async fn init(gen: i64, cx: &mut Context<Self>) -> Result<Self, std::fmt::Error> {
        let _ = cx.pid();
        Ok(Self { gen })
    }

    #[call]
    async fn gen(&mut self, by: i64) -> i64 {
        std::future::ready(self.gen + by).await
    }
}

#[supervisor(one_for_one)]
struct Tree;

#[supervisor]
impl Tree {
    #[child]
    fn gen(&self) -> Child<Counter> {
        Counter::child(1)
    }
}

#[behaviour::main]
async fn main() {
    let tree = Tree.start().await.unwrap();
    assert_eq!(tree.gen().gen(2).await, Ok(3));
}
