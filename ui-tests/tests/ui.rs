//! Every mistake that the macros know, and every one for which rustc is given our words.
//!
//! `fail/` holds one small program a mistake, and beside it the exact text that the user sees. Write a new one with
//! `TRYBUILD=overwrite cargo test -p ui-tests`, then read it: its first line says what is wrong, the span is the
//! smallest at fault, `help` or `note` says what to write, and nothing else is wrong.

use std::process::Command;

/// The compiler that the texts in `fail/` are of; each has its own.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn every_mistake_is_told_in_the_users_words() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("the compiler that built this test is there");
    let version = String::from_utf8_lossy(&version.stdout);
    if version.starts_with(COMPILER) {
        trybuild::TestCases::new().compile_fail("fail/*.rs");
    } else {
        println!("the messages in `fail/` are those of {COMPILER}x, and this is {version}: they are left out");
    }
}
