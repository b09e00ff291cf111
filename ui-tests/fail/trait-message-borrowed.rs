use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[cast]
    fn rename(&mut self, name: &str);
}

fn main() {}
