//! A value in a process of its own: the prices of a shop, which many look at and few change.

use std::collections::BTreeMap;

use behaviour::agent::AgentClient;
use behaviour::prelude::*;

type Prices = BTreeMap<&'static str, u32>;

/// The shop, whose prices survive whoever asks for them.
#[supervisor(one_for_one)]
struct Shop;

#[supervisor]
impl Shop {
    /// What things cost, in cents.
    #[child]
    fn prices(&self) -> Child<Agent<Prices>> {
        Agent::child(|| Prices::from([("apple", 30), ("pear", 45), ("quince", 120)]))
    }
}

/// What the basket costs. All prices are looked up at one moment.
async fn total(prices: &AgentClient<Prices>, basket: &'static [&str]) -> Result<u32, CallError> {
    prices.get(|prices| basket.iter().filter_map(|fruit| prices.get(fruit)).sum()).await
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shop = Shop.start().await?;
    let prices = shop.prices();

    let basket = &["apple", "apple", "quince"];
    println!("the basket costs {} cents", total(&prices, basket).await?);

    // An update waits until it is done, a cast does not.
    prices.update(|prices| prices.values_mut().for_each(|cents| *cents += 5)).await?;
    prices.cast(|prices| _ = prices.remove("quince"));
    println!("now it costs {}, without the quince", total(&prices, basket).await?);

    let was = prices.get_and_update(|prices| prices.insert("pear", 10)).await?;
    println!("the pears are on sale; they were {} cents", was.unwrap_or_default());

    // A function that panics ends the agent. Its supervisor starts it again, with the prices of the morning.
    let failed = prices.get(|prices| prices["durian"]).await;
    println!("nobody sells durians: {}", failed.unwrap_err());
    println!("the basket costs {} cents again", total(&prices, basket).await?);

    shop.stop().await?;
    Ok(())
}
