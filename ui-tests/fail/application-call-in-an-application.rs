use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Bank {
    #[call]
    fn get(&self) -> u32 {
        5
    }
}

fn main() {}
