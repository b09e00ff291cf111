use behaviour::prelude::*;

struct Bank<S>(S);

#[application]
impl<S> Bank<S> {}

fn main() {}
