//! The layers, laid over each other: defaults, a TOML file, the environment, what the program sets.
//!
//! One file serves the whole program, with a table for each application, as OTP's `sys.config` does. The layers are the
//! crate `config`'s (why that one is said where it is declared); what is here besides is the names of things, and the
//! words of the errors: each names the key and where its value came from.

use std::path::Path;

use config::{Config, File, FileFormat, Map, Source, Value, ValueKind};
use serde_core::de::DeserializeOwned;

use super::ConfigError;
use super::texts::Texts;

/// The variable that names the file.
const VARIABLE: &str = "CONFIG_FILE";

/// The file, if nobody names one.
const FILE: &str = "config.toml";

/// Reads the configuration of an application: the file `config.toml`, if there is one, the environment, and what the
/// program has [`set`](super::set).
///
/// `T` says the defaults itself, by serde's words: `#[serde(default)]`.
///
/// # Errors
/// If the file cannot be read, or a value does not fit. A file that `CONFIG_FILE` names must be there.
pub fn read<T: DeserializeOwned>(application: &str) -> Result<T, ConfigError> {
    read_from(application, FILE)
}

/// As [`read`], from another file, unless `CONFIG_FILE` names one.
///
/// # Errors
/// As [`read`].
pub fn read_from<T: DeserializeOwned>(application: &str, file: &str) -> Result<T, ConfigError> {
    let named = std::env::var_os(VARIABLE).filter(|named| !named.is_empty());
    let texts = [Texts::variables(application, std::env::vars_os()), Texts::set(application)];
    match &named {
        Some(named) => layers(application, Path::new(named), true, texts),
        None => layers(application, Path::new(file), false, texts),
    }
}

/// Lays the layers over each other, and makes a `T` of them.
fn layers<T: DeserializeOwned>(
    application: &str,
    file: &Path,
    must_be_there: bool,
    [variables, set]: [Texts; 2],
) -> Result<T, ConfigError> {
    let whole = File::from(file).format(FileFormat::Toml).required(must_be_there);
    let shown = file.display().to_string();
    let broken = |problem: config::ConfigError| {
        let problem = told(&problem);
        let problem = problem.strip_suffix(&format!(" in {shown}")).map_or(&*problem, str::trim_end);
        ConfigError::new(application, None, Some(shown.clone()), problem)
    };
    let mut tables = whole.collect().map_err(broken)?;
    let own = match tables.remove(application).map(|own| own.kind) {
        None => Map::new(),
        Some(ValueKind::Table(own)) => own.into_iter().map(|(key, value)| (key, from(&shown, value))).collect(),
        Some(_) => {
            let problem = format!("this is the table of an application, `[{application}]`, and not a value");
            return Err(ConfigError::new(application, Some(application.to_owned()), Some(shown), problem));
        }
    };
    let config = Config::builder().add_source(Table(own)).add_source(variables).add_source(set).build();
    let config = config.map_err(|problem| ConfigError::new(application, None, None, problem))?;
    let values = config.cache.clone();
    config.try_deserialize().map_err(|problem| wrong(application, &values, &problem))
}

/// The value, which came from this file as it was named, and not as it is seen from the working directory.
fn from(file: &String, value: Value) -> Value {
    let kind = match value.kind {
        ValueKind::Table(table) => {
            ValueKind::Table(table.into_iter().map(|(key, value)| (key, from(file, value))).collect())
        }
        ValueKind::Array(items) => ValueKind::Array(items.into_iter().map(|item| from(file, item)).collect()),
        other => other,
    };
    Value::new(Some(file), kind)
}

/// The table of an application, as a layer.
#[derive(Debug, Clone)]
struct Table(Map<String, Value>);

impl Source for Table {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

/// Says what is wrong with a value: the crate tells the key of most, and forgets the origin of some on the way.
fn wrong(application: &str, values: &Value, problem: &config::ConfigError) -> ConfigError {
    use config::ConfigError::{At, NotFound, Type};

    let (mut key, mut text) = match problem {
        At { key, error, .. } => (key.clone(), told(error)),
        Type { key, unexpected, expected, .. } => {
            (key.clone(), format!("invalid type: {unexpected}, expected {expected}"))
        }
        NotFound(key) => (Some(key.clone()), "this is missing, and has no default".to_owned()),
        other => (None, told(other)),
    };
    if let Some((unknown, known)) = text.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, ")) {
        key = path_of(unknown, key, values);
        text = format!("there is no such key, {known}");
    }
    let origin = key.as_deref().and_then(|key| find(values, key)).and_then(Value::origin).map(str::to_owned);
    ConfigError::new(application, key, origin, text)
}

/// The path of a key that nobody knows; the crate tells the path of its table, or nothing.
fn path_of(unknown: &str, table: Option<String>, values: &Value) -> Option<String> {
    let direct = table.as_ref().map_or_else(|| unknown.to_owned(), |table| format!("{table}.{unknown}"));
    if find(values, &direct).is_some() {
        return Some(direct);
    }
    let mut all = Vec::new();
    collect(values, String::new(), &mut all);
    let mut places = all.into_iter().filter(|path| path.rsplit('.').next() == Some(unknown));
    places.next().filter(|_| places.next().is_none()).or(table)
}

/// The error without what is said here.
fn told(problem: &config::ConfigError) -> String {
    match problem {
        config::ConfigError::Type { unexpected, expected, .. } => {
            format!("invalid type: {unexpected}, expected {expected}")
        }
        config::ConfigError::At { error, .. } => told(error),
        other => other.to_string(),
    }
}

/// The value at a path, `database.peers[0].name`.
fn find<'a>(values: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    steps.into_iter().try_fold(values, |value, step| match &value.kind {
        ValueKind::Table(table) => table.get(step),
        ValueKind::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The paths of all values.
fn collect(value: &Value, path: String, all: &mut Vec<String>) {
    if let ValueKind::Table(table) = &value.kind {
        for (key, value) in table {
            collect(value, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, all);
        }
    }
    if !path.is_empty() {
        all.push(path);
    }
}

#[cfg(test)]
mod tests;
