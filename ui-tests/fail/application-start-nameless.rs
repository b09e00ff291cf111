use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[start]
    fn start(&self) -> impl Sized {}
}

fn main() {}
