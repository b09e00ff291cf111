//! What the callbacks of an application may take and return, by the types that the user wrote.
//!
//! A macro knows no types, so generated code asks here, at the type, and where that is wrong rustc answers in these words.

use std::convert::Infallible;

use crate::edge::{Behaviour, Child};
use crate::process::{ExitReason, IntoError};
use crate::supervisor::AnyChild;

use super::behaviour::{Application, TopClient};

/// What a `#[start]` callback may return: the top of the tree, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`#[start]` cannot return `{Self}`",
    label = "this does not say how to start the top of an application",
    note = "return `Child<S>` or `Result<Child<S>, E>` for a supervisor or another behaviour `S`: `S::child(..)` or \
            `S {{ .. }}.child()` makes one"
)]
#[doc(hidden)]
pub trait IsTop {
    type Of: Behaviour;
    type Error;

    /// # Errors
    /// What the callback returned.
    fn into_top(self) -> Result<Option<AnyChild>, Self::Error>;
}

impl<S: Behaviour> IsTop for Child<S> {
    type Of = S;
    type Error = Infallible;

    fn into_top(self) -> Result<Option<AnyChild>, Infallible> {
        Ok(Some(AnyChild::new(self)))
    }
}

impl<S: Behaviour, E> IsTop for Result<Child<S>, E> {
    type Of = S;
    type Error = E;

    fn into_top(self) -> Result<Option<AnyChild>, E> {
        self.map(|child| Some(AnyChild::new(child)))
    }
}

/// Asks that the error of a `#[start]` is one.
#[doc(hidden)]
#[allow(clippy::missing_errors_doc, reason = "it is the one that is there")]
pub fn or_reason<E: IntoError>(top: Result<Option<AnyChild>, E>) -> Result<Option<AnyChild>, ExitReason> {
    top.map_err(ExitReason::error)
}

/// What a callback of an application may take by reference: the client of its top.
#[diagnostic::on_unimplemented(
    message = "a callback of `{A}` cannot take a `{Self}` by reference",
    label = "by reference comes the client of what `#[start]` starts, and this is none",
    note = "take the client that the macro wrote for that; what else a callback needs is a field of `{A}`"
)]
#[doc(hidden)]
pub trait IsTopClient<A> {
    fn lent(top: &TopClient<A>) -> &Self
    where
        A: Application;
}

#[diagnostic::do_not_recommend]
impl<A: Application<Top: Behaviour<Client = C>>, C> IsTopClient<A> for C {
    fn lent(top: &C) -> &Self {
        top
    }
}

/// What `#[config_change]` takes first: the application as it was.
#[diagnostic::on_unimplemented(
    message = "`#[config_change]` is told what `{A}` was before, and takes a `{Self}`",
    label = "this is another type",
    note = "write `before: &Self`; the client of what `#[start]` starts comes behind that"
)]
#[doc(hidden)]
pub trait IsBefore<A> {
    fn lent(before: &A) -> &Self;
}

impl<A> IsBefore<A> for A {
    fn lent(before: &A) -> &Self {
        before
    }
}

/// A field of an application.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of an application",
    label = "not every process of the application may look at this",
    note = "an application is `Send`, `Sync` and owns its fields: share data in an `Arc`, change it in a `Mutex`"
)]
#[doc(hidden)]
pub trait Visible {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Visible for T {}

/// Asks that a type may be part of an application.
#[doc(hidden)]
#[derive(Debug)]
pub struct Part<T: Visible>(T);
