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

    #[code_change]
    fn code_change(old: &mut Other) -> Self {
        let _ = old;
        Self
    }
}

struct Other;

fn main() {}
