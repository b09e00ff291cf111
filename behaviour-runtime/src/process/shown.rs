//! A state that a plain process lets others see.
//!
//! What a plain process knows lies in the variables of an async function, where nobody finds it. What it wants to be
//! found it keeps in a [`Shown`], which the process's desk knows of as long as it is there.

use std::any::Any;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::cell::ProcessCell;
use super::report;
use super::sys::{Lent, Look};

/// The state of a plain process, to be seen by `sys`: what [`Inbox::show`](super::Inbox::show) gives.
///
/// It is seen as long as this is there.
#[derive(Debug)]
pub struct Shown<T> {
    state: Arc<Mutex<T>>,
}

impl<T> Shown<T> {
    /// Looks at the state, or changes it. The function is short, and does not come here again, which would wait for
    /// itself.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the desk knows of it.
pub(crate) trait Shows: Send + Sync {
    fn describe(&self) -> String;

    fn lend(&self, look: Look<'_>);
}

impl<T: Any + Debug + Send> Shows for Mutex<T> {
    fn describe(&self) -> String {
        let state = self.lock().unwrap_or_else(PoisonError::into_inner);
        report::short(&fmt::from_fn(|f| state.fmt(f)))
    }

    fn lend(&self, look: Look<'_>) {
        let mut state = self.lock().unwrap_or_else(PoisonError::into_inner);
        look(Lent { state: None, data: &mut *state });
    }
}

/// Lets the process show this from now on, in place of anything else.
pub(super) fn show<T: Any + Debug + Send>(process: &ProcessCell, state: T) -> Shown<T> {
    let state = Arc::new(Mutex::new(state));
    let weak: Weak<Mutex<T>> = Arc::downgrade(&state);
    process.show(weak);
    Shown { state }
}
