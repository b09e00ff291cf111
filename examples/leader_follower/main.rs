//! Words are counted by a crew, in which one cannot stand commas: a behaviour of one's own, and its callbacks.

mod crew;

use crew::{LeaderFollower, LeaderFollowerClient, Work};

// ANCHOR: callbacks
/// Counts words.
struct Counting {
    name: &'static str,
    stands_commas: bool,
}

impl Work for Counting {
    type Task = &'static str;
    type Outcome = (&'static str, usize);

    async fn work(&mut self, text: &'static str) -> (&'static str, usize) {
        assert!(self.stands_commas || !text.contains(','), "a comma!");
        tokio::task::yield_now().await;
        (self.name, text.split_whitespace().count())
    }
}
// ANCHOR_END: callbacks

#[behaviour::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let workers = vec![
        Counting { name: "Ada", stands_commas: false },
        Counting { name: "Grace", stands_commas: true },
        Counting { name: "Joe", stands_commas: true },
    ];
    let crew: LeaderFollowerClient<Counting> = LeaderFollower::start(workers).await?;

    // Ada is given the first one, and the others have no time yet.
    let texts = ["if it crashes, let another one do it", "let it crash", "that is all"];
    let outcomes = futures_util::future::join_all(texts.map(|text| crew.perform(text))).await;
    for (text, outcome) in texts.iter().zip(outcomes) {
        match outcome? {
            Ok((who, words)) => println!("{who} counted {words} words: {text}"),
            Err(reason) => println!("nobody counted, {reason:?}: {text}"),
        }
    }
    println!("{} followers are left", crew.followers().await?);
    crew.stop().await?;
    Ok(())
}
