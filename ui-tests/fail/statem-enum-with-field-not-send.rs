use behaviour::prelude::*;

use std::rc::Rc;

#[gen_statem(state)]
enum Light {
    Red { name: Rc<str> },
    Green,
}

fn main() {}
