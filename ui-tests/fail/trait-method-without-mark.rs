use behaviour::prelude::*;

#[gen_server]
trait Account {
    fn balance(&self) -> u64;
}

fn main() {}
