use behaviour::prelude::*;

#[gen_statem(state)]
enum Work<T: Send + 'static> {
    Idle,
    Busy { on: T },
}

#[gen_statem(Work<T>)]
struct Worker<T: Send + 'static> {
    done: Vec<T>,
}

#[gen_statem(Work<T>)]
impl<T: Send + 'static> Worker<T> {
    #[init]
    fn init() -> (Self, Idle) {
        (Self { done: Vec::new() }, Idle)
    }

    #[cast]
    fn work(&mut self, _: Idle, on: T) -> Busy<T> {
        Busy { on }
    }

    #[call(else = postpone)]
    fn finish(&mut self, busy: Busy<T>) -> (Idle, T) {
        (Idle, busy.on)
    }
}

fn main() {}
