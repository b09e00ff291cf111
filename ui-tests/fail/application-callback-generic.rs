use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[stop]
    fn stop<T>(&self) {}
}

fn main() {}
