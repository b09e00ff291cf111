//! Who keeps the applications (OTP's `application_controller`): one for each tokio runtime.
//!
//! A program has one runtime as a rule, and so one controller, as a node has. Tests have a runtime each, so that each
//! starts the applications that it tests anew, whatever others do at the same time. The controller is a table under a
//! lock, no process: it can always be asked, also by an application that is about to stop.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::{self, Handle};
use tokio::sync::{Notify, watch};

use crate::process::{self, BoxFuture, ExitReason, Inbox};
use crate::supervisor::Restart;

use super::any::{AnyApplication, Id};
use super::error::ApplicationError;
use super::keeper::Keeper;
use super::order::{Cycle, Node, ready, start_order, stop_order};
use super::table::{Begin, Life, Status, Table, node};

static CONTROLLERS: Mutex<Option<HashMap<runtime::Id, Weak<Controller>>>> = Mutex::new(None);

/// What is run before all applications are stopped.
pub(super) type Hook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// Why all applications are stopped.
#[derive(Debug, Clone)]
pub(super) enum Cause {
    /// Somebody asked for it.
    Asked,
    /// An application that had to run has ended.
    Ended(&'static str, ExitReason),
    /// An application that had to run did not start.
    NotStarted(ApplicationError),
}

/// What must be started for an application, and in which order.
struct Plan {
    apps: HashMap<Id, Arc<dyn AnyApplication>>,
    nodes: Vec<Node<Id>>,
    order: Vec<Id>,
}

/// The applications of a runtime.
pub(super) struct Controller {
    runtime: runtime::Id,
    table: Mutex<Table>,
    hooks: Mutex<Vec<Hook>>,
    /// Why all applications are stopped, once they are.
    pub(super) cause: watch::Sender<Option<Cause>>,
    /// Whether the stop of an application took too long, and what was left of it was killed.
    pub(super) late: AtomicBool,
}

impl Controller {
    /// The controller of the present runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(super) fn here() -> Arc<Self> {
        let runtime = Handle::current().id();
        let mut all = CONTROLLERS.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.get_or_insert_default();
        if let Some(controller) = all.get(&runtime).and_then(Weak::upgrade) {
            return controller;
        }
        let controller = Arc::new(Self {
            runtime,
            table: Mutex::default(),
            hooks: Mutex::default(),
            cause: watch::channel(None).0,
            late: AtomicBool::new(false),
        });
        all.insert(runtime, Arc::downgrade(&controller));
        // It lives as long as its runtime, which drops this task at its end.
        let kept = Arc::clone(&controller);
        tokio::spawn(async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        controller
    }

    /// The controller of the present runtime, if there is one.
    pub(super) fn find() -> Option<Arc<Self>> {
        let runtime = Handle::try_current().ok()?.id();
        let all = CONTROLLERS.lock().unwrap_or_else(PoisonError::into_inner);
        all.as_ref()?.get(&runtime)?.upgrade()
    }

    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The application as it is configured now.
    pub(super) fn app(&self, id: Id) -> Option<Arc<dyn AnyApplication>> {
        self.table().apps.get(&id).map(|entry| Arc::clone(&entry.app))
    }

    /// Starts an application, or joins whoever does. False if it runs already.
    pub(super) async fn start(
        self: &Arc<Self>,
        app: Arc<dyn AnyApplication>,
        restart: Restart,
    ) -> Result<bool, ApplicationError> {
        let depends = app.depends();
        loop {
            let mut before = None;
            let begin = {
                let mut table = self.table();
                match table.begin(app.id(), &depends)? {
                    Begin::Now => {
                        before = table.put(Arc::clone(&app))?;
                        Begin::Join(self.launch(&mut table, app.id(), restart))
                    }
                    other => other,
                }
            };
            // Nobody's destructor runs under the lock.
            drop(before);
            match begin {
                Begin::Runs => return Ok(false),
                Begin::After(life) => life.over().await,
                Begin::Now => {}
                Begin::Join(mut outcome) => {
                    let interrupted = Err(ApplicationError::Interrupted(app.about().name));
                    let known = outcome.wait_for(Option::is_some).await;
                    return known.map_or(interrupted, |known| known.clone().unwrap_or(Ok(()))).map(|()| true);
                }
            }
        }
    }

    /// Begins a life of an application.
    fn launch(self: &Arc<Self>, table: &mut Table, id: Id, restart: Restart) -> super::table::Outcome {
        let (tell, outcome) = watch::channel(None);
        let (until, over) = watch::channel(());
        let life = Life { order: Arc::new(Notify::new()), over };
        if let Some(entry) = table.apps.get_mut(&id) {
            entry.restart = restart;
            entry.status = Status::Starting(life.clone(), outcome.clone());
            let app = Arc::clone(&entry.app);
            let keeper = Keeper { controller: Arc::clone(self), app, restart, order: life.order, tell };
            tokio::spawn(async move {
                keeper.keep().await;
                drop(until);
            });
        }
        outcome
    }

