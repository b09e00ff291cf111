//! What a callback, a plain process or a task may return when nobody waits for it: nothing, or a result.

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

/// What a whole life may return when nobody waits for it, that of a plain process or of a task: the same as a callback.
///
/// Who wants its value spawns it with [`Task::spawn`](crate::task::Task::spawn) and awaits it.
#[diagnostic::on_unimplemented(
    message = "nobody is there to take the `{Self}` that this returns",
    label = "nobody waits for its value",
    note = "for a value that is awaited, write `Task::spawn(async {{ .. }})`, or `tasks.spawn(..)` under a `TaskSupervisor`",
    note = "otherwise return nothing, or `Result<(), E>` to end the process with an error"
)]
pub trait LifeOutcome: Outcome {}

impl LifeOutcome for () {}

impl<E: IntoError> LifeOutcome for Result<(), E> {}

#[diagnostic::do_not_recommend]
impl LifeOutcome for Never {}

impl Outcome for () {
    fn into_reason(self) -> Option<ExitReason> {
        None
    }
}

impl<E: IntoError> Outcome for Result<(), E> {
    fn into_reason(self) -> Option<ExitReason> {
        self.err().map(ExitReason::error)
    }
}

/// A life that goes round for ever: `async { loop { .. } }`.
#[diagnostic::do_not_recommend]
impl Outcome for Never {
    fn into_reason(self) -> Option<ExitReason> {
        self
    }
}

/// The type `!`, which stable Rust does not let us name, as what a function that never returns gives.
type Never = <fn() -> ! as Gives>::This;

#[doc(hidden)]
pub trait Gives {
    /// What it gives.
    type This;
}

impl<T> Gives for fn() -> T {
    type This = T;
}

/// An error that a process may end with, or fail to start with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that a process can end with",
    label = "this `Err` is not an error",
    note = "implement `std::error::Error` for `{Self}`, which must be `Send`, `Sync` and `'static`"
)]
pub trait IntoError: Into<Box<dyn Error + Send + Sync>> {}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> IntoError for E {}
