//! A pipeline that fans out and in again, and the same work as a parallel map and reduce.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

mod mill;

use self::mill::{Mill, Words, count};

const TEXT: &str = "the quick brown fox\njumps over\nthe lazy dog\n\0\nand the dog sleeps on";

fn show(words: &Words) -> String {
    let often = words.iter().filter(|(_, many)| **many > 1);
    often.map(|(word, many)| format!("{word}: {many}")).collect::<Vec<_>>().join(", ")
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The crash of a stage is meant here; without this its panic would be printed as well.
    std::panic::set_hook(Box::new(|_| {}));

    let mill = Mill { splitters: 3 }.start().await?;
    let lost = mill.grind(TEXT.lines()).await?;
    println!("the mill: {}, and {lost} line was lost", show(&mill.tally().words().await?));
    mill.stop().await?;

    println!("map and reduce: {}", show(&count(TEXT.lines()).await));
    Ok(())
}
