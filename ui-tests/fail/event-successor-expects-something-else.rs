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

    #[init(swap)]
    fn after(_: Option<u64>) -> Self {
        Self
    }

    #[event]
    fn event(&mut self, _: &Alarm) {}

    #[terminate]
    fn close(self) -> String {
        String::new()
    }
}

async fn swap(alarms: EventManagerClient<Alarm>) {
    let log = alarms.handler::<Log>();
    let _ = alarms.swap_handler(&log, Log::successor()).await;
}

fn main() {}
