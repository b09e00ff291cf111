//! The layers, and the words in which each says what is wrong with it.

use std::ffi::OsString;
use std::fmt::Debug;
use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, Texts, layers};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Bank {
    opening: i64,
    name: String,
    limit: Option<u64>,
    branches: Vec<String>,
    vault: Vault,
    hours: Hours,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Vault {
    doors: u8,
    rate: f64,
    open: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Hours {
    Always,
    Never,
}

impl Default for Bank {
    fn default() -> Self {
        let (name, vault) = ("bank".to_owned(), Vault::default());
        Self { opening: 100, name, limit: None, branches: Vec::new(), vault, hours: Hours::Never }
    }
}

/// A file of its own, which goes with it.
struct Written(PathBuf);

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn write(text: &str) -> Written {
    let name = format!("behaviour-config-{}-{}.toml", std::process::id(), crate::process::relations::unique());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    Written(path)
}

fn variables(all: &[(&str, &str)]) -> [Texts; 2] {
    let all = all.iter().map(|(name, text)| (OsString::from(name), OsString::from(text)));
    [Texts::variables("bank", all), Texts::set("nobody")]
}

fn read<T: serde::de::DeserializeOwned>(text: &str, all: &[(&str, &str)]) -> Result<T, ConfigError> {
    layers("bank", &write(text).0, true, variables(all))
}

/// What is told, with `FILE` for the file.
fn told<T: Debug + serde::de::DeserializeOwned>(text: &str, all: &[(&str, &str)]) -> String {
    let file = write(text);
    let error = layers::<T>("bank", &file.0, true, variables(all)).unwrap_err().to_string();
    error.replace(&file.0.display().to_string(), "FILE")
}

#[test]
fn a_later_layer_covers_an_earlier_one_key_by_key() {
    let file = "[bank]\nopening = 7\nname = 'file'\n[bank.vault]\ndoors = 2\nopen = true\n[other]\nopening = 'x'";
    let from_file = Bank { opening: 7, name: "file".into(), ..Bank::default() };
    let vault = Vault { doors: 2, rate: 0.0, open: true };
    assert_eq!(read("", &[]), Ok(Bank::default()));
    assert_eq!(read(file, &[]), Ok(Bank { vault, ..from_file }));
    let env = [("BANK_NAME", "env"), ("BANK_VAULT__DOORS", "3"), ("BANKER_NAME", "x"), ("OTHER_OPENING", "y")];
    let vault = Vault { doors: 3, rate: 0.0, open: true };
    assert_eq!(read(file, &env), Ok(Bank { opening: 7, name: "env".into(), vault, ..Bank::default() }));
}

#[test]
fn a_variable_says_what_its_text_looks_like() {
    let env = [
        ("BANK_OPENING", "-5"),
        ("BANK_LIMIT", "18446744073709551615"),
        ("BANK_NAME", "007"),
        ("BANK_BRANCHES", "['here', 'there']"),
        ("BANK_VAULT__OPEN", "true"),
        ("BANK_VAULT__RATE", "1.5"),
        ("BANK_HOURS", "always"),
    ];
    let vault = Vault { doors: 0, rate: 1.5, open: true };
    let branches = vec!["here".to_owned(), "there".to_owned()];
    let (limit, hours) = (Some(u64::MAX), Hours::Always);
    let expected = Bank { opening: -5, name: "007".into(), limit, branches, vault, hours };
    assert_eq!(read("", &env), Ok(expected));
    let texts: Bank = read("", &[("BANK_NAME", "[a text")]).unwrap();
    assert_eq!(texts.name, "[a text");
}

#[test]
fn an_error_names_the_key_and_where_its_value_came_from() {
    let wrong = |text: &str, all: &[(&str, &str)]| {
        let told = told::<Bank>(text, all);
        told.strip_prefix("the configuration of `bank` is wrong: ").unwrap().to_owned()
    };
    for (text, expected) in [
        ("opening = 'much'", "`opening` in FILE: invalid type: string \"much\", expected an integer"),
        (
            "vault.doors = 300",
            "`vault.doors` in FILE: invalid type: 64-bit unsigned integer `300`, expected an unsigned 8 bit integer",
        ),
        ("vault.dors = 3", "`vault.dors` in FILE: there is no such key, expected one of `doors`, `rate`, `open`"),
        ("vault = 3", "`vault` in FILE: invalid type: integer `3`, expected struct Vault"),
        ("hours = 'seldom'", "`hours` in FILE: enum Hours does not have variant constructor seldom"),
        (
            "openning = 3",
            "`openning` in FILE: there is no such key, expected one of `opening`, `name`, `limit`, `branches`, `vault`, `hours`",
        ),
    ] {
        assert_eq!(wrong(&format!("[bank]\n{text}"), &[]), expected);
    }
    for (name, text, expected) in [
        (
            "BANK_OPENING",
            "much",
            "`opening` in the environment variable `BANK_OPENING`: invalid type: string \"much\", expected an integer",
        ),
        (
            "BANK_VAULT__DOORS",
            "300",
            "`vault.doors` in the environment variable `BANK_VAULT__DOORS`: invalid type: 64-bit unsigned integer `300`, expected an unsigned 8 bit integer",
        ),
        (
            "BANK_OPENNING",
            "3",
            "`openning` in the environment variable `BANK_OPENNING`: there is no such key, expected one of `opening`, `name`, `limit`, `branches`, `vault`, `hours`",
        ),
    ] {
        assert_eq!(wrong("", &[(name, text)]), expected);
    }
}

#[derive(Debug, Deserialize)]
struct Strict {
    #[allow(dead_code, reason = "it is only read")]
    opening: u8,
}

#[test]
fn what_is_missing_and_what_is_broken_is_told() {
    let missing = told::<Strict>("", &[]);
    assert_eq!(missing, "the configuration of `bank` is wrong: `opening`: this is missing, and has no default");
    let broken = told::<Bank>("[bank]\nopening = ", &[]);
    assert!(
        broken.starts_with("the configuration of `bank` is wrong: FILE: TOML parse error at line 2, column 11"),
        "{broken}"
    );
    let value = told::<Bank>("bank = 3", &[]);
    assert_eq!(
        value,
        "the configuration of `bank` is wrong: `bank` in FILE: this is the table of an application, `[bank]`, and not a value"
    );
    let nowhere = layers::<Bank>("bank", "nowhere.toml".as_ref(), true, variables(&[])).unwrap_err();
    assert_eq!(nowhere.origin(), Some("nowhere.toml"));
    assert_eq!(layers("bank", "nowhere.toml".as_ref(), false, variables(&[])), Ok(Bank::default()));
}
