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
    async fn slow(&mut self) -> i64 {
        let shared = std::rc::Rc::new(5);
        std::future::ready(()).await;
        *shared
    }
}

fn main() {}
