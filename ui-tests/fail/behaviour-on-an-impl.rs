use behaviour::prelude::*;

#[behaviour]
trait Terms {
    fn value(&mut self, term: u64) -> u64;
}

struct Words;

#[behaviour]
impl Terms for Words {
    fn value(&mut self, term: u64) -> u64 {
        term
    }
}

fn main() {}
