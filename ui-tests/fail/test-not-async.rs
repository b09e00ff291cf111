#[behaviour::test]
fn it_counts() {}

fn main() {}
