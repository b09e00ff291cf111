//! Applications: the fourth floor. What a program is made of, started in order and stopped in order.
//!
//! An application is a struct, whose fields are its configuration, and callbacks that say what it starts and what is to
//! be done around that. It depends on others by their types: they are started first and stopped last.
//!
//! ```text
//! what is asked for                       what the application does
//! -----------------                       -------------------------
//! ensure_all_started(Bank { .. }).await   what it depends on; then
//!                                         #[start] fn start(&self) -> Child<Top>, and that is started
//!                                         #[phase] async fn warm_up(&self, top: &TopClient)
//! supervisor::<Bank>()                    the client of the top
//! configure(Bank { .. }).await            #[config_change] fn change(&self, before: &Self)
//! stop::<Bank>().await, shut_down().await #[prep_stop], the end of the tree, #[stop]
//! ```
//!
//! - One application of a type runs in a tokio runtime: in a program there is one, as a rule, and each test has its own.
//! - `#[stop]` runs for whatever had started, also if its tree has crashed, or was killed.
//! - `shutdown_timeout` is how long a stop may take. Then all that is left of the application is killed.
//! - An application is [permanent](crate::supervisor::Restart::Permanent),
//!   [transient](crate::supervisor::Restart::Transient) or [temporary](crate::supervisor::Restart::Temporary), as its
//!   start says. It is not restarted: that is for supervisors, and when the topmost of them has given up, nobody is left
//!   who could know better. What depends on its type is whether all others are stopped, too.
//!
//! | its top ended with | permanent | transient | temporary |
//! |---|---|---|---|
//! | `Normal` | all are stopped | that is all | that is all |
//! | another reason, also `Shutdown`: a supervisor that gave up | all are stopped | all are stopped | that is all |
//!
//! The same holds of a start that fails. Reports go to `tracing` under the target `behaviour::application`: `started`
//! (`application`, `top`), `not_started` (`application`, `error`), `exited` (`application`, `exited`, `kind`), and
//! `shutting_down`.

mod any;
mod behaviour;
mod callback;
pub mod config;
mod controller;
mod error;
mod face;
mod keeper;
mod master;
mod order;
mod processes;
mod report;
#[cfg(feature = "run")]
mod run;
#[cfg(feature = "run")]
mod signals;
mod start;
mod table;
mod wait;

pub use self::any::{Dependency, Optional, Required};
pub use self::behaviour::{
    About, Application, Described, Listed, Phase, TopClient, assert_application, lists_phase, missing_phase,
};
pub use self::callback::{IsBefore, IsTop, IsTopClient, Part, Visible, or_reason};
pub use self::config::{ConfigError, Configured, FromConfig, FromDefault, Obtains};
pub use self::error::ApplicationError;
pub use self::face::{
    ApplicationInfo, configuration, configure, current, load, loaded_applications, on_shutdown, shut_down, stop,
    supervisor, unload, which_applications,
};
#[cfg(feature = "run")]
pub use self::run::{IntoApplication, Program, ProgramEnd, run};
pub use self::start::{Running, StartApplication, ensure_all_started, ensure_started, start};
