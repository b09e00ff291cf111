use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn close(self) -> u64;
}

fn main() {}
