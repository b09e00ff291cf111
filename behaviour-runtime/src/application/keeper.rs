//! The keeper of an application: a task that sees one life of it through, from its start to its end (the outer half of
//! OTP's `application_master`).
//!
//! It stands beside the application's processes and not among them, so that it outlives whatever happens to them: the
//! stop callback runs also if the tree crashed, and a stop that hangs is ended when its time is over.
//!
//! ```text
//! start     master: #[start], the top of the tree, the phases
//! stop      master: #[prep_stop], exit signal `shutdown` to the top, its end
//!           keeper: #[stop], in a process of its own
//! too late  everything that is left of the tree is killed, and the callback, too
//! ```

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::process::{self, ExitReason, Inbox, StartError};
use crate::supervisor::Restart;

use super::any::AnyApplication;
use super::controller::{Cause, Controller};
use super::error::ApplicationError;
use super::master::{News, Order, lead};
use super::processes::Processes;
use super::report;
use super::table::Status;
use super::wait::{First, first, within};

/// Sees one life of an application through.
pub(super) struct Keeper {
    pub(super) controller: Arc<Controller>,
    pub(super) app: Arc<dyn AnyApplication>,
    pub(super) restart: Restart,
    /// Tells it to stop the application.
    pub(super) order: Arc<Notify>,
    /// Where those who started it wait.
    pub(super) tell: watch::Sender<Option<Result<(), ApplicationError>>>,
}

impl Keeper {
    pub(super) async fn keep(self) {
        let (news, mut told) = mpsc::unbounded_channel();
        let (app, controller) = (Arc::clone(&self.app), Arc::clone(&self.controller));
        let master = process::spawn(move |inbox: Inbox<Order>| lead(app, controller, news, inbox));
        if let Some(entry) = self.controller.table().apps.get_mut(&self.app.id()) {
            entry.master = Some(master.pid());
        }
        let mut processes = Processes { master, top: None, up: false };
        match self.see_started(&mut processes, &mut told).await {
            Ok(()) => {
                self.started(&processes);
                self.see_ended(&processes, &mut told).await;
            }
            Err(error) => {
                processes.catch_up(&mut told);
                if processes.clear(self.limit()).await {
                    self.killed();
                }
                if processes.top.is_none() {
                    // The master may have begun to start it as it was killed.
                    processes.catch_up(&mut told);
                    processes.kill().await;
                }
                self.failed(error);
            }
        }
    }

