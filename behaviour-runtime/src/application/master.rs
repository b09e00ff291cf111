//! The master of an application: the process above its tree (the inner half of OTP's `application_master`).
//!
//! It runs `#[start]`, starts what that describes as its own child, runs the phases, and then waits: for the end of the
//! tree, or for the order to stop. What comes of it, it tells the keeper.

use std::future::{pending, poll_fn};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::process::cell::ProcessCell;
use crate::process::ended::Ended;
use crate::process::seat::Seat;
use crate::process::{self, Event, ExitReason, Inbox, StartError};
use crate::supervisor::AnyChild;

use super::any::{AnyApplication, Top};
use super::controller::Controller;
use super::error::ApplicationError;

/// What a master is told.
#[derive(Debug)]
pub(super) enum Order {
    Stop,
}

/// What a master tells its keeper.
pub(super) enum News {
    /// The top of the tree is there, and starts.
    Top(Arc<ProcessCell>),
    /// The top of the tree has started.
    Up,
    /// The application has started.
    Started,
    /// The application did not start.
    Failed(ApplicationError),
    /// The top of the tree has ended by itself.
    Ended(ExitReason),
}

/// Lives as a master.
pub(super) async fn lead(
    app: Arc<dyn AnyApplication>,
    controller: Arc<Controller>,
    news: UnboundedSender<News>,
    mut inbox: Inbox<Order>,
) {
    process::trap_exit(true);
    let top = match start(&*app, &news).await {
        Ok(top) => top,
        Err(error) => {
            // What it had started is ended by the keeper, as its parent: it stays until then.
            let _ = news.send(News::Failed(error));
            return pending().await;
        }
    };
    let _ = news.send(News::Started);
    // The configuration may have changed since.
    let id = app.id();
    drop(app);
    loop {
        match inbox.next().await {
            Event::Message(Order::Stop) => break,
            Event::Exit(exit) if top.as_ref().is_some_and(|top| top.pid() == exit.pid) => {
                return drop(news.send(News::Ended(exit.reason)));
            }
            // Nobody else is linked to it, unless a callback did that.
            Event::Exit(_) | Event::Down(_) => {}
        }
    }
    if let Some(app) = controller.app(id) {
        let shown = top.clone();
        // In a process of its own, so that a crash of it does not stop the sequence.
        let callback =
            process::spawn_link(move |_: Inbox<()>| async move { app.before_stop(&shown).await.map_or(Ok(()), Err) });
        callback.ended().await;
    }
    if let Some(top) = top {
        process::exit(top.pid(), ExitReason::Shutdown);
        Ended::new(Some(top)).await;
    }
}

/// Starts the tree, and runs the phases.
async fn start(app: &dyn AnyApplication, news: &UnboundedSender<News>) -> Result<Top, ApplicationError> {
    let application = app.about().name;
    let failed = |error| ApplicationError::Start { application, error };
    let child = app.top().await.map_err(|reason| failed(StartError::Failed(reason)))?;
    let top = match child {
        None => None,
        Some(child) => Some(start_top(child, application, news).await.map_err(failed)?),
    };
    for (phase, _) in app.about().phases {
        if let Some(reason) = app.phase(phase, &top).await {
            return Err(ApplicationError::Phase { application, phase, reason });
        }
    }
    Ok(top)
}

async fn start_top(child: AnyChild, name: &str, news: &UnboundedSender<News>) -> Result<Arc<ProcessCell>, StartError> {
    let mut starting = child.start.begin(Seat::root(name.into()));
    let mut told = false;
    let started = poll_fn(|cx| {
        let polled = starting.poll(cx);
        if let Some(process) = starting.process().filter(|_| !told) {
            told = true;
            let _ = news.send(News::Top(Arc::clone(process)));
        }
        polled
    });
    let top = started.await?;
    if !told {
        let _ = news.send(News::Top(Arc::clone(&top)));
    }
    let _ = news.send(News::Up);
    Ok(top)
}
