//! Debug items that a process is to start with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::debug::{Debug, Event};
use super::file::{LogFile, LogFileError};
use crate::process::cell::ProcessCell;

/// What watches a process from its first event on: the start option `debug` of OTP.
///
/// `.debug(..)` of a start and of a child takes a function that says what is wanted.
///
/// ```
/// # use behaviour::prelude::*;
/// # #[gen_server]
/// # struct Account { cents: u64 }
/// # #[gen_server]
/// # impl Account {
/// #     #[init]
/// #     fn init(cents: u64) -> Self { Self { cents } }
/// #     #[cast]
/// #     pub fn deposit(&mut self, cents: u64) { self.cents += cents; }
/// # }
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let account = Account::start(100).debug(|items| items.trace().log(10).statistics()).await?;
/// account.deposit(5);
/// assert_eq!(account.sys().get_log().await?.len(), 2);
/// # Ok(())
/// # }
/// ```
#[must_use = "debug items are returned to the start that asks for them"]
pub struct DebugItems {
    debug: Box<Debug>,
    file: Option<PathBuf>,
}

impl DebugItems {
    /// None yet.
    pub(crate) fn none() -> Self {
        Self { debug: Box::new(Debug::of(String::new())), file: None }
    }

    /// As [`Sys::trace`](crate::sys::Sys::trace).
    pub fn trace(mut self) -> Self {
        self.debug.set_trace(true);
        self
    }

    /// As [`Sys::log`](crate::sys::Sys::log).
    pub fn log(mut self, last: usize) -> Self {
        self.debug.set_log(last);
        self
    }

    /// As [`Sys::statistics`](crate::sys::Sys::statistics).
    pub fn statistics(mut self) -> Self {
        self.debug.set_statistics(true);
        self
    }

    /// As [`Sys::log_to_file`](crate::sys::Sys::log_to_file). If the file cannot be opened, the start fails with a
    /// [`LogFileError`](crate::sys::LogFileError) as its reason.
    pub fn log_to_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// As [`Sys::install`](crate::sys::Sys::install). Of several functions of one id the first is installed.
    pub fn install<F>(mut self, id: &str, watch: F) -> Self
    where
        F: FnMut(&Event, &str) + Send + 'static,
    {
        self.debug.install(Arc::from(id), Box::new(watch));
        self
    }

    /// Puts them into a new process.
    #[allow(unsafe_code)]
    pub(crate) fn watch(self, process: &ProcessCell) -> Result<(), LogFileError> {
        let Self { mut debug, file } = self;
        debug.begin(process);
        if let Some(path) = file {
            debug.set_file(Some(LogFile::open(path)?));
        }
        if debug.is_used() {
            // SAFETY: the turn of a new process is held by whoever makes it.
            unsafe { (*process.inside()).extra().debug = Some(debug) };
        }
        Ok(())
    }
}

impl fmt::Debug for DebugItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DebugItems").field("items", &self.debug.items()).field("file", &self.file).finish()
    }
}
