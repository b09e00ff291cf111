use std::rc::Rc;

use behaviour::prelude::*;

#[behaviour]
trait Terms {
    type Term;
    fn value(&mut self, term: Self::Term) -> u64;
}

struct Words;

impl Terms for Words {
    type Term = Rc<str>;

    fn value(&mut self, term: Rc<str>) -> u64 {
        term.len() as u64
    }
}

fn main() {}
