use behaviour::prelude::*;

#[behaviour]
trait Terms {
    #[call]
    fn value(&mut self, term: u64) -> u64;
}

fn main() {}
