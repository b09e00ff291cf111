//! How leaving fails.

use std::fmt;

/// None of those who were to leave a group was a member (`not_joined`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJoined;

impl fmt::Display for NotJoined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a member of the group")
    }
}

impl std::error::Error for NotJoined {}
