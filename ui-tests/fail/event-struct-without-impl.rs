use behaviour::prelude::*;

struct Alarm;

#[gen_event(Alarm)]
struct Log;

fn main() {}
