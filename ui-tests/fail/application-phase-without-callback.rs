use behaviour::prelude::*;

#[application(phases(warm_up, open))]
struct Bank;

#[application]
impl Bank {
    #[phase]
    fn open(&self) {}
}

fn main() {}
