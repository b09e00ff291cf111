//! What makes a type an application: what the macro writes, and the promises that rustc checks.

use std::time::Duration;

use crate::edge::Behaviour;
use crate::process::{BoxFuture, ExitReason};
use crate::supervisor::AnyChild;

use super::any::Dependency;

/// The client of what an application's `#[start]` starts.
pub type TopClient<A> = <<A as Application>::Top as Behaviour>::Client;

/// What the attribute on the struct says of an application.
#[derive(Debug, Clone, Copy)]
pub struct About {
    pub(crate) name: &'static str,
    pub(crate) shutdown_timeout: Option<Duration>,
    pub(crate) phases: &'static [Listed],
    pub(crate) file: Option<&'static str>,
    /// The list of the phases has a mistake that was reported.
    unread: bool,
}

impl About {
    /// An application of this name, without phases, whose stop may take as long as it likes.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, shutdown_timeout: None, phases: &[], file: None, unread: false }
    }

    /// How long its stop may take before it is killed.
    #[must_use]
    pub const fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = Some(timeout);
        self
    }

    /// Its start phases, in their order.
    #[must_use]
    pub const fn phases(mut self, phases: &'static [Listed]) -> Self {
        self.phases = phases;
        self
    }

    /// With a list of phases that could not be read.
    #[doc(hidden)]
    #[must_use]
    pub const fn unread(mut self) -> Self {
        self.unread = true;
        self
    }

    /// The file that its configuration is read from.
    #[must_use]
    pub const fn file(mut self, file: &'static str) -> Self {
        self.file = Some(file);
        self
    }
}

/// A phase that the attribute on the struct lists: its name, and what to say if it has no callback.
#[doc(hidden)]
pub type Listed = (&'static str, &'static str);

/// What the attribute on the struct says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared an application",
    label = "these are callbacks, but `{Self}` is a plain type",
    note = "put `#[application]` on `struct {Self}` too"
)]
#[doc(hidden)]
pub trait Described: Sized + 'static {
    const ABOUT: About;

    /// Where its configuration comes from if nobody gives it.
    type Source;

    /// What it depends on, as the attribute says.
    #[must_use]
    fn depends() -> Vec<Dependency> {
        Vec::new()
    }
}

/// What the attribute on the `impl` says: the callbacks of an application.
///
/// The macro implements it; programs use the functions of [`application`](super).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no application",
    label = "no `#[application] impl {Self}` block gives it callbacks",
    note = "write `#[application] impl {Self} {{ #[start] fn start(&self) -> Child<Top> {{ .. }} }}`"
)]
pub trait Application: Described + Send + Sync {
    /// What `#[start]` starts: the top of its tree. Where there is no `#[start]`, a supervisor that is never there.
    type Top: Behaviour;

    /// Its phases, as its callbacks are written.
    #[doc(hidden)]
    const PHASES: &'static [Phase<Self>] = &[];

    /// Describes the top of the tree.
    #[doc(hidden)]
    fn top(&self) -> BoxFuture<'_, Result<Option<AnyChild>, ExitReason>> {
        Box::pin(async { Ok(None) })
    }

    /// Runs `#[prep_stop]`.
    #[doc(hidden)]
    fn before_stop<'a>(&'a self, _top: &'a TopClient<Self>) -> BoxFuture<'a, Option<ExitReason>> {
        Box::pin(async { None })
    }

    /// Runs `#[stop]`.
    #[doc(hidden)]
    fn after_stop(&self) -> BoxFuture<'_, Option<ExitReason>> {
        Box::pin(async { None })
    }

    /// Runs `#[config_change]`, of the new configuration.
    #[doc(hidden)]
    fn changed<'a>(&'a self, _before: &'a Self, _top: &'a TopClient<Self>) -> BoxFuture<'a, Option<ExitReason>> {
        Box::pin(async { None })
    }
}

/// One `#[phase]` callback.
pub struct Phase<A: Application> {
    pub(super) name: &'static str,
    pub(super) run: for<'a> fn(&'a A, &'a TopClient<A>) -> BoxFuture<'a, Option<ExitReason>>,
}

impl<A: Application> Phase<A> {
    /// A phase, and what it runs.
    #[must_use]
    pub const fn new(
        name: &'static str,
        run: for<'a> fn(&'a A, &'a TopClient<A>) -> BoxFuture<'a, Option<ExitReason>>,
    ) -> Self {
        Self { name, run }
    }
}

impl<A: Application> std::fmt::Debug for Phase<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Phase").field(&self.name).finish()
    }
}

/// Asks that a struct with the attribute also has callbacks.
#[doc(hidden)]
pub const fn assert_application<A: Application>() {}

/// Whether the attribute on the struct lists this phase.
#[doc(hidden)]
#[must_use]
pub const fn lists_phase<A: Application>(name: &str) -> bool {
    let mut rest = A::ABOUT.phases;
    while let [(listed, _), others @ ..] = rest {
        if same(listed.as_bytes(), name.as_bytes()) {
            return true;
        }
        rest = others;
    }
    A::ABOUT.unread
}

/// What is wrong if a phase that the attribute on the struct lists is not among the callbacks, `known`.
#[doc(hidden)]
#[must_use]
pub const fn missing_phase<A: Application>(known: &[&str]) -> Option<&'static str> {
    let mut rest = A::ABOUT.phases;
    while let [(listed, missing), others @ ..] = rest {
        let mut callbacks = known;
        let mut found = false;
        while let [callback, others @ ..] = callbacks {
            found |= same(listed.as_bytes(), callback.as_bytes());
            callbacks = others;
        }
        if !found {
            return Some(missing);
        }
        rest = others;
    }
    None
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([], []) => true,
        ([one, ones @ ..], [other, others @ ..]) => *one == *other && same(ones, others),
        _ => false,
    }
}
