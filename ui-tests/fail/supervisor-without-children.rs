use behaviour::prelude::*;

#[supervisor(one_for_one)]
struct Bank;

#[supervisor]
impl Bank {
    fn helper(&self) {}
}

fn main() {}
