use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    async fn init() -> Self {
        let shared = std::rc::Rc::new(());
        std::future::ready(()).await;
        drop(shared);
        Self
    }
}

fn main() {}
