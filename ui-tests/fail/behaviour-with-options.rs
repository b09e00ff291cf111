use behaviour::prelude::*;

#[behaviour(name = "terms")]
trait Terms {
    fn value(&mut self, term: u64) -> u64;
}

fn main() {}
