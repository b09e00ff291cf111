//! Where the configuration of an application comes from if nobody gives it.
//!
//! An application's fields are its configuration, so making the application is reading that. Without the option
//! `config` it is `Default`'s. With it layers are laid over each other: the defaults, a TOML file, the environment, and
//! what the program itself sets; a key of a later layer covers that of an earlier one. That part is under the feature
//! `config`, so that programs that do not read files build nothing for it.

#[cfg(feature = "config")]
mod layers;
#[cfg(feature = "config")]
mod texts;

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "config")]
pub use self::layers::{read, read_from};
#[cfg(feature = "config")]
pub use self::texts::{set, unset};

use super::behaviour::Application;

/// Why a configuration could not be read.
///
/// It names the key and where its value came from, as far as they are known: "`opening` in config.toml: invalid type:
/// string "x", expected an integer".
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError(Arc<Inside>);

#[derive(Debug, PartialEq, Eq)]
struct Inside {
    application: String,
    key: Option<String>,
    source: Option<String>,
    problem: String,
}

impl ConfigError {
    #[cfg(feature = "config")]
    fn new(application: &str, key: Option<String>, source: Option<String>, problem: impl fmt::Display) -> Self {
        let problem = problem.to_string();
        Self(Arc::new(Inside { application: application.to_owned(), key, source, problem }))
    }

    /// The application whose configuration it is.
    #[must_use]
    pub fn application(&self) -> &str {
        &self.0.application
    }

    /// The key that is wrong, `database.size`, if it is known.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// Where its value came from, "config.toml" or "the environment variable `BANK_OPENING`", if it came from anywhere.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.0.source.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inside { application, key, source, problem } = &*self.0;
        write!(f, "the configuration of `{application}` is wrong: ")?;
        match (key, source) {
            (Some(key), Some(source)) => write!(f, "`{key}` in {source}: {problem}"),
            (Some(key), None) => write!(f, "`{key}`: {problem}"),
            (None, Some(source)) => write!(f, "{source}: {problem}"),
            (None, None) => f.write_str(problem),
        }
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigError({self})")
    }
}

impl std::error::Error for ConfigError {}

/// An application that makes itself, from its configuration.
///
/// With `#[application(config)]` that is read from its file and from the environment; otherwise it is what [`Default`]
/// says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no configuration of its own",
    label = "nobody says here how `{Self}` is configured, and it does not say it itself",
    note = "derive `Default` for it, or write `#[application(config)]` and derive `serde::Deserialize`, which needs the \
            feature `config` of `behaviour`"
)]
pub trait Configured: Application {
    /// Makes the application.
    ///
    /// # Errors
    /// If its configuration cannot be read.
    fn configured() -> Result<Self, ConfigError>;
}

#[diagnostic::do_not_recommend]
impl<A: Application<Source: Obtains<A>>> Configured for A {
    fn configured() -> Result<Self, ConfigError> {
        A::Source::obtain()
    }
}

/// A way to make an application.
#[doc(hidden)]
pub trait Obtains<A> {
    /// # Errors
    /// If its configuration cannot be read.
    fn obtain() -> Result<A, ConfigError>;
}

/// What it is by default.
#[doc(hidden)]
#[derive(Debug)]
pub enum FromDefault {}

impl<A: Default> Obtains<A> for FromDefault {
    fn obtain() -> Result<A, ConfigError> {
        Ok(A::default())
    }
}

/// What its file and the environment say.
#[doc(hidden)]
#[derive(Debug)]
pub enum FromConfig {}

#[cfg(feature = "config")]
impl<A: super::behaviour::Described + serde_core::de::DeserializeOwned> Obtains<A> for FromConfig {
    fn obtain() -> Result<A, ConfigError> {
        let about = A::ABOUT;
        match about.file {
            Some(file) => read_from(about.name, file),
            None => read(about.name),
        }
    }
}
