//! The file that a process's events are written to, by a thread of its own.
//!
//! A disk may be slow, and a process is not to wait for it between two callbacks: it hands the line over and goes on,
//! into a queue without bounds. It waits for the disk when it opens the file, and when the file is done with, which it is
//! at the end of the process at the latest: then the lines are waited for that are not written yet, so the file is
//! complete for whoever hears of the end.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use tracing::dispatcher;

use crate::process::report;

/// Why a process's events cannot be written to a file.
#[derive(Clone, Debug)]
pub struct LogFileError {
    path: PathBuf,
    error: Arc<io::Error>,
}

impl LogFileError {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the operating system said.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        &self.error
    }
}

/// Two are equal that tell of one file and of one kind of error.
impl PartialEq for LogFileError {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.error.kind() == other.error.kind()
    }
}

impl fmt::Display for LogFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write events to {}: {}", self.path.display(), self.error)
    }
}

impl Error for LogFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

/// A file that is written line by line. Dropping it waits until all lines are.
pub(super) struct LogFile {
    path: PathBuf,
    /// What both are taken out of when it is dropped.
    writer: Option<(Sender<String>, JoinHandle<()>)>,
}

impl LogFile {
    /// Opens the file, to append to it.
    pub(super) fn open(path: PathBuf) -> Result<Self, LogFileError> {
        let begin = || {
            let file = OpenOptions::new().append(true).create(true).open(&path)?;
            let ((sender, lines), path) = (channel(), path.clone());
            // What it has to tell goes where this thread tells its own.
            let told = dispatcher::get_default(Clone::clone);
            let work = move || dispatcher::with_default(&told, || write(file, &path, &lines));
            let thread = Builder::new().name("log to file".into()).spawn(work)?;
            Ok((sender, thread))
        };
        match begin() {
            Ok(writer) => Ok(Self { path, writer: Some(writer) }),
            Err(error) => Err(LogFileError { path, error: Arc::new(error) }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has a line written, which brings its end along.
    pub(super) fn write(&self, line: String) {
        // A file that could not be written to has been reported, and the thread has ended.
        let _ = self.writer.as_ref().map(|(lines, _)| lines.send(line));
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        if let Some((lines, thread)) = self.writer.take() {
            drop(lines);
            // The thread cannot panic; if it did, the panic hook has told of it.
            let _ = thread.join();
        }
    }
}

/// The thread: each line at once, until there will be no more.
fn write(mut file: File, path: &Path, lines: &Receiver<String>) {
    for line in lines {
        if let Err(error) = file.write_all(line.as_bytes()) {
            return report::log_file_failed(path, &error);
        }
    }
}
