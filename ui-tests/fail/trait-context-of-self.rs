use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[cast]
    fn deposit(&mut self, cx: &mut Context<Self>, cents: u64);
}

fn main() {}
