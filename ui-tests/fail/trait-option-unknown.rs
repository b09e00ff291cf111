use behaviour::prelude::*;

#[gen_server(call_timeuot = 1s)]
trait Account {
    #[call]
    fn balance(&self) -> u64;
}

#[gen_server(later)]
trait Other {
    #[call]
    fn balance(&self) -> u64;
}

fn main() {}
