use behaviour::prelude::*;

#[gen_server]
trait Store {
    #[call]
    fn get<K: Ord>(&self, key: K) -> u64;
}

fn main() {}
