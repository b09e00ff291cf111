use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[config_change]
    fn change(&self) {}
}

fn main() {}
