//! The functions by which applications are stopped, configured and asked for.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use crate::process::{self, ExitReason, Inbox, Pid, table};
use crate::supervisor::Restart;

use super::any::{AnyApplication, client};
use super::behaviour::{Application, TopClient};
use super::controller::{Cause, Controller, id};
use super::error::ApplicationError;
use super::processes::parent_of;
use super::table::Status;
use super::wait::closed;

/// Stops an application in order: `#[prep_stop]`, its tree, `#[stop]` (`application:stop/1`).
///
/// Others are left alone, also those that depend on it. Several who stop one at the same time wait together.
///
/// # Errors
/// [`ApplicationError::NotStarted`] if it does not run.
pub async fn stop<A: Application>() -> Result<(), ApplicationError> {
    Controller::here().stop(id::<A>(), A::ABOUT.name).await
}

/// Makes an application known, with its configuration, for when it is started because another one depends on it
/// (`application:load/1`).
///
/// # Errors
/// [`ApplicationError::AlreadyLoaded`] if it is known, [`ApplicationError::NameTaken`] if another one has its name.
///
/// # Panics
/// Outside a tokio runtime.
pub fn load<A: Application>(app: A) -> Result<(), ApplicationError> {
    let controller = Controller::here();
    let mut table = controller.table();
    if table.apps.contains_key(&id::<A>()) {
        return Err(ApplicationError::AlreadyLoaded(A::ABOUT.name));
    }
    table.put(Arc::new(app)).map(drop)
}

/// Forgets an application and its configuration (`application:unload/1`).
///
/// # Errors
/// [`ApplicationError::NotLoaded`] if it is not known, [`ApplicationError::Running`] if it runs.
///
/// # Panics
/// Outside a tokio runtime.
pub fn unload<A: Application>() -> Result<(), ApplicationError> {
    let controller = Controller::here();
    let removed = controller.table().remove(id::<A>(), A::ABOUT.name);
    removed.map(drop)
}

/// The configuration of an application as it is known now: the application itself (`application:get_all_env/1`).
#[must_use]
pub fn configuration<A: Application>() -> Option<Arc<A>> {
    let app: Arc<dyn Any + Send + Sync> = Controller::find()?.app(id::<A>())?;
    app.downcast().ok()
}

/// Gives an application another configuration. If it runs, its `#[config_change]` is called, with what it was before.
///
/// # Errors
/// [`ApplicationError::NotLoaded`] if it is not known, [`ApplicationError::Change`] if the callback fails: the new
/// configuration stays.
pub async fn configure<A: Application>(app: A) -> Result<(), ApplicationError> {
    let name = A::ABOUT.name;
    let controller = Controller::here();
    let app: Arc<dyn AnyApplication> = Arc::new(app);
    let (before, running) = {
        let mut table = controller.table();
        let entry = table.apps.get_mut(&id::<A>()).ok_or(ApplicationError::NotLoaded(name))?;
        let running = matches!(entry.status, Status::Running(_)).then(|| entry.top.clone());
        (std::mem::replace(&mut entry.app, Arc::clone(&app)), running)
    };
    let Some(top) = running else { return Ok(()) };
    let callback =
        process::spawn(move |_: Inbox<()>| async move { app.changed(&*before, &top).await.map_or(Ok(()), Err) });
    match callback.ended().await {
        ExitReason::Normal => Ok(()),
        reason => Err(ApplicationError::Change { application: name, reason }),
    }
}

/// What can be known of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApplicationInfo {
    /// Its name.
    pub name: &'static str,
    /// What its end does to the others.
    pub restart: Restart,
    /// The top of its tree, if it started a process.
    pub supervisor: Option<Pid>,
}

/// The applications that run, in the order in which they were started (`application:which_applications/0`).
#[must_use]
pub fn which_applications() -> Vec<ApplicationInfo> {
    let Some(controller) = Controller::find() else { return Vec::new() };
    let table = controller.table();
    let entries = table.running.iter().filter_map(|id| table.apps.get(id));
    let info = entries.map(|entry| ApplicationInfo {
        name: entry.app.about().name,
        restart: entry.restart,
        supervisor: entry.top.as_ref().map(|top| top.pid()),
    });
    info.collect()
}

/// The names of the applications that are known, whether they run or not, in the order of the alphabet
/// (`application:loaded_applications/0`).
#[must_use]
pub fn loaded_applications() -> Vec<&'static str> {
    let Some(controller) = Controller::find() else { return Vec::new() };
    let mut names: Vec<_> = controller.table().apps.values().map(|entry| entry.app.about().name).collect();
    names.sort_unstable();
    names
}

/// A client of what an application's `#[start]` started (`application:get_supervisor/1`); none if it does not run, or
/// started no process.
///
/// It never waits, so an application may ask for itself or for others while it stops.
#[must_use]
pub fn supervisor<A: Application>() -> Option<TopClient<A>> {
    let controller = Controller::find()?;
    let top = controller.table().apps.get(&id::<A>()).and_then(|entry| entry.top.clone());
    top.map(|top| client::<A>(&Some(top)))
}

/// The name of the application that the present process belongs to (`application:get_application/0`): the one whose tree
/// its parents lead to.
#[must_use]
pub fn current() -> Option<&'static str> {
    let controller = Controller::find()?;
    let mut process = crate::process::current::process()?;
    loop {
        let pid = process.pid();
        let found = controller.table().apps.values().find_map(|entry| {
            let top = entry.top.as_ref().is_some_and(|top| top.pid() == pid);
            (top || entry.master == Some(pid)).then(|| entry.app.about().name)
        });
        if found.is_some() {
            return found;
        }
        process = table::find(parent_of(&process)?)?;
    }
}

/// Stops all applications, the one that was started last first (`init:stop/0`). Under `behaviour::run` the program
/// then ends.
///
/// What [`on_shutdown`] left is run before. Who calls it meanwhile waits for the same; who starts an application meanwhile
/// is told [`ApplicationError::ShuttingDown`]. A process of an application that waits for this is stopped with the rest.
pub async fn shut_down() {
    closed(Controller::here().shut_down(Cause::Asked)).await;
}

/// Runs something before all applications are stopped, which waits for it (OTP's `shutdown_func`).
///
/// # Panics
/// Outside a tokio runtime.
pub fn on_shutdown<F, Fut>(hook: F)
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    Controller::here().hook(Box::new(|| Box::pin(hook())));
}
