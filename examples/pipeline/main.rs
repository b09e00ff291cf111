//! A pipeline that fans out and in again, and the same work as a parallel map and reduce.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod mill;

use self::mill::{Mill, count};

const TEXT: &str = "to be\nor not\nto be\nthat is the question";

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mill = Mill { splitters: 3 }.start().await?;
    let lost = mill.grind(TEXT.lines().chain(["\0"])).await?;
    println!("the mill: {:?}, and {lost} line was lost", mill.tally().words().await?);
    mill.stop().await?;
    println!("map and reduce: {:?}", count(TEXT.lines().map(str::to_owned)).await);
    Ok(())
}
