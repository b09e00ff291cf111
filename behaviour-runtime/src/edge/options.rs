//! What `#[gen_server(..)]` may say of a server.

use std::time::Duration;

use crate::process::{CALL_TIMEOUT, WhenFull};

/// The options of a server, as its attribute gives them.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub(crate) name: Option<&'static str>,
    pub(crate) capacity: u32,
    pub(crate) when_full: WhenFull,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) inline: bool,
}

impl Options {
    /// The defaults: no name, an unbounded mailbox, calls that wait 5 s, calls in place.
    #[must_use]
    pub const fn new() -> Self {
        Self { name: None, capacity: 0, when_full: WhenFull::Reject, call_timeout: Some(CALL_TIMEOUT), inline: true }
    }

    /// The defaults of a state machine: those of a server, but calls wait for ever, as a call may be postponed.
    #[must_use]
    pub const fn machine() -> Self {
        Self::new().call_timeout(None)
    }

    /// The name that the server is registered under.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// How many messages may wait, and what happens to one more.
    ///
    /// # Panics
    /// If the capacity is 0 or does not fit 32 bits.
    #[must_use]
    pub const fn mailbox(mut self, capacity: usize, when_full: WhenFull) -> Self {
        assert!(capacity > 0, "a mailbox holds at least one message");
        assert!(capacity <= u32::MAX as usize, "a mailbox holds fewer than 2^32 messages");
        #[allow(clippy::cast_possible_truncation)]
        {
            self.capacity = capacity as u32;
        }
        self.when_full = when_full;
        self
    }

    /// How long calls wait if the caller does not say; none is for ever.
    #[must_use]
    pub const fn call_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Whether a caller may run the idle server in place.
    #[must_use]
    pub const fn inline(mut self, inline: bool) -> Self {
        self.inline = inline;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
