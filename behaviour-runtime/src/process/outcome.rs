//! What a callback, or a plain process, may return when nobody waits for a reply: nothing, or a result.

use std::error::Error;

use super::reason::ExitReason;

/// What a callback may return when nobody waits for a reply: `()`, or a `Result` whose error ends the process.
///
/// Let it crash: a callback that returns `Result<(), E>` may use `?`, and the process ends with
/// [`ExitReason::Error`], which keeps the error.
#[diagnostic::on_unimplemented(
    message = "a callback without a caller cannot return `{Self}`",
    label = "nobody is there to take this value",
    note = "return nothing, or `Result<(), E>` to end the process with an error; use `#[call]` to reply"
)]
pub trait Outcome {
    /// The reason to end with, if the process shall end.
    fn into_reason(self) -> Option<ExitReason>;
}

impl Outcome for () {
    fn into_reason(self) -> Option<ExitReason> {
        None
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> Outcome for Result<(), E> {
    fn into_reason(self) -> Option<ExitReason> {
        self.err().map(ExitReason::error)
    }
}
