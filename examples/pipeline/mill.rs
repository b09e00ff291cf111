//! The mill: lines of text go in at one end, and how often each word was there comes out at the other.
//!
//! ```text
//! line ──► splitter 0 ──┐
//! line ──► splitter 1 ──┼──► tally
//! line ──► splitter 2 ──┘
//! ```
//!
//! A line is handed on by a call, so whoever is faster than the next stage waits for it, and nothing piles up between
//! them. A stage that crashes loses the line that it had, is started again, and the mill goes on.

use std::collections::BTreeMap;

use behaviour::prelude::*;
use behaviour::task;

/// How often each word was there.
pub type Words = BTreeMap<String, usize>;

fn split(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_lowercase).collect()
}

fn add(words: &mut Words, more: Vec<String>) {
    for word in more {
        *words.entry(word).or_default() += 1;
    }
}

/// Splits lines into words.
#[gen_server]
pub struct Splitter {
    tally: TallyClient,
}

#[gen_server]
impl Splitter {
    #[init]
    fn init(tally: TallyClient) -> Self {
        Self { tally }
    }

    // ANCHOR: split
    /// Takes a line, and hands its words on. It panics if that is no text but bytes, which this mill cannot grind.
    #[call]
    pub async fn split(&self, line: String) -> Result<(), CallError> {
        assert!(!line.contains('\0'), "there is a stone in the mill");
        self.tally.add(split(&line)).await
    }
    // ANCHOR_END: split
}

/// Where everything comes together.
#[gen_server]
pub struct Tally {
    words: Words,
}

#[gen_server]
impl Tally {
    #[init]
    fn init() -> Self {
        Self { words: Words::new() }
    }

    /// Counts these.
    #[call]
    pub fn add(&mut self, words: Vec<String>) {
        add(&mut self.words, words);
    }

    /// What was counted so far.
    #[call]
    pub fn words(&self) -> Words {
        self.words.clone()
    }
}

/// The stages, the last one first: each is there before anything is sent to it.
#[supervisor(one_for_one, intensity = 10)]
pub struct Mill {
    pub splitters: usize,
}

#[supervisor]
impl Mill {
    /// Where the words are counted.
    #[child]
    pub fn tally(&self) -> Child<Tally> {
        Tally::child()
    }

    /// Who splits the lines.
    #[child]
    pub fn splitters(&self, mill: &MillClient) -> Child<PartitionSupervisor<Splitter>> {
        let tally = mill.tally();
        PartitionSupervisor::child(self.splitters, move |_| Splitter::child(tally.clone()))
    }
}

impl MillClient {
    /// Sends lines through, some at a time; so many of them were lost.
    pub async fn grind<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a str, IntoIter: Send>,
    ) -> Result<usize, CallError> {
        let splitters = self.splitters();
        let many = splitters.partitions()?;
        let grind = move |(at, line): (usize, &str)| splitters.partition(&at).split(line.into());
        let mut ground = task::async_stream(lines.into_iter().enumerate(), grind).max_concurrency(many).ordered(false);
        let mut lost = 0;
        while let Some(done) = ground.next().await {
            lost += usize::from(!matches!(done, Ok(Ok(Ok(())))));
        }
        Ok(lost)
    }
}

/// The same without a mill, where nothing outlives the counting: a parallel map, and a fold of what comes out.
pub async fn count(lines: impl IntoIterator<Item = String, IntoIter: Send>) -> Words {
    let mut counted = task::async_stream(lines, async |line: String| split(&line)).ordered(false);
    let mut words = Words::new();
    while let Some(line) = counted.next().await {
        add(&mut words, line.unwrap_or_default());
    }
    words
}
