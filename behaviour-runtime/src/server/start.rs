//! How a server comes into being: `#[init]` runs as the new process.

use std::sync::Arc;

use crate::edge::{Behaviour, Context, Failure, Start, settle};
use crate::process::BoxFuture;
use crate::process::start::{Made, Make};

use super::behaviour::GenServer;
use super::body::Body;

impl<S: GenServer + Behaviour> Start<S> {
    /// Describes a start whose `#[init]` is a plain function.
    #[doc(hidden)]
    pub fn new<F>(init: F) -> Self
    where
        F: FnOnce(&mut Context<S>) -> Result<Option<S>, Failure> + Send + 'static,
    {
        Self::from_make(Box::new(move |process| {
            let mut body = Body::<S>::new(process);
            let outcome = settle(init(&mut body.cx), |made| body.server = Some(made));
            Made::Ready(Box::into_raw(body).cast(), outcome)
        }))
    }

    /// Describes a start whose `#[init]` is async.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    pub fn future<F>(init: F) -> Self
    where
        F: for<'a> FnOnce(&'a mut Context<S>) -> BoxFuture<'a, Result<Option<S>, Failure>> + Send + 'static,
    {
        Self::from_make(Box::new(move |process| {
            let body = ThePointer(Box::into_raw(Body::<S>::new(process)));
            let there = body.0.cast();
            let here = Arc::downgrade(process);
            let starting = async move {
                let body = body;
                // SAFETY: the cell keeps the body where it is until this future is done or dropped, and nobody else
                // touches it: the process holds its turn while it starts.
                let outcome = unsafe {
                    let made = init(&mut (*body.0).cx).await;
                    settle(made, |made| (*body.0).server = Some(made))
                };
                if let Some(process) = here.upgrade() {
                    // SAFETY: this future is polled by the process's task, which holds the turn.
                    unsafe { (*process.inside()).extra().init = Some(outcome) };
                }
            };
            Made::Pending(there, Box::pin(starting))
        }))
    }

    fn from_make(make: Make) -> Self {
        Self::describe(S::OPTIONS.name, const { &Body::<S>::TABLE }, make)
    }
}

/// A body on its way into the future that fills it.
struct ThePointer<S>(*mut Body<S>);

// SAFETY: a body is `Send`: the server by its trait, the context by itself.
#[allow(unsafe_code)]
unsafe impl<S: Behaviour> Send for ThePointer<S> {}
