#[behaviour::test(flavor = "multi_thread", start_paused = true)]
async fn it_counts() {}

fn main() {}
