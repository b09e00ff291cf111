//! What `#[init]` may return.

use crate::edge::Failure;
use crate::process::{ExitReason, IntoError};

use super::behaviour::GenServer;

/// What `#[init]` may return.
///
/// | `#[init]` returns | the start gives | in OTP |
/// |---|---|---|
/// | `Self` | the client | `{ok, State}` |
/// | `Result<Self, E>` | [`StartError::Failed`](crate::process::StartError) on `Err` | `{error, Reason}` |
/// | `Option<Self>` | [`StartError::Ignored`](crate::process::StartError) on `None` | `ignore` |
/// | `Result<Option<Self>, E>` | both | |
#[diagnostic::on_unimplemented(
    message = "an `#[init]` of `{S}` cannot return `{Self}`",
    label = "this does not make a `{S}`",
    note = "return `Self`, `Result<Self, E>`, `Option<Self>` or `Result<Option<Self>, E>`, where `E` is an error"
)]
pub trait IntoInit<S> {
    /// The server, nothing if it is not to be started, or why it cannot.
    ///
    /// # Errors
    /// The error that `#[init]` returned.
    fn into_init(self) -> Result<Option<S>, Failure>;
}

impl<S: GenServer> IntoInit<S> for S {
    fn into_init(self) -> Result<Option<S>, Failure> {
        Ok(Some(self))
    }
}

impl<S: GenServer> IntoInit<S> for Option<S> {
    fn into_init(self) -> Result<Option<S>, Failure> {
        Ok(self)
    }
}

impl<S: GenServer, E: IntoError> IntoInit<S> for Result<S, E> {
    fn into_init(self) -> Result<Option<S>, Failure> {
        self.map(Some).map_err(|error| Failure(ExitReason::error(error)))
    }
}

impl<S: GenServer, E: IntoError> IntoInit<S> for Result<Option<S>, E> {
    fn into_init(self) -> Result<Option<S>, Failure> {
        self.map_err(|error| Failure(ExitReason::error(error)))
    }
}
