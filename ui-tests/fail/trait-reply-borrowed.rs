use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn owner(&self) -> &str;
}

fn main() {}
