use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[prep_stop]
    fn one(&self) {}

    #[prep_stop]
    fn other(&self) {}
}

fn main() {}
