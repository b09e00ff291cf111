use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[init]
    fn new(cents: u64) -> Self;
    #[call]
    fn balance(&self) -> u64;
}

fn main() {}
