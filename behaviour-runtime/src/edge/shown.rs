//! How reports show a field: as it shows itself, or not at all.

use std::fmt::{self, Debug};

/// The last word of a type's path, without its parameters.
pub(crate) fn short_name(full: &str) -> &str {
    full.split('<').next().and_then(|path| path.rsplit("::").next()).unwrap_or(full)
}

/// A field; `Debug` ones show themselves, by autoref specialisation.
#[doc(hidden)]
pub struct Show<'a, T>(pub &'a T);

/// A field that is `Debug`.
#[doc(hidden)]
pub trait ShowDebug {
    fn show(&self) -> &dyn Debug;
}

impl<T: Debug> ShowDebug for Show<'_, T> {
    fn show(&self) -> &dyn Debug {
        self.0
    }
}

/// A field that is not.
#[doc(hidden)]
pub trait ShowOpaque {
    fn show(&self) -> &dyn Debug;
}

impl<T> ShowOpaque for &Show<'_, T> {
    fn show(&self) -> &dyn Debug {
        &Opaque
    }
}

impl<T> Debug for Show<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Opaque.fmt(f)
    }
}

struct Opaque;

impl Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

/// A field marked `#[secret]`.
#[doc(hidden)]
pub struct Secret;

impl Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
