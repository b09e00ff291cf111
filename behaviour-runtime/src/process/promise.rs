//! The one value that a process is for, and who waits for it.
//!
//! A task lives to compute a value. It is a plain process in whose register a node lies from the beginning, as if it
//! were handling a call all its life: what its future gives is written there, and its end, whatever it is, publishes the
//! value or tells why there is none. So who waits hears of it when the process is gone, and its name is free.

use std::future::Future;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use tokio::task::coop;

use super::call::Limit;
use super::current;
use super::error::CallError;
use super::functions::Table;
use super::node::{Node, ReplyType};
use super::pid::Pid;
use super::ring::Blocked;
use super::start::{self, Made, Make};
use super::waiter::Waiter;

/// A value that a process will give.
#[derive(Debug)]
pub(crate) struct Promise<T> {
    /// There until the value is.
    waiter: Option<Box<Waiter>>,
    of: PhantomData<fn() -> T>,
}

/// The other side of a promise: what the process is made with.
#[derive(Debug)]
pub(crate) struct Debt<T> {
    node: Arc<Node>,
    of: PhantomData<fn(T)>,
}

impl<T: Send + 'static> Promise<T> {
    pub(crate) fn new() -> (Self, Debt<T>) {
        let waiter = Waiter::take(ReplyType::of::<T>(), Waker::noop());
        let node = Arc::clone(&waiter.node);
        (Self { waiter: Some(waiter), of: PhantomData }, Debt { node, of: PhantomData })
    }

    /// The value, or why there is none; told once.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, CallError>> {
        let budget = ready!(coop::poll_proceed(cx));
        let waiter = self.waiter.as_mut().expect("a promise is kept once");
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: the node was made for a `T`, and `value` has room for one.
        #[allow(unsafe_code)]
        let kept = ready!(unsafe { waiter.node.poll(cx, value.as_mut_ptr().cast()) });
        budget.made_progress();
        if let Some(waiter) = self.waiter.take() {
            waiter.keep();
        }
        // SAFETY: the promise is kept, so the value was moved there.
        #[allow(unsafe_code)]
        Poll::Ready(kept.map(|()| unsafe { value.assume_init() }))
    }

    /// Whether the time is up, counted from the first time that this was asked. If not, the task will be woken.
    pub(crate) fn is_late(&mut self, limit: Limit, cx: &mut Context<'_>) -> bool {
        self.waiter.as_mut().is_some_and(|waiter| {
            // A task may be awaited elsewhere than where it was spawned.
            waiter.come_here();
            waiter.is_late(limit, cx)
        })
    }

    /// The process that runs here waits for nothing else; fails if that can never end.
    pub(crate) fn block_on(&mut self, on: Pid) -> Result<(), CallError> {
        if let Some(waiter) = &mut self.waiter
            && waiter.blocked.is_none()
        {
            waiter.blocked = Blocked::on(on)?;
        }
        Ok(())
    }

    /// Nobody waits for the moment: the next wait has its own time.
    pub(crate) fn rest(&mut self) {
        if let Some(waiter) = &mut self.waiter {
            waiter.rest();
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter.take() {
            waiter.node.abandon();
            waiter.keep();
        }
    }
}

impl<T: Send + 'static> Debt<T> {
    /// Makes a process that lives to pay it.
    pub(crate) fn make<F>(self, life: F) -> Make
    where
        F: Future<Output = T> + Send + 'static,
    {
        Box::new(move |process| {
            // SAFETY: whoever makes a process holds its turn.
            #[allow(unsafe_code)]
            unsafe {
                (*process.inside()).open_at(self.node);
            }
            Made::Plain(Box::pin(Life(life)))
        })
    }

    /// Starts a process that lives to pay it, linked to the present one if there is one and that is wanted.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn spawn<F>(self, table: &'static Table, link: bool, life: F) -> Pid
    where
        F: Future<Output = T> + Send + 'static,
    {
        start::launch_task(table, link, self.node, Box::pin(Life(life)))
    }
}

/// The life of a process that gives a value. Nobody but the process's own task polls it.
struct Life<F>(F);

impl<F: Future<Output: Send + 'static>> Future for Life<F> {
    type Output = ();

    #[allow(unsafe_code)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the field is pinned with the whole, and never moved out of it.
        let value = ready!(unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(cx));
        current::look(|process| {
            // SAFETY: the process's task polls this, as the process, and holds the turn; the borrow ends at once. The
            // place has room for a value of this type, and from now on the register says that one is there.
            unsafe {
                if let Some(place) = (*process.inside()).fill(ReplyType::of::<F::Output>()) {
                    place.cast::<F::Output>().write(value);
                }
            }
        });
        Poll::Ready(())
    }
}
