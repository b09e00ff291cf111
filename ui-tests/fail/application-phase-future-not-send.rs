use behaviour::prelude::*;

#[application(phases(open))]
struct Bank;

#[application]
impl Bank {
    #[phase]
    async fn open(&self) {
        let shared = std::rc::Rc::new(5);
        std::future::ready(()).await;
        drop(shared);
    }
}

fn main() {}
