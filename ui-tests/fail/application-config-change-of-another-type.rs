use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[config_change]
    fn change(&self, _before: &str) {}
}

fn main() {}
