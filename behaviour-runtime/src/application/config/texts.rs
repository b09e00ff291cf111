//! The last layers: environment variables, and what the program itself sets. Both are texts.
//!
//! `BANK_OPENING` is the key `opening` of the application `bank`, `BANK_DATABASE__SIZE` its key `database.size`. What
//! looks like a truth or a number is one, unless the field is a text; what stands in brackets or braces is read as TOML
//! would read it, so that lists can be given, too. Each value knows where it came from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

/// What the program has set, by application and key.
static SET: Mutex<BTreeMap<(String, String), String>> = Mutex::new(BTreeMap::new());

/// Sets a key of an application's configuration, such as `database.size`, above all layers (a persistent
/// `application:set_env/4`).
///
/// It holds for the whole program from the next time that the configuration is read, and until it is [`unset`]: a program
/// sets what its command line says, and then runs. A running application keeps its configuration;
/// [`configure`](super::super::configure) gives it another one.
pub fn set(application: &str, key: &str, value: impl Display) {
    let place = (application.to_owned(), key.to_owned());
    SET.lock().unwrap_or_else(PoisonError::into_inner).insert(place, value.to_string());
}

/// Takes back what [`set`] has set. False if that is nothing.
#[allow(clippy::must_use_candidate)]
pub fn unset(application: &str, key: &str) -> bool {
    let place = (application.to_owned(), key.to_owned());
    SET.lock().unwrap_or_else(PoisonError::into_inner).remove(&place).is_some()
}

/// Values given as texts: the key of each, where it came from, and the text.
#[derive(Debug, Clone)]
pub(super) struct Texts(Vec<(String, String, String)>);

impl Texts {
    /// Takes from all environment variables those of an application.
    pub(super) fn variables(application: &str, all: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let prefix = format!("{}_", application.to_uppercase());
        let own = all.filter_map(|(name, text)| {
            let (name, text) = (name.into_string().ok()?, text.into_string().ok()?);
            let key = name.strip_prefix(&prefix)?.to_lowercase().replace("__", ".");
            (!key.is_empty()).then(|| (key, format!("the environment variable `{name}`"), text))
        });
        let mut own: Vec<_> = own.collect();
        own.sort_unstable();
        Self(own)
    }

    /// What the program has set for an application.
    pub(super) fn set(application: &str) -> Self {
        let set = SET.lock().unwrap_or_else(PoisonError::into_inner);
        let own = set.iter().filter(|((of, _), _)| of == application);
        Self(own.map(|((_, key), text)| (key.clone(), "what the program sets".to_owned(), text.clone())).collect())
    }
}

impl Source for Texts {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let values = self.0.iter().map(|(key, origin, text)| (key.clone(), Value::new(Some(origin), kind(text))));
        Ok(values.collect())
    }
}

/// What a text says.
fn kind(text: &str) -> ValueKind {
    if text.starts_with(['[', '{']) {
        // A text may begin so as well: what TOML cannot read is one.
        let file = File::from_str(&format!("value = {text}"), FileFormat::Toml);
        if let Some(value) = file.collect().ok().and_then(|mut table| table.remove("value")) {
            return value.kind;
        }
    }
    // Where a text is asked for, it is given as it was: `007` is no number.
    if let Ok(truth) = text.parse::<bool>() {
        return truth.into();
    }
    if let Some(number) = text.parse::<i64>().ok().filter(|number| number.to_string() == text) {
        return number.into();
    }
    if let Some(number) = text.parse::<u64>().ok().filter(|number| number.to_string() == text) {
        return number.into();
    }
    match text.parse::<f64>() {
        Ok(number) if number.to_string() == text && number.is_finite() => number.into(),
        _ => text.into(),
    }
}
