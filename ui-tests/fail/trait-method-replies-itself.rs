use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn copy(&self) -> Option<Self>;
}

fn main() {}
