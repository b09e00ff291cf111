//! All shards as one store: each key has its shard, and commands with many keys fan out.
//!
//! The store is a value, not a process. It holds one client a shard, as the shards' supervisor gives them out: such a
//! client names the shard and not one incarnation of it, so it reaches the new one after a crash, and a call that comes
//! while the shard restarts waits for it. Only a call that was under way when its shard crashed is lost. It is not sent
//! again, for nobody knows how far it had got; the client is told, and decides.
//!
//! A command with keys in several shards is several calls at once, and other clients may see it half done.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use behaviour::prelude::*;
use bytes::Bytes;
use futures_util::future::try_join_all;

use super::{
    command::Assignment,
    keyspace::{IncrementError, Size, TimeToLive},
    shard::ShardClient,
};

/// The way to every key. Cheap to clone, and the clones are one store.
#[derive(Clone, Debug)]
pub struct Store {
    shards: Arc<[ShardClient]>,
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The shard crashed, perhaps before it had done what was asked, perhaps after.
    Restarted,
    /// The shard did not answer in time.
    Late,
    /// The shard could not be asked.
    Call(String),
    /// The value cannot be counted up.
    Increment(IncrementError),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restarted => f.write_str("ERR shard restarted, try again"),
            Self::Late => f.write_str("ERR shard timed out, try again"),
            Self::Call(error) => write!(f, "ERR {error}"),
            Self::Increment(error) => error.fmt(f),
        }
    }
}

impl From<CallError> for StoreError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Exited(_) | CallError::NoProcess => Self::Restarted,
            CallError::Timeout => Self::Late,
            other => Self::Call(other.to_string()),
        }
    }
}

impl From<IncrementError> for StoreError {
    fn from(error: IncrementError) -> Self {
        Self::Increment(error)
    }
}

impl Store {
    /// A store of these shards; there is at least one.
    pub fn new(shards: impl IntoIterator<Item = ShardClient>) -> Self {
        Self { shards: shards.into_iter().collect() }
    }

    /// The value of a key.
    pub async fn get(&self, key: Bytes) -> Result<Option<Bytes>, StoreError> {
        Ok(self.owner(&key).get(key).await?)
    }

    /// Sets a key, if its condition holds, and tells whether it did.
    pub async fn set(&self, assignment: Assignment) -> Result<bool, StoreError> {
        Ok(self.owner(&assignment.key).set(assignment).await?)
    }

    /// Counts a value up and tells where it stands.
    pub async fn increment(&self, key: Bytes, by: i64) -> Result<i64, StoreError> {
        Ok(self.owner(&key).increment(key, by).await??)
    }

    /// Adds to the end of a value and tells how long it is now.
    pub async fn append(&self, key: Bytes, more: Bytes) -> Result<usize, StoreError> {
        Ok(self.owner(&key).append(key, more).await?)
    }

    /// Gives a key a time to live and tells whether there is such a key.
    pub async fn expire(&self, key: Bytes, life: Duration) -> Result<bool, StoreError> {
        Ok(self.owner(&key).expire(key, life).await?)
    }

    /// How long a key has to live.
    pub async fn time_to_live(&self, key: Bytes) -> Result<TimeToLive, StoreError> {
        Ok(self.owner(&key).time_to_live(key).await?)
    }

    /// The values of many keys, in the same order.
    pub async fn get_many(&self, keys: Vec<Bytes>) -> Result<Vec<Option<Bytes>>, StoreError> {
        let mut values = vec![None; keys.len()];
        let numbered = self.group(keys.into_iter().enumerate(), |(_, key)| key);
        let found = fan_out(numbered, |(shard, keys)| async move {
            let (places, keys): (Vec<_>, _) = keys.into_iter().unzip();
            Ok((places, shard.get_many(keys).await?))
        });
        for (places, found) in found.await? {
            for (place, value) in places.into_iter().zip(found) {
                values[place] = value;
            }
        }
        Ok(values)
    }

