//! How a machine comes into being: `#[init]` runs as the new process, then the first state is entered.
//!
//! As in OTP the starter goes on when `#[init]` is done: the enter call is the process's own.

use std::sync::Arc;

use crate::edge::{Behaviour, Context, Failure, Start, settle};
use crate::process::BoxFuture;
use crate::process::start::{Made, Make};

use super::behaviour::GenStatem;
use super::body::Body;

impl<S: GenStatem + Behaviour> Start<S> {
    /// Describes the start of a machine whose `#[init]` is a plain function.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    pub fn machine<F>(init: F) -> Self
    where
        F: FnOnce(&mut Context<S>) -> Result<Option<(S, S::State)>, Failure> + Send + 'static,
    {
        Self::of_machine(Box::new(move |process| {
            let body = Box::into_raw(Body::<S>::new(process));
            // SAFETY: whoever makes a process holds its turn, and nobody else touches the body. The process has its
            // address before `#[init]` runs, for the context finds the agenda by it; it frees the body at its end,
            // whatever becomes of `#[init]`.
            unsafe {
                (*process.inside()).body = body.cast();
                let made = init(&mut (*body).cx);
                Made::Ready(body.cast(), settle(made, |made| (*body).start(made)))
            }
        }))
    }

    /// Describes the start of a machine whose `#[init]` is async.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    pub fn machine_future<F>(init: F) -> Self
    where
        F: for<'a> FnOnce(&'a mut Context<S>) -> BoxFuture<'a, Result<Option<(S, S::State)>, Failure>> + Send + 'static,
    {
        Self::of_machine(Box::new(move |process| {
            let body = ThePointer(Box::into_raw(Body::<S>::new(process)));
            let there = body.0.cast();
            let here = Arc::downgrade(process);
            let starting = async move {
                let body = body;
                // SAFETY: the cell keeps the body where it is until this future is done or dropped, and nobody else
                // touches it: the process holds its turn while it starts.
                let outcome = unsafe {
                    let made = init(&mut (*body.0).cx).await;
                    settle(made, |made| (*body.0).start(made))
                };
                if let Some(process) = here.upgrade() {
                    // SAFETY: this future is polled by the process's task, which holds the turn.
                    unsafe { (*process.inside()).extra().init = Some(outcome) };
                }
            };
            Made::Pending(there, Box::pin(starting))
        }))
    }

    fn of_machine(make: Make) -> Self {
        Self::describe(S::OPTIONS.name, const { &Body::<S>::TABLE }, make)
    }
}

/// A body on its way into the future that fills it.
struct ThePointer<S: GenStatem>(*mut Body<S>);

// SAFETY: a body is `Send`: data, state and events by their traits, the context by itself.
#[allow(unsafe_code)]
unsafe impl<S: GenStatem + Send> Send for ThePointer<S> {}
