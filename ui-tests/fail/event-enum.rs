use behaviour::prelude::*;

struct Alarm;

#[gen_event(Alarm)]
enum Log {
    Open,
    Closed,
}

fn main() {}