    /// Sets many keys.
    pub async fn set_many(&self, pairs: Vec<(Bytes, Bytes)>) -> Result<(), StoreError> {
        let pairs = self.group(pairs, |(key, _)| key);
        fan_out(pairs, |(shard, pairs)| async move { Ok(shard.set_many(pairs).await?) }).await?;
        Ok(())
    }

    /// How many of the keys are there; one that is named twice counts twice.
    pub async fn count(&self, keys: Vec<Bytes>) -> Result<usize, StoreError> {
        let keys = self.group(keys, |key| key);
        let counts = fan_out(keys, |(shard, keys)| async move { Ok(shard.count(keys).await?) }).await?;
        Ok(counts.into_iter().sum())
    }

    /// Removes keys and tells how many there were.
    pub async fn remove(&self, keys: Vec<Bytes>) -> Result<usize, StoreError> {
        let keys = self.group(keys, |key| key);
        let counts = fan_out(keys, |(shard, keys)| async move { Ok(shard.remove(keys).await?) }).await?;
        Ok(counts.into_iter().sum())
    }

    /// The keys that a glob pattern stands for.
    pub async fn keys(&self, pattern: Bytes) -> Result<Vec<Bytes>, StoreError> {
        let keys = fan_out(&*self.shards, |shard| {
            let pattern = pattern.clone();
            async move { Ok(shard.keys(pattern).await?) }
        });
        Ok(keys.await?.concat())
    }

    /// How many keys there are in each shard.
    pub async fn sizes(&self) -> Result<Vec<Size>, StoreError> {
        fan_out(&*self.shards, |shard| async move { Ok(shard.size().await?) }).await
    }

    /// Removes every key.
    pub async fn clear(&self) -> Result<(), StoreError> {
        fan_out(&*self.shards, |shard| async move { Ok(shard.clear().await?) }).await?;
        Ok(())
    }

    /// Crashes the shard that owns a key, or the first. Done when the shard is gone.
    pub async fn crash(&self, key: Option<Bytes>) -> Result<(), StoreError> {
        match self.owner(&key.unwrap_or_default()).crash().await {
            Ok(()) | Err(CallError::Exited(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The shard that owns a key.
    fn owner(&self, key: &[u8]) -> &ShardClient {
        &self.shards[place(key, self.shards.len())]
    }

    /// Groups items by the shard that owns their key, in the order in which they came.
    fn group<Item>(
        &self,
        items: impl IntoIterator<Item = Item>,
        key: impl Fn(&Item) -> &Bytes,
    ) -> impl Iterator<Item = (&ShardClient, Vec<Item>)> {
        let mut groups: Vec<Vec<Item>> = self.shards.iter().map(|_| Vec::new()).collect();
        for item in items {
            groups[place(key(&item), self.shards.len())].push(item);
        }
        self.shards.iter().zip(groups).filter(|(_, group)| !group.is_empty())
    }
}

/// Asks every shard at once and waits for all answers.
async fn fan_out<To, Answer, Asked>(
    to: impl IntoIterator<Item = To>,
    ask: impl Fn(To) -> Asked,
) -> Result<Vec<Answer>, StoreError>
where
    Asked: Future<Output = Result<Answer, StoreError>>,
{
    try_join_all(to.into_iter().map(ask)).await
}

/// Which of so many shards owns a key: FNV-1a, the same on every machine and in every release.
fn place(key: &[u8], shards: usize) -> usize {
    let hash = key
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    usize::try_from(hash % shards.max(1) as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn keys_spread_over_all_shards() {
        let mut counts = [0; 8];
        for n in 0..8_000 {
            counts[place(format!("key:{n}").as_bytes(), 8)] += 1;
        }
        assert!(counts.iter().all(|count| (700..1_300).contains(count)), "{counts:?}");
        assert_eq!(place(b"any", 1), 0);
    }
}
