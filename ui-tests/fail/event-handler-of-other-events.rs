use behaviour::prelude::*;

struct Alarm;

struct News;

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

async fn add(news: EventManagerClient<News>) {
    let _ = news.add_handler(Log::handler()).await;
}

fn main() {}
