use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn balance(&self) -> u64;
    #[call]
    async fn withdraw(&mut self, cents: u64) -> bool;
}

struct Savings;

impl Account for Savings {
    fn balance(&self) -> u64 {
        0
    }
}

fn main() {}
