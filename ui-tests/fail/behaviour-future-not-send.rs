use std::rc::Rc;

use behaviour::prelude::*;

#[behaviour]
trait Terms {
    async fn value(&mut self, term: u64) -> u64;
}

struct Words;

impl Terms for Words {
    async fn value(&mut self, term: u64) -> u64 {
        let term = Rc::new(term);
        std::future::ready(()).await;
        *term
    }
}

fn main() {}
