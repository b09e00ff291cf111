use behaviour::prelude::*;

#[gen_server]
trait Meal {
    #[cast]
    fn serve(&mut self, guest: u64);
}

fn main() {}
