use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn balance(&self) -> u64;
}

struct Savings;

#[gen_server]
impl Account for Savings {
    #[call]
    fn balance(&self) -> u64 {
        0
    }
}

fn main() {}
