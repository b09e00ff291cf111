//! Why a process ended.
//!
//! OTP knows reasons as terms; here they are an enum that is cheap to clone, because a reason goes to every linked and
//! every monitoring process. A failure keeps its cause: the user's own error, or the panic with its message and place.

use std::any::Any;
use std::backtrace::Backtrace;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// Why a process ended (Erlang's exit reason).
///
/// `Normal`, `Shutdown` and `ShutdownWith` are not errors: they are not reported as crashes and do not restart a
/// transient child.
///
/// ```
/// use behaviour_runtime::process::ExitReason;
///
/// let reason = ExitReason::error("disk full");
/// assert!(reason.is_abnormal());
/// assert_eq!(reason.to_string(), "disk full");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ExitReason {
    /// A clean end (`normal`). Does not touch linked processes that do not trap exits.
    #[default]
    Normal,
    /// An ordered end (`shutdown`), what supervisors send.
    Shutdown,
    /// An ordered end that carries information (`{shutdown, Term}`).
    ShutdownWith(Cause),
    /// The process was killed (`killed`): by an explicit kill, or because it did not shut down in time.
    Killed,
    /// The process was not there when it was linked or monitored (`noproc`).
    NoProcess,
    /// A callback panicked.
    Panic(Panic),
    /// A callback returned an error, or somebody ended the process with one.
    Error(Cause),
}

impl ExitReason {
    /// A failure, from any error, or from a text.
    pub fn error(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        match cause.downcast::<Self>() {
            Ok(reason) => *reason,
            Err(cause) => Self::Error(Cause::new(cause)),
        }
    }

    /// An ordered end that carries information (`{shutdown, Term}`).
    pub fn shutdown_with(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::ShutdownWith(Cause::new(cause.into()))
    }

    /// Whether this end is a failure: everything but `Normal`, `Shutdown` and `ShutdownWith`.
    #[must_use]
    pub fn is_abnormal(&self) -> bool {
        !matches!(self, Self::Normal | Self::Shutdown | Self::ShutdownWith(_))
    }

    /// The user's own error or information, if this reason carries one of type `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Error(cause) | Self::ShutdownWith(cause) => cause.downcast_ref(),
            _ => None,
        }
    }

    /// Has reports say this instead of the reason, wherever it goes from here, as a `#[format_status]` told. The first
    /// process that has something to hide decides.
    pub(crate) fn report_as(&self, text: &str) {
        if let Some(reported) = self.reported() {
            let _ = reported.set(text.into());
        }
    }

    /// What reports say of it, which is all of it unless somebody had something to hide.
    pub(crate) fn in_report(&self) -> impl fmt::Display {
        fmt::from_fn(move |f| match self.reported().and_then(OnceLock::get) {
            Some(text) => f.write_str(text),
            None => fmt::Display::fmt(self, f),
        })
    }

    /// None of a reason that holds nothing of the user's, and of an end in order, which `#[format_status]` never sees.
    fn reported(&self) -> Option<&OnceLock<Box<str>>> {
        match self {
            Self::Panic(panic) => Some(&panic.0.reported),
            Self::Error(cause) => Some(&cause.0.reported),
            Self::Normal | Self::Shutdown | Self::ShutdownWith(_) | Self::Killed | Self::NoProcess => None,
        }
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("normal"),
            Self::Shutdown => f.write_str("shutdown"),
            Self::ShutdownWith(cause) => write!(f, "shutdown: {cause}"),
            Self::Killed => f.write_str("killed"),
            Self::NoProcess => f.write_str("no process"),
            Self::Panic(panic) => panic.fmt(f),
            Self::Error(cause) => cause.fmt(f),
        }
    }
}

impl Error for ExitReason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Error(cause) | Self::ShutdownWith(cause) => cause.get().source(),
            _ => None,
        }
    }
}

/// Reasons are equal if they are of one kind and say the same.
impl PartialEq for ExitReason {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Panic(one), Self::Panic(two)) => one == two,
            (Self::Error(one), Self::Error(two)) | (Self::ShutdownWith(one), Self::ShutdownWith(two)) => one == two,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The error or the information that a reason carries: any error of the user's own, shared.
///
/// ```
/// use behaviour_runtime::process::ExitReason;
///
/// let ExitReason::Error(cause) = ExitReason::error(std::fmt::Error) else { unreachable!() };
/// assert!(cause.downcast_ref::<std::fmt::Error>().is_some());
/// ```
#[derive(Clone)]
pub struct Cause(Arc<CauseInside>);

struct CauseInside {
    error: Box<dyn Error + Send + Sync>,
    /// What reports say instead.
    reported: OnceLock<Box<str>>,
}

impl Cause {
    fn new(error: Box<dyn Error + Send + Sync>) -> Self {
        Self(Arc::new(CauseInside { error, reported: OnceLock::new() }))
    }

    /// The error itself, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.error.downcast_ref()
    }

    /// The error itself.
    #[must_use]
    pub fn get(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0.error
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, |f| fmt::Debug::fmt(&self.0.error, f))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, |f| fmt::Display::fmt(&self.0.error, f))
    }
}

/// Shows an error of the user's. Reasons are reported by the runtime, which an error that panics then must not harm.
fn shown(f: &mut fmt::Formatter<'_>, show: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result) -> fmt::Result {
    catch_unwind(AssertUnwindSafe(|| show(f))).unwrap_or_else(|_| f.write_str("an error that panics when it is shown"))
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.to_string() == other.to_string()
    }
}

/// A panic of a callback: what it said, where, and what it was thrown with.
#[derive(Clone)]
pub struct Panic(Arc<PanicInside>);

struct PanicInside {
    message: Option<String>,
    place: Option<String>,
    backtrace: Option<Backtrace>,
    /// What reports say instead.
    reported: OnceLock<Box<str>>,
    // Behind a mutex because a payload need not be `Sync`.
    payload: std::sync::Mutex<Box<dyn Any + Send>>,
}

impl Panic {
    pub(crate) fn new(payload: Box<dyn Any + Send>, place: Option<String>, backtrace: Option<Backtrace>) -> Self {
        let message = payload
            .downcast_ref::<&'static str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        let (reported, payload) = (OnceLock::new(), std::sync::Mutex::new(payload));
        Self(Arc::new(PanicInside { message, place, backtrace, reported, payload }))
    }

    /// The panic's message; a payload that is no text has none.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or("a panic whose payload is no text")
    }

    /// File, line and column, unless the program replaced the panic hook.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }

    /// The backtrace, if `RUST_BACKTRACE` asks for one. Its symbols are looked up when it is shown.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.0.backtrace.as_ref()
    }

    /// Lends the payload, if it is a `T`.
    pub fn with_payload<T: 'static, R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        let payload = self.0.payload.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        payload.downcast_ref().map(f)
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.message())
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic").field("message", &self.message()).field("place", &self.0.place).finish()
    }
}

impl PartialEq for Panic {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.message() == other.message() && self.0.place == other.0.place)
    }
}
