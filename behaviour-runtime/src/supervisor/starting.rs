//! Starting a child.
//!
//! While a child starts, its supervisor goes on listening for the order to end, so that it can always be stopped: the
//! start is then given up. A server that is busy in its `#[init]` is killed; a supervisor is told to shut down, for it
//! listens, too, and ends in order what it has started already.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::time::{Sleep, sleep};

use crate::process::cell::ProcessCell;
use crate::process::functions::ProcessKind;
use crate::process::receive::send;
use crate::process::seat::Seat;
use crate::process::signal::Signal;
use crate::process::start::RawStarting;
use crate::process::{Exit, ExitReason, StartError, discard, report};

use super::children::{Child, How};
use super::code::Sources;
use super::letter::Letter;
use super::live::Live;
use super::pure::{ChildKey, Event, Restart};
use super::spec::{AnyChild, Shutdown};
use super::stopping::shutdown_of;

impl Live {
    /// Starts a child and says what came of it.
    pub(super) async fn start(&mut self, key: ChildKey) -> Event {
        let Some(child) = self.children.get_mut(key) else { return Event::StartFailed };
        let seat = Arc::clone(&child.seat);
        let started = match describe(&mut self.sources, &self.seat, child) {
            Ok(any) => {
                (child.kind, child.behaviour) = (any.start.table().kind, (any.start.table().type_name)());
                let kindly = match (child.kind, shutdown_of(child)) {
                    (ProcessKind::Supervisor, shutdown) => shutdown,
                    (ProcessKind::Worker, _) => Shutdown::BrutalKill,
                };
                self.run_start(any.start.begin(seat), kindly).await
            }
            Err(reason) => Err(StartError::Failed(reason)),
        };
        match started {
            Ok(process) => {
                if let Some(child) = self.children.get(key) {
                    let by_hand = self.asked.is_some();
                    self.reporter.child_started(&child.id, process.pid(), child.starts, by_hand);
                }
                self.children.started(key, process);
                if self.children.get(key).is_some_and(|child| child.policy.restart == Restart::Temporary) {
                    self.let_go(key);
                }
                Event::Started
            }
            Err(error) => {
                if let Some(asked) = &mut self.asked {
                    asked.error = Some(error.clone());
                }
                let Some(child) = self.children.get_mut(key) else { return Event::StartFailed };
                if error == StartError::Ignored {
                    child.error = None;
                    return Event::Ignored;
                }
                self.failed = Some((Arc::clone(&child.id), error.clone()));
                child.error = Some(error);
                Event::StartFailed
            }
        }
    }

    /// The child is never started again, as a temporary one that has been: what its start holds on to is not kept.
    pub(super) fn let_go(&mut self, key: ChildKey) {
        match self.children.get_mut(key).map(|child| &mut child.how) {
            Some(How::Declared(source, index)) => self.sources.let_go(*source, *index),
            Some(How::Added(make)) => {
                let make = make.take();
                discard(make);
            }
            None => {}
        }
    }

    /// Waits for a start, and for an order to end meanwhile; then gives the start up so.
    async fn run_start(
        &mut self,
        mut starting: RawStarting,
        shutdown: Shutdown,
    ) -> Result<Arc<ProcessCell>, StartError> {
        let mut patience: Option<Pin<Box<Sleep>>> = None;
        loop {
            let parent = self.parent;
            let mut is_order = |letter: &Letter| match letter {
                Letter::Stop(_) => true,
                Letter::Exit(exit) => Some(exit.pid) == parent,
                _ => false,
            };
            let inbox = &mut self.inbox;
            let order = poll_fn(|cx| {
                if let Poll::Ready(started) = starting.poll(cx) {
                    return Poll::Ready(Err(started));
                }
                if patience.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) {
                    patience = None;
                    starting.abort();
                }
                inbox.poll_take(Some(cx), &mut is_order).map(Ok)
            });
            let reason = match order.await {
                Err(started) => return started,
                Ok(Letter::Stop(reason) | Letter::Exit(Exit { reason, .. })) => reason,
                Ok(_) => continue,
            };
            self.end(reason);
            match (shutdown, starting.process()) {
                (Shutdown::Infinity | Shutdown::Timeout(_), Some(process)) => {
                    let from = self.inbox.process().pid();
                    let reason = ExitReason::Shutdown;
                    send(process.pid(), Signal::Exit { from, reason, link: None, kill: false });
                    if let (Shutdown::Timeout(limit), None) = (shutdown, &patience) {
                        patience = Some(Box::pin(sleep(limit)));
                    }
                }
                _ => starting.abort(),
            }
        }
    }
}

/// Asks for the description of a start. A panic is a failed start.
fn describe(sources: &mut Sources, own: &Arc<Seat>, child: &mut Child) -> Result<AnyChild, ExitReason> {
    let described = catch_unwind(AssertUnwindSafe(|| match &mut child.how {
        How::Declared(source, index) => sources.describe(*source, *index, own),
        How::Added(make) => make.as_mut().map(|make| make()),
    }));
    match described {
        Ok(Some(any)) => Ok(any),
        Ok(None) => Err(ExitReason::error("a temporary child is started once")),
        Err(payload) => Err(report::panicked(payload)),
    }
}
