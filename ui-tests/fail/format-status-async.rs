use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[format_status]
    async fn status(&self) -> String {
        String::new()
    }
}

fn main() {}
