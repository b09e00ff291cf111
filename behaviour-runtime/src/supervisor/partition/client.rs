//! What can be asked of a running partitioned supervisor.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::edge::client_face;
use crate::edge::{Behaviour, Client};
use crate::process::CallError;
use crate::process::seat::Numbered;
use crate::supervisor::client::OperationError;

use super::describe::PartitionSupervisor;
use super::route::route;

/// A client of a running [`PartitionSupervisor`].
pub struct PartitionSupervisorClient<S>(Client<PartitionSupervisor<S>>);

client_face!(PartitionSupervisorClient, PartitionSupervisor);

impl<S: Behaviour> PartitionSupervisorClient<S> {
    /// The partition that a key leads to, whatever its incarnation.
    ///
    /// If there is none, for the supervisor has ended or was resized to nothing, calls of the client fail with
    /// [`CallError::NoProcess`].
    #[must_use]
    pub fn partition<K: Hash + ?Sized>(&self, key: &K) -> S::Client {
        let numbered = self.numbered();
        let used = numbered.as_ref().map_or(0, |numbered| numbered.used.load(Ordering::Acquire));
        let id = numbered.as_ref().and_then(|numbered| numbered.ids.get(route(key, used)?));
        self.0.child::<S::Client, S>(id.map_or("", |id| id))
    }

    /// The partition of this number; none if there are not so many.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<S::Client> {
        let numbered = self.numbered()?;
        let id = numbered.ids[..numbered.used.load(Ordering::Acquire)].get(number)?;
        Some(self.0.child::<S::Client, S>(id))
    }

    /// How many partitions there are.
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live.
    pub fn partitions(&self) -> Result<usize, CallError> {
        let numbered = self.numbered().filter(|_| self.0.is_alive()).ok_or(CallError::NoProcess)?;
        Ok(numbered.used.load(Ordering::Acquire))
    }

    /// Ends the partitions from this number on, or starts again those below it that were ended so. Gives how many there
    /// were.
    ///
    /// Keys then lead to other partitions than before. A restart of the supervisor starts them all.
    ///
    /// # Errors
    /// [`ResizeError::TooMany`] if that is more than the supervisor was started with; or the error of the first
    /// partition that does not start.
    pub async fn resize(&self, partitions: usize) -> Result<usize, ResizeError> {
        let numbered = self.numbered().ok_or(ResizeError::Call(CallError::NoProcess))?;
        let most = numbered.ids.len();
        if partitions > most {
            return Err(ResizeError::TooMany { most });
        }
        let _changing = numbered.changing.lock().await;
        let before = numbered.used.load(Ordering::Acquire);
        if partitions < before {
            // Nobody is led to one that ends.
            numbered.used.store(partitions, Ordering::Release);
            for id in numbered.ids[partitions..before].iter().rev() {
                self.0.terminate_child(id).await?;
            }
        }
        for (number, id) in numbered.ids.iter().enumerate().take(partitions).skip(before) {
            self.0.restart_child(id).await?;
            numbered.used.store(number + 1, Ordering::Release);
        }
        Ok(before)
    }

    fn numbered(&self) -> Option<Arc<Numbered>> {
        self.0.own_seat()?.numbered()
    }
}

/// Why the number of partitions was not changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ResizeError {
    /// There never were so many.
    TooMany {
        /// How many the supervisor was started with.
        most: usize,
    },
    /// A partition could not be ended or started again.
    Partition(OperationError),
    /// The supervisor does not live.
    Call(CallError),
}

impl From<OperationError> for ResizeError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Call(error) => Self::Call(error),
            other => Self::Partition(other),
        }
    }
}

impl std::fmt::Display for ResizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMany { most } => write!(f, "there are at most {most} partitions"),
            Self::Partition(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ResizeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooMany { .. } => None,
            Self::Partition(error) => Some(error),
            Self::Call(error) => Some(error),
        }
    }
}