    /// Starts an application after all that it depends on; tells which were started, in their order.
    ///
    /// If one fails, those that were started here are stopped again.
    pub(super) async fn start_all(
        self: &Arc<Self>,
        app: Arc<dyn AnyApplication>,
        restart: Restart,
        concurrent: bool,
    ) -> Result<Vec<Id>, ApplicationError> {
        let Plan { apps, nodes, order } = self.plan(&app)?;
        let (mut begun, mut done, mut started) = (Vec::new(), Vec::new(), Vec::new());
        let mut under_way = tokio::task::JoinSet::new();
        let mut failed = None;
        loop {
            for id in ready(&nodes, &order, &begun, &done) {
                if failed.is_some() || (!concurrent && !under_way.is_empty()) {
                    break;
                }
                begun.push(id);
                let (controller, app) = (Arc::clone(self), Arc::clone(&apps[&id]));
                under_way.spawn(async move { (id, controller.start(app, restart).await) });
            }
            match under_way.join_next().await {
                Some(Ok((id, Ok(new)))) => {
                    done.push(id);
                    started.extend(new.then_some(id));
                }
                Some(Ok((_, Err(error)))) => failed = Some(error),
                // Such a task neither panics nor is it aborted.
                Some(Err(_)) => {}
                None => break,
            }
        }
        let Some(error) = failed else { return Ok(started) };
        for id in stop_order(&started) {
            // It may have ended meanwhile.
            let _ = self.stop(id, apps[&id].about().name).await;
        }
        Err(error)
    }

    /// What must be started for an application; what it depends on is made if nobody has loaded it.
    fn plan(&self, app: &Arc<dyn AnyApplication>) -> Result<Plan, ApplicationError> {
        let known: HashMap<Id, Arc<dyn AnyApplication>> = {
            let table = self.table();
            table.apps.iter().map(|(id, entry)| (*id, Arc::clone(&entry.app))).collect()
        };
        let mut plan =
            Plan { apps: HashMap::from([(app.id(), Arc::clone(app))]), nodes: Vec::new(), order: Vec::new() };
        let mut to_look_at = vec![Arc::clone(app)];
        while let Some(app) = to_look_at.pop() {
            let depends = app.depends();
            plan.nodes.push(node(app.id(), &depends));
            for dependency in &depends {
                let before = match (known.get(&dependency.id), dependency.obtain) {
                    _ if plan.apps.contains_key(&dependency.id) => continue,
                    (Some(known), _) => Arc::clone(known),
                    (None, Some(obtain)) => obtain()?,
                    (None, None) => continue,
                };
                to_look_at.push(Arc::clone(&before));
                plan.apps.insert(dependency.id, before);
            }
        }
        let names = |Cycle(ring)| ring.iter().map(|id| plan.apps[id].about().name).collect();
        plan.order = start_order(&plan.nodes, &[app.id()]).map_err(names).map_err(ApplicationError::Cycle)?;
        let mut table = self.table();
        for id in plan.order.iter().filter(|id| **id != app.id()) {
            // What others have loaded meanwhile stays.
            if !table.apps.contains_key(id) {
                table.put(Arc::clone(&plan.apps[id]))?;
            }
        }
        drop(table);
        Ok(plan)
    }

    /// Stops an application, or joins whoever does.
    pub(super) async fn stop(&self, id: Id, name: &'static str) -> Result<(), ApplicationError> {
        let life = {
            let mut table = self.table();
            let entry = table.apps.get_mut(&id).ok_or(ApplicationError::NotStarted(name))?;
            match &entry.status {
                Status::Running(life) => {
                    life.order.notify_one();
                    life.clone()
                }
                Status::Stopping(life) => life.clone(),
                Status::Ended => {
                    entry.status = Status::Loaded;
                    return Ok(());
                }
                Status::Loaded | Status::Starting(..) => return Err(ApplicationError::NotStarted(name)),
            }
        };
        life.over().await;
        Ok(())
    }

    /// Runs something before all applications are stopped.
    pub(super) fn hook(&self, hook: Hook) {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// Begins to stop all applications, or joins whoever did; what it returns is closed when all are stopped.
    pub(super) fn shut_down(self: &Arc<Self>, cause: Cause) -> watch::Receiver<()> {
        let mut table = self.table();
        if let Some(down) = &table.down {
            return down.clone();
        }
        let (until, down) = watch::channel(());
        table.down = Some(down.clone());
        drop(table);
        super::report::shutting_down(&cause);
        self.cause.send_replace(Some(cause));
        let controller = Arc::clone(self);
        tokio::spawn(async move {
            controller.stop_all().await;
            controller.table().down = None;
            drop(until);
        });
        down
    }

    async fn stop_all(&self) {
        let hooks = std::mem::take(&mut *self.hooks.lock().unwrap_or_else(PoisonError::into_inner));
        for hook in hooks {
            process::spawn(move |_: Inbox<()>| hook()).ended().await;
        }
        loop {
            let Some((_, life)) = self.table().next_to_stop() else { break };
            life.order.notify_one();
            life.over().await;
        }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        let mut all = CONTROLLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(all) = all.as_mut()
            && all.get(&self.runtime).is_some_and(|own| own.strong_count() == 0)
        {
            all.remove(&self.runtime);
        }
    }
}

/// The type of an application, by which it is known.
pub(super) fn id<A: 'static>() -> Id {
    TypeId::of::<A>()
}
