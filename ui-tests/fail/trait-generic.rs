use behaviour::prelude::*;

#[gen_server]
trait Store<K: Ord> {
    #[call]
    fn get(&self, key: K) -> u64;
}

fn main() {}
