use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn balance(&self) -> u64;
}

fn main() {
    let _ = AccountServer::start(100);
}
