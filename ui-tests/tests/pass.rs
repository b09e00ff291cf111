//! Odd but sound programs: they compile, pass clippy with the rest of the workspace, and run.

// A test exports nothing, and these are written as if it did.
#![allow(unreachable_pub)]

#[path = "../pass/conditional.rs"]
mod conditional;
#[path = "../pass/elsewhere.rs"]
mod elsewhere;
#[path = "../pass/hostile.rs"]
mod hostile;
#[path = "../pass/no_prelude.rs"]
mod no_prelude;
