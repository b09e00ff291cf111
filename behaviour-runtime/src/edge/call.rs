//! A typed call.

use std::future::Future;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::process::CallError;
use crate::process::call::{Limit, RawCall};
use crate::process::node::ReplyType;
use crate::process::parcel::Parcel;

use super::behaviour::Receives;
use super::client::Client;

/// A call that a client method describes: a future, and a builder (`gen_server:call/2,3`).
///
/// The request is sent when the future is first polled. It waits 5 s, or as long as the server's `call_timeout` says;
/// [`within`](Call::within) and [`forever`](Call::forever) say otherwise. Dropping it gives up waiting: a request that
/// was sent is still handled, and its late reply is dropped.
///
/// # Errors
/// Any [`CallError`]. What the callback itself returns, an error of its own included, is inside the `Ok`.
#[must_use = "a call is made when it is awaited; `.detach()` makes it without waiting"]
pub struct Call<T> {
    raw: RawCall,
    answers: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    /// Describes a call that may run in place. `T` is what the message's callback replies with.
    #[doc(hidden)]
    #[inline]
    pub fn new<S: Receives>(client: &Client<S>, message: S::Message) -> Self {
        Self { raw: RawCall::new(client.address().clone(), Parcel::new(message), false), answers: PhantomData }
    }

    /// Describes a call that always goes through the mailbox.
    #[doc(hidden)]
    #[inline]
    pub fn queued<S: Receives>(client: &Client<S>, message: S::Message) -> Self {
        Self { raw: RawCall::new(client.address().clone(), Parcel::new(message), true), answers: PhantomData }
    }

    /// Waits at most this long for the answer.
    pub fn within(mut self, limit: Duration) -> Self {
        self.raw.set_limit(Limit::Within(limit));
        self
    }

    /// Waits as long as it takes; the end of the server still ends the wait.
    pub fn forever(mut self) -> Self {
        self.raw.set_limit(Limit::Forever);
        self
    }

    /// Sends the request and does not wait; the reply is dropped.
    pub fn detach(self) {
        self.raw.detach();
    }
}

impl<T: Send + 'static> Future for Call<T> {
    type Output = Result<T, CallError>;

    #[allow(unsafe_code)]
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut reply = MaybeUninit::<T>::uninit();
        // SAFETY: `reply` has room for a `T`. That the callback replies with a `T` is checked where it replies.
        match unsafe { self.raw.poll(cx, reply.as_mut_ptr().cast(), ReplyType::of::<T>()) } {
            // SAFETY: the call succeeded, so the reply was moved there.
            Poll::Ready(Ok(())) => Poll::Ready(Ok(unsafe { reply.assume_init() })),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
