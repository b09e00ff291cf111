use behaviour::prelude::*;

#[application]
struct Bank;

#[application]
impl Clone for Bank {
    fn clone(&self) -> Self {
        Self
    }
}

#[application]
impl Bank {}

fn main() {}
