//! Words are counted by a crew, in which one cannot stand commas: a behaviour of one's own, and its callbacks.

mod crew;

use crew::{LeaderFollower, Work};
use futures_util::future::join_all;

// ANCHOR: callbacks
/// Counts words, by this name.
struct Counting(&'static str);

impl Work for Counting {
    type Task = &'static str;
    type Outcome = String;

    async fn work(&mut self, text: &'static str) -> String {
        assert!(self.0 != "Ada" || !text.contains(','), "Ada cannot stand commas");
        format!("{} counted {} words: {text}", self.0, text.split_whitespace().count())
    }
}
// ANCHOR_END: callbacks

#[behaviour::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let crew = LeaderFollower::start(["Ada", "Grace", "Joe"].map(Counting).into()).await?;
    let texts = ["if it crashes, let another one do it", "let it crash", "that is all"];
    for outcome in join_all(texts.map(|text| crew.perform(text))).await {
        println!("{}", outcome??);
    }
    println!("{} followers are left", crew.followers().await?);
    crew.stop().await?;
    Ok(())
}
