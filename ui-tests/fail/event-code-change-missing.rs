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
}

async fn change(alarms: EventManagerClient<Alarm>) {
    let _ = alarms.sys().change_code(Log::upgrade()).await;
}

fn main() {}
