use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn balance(&self) -> u64;
}

struct Savings;

fn main() {
    let _ = AccountServer::start(|| Savings);
}
