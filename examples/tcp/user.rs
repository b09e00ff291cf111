//! What the user of a connection is told.

use std::{
    collections::VecDeque,
    error,
    fmt::{self, Display, Formatter},
    mem,
};

use behaviour::prelude::*;

/// Why a connection does not do what its user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// There is none.
    NoConnection,
    /// There is one.
    Exists,
    /// It is about to end.
    Closing,
    /// The other end broke it off, or its own user did.
    Reset,
    /// Nobody listens at the other end.
    Refused,
    /// The other end has not answered for too long.
    TimedOut,
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => "connection does not exist",
            Self::Exists => "connection already exists",
            Self::Closing => "connection closing",
            Self::Reset => "connection reset",
            Self::Refused => "connection refused",
            Self::TimedOut => "connection aborted due to user timeout",
        })
    }
}

impl error::Error for Error {}

/// What opening, sending, closing and aborting lead to.
pub type Done = Result<(), Error>;

/// Who waits for the same thing. Two may wait for a connection to open: who listened first, and connected then.
#[derive(Debug)]
pub struct Waiting(Vec<Reply<Done>>);

impl Waiting {
    pub fn and(mut self, reply: Reply<Done>) -> Self {
        self.0.push(reply);
        self
    }

    pub fn tell(self, done: Done) {
        for reply in self.0 {
            reply.send(done);
        }
    }
}

impl From<Reply<Done>> for Waiting {
    fn from(reply: Reply<Done>) -> Self {
        Self(vec![reply])
    }
}

/// Text that has come and is not read yet, and who waits for text. One of the two is always empty.
#[derive(Debug, Default)]
pub struct Reading {
    text: String,
    readers: VecDeque<Reply<Result<String, Error>>>,
}

impl Reading {
    pub fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    /// Text has come.
    pub fn text(&mut self, text: &str) {
        self.text.push_str(text);
        if let Some(reader) = self.readers.pop_front() {
            reader.send(Ok(mem::take(&mut self.text)));
        }
    }

    /// Somebody wants text.
    pub fn reader(&mut self, reader: Reply<Result<String, Error>>) -> Later {
        if self.has_text() {
            return reader.send(Ok(mem::take(&mut self.text)));
        }
        self.readers.push_back(reader);
        Later
    }

    /// No more text will come.
    pub fn end(&mut self, error: Error) {
        for reader in self.readers.drain(..) {
            reader.send(Err(error));
        }
    }
}
