use behaviour::prelude::*;

#[gen_server]
struct Counter {
    #[secret(all)]
    value: i64,
}

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { value: 0 }
    }
}

fn main() {}
