use behaviour::pool::Pool;
use behaviour::prelude::*;

#[gen_server]
struct Worker;

#[gen_server]
impl Worker {
    #[init]
    fn init(_number: u32) -> Self {
        Self
    }
}

fn main() {
    let _ = Pool::start(Worker::child(1));
}
