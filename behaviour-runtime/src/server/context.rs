//! What only a server's callbacks may ask for: idle timeouts, and to go on before any message.

use std::time::Duration;

use crate::edge::{Context, InfoFor};
use crate::process::Timeout;
use crate::process::inside::Idle;
use crate::process::parcel::Parcel;
use crate::process::timers::later;

use super::behaviour::GenServer;
use super::message::ContinueFor;

impl<S: GenServer> Context<S> {
    /// If nothing arrives within this time, `#[info]` gets a [`Timeout`] (the plain timeout of a callback's return).
    ///
    /// It belongs to the next wait only: any message ends it. With a time of 0, a message that waits already wins.
    pub fn timeout(&mut self, after: Duration)
    where
        Timeout: InfoFor<S>,
    {
        self.wait_idle(after, None);
    }

    /// If nothing arrives within this time, `#[info]` gets this message (`{timeout, Time, Message}`, OTP 28).
    ///
    /// It belongs to the next wait only. With a time of 0 the message is handled at once, before any that waits.
    pub fn timeout_with<M: InfoFor<S>>(&mut self, after: Duration, message: M) {
        let parcel = Parcel::new(message.into_message());
        if after.is_zero() {
            self.ask().continues.push_back(parcel);
        } else {
            self.wait_idle(after, Some(parcel));
        }
    }

    fn wait_idle(&mut self, after: Duration, message: Option<Parcel>) {
        let at = later(after);
        let inside = self.inside();
        let extra = inside.extra();
        extra.idle = Some(Idle { at, after, message });
        // A timer that is armed for an earlier time finds out by itself.
        let armed = extra.sleep.as_ref().is_some_and(|sleep| sleep.deadline() <= at && !sleep.is_elapsed());
        inside.asked |= !armed;
    }

    /// Has `#[continues]` handle this before any message (`{continue, Message}`); in `#[init]`, once the start has been
    /// acknowledged.
    pub fn continue_with<M: ContinueFor<S>>(&mut self, message: M) {
        let parcel = Parcel::new(message.into_message());
        self.ask().continues.push_back(parcel);
    }
}
