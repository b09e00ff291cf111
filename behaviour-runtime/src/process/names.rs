//! Local names.
//!
//! One table for the whole program, as a node has in OTP: a name belongs to at most one living process, a process has
//! at most one name, and a name is free before anybody hears of its owner's end.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::cell::ProcessCell;
use super::pid::Pid;

static NAMES: RwLock<Option<HashMap<Arc<str>, Arc<ProcessCell>>>> = RwLock::new(None);

/// Why a name could not be registered (Erlang's `badarg` of `register/2`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// Another process has the name (`already_started`).
    Taken(Pid),
    /// The process already has a name.
    Named(Arc<str>),
    /// The process does not live.
    NoProcess,
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken(pid) => write!(f, "the name is taken by {pid}"),
            Self::Named(name) => write!(f, "the process is already called `{name}`"),
            Self::NoProcess => f.write_str("no such process"),
        }
    }
}

impl std::error::Error for RegisterError {}

/// Gives a process a name.
pub(crate) fn register(process: &Arc<ProcessCell>, name: Arc<str>) -> Result<(), RegisterError> {
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(owner) = names.get(&name) {
        return Err(RegisterError::Taken(owner.pid()));
    }
    // The cell refuses a name once its end has begun, under the same lock that takes the name away.
    process.take_name(&name)?;
    names.insert(name, Arc::clone(process));
    Ok(())
}

/// Takes a name away from whoever has it.
pub(crate) fn unregister(name: &str) -> bool {
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let Some(owner) = names.as_mut().and_then(|names| names.remove(name)) else { return false };
    // Both sides change under the lock of the table. A process that ends may have given its name back already.
    if let Some(tables) = &mut owner.relations().tables
        && tables.name.as_deref() == Some(name)
    {
        tables.name = None;
    }
    drop(names);
    true
}

/// Frees the name of a process that ends.
pub(crate) fn free(name: &str, pid: Pid) {
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(names) = names.as_mut()
        && names.get(name).is_some_and(|owner| owner.pid() == pid)
    {
        names.remove(name);
    }
}

/// The process of a name.
pub(crate) fn find(name: &str) -> Option<Arc<ProcessCell>> {
    NAMES.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(name).cloned()
}
