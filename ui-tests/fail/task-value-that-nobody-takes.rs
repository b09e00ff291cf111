use behaviour::prelude::*;

fn main() {
    let _ = Task::start(async { 1 });
}
