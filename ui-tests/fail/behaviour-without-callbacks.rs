use behaviour::prelude::*;

#[behaviour(Summing)]
trait Terms {
    type Term;
    async fn value(&mut self, term: Self::Term) -> u64;
    fn is_enough(&self, sum: u64) -> bool {
        sum > 100
    }
}

#[gen_server]
struct Summing<T: Terms> {
    terms: T,
}

#[gen_server]
impl<T: Terms> Summing<T> {
    #[init]
    fn init(terms: T) -> Self {
        Self { terms }
    }
}

struct Words;

fn main() {
    let _ = Summing::start(Words);
}
