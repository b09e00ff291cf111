//! What users of the macros see: `fail/` holds programs with one mistake each and the message that it gets, `pass/`
//! holds odd but sound ones. `tests/ui.rs` compiles the first, `tests/pass.rs` runs the others, but for those that are
//! here: what must be seen from outside, for lints such as `missing_docs` look at nothing else, and one of another
//! edition, which is a matter of a whole crate: examples in documentation are crates.
#![doc = concat!("```edition2021\n", include_str!("../pass/edition_2021.rs"), "```")]

// Not there for `fail/`: rustc would name these servers among those that have what another lacks.
#[cfg(any(clippy, test))]
#[path = "../pass/application_strict.rs"]
pub mod application_strict;
#[cfg(any(clippy, test))]
#[path = "../pass/generic.rs"]
pub mod generic;
#[cfg(any(clippy, test))]
#[path = "../pass/statem_generic.rs"]
pub mod statem_generic;
#[cfg(any(clippy, test))]
#[path = "../pass/statem_strict.rs"]
pub mod statem_strict;
#[cfg(any(clippy, test))]
#[path = "../pass/strict.rs"]
pub mod strict;
