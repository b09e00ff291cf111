//! `main` and tests as processes.
//!
//! `#[behaviour::main]` and `#[behaviour::test]` call [`run`]: the function's body becomes the life of a process that
//! can link, monitor, trap exits and be ended like any other. It runs inside `block_on`, so it need not be `Send`.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use super::handle::plain_table;
use super::inbox::Inbox;
use super::reason::ExitReason;
use super::start;

/// Which tokio runtime `main` or a test runs on.
#[derive(Debug, Clone, Copy)]
pub struct Runtime {
    workers: Option<usize>,
    multi_thread: bool,
    #[cfg(feature = "test-util")]
    start_paused: bool,
}

impl Runtime {
    /// One thread.
    #[must_use]
    pub const fn current_thread() -> Self {
        Self::new(false)
    }

    /// Several worker threads; as many as the machine has processors if nobody says otherwise.
    #[must_use]
    pub const fn multi_thread() -> Self {
        Self::new(true)
    }

    const fn new(multi_thread: bool) -> Self {
        Self {
            workers: None,
            multi_thread,
            #[cfg(feature = "test-util")]
            start_paused: false,
        }
    }

    /// The number of worker threads.
    #[must_use]
    pub const fn worker_threads(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Whether the clock stands still and moves on when nothing else can be done.
    #[cfg(feature = "test-util")]
    #[must_use]
    pub const fn start_paused(mut self, paused: bool) -> Self {
        self.start_paused = paused;
        self
    }

    pub(crate) fn build(self) -> tokio::runtime::Runtime {
        let mut builder = if self.multi_thread {
            tokio::runtime::Builder::new_multi_thread()
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        if let Some(workers) = self.workers {
            builder.worker_threads(workers);
        }
        #[cfg(feature = "test-util")]
        if self.start_paused {
            builder.start_paused(true);
        }
        builder.enable_all().build().expect("tokio starts its runtime")
    }
}

/// A future that only the thread inside `block_on` polls and drops.
struct OnThisThread<F>(F);

// SAFETY: `run` makes the process without giving its task to the runtime: `block_on` polls it and drops it, on the thread
// that made it. A plain process's life is touched by nobody but its task.
#[allow(unsafe_code)]
unsafe impl<F> Send for OnThisThread<F> {}

impl<F: Future> Future for OnThisThread<F> {
    type Output = F::Output;

    #[allow(unsafe_code)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the field is pinned with the whole, and never moved out of it.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(cx)
    }
}

/// Runs `life` as a process on a runtime of its own, and returns what it returns.
///
/// # Panics
/// If the life panics, or if the process is ended before it is done.
pub fn run<M, F, Fut>(runtime: Runtime, life: F) -> Fut::Output
where
    M: Send + 'static,
    F: FnOnce(Inbox<M>) -> Fut,
    Fut: Future<Output: 'static> + 'static,
{
    let output = Arc::new(Mutex::new(None));
    let runtime = runtime.build();
    let reason = runtime.block_on(async {
        let main = start::launch_main(plain_table::<M>(), |process| {
            let life = life(Inbox::new(Arc::clone(process)));
            let output = Arc::clone(&output);
            Box::pin(OnThisThread(async move {
                let value = life.await;
                *output.lock().unwrap_or_else(PoisonError::into_inner) = Some(OnThisThread(value));
            }))
        });
        main.await
    });
    let value = output.lock().unwrap_or_else(PoisonError::into_inner).take();
    match value {
        Some(OnThisThread(value)) => value,
        // A panic has been printed, or reported to whoever subscribed to reports; then it is told here, too, for it is
        // the program, or the test, that failed.
        None if tracing::dispatcher::has_been_set() => panic_again(&reason),
        None => resume_unwind(Box::new(format!("the main process was ended: {reason}"))),
    }
}

/// Says on the error stream why the main process was ended, and panics with it.
fn panic_again(reason: &ExitReason) -> ! {
    let place = if let ExitReason::Panic(panic) = reason { panic.place() } else { None };
    panic!("the main process was ended: {reason}{}", place.map(|place| format!(" at {place}")).unwrap_or_default())
}
