use behaviour::prelude::*;

struct Alarm;

#[gen_event(Alarm)]
struct Log;

#[gen_event(Alarm)]
impl Log {
    #[init]
    fn init() -> u64 {
        1
    }

    #[event]
    fn event(&mut self, _: &Alarm) {}
}

fn main() {}
