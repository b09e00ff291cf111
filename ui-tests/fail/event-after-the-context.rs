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
    fn event(&mut self, cx: &mut HandlerContext<Self>, _: &Alarm) {
        cx.remove_handler();
    }
}

fn main() {}