    fn name(&self) -> &'static str {
        self.app.about().name
    }

    /// When a stop that begins now must be over.
    fn limit(&self) -> Option<Instant> {
        self.app.about().shutdown_timeout.map(|limit| Instant::now() + limit)
    }

    /// Waits until the application has started, or will not.
    async fn see_started(
        &self,
        processes: &mut Processes,
        told: &mut mpsc::UnboundedReceiver<News>,
    ) -> Result<(), ApplicationError> {
        loop {
            match first(self.order.notified(), told.recv()).await {
                First::One(()) => return Err(ApplicationError::Interrupted(self.name())),
                First::Other(Some(News::Top(process))) => processes.top = Some(process),
                First::Other(Some(News::Up)) => processes.up = true,
                First::Other(Some(News::Started)) => return Ok(()),
                First::Other(Some(News::Failed(error))) => return Err(error),
                First::Other(Some(News::Ended(reason))) => return Err(self.not_started(reason)),
                First::Other(None) => {
                    let reason = processes.master.ended().await;
                    return Err(self.not_started(reason));
                }
            }
        }
    }

    fn not_started(&self, reason: ExitReason) -> ApplicationError {
        ApplicationError::Start { application: self.name(), error: StartError::Failed(reason) }
    }

    fn started(&self, processes: &Processes) {
        let id = self.app.id();
        let mut table = self.controller.table();
        table.running.push(id);
        if let Some(entry) = table.apps.get_mut(&id) {
            entry.top.clone_from(&processes.top);
            if let Status::Starting(life, _) = &entry.status {
                entry.status = Status::Running(life.clone());
            }
        }
        drop(table);
        report::started(self.name(), processes.top.as_ref().map(|top| top.pid()));
        self.tell.send_replace(Some(Ok(())));
    }

    fn failed(&self, error: ApplicationError) {
        if let Some(entry) = self.controller.table().apps.get_mut(&self.app.id()) {
            entry.status = Status::Loaded;
            entry.master = None;
        }
        report::not_started(self.name(), &error);
        self.tell.send_replace(Some(Err(error.clone())));
        if fatal_start(self.restart, &error) {
            self.controller.shut_down(Cause::NotStarted(error));
        }
    }

    /// Waits until the application has ended, by itself or because it was told to.
    async fn see_ended(&self, processes: &Processes, told: &mut mpsc::UnboundedReceiver<News>) {
        let turn = first(self.order.notified(), told.recv()).await;
        if let Some(entry) = self.controller.table().apps.get_mut(&self.app.id())
            && let Status::Running(life) = &entry.status
        {
            entry.status = Status::Stopping(life.clone());
        }
        let limit = self.limit();
        let mut late = false;
        let by_itself = match turn {
            First::Other(Some(News::Ended(reason))) => Some(reason),
            // The master was killed.
            First::Other(_) => Some(processes.master.ended().await),
            First::One(()) => {
                processes.master.send(Order::Stop);
                if within(limit, processes.master.ended()).await.is_none() {
                    late = true;
                    processes.kill().await;
                }
                None
            }
        };
        late |= processes.clear(limit).await;
        late |= self.run_stop(limit).await;
        if late {
            self.killed();
        }
        self.ended(by_itself);
    }

    /// Runs `#[stop]`, whatever happened before: if there is no time left, up to its first await. True if the time was
    /// over before it had finished.
    async fn run_stop(&self, limit: Option<Instant>) -> bool {
        let app = self.controller.app(self.app.id()).unwrap_or_else(|| Arc::clone(&self.app));
        let (begins, begun) = oneshot::channel::<()>();
        let callback = process::spawn(move |_: Inbox<()>| async move {
            let mut begins = Some(begins);
            let mut stop = app.after_stop();
            let stopped = poll_fn(|cx| {
                let polled = stop.as_mut().poll(cx);
                drop(begins.take());
                polled
            });
            stopped.await.map_or(Ok(()), Err)
        });
        // Closed once the callback was polled.
        let _ = begun.await;
        let late = within(limit, callback.ended()).await.is_none();
        if late {
            process::kill(callback.pid());
            callback.ended().await;
        }
        late
    }

    /// The time for its stop was over before it had stopped.
    fn killed(&self) {
        self.controller.late.store(true, Ordering::Relaxed);
        report::killed(self.name(), self.app.about().shutdown_timeout.unwrap_or_default());
    }

    /// The application is over: by itself for this reason, or as it was told.
    fn ended(&self, by_itself: Option<ExitReason>) {
        let id = self.app.id();
        let mut table = self.controller.table();
        table.running.retain(|other| *other != id);
        if let Some(entry) = table.apps.get_mut(&id) {
            entry.status = if by_itself.is_some() { Status::Ended } else { Status::Loaded };
            (entry.top, entry.master) = (None, None);
        }
        drop(table);
        report::exited(self.name(), by_itself.as_ref(), self.restart);
        if let Some(reason) = by_itself.filter(|reason| fatal_end(self.restart, reason)) {
            self.controller.shut_down(Cause::Ended(self.name(), reason));
        }
    }
}

/// Whether everything stops because an application has ended so (otp.md 9.4).
fn fatal_end(restart: Restart, reason: &ExitReason) -> bool {
    match restart {
        Restart::Permanent => true,
        Restart::Transient => *reason != ExitReason::Normal,
        Restart::Temporary => false,
    }
}

/// Whether everything stops because an application has not started.
fn fatal_start(restart: Restart, error: &ApplicationError) -> bool {
    let normally = matches!(error, ApplicationError::Start { error: StartError::Failed(ExitReason::Normal), .. });
    match (restart, error) {
        // It was told to stop: that is under way.
        (_, ApplicationError::Interrupted(_)) | (Restart::Temporary, _) => false,
        (Restart::Transient, _) => !normally,
        (Restart::Permanent, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{ApplicationError, ExitReason, Restart, StartError, fatal_end, fatal_start};

    #[test]
    fn the_ends_that_stop_everything_are_otps() {
        let reasons = [ExitReason::Normal, ExitReason::Shutdown, ExitReason::error("boom"), ExitReason::Killed];
        let fatal = |restart| reasons.each_ref().map(|reason| fatal_end(restart, reason));
        assert_eq!(fatal(Restart::Permanent), [true, true, true, true]);
        assert_eq!(fatal(Restart::Transient), [false, true, true, true]);
        assert_eq!(fatal(Restart::Temporary), [false; 4]);
    }

    #[test]
    fn the_failed_starts_that_stop_everything_are_otps() {
        let failed = |reason| ApplicationError::Start { application: "app", error: StartError::Failed(reason) };
        for error in [failed(ExitReason::error("boom")), failed(ExitReason::Normal)] {
            let normally = error == failed(ExitReason::Normal);
            assert!(fatal_start(Restart::Permanent, &error));
            assert_eq!(fatal_start(Restart::Transient, &error), !normally);
            assert!(!fatal_start(Restart::Temporary, &error));
        }
        assert!(!fatal_start(Restart::Permanent, &ApplicationError::Interrupted("app")));
    }
}
