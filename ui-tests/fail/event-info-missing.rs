use std::time::Duration;

use behaviour::prelude::*;

struct Alarm;

struct Tick;

#[gen_event(Alarm)]
struct Log;

#[gen_event(Alarm)]
impl Log {
    #[init]
    fn init(cx: &mut HandlerContext<Self>) -> Self {
        cx.send_after(Duration::ZERO, Tick);
        Self
    }

    #[event]
    fn event(&mut self, _: &Alarm) {}
}

fn main() {}
