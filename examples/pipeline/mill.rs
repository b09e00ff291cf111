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
    /// Takes a line, and hands its words on; so many there were.
    ///
    /// # Panics
    /// If it is no text but bytes, which this mill cannot grind.
    #[call]
    pub async fn split(&self, line: String) -> Result<usize, CallError> {
        assert!(!line.contains('\0'), "there is a stone in the mill");
        let words: Vec<_> = line.split_whitespace().map(str::to_lowercase).collect();
        let many = words.len();
        self.tally.add(words).await?;
        Ok(many)
    }
    // ANCHOR_END: split
}

/// How often each word was there.
pub type Words = BTreeMap<String, usize>;

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
        for word in words {
            *self.words.entry(word).or_default() += 1;
        }
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
        let mut lost = 0;
        let mut split = task::async_stream(lines.into_iter().enumerate(), move |(at, line)| {
            splitters.partition(&at).split(line.into())
        })
        .max_concurrency(many)
        .ordered(false);
        while let Some(done) = split.next().await {
            lost += usize::from(!matches!(done, Ok(Ok(Ok(_)))));
        }
        Ok(lost)
    }
}

/// The same without a mill, where nothing outlives the counting: a parallel map, and a fold of what comes out.
pub async fn count<'a>(lines: impl IntoIterator<Item = &'a str, IntoIter: Send>) -> Words {
    let mut counted = task::async_stream(lines, |line| {
        let line = line.to_lowercase();
        async move { line.split_whitespace().map(str::to_owned).collect::<Vec<_>>() }
    });
    let mut words = Words::new();
    while let Some(line) = counted.next().await {
        for word in line.unwrap_or_default() {
            *words.entry(word).or_default() += 1;
        }
    }
    words
}
