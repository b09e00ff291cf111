#[behaviour::main]
struct Counter;

fn main() {}
