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

#[gen_server]
struct Keeper;

#[gen_server]
impl Keeper {
    #[init]
    async fn init(cx: &mut Context<Self>, alarms: EventManagerClient<Alarm>) -> Result<Self, HandlerError> {
        alarms.add_sup_handler(Log::handler(), cx.client()).await?;
        Ok(Self)
    }
}

fn main() {}
