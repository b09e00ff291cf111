use behaviour::prelude::*;

struct Alarm;

#[gen_event(Alarm)]
struct Log;

#[gen_event(Alarm)]
impl Log {
    #[init]
    fn init() -> Self {
        Self
    }

    #[event]
    fn event(&mut self, _: &Alarm) {}

    #[call(later)]
    fn seen(&mut self, reply: Reply<u64>) -> Later {
        reply.send(1)
    }
}

fn main() {}
