#[behaviour::main]
async fn main<T>() {}
