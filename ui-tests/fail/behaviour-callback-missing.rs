use behaviour::prelude::*;

#[behaviour(Summing)]
trait Terms {
    type Term;
    async fn value(&mut self, term: Self::Term) -> u64;
    fn is_enough(&self, sum: u64) -> bool {
        sum > 100
    }
}

struct Words;

impl Terms for Words {
    type Term = String;
}

fn main() {}
