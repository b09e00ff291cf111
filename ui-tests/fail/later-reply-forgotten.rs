use behaviour::prelude::*;

#[gen_server]
struct Counter {
    waiting: Vec<Reply<u64>>,
}

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { waiting: Vec::new() }
    }

    #[call(later)]
    fn wait(&mut self, reply: Reply<u64>) -> Later {
        self.waiting.push(reply);
    }
}

fn main() {}
