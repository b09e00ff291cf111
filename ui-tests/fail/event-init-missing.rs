use behaviour::prelude::*;

struct Alarm;

#[gen_event(Alarm)]
struct Log;

#[gen_event(Alarm)]
impl Log {
    #[event]
    fn event(&mut self, _: &Alarm) {}
}

fn main() {}
