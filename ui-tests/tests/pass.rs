//! Odd but sound programs: they compile, pass clippy with the rest of the workspace, and run.

// A test exports nothing, and these are written as if it did.
#![allow(unreachable_pub)]

#[path = "../pass/application_odd.rs"]
mod application_odd;
#[path = "../pass/conditional.rs"]
mod conditional;
#[path = "../pass/elsewhere.rs"]
mod elsewhere;
#[path = "../pass/event_odd.rs"]
mod event_odd;
#[path = "../pass/hostile.rs"]
mod hostile;
#[path = "../pass/no_prelude.rs"]
mod no_prelude;
#[path = "../pass/statem_conditional.rs"]
mod statem_conditional;
#[path = "../pass/statem_elsewhere.rs"]
mod statem_elsewhere;
#[path = "../pass/statem_hostile.rs"]
mod statem_hostile;
#[path = "../pass/statem_no_prelude.rs"]
mod statem_no_prelude;
#[path = "../pass/trait_hostile.rs"]
mod trait_hostile;
