use behaviour::prelude::*;

#[gen_server]
trait Store {
    type Error;
    #[call]
    fn get(&self, key: u64) -> u64;
}

fn main() {}
