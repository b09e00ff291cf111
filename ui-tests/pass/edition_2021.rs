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

#[gen_statem(state)]
#[derive(Debug)]
enum Maker {
    Idle,
    #[terminal]
    Busy { gen: i64 },
}

#[gen_statem(Maker)]
struct Made {
    gen: i64,
}

#[gen_statem(Maker)]
impl Made {
    #[init]
    async fn init(gen: i64) -> Result<(Self, Idle), std::fmt::Error> {
        Ok((Self { gen }, Idle))
    }

    #[call(gen)]
    fn begin(&mut self, _: Idle, gen: i64) -> (Busy, i64) {
        (Busy { gen }, self.gen)
    }

    #[call]
    async fn gen(&mut self, busy: &mut Busy, by: i64) -> i64 {
        busy.gen += std::future::ready(by).await;
        busy.gen
    }
}

#[behaviour::main]
async fn main() {
    let tree = Tree.start().await.unwrap();
    assert_eq!(tree.gen().gen(2).await, Ok(3));
    let made = Made::start(1).await.unwrap();
    assert_eq!(made.gen(5).await, Ok(1));
    assert_eq!(made.gen(5).await, Ok(10));
}
