//! The smallest server: a struct, its callbacks, and the client that the macro writes from them.

use behaviour::prelude::*;

/// Counts.
#[gen_server]
pub struct Counter {
    value: i64,
}

#[gen_server]
impl Counter {
    #[init]
    fn init(start: i64) -> Self {
        Self { value: start }
    }

    /// The value now.
    #[call]
    pub fn get(&self) -> i64 {
        self.value
    }

    /// Adds `by`.
    #[cast]
    pub fn add(&mut self, by: i64) {
        self.value += by;
    }
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let counter = Counter::start(40).await?;
    counter.add(2);
    println!("{}", counter.get().await?);
    counter.stop().await?;
    Ok(())
}
