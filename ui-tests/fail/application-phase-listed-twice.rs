use behaviour::prelude::*;

#[application(phases(open, open))]
struct Bank;

#[application]
impl Bank {
    #[phase]
    fn open(&self) {}
}

fn main() {}
