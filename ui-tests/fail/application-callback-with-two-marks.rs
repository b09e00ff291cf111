use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[stop]
    #[prep_stop]
    fn stop(&self) {}
}

fn main() {}
