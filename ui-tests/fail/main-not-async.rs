#[behaviour::main]
fn main() {}
