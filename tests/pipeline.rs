//! The example `pipeline`: what goes in comes out counted, whatever breaks in between.

#![allow(unreachable_pub, reason = "the example's file is a module here")]

use std::time::Duration;

#[path = "../examples/pipeline/mill.rs"]
mod mill;

use mill::{Mill, Words, count};

/// A hundred lines of a few words each, and what is to come out.
fn text() -> (Vec<String>, Words) {
    let mut words = Words::new();
    let lines = (0..100_usize).map(|line| {
        let line: Vec<_> = (0..line % 7).map(|word| format!("w{}", (line * word) % 11)).collect();
        for word in &line {
            *words.entry(word.clone()).or_default() += 1;
        }
        line.join(" ")
    });
    (lines.collect(), words)
}

#[behaviour::test(flavor = "multi_thread")]
async fn a_mill_counts_all_words_however_many_splitters_it_has() {
    let (lines, words) = text();
    for splitters in [1, 3, 8] {
        let mill = Mill { splitters }.start().await.unwrap();
        assert_eq!(mill.grind(lines.iter().map(String::as_str)).await, Ok(0));
        assert_eq!(mill.tally().words().await, Ok(words.clone()));
        mill.stop().await.unwrap();
    }
}

#[behaviour::test]
async fn a_map_and_reduce_counts_the_same() {
    let (lines, words) = text();
    assert_eq!(count(lines).await, words);
}

#[behaviour::test(start_paused = true)]
async fn a_stone_costs_its_line_and_no_other() {
    let (mut lines, words) = text();
    lines.insert(50, "w1 \0 w2".into());
    lines.push("\0".into());
    let mill = Mill { splitters: 3 }.start().await.unwrap();
    assert_eq!(mill.grind(lines.iter().map(String::as_str)).await, Ok(2));
    assert_eq!(mill.tally().words().await, Ok(words));
}

#[behaviour::test(start_paused = true)]
async fn a_stage_that_is_slow_is_waited_for() {
    let mill = Mill { splitters: 2 }.start().await.unwrap();
    let tally = mill.tally();
    tally.sys().suspend().await.unwrap();
    let (lines, words) = text();
    let client = mill.clone();
    let grinding = tokio::spawn(async move { client.grind(lines.iter().map(String::as_str)).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Two splitters wait with a line each; nobody has sent more.
    assert_eq!(tally.mailbox_len(), 2);
    assert_eq!(mill.splitters().partition(&0).mailbox_len() + mill.splitters().partition(&1).mailbox_len(), 0);
    tally.sys().resume().await.unwrap();
    assert_eq!(grinding.await.unwrap(), Ok(0));
    assert_eq!(tally.words().await, Ok(words));
}
