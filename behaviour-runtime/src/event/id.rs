//! What a handler is called.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use crate::edge::short_name;

/// What a handler is called at its manager: its type, and an id if there are several of it (OTP's `Handler` or
/// `{Handler, Id}`).
///
/// ```
/// use behaviour::event::HandlerId;
///
/// struct Log;
///
/// assert_eq!(HandlerId::of::<Log>().to_string(), "Log");
/// assert_eq!(HandlerId::of::<Log>().with("second").to_string(), "Log(second)");
/// ```
#[derive(Clone)]
pub struct HandlerId {
    of: TypeId,
    type_name: fn() -> &'static str,
    id: Option<Arc<str>>,
}

impl HandlerId {
    /// The handler of this type that has no id.
    #[must_use]
    pub fn of<H: 'static>() -> Self {
        Self { of: TypeId::of::<H>(), type_name: type_name::<H>, id: None }
    }

    /// The handler of the same type that has this id.
    #[must_use]
    pub fn with(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Whether it is a handler of this type, whatever its id.
    #[must_use]
    pub fn is<H: 'static>(&self) -> bool {
        self.of == TypeId::of::<H>()
    }

    /// The full name of its type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// Its id, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl PartialEq for HandlerId {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.id == other.id
    }
}

impl Eq for HandlerId {}

impl std::hash::Hash for HandlerId {
    fn hash<S: std::hash::Hasher>(&self, state: &mut S) {
        self.of.hash(state);
        self.id.hash(state);
    }
}

impl fmt::Display for HandlerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(short_name(self.type_name()))?;
        if let Some(id) = &self.id { write!(f, "({id})") } else { Ok(()) }
    }
}

impl fmt::Debug for HandlerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
