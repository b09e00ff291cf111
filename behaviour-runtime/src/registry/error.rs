//! How a registration fails.

use std::fmt;

use crate::edge::Behaviour;
use crate::process::Pid;

/// The key is taken (`{:error, {:already_registered, pid}}`), perhaps by the very process that asked.
pub struct AlreadyRegistered<S: Behaviour> {
    client: S::Client,
}

impl<S: Behaviour> AlreadyRegistered<S> {
    pub(super) fn new(client: S::Client) -> Self {
        Self { client }
    }

    /// A client of whoever has the key.
    #[must_use]
    pub fn client(&self) -> &S::Client {
        &self.client
    }

    /// The pid of whoever has the key.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.client.pid()
    }
}

impl<S: Behaviour> Clone for AlreadyRegistered<S> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone())
    }
}

impl<S: Behaviour> PartialEq for AlreadyRegistered<S> {
    fn eq(&self, other: &Self) -> bool {
        *self.client == *other.client
    }
}

impl<S: Behaviour> Eq for AlreadyRegistered<S> {}

impl<S: Behaviour> fmt::Debug for AlreadyRegistered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AlreadyRegistered").field(&*self.client).finish()
    }
}

impl<S: Behaviour> fmt::Display for AlreadyRegistered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key is already registered, by {}", self.pid())
    }
}

impl<S: Behaviour> std::error::Error for AlreadyRegistered<S> {}
