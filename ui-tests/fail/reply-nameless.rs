use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn all(&self) -> impl Iterator<Item = u8> {
        std::iter::empty()
    }
}

fn main() {}
