use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[start]
    fn start(&self) -> u32 {
        5
    }
}

fn main() {}
