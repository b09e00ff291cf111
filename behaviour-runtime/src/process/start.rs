//! Starting a process, and hearing that it has started.
//!
//! `init` runs as the new process before the starter goes on: in place if it is a plain function, in the process's own
//! task if it is async. A failed start is over before the starter hears of it: the process is gone, its name is free,
//! and nothing is left in the starter's mailbox (otp.md 2.1).

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};

use super::cell::ProcessCell;
use super::end;
use super::ended::Ended;
use super::error::StartError;
use super::functions::{BoxFuture, Table};
use super::inside::Stage;
use super::names::{self, RegisterError};
use super::node::Node;
use super::pid::Pid;
use super::reason::ExitReason;
use super::receive::send;
use super::relations::unique;
use super::runner::ProcessTask;
use super::seat::Seat;
use super::signal::{MonitorRef, Signal};
use super::sys::DebugItems;
use super::{current, report, table};

/// How `init` ended.
#[derive(Debug)]
pub(crate) enum InitOutcome {
    /// The server is there.
    Ready,
    /// Not to be started (`ignore`).
    Ignored,
    /// An error was returned: a failed start that is no crash (`{error, Reason}`).
    Failed(ExitReason),
}

/// What is there when a process is made.
pub(crate) enum Made {
    /// `init` has run.
    Ready(*mut (), InitOutcome),
    /// `init` is async: it will leave its outcome in the inside.
    Pending(*mut (), BoxFuture<'static, ()>),
    /// A plain process: this is its whole life.
    Plain(BoxFuture<'static, ()>),
    /// A process with a loop of its own that tells by itself when it has started.
    Loop(BoxFuture<'static, ()>),
}

/// Makes the inside of a process, as that process.
pub(crate) type Make = Box<dyn FnOnce(&Arc<ProcessCell>) -> Made + Send>;

/// How to start a process.
pub(crate) struct RawStart {
    pub(crate) table: &'static Table,
    pub(crate) make: Make,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) link: bool,
    pub(crate) monitor: Option<MonitorRef>,
    pub(crate) within: Option<Duration>,
    /// Where the process will sit, if it is a child or a supervisor.
    pub(crate) seat: Option<Arc<Seat>>,
    /// Where else it will be found.
    pub(crate) claim: Option<Claim>,
    /// What watches it from the beginning.
    pub(crate) debug: Option<Box<DebugItems>>,
}

impl RawStart {
    /// A start of which nothing else is said.
    pub(crate) fn new(name: Option<&'static str>, table: &'static Table, make: Make) -> Self {
        let name = name.map(Arc::from);
        let (monitor, within, seat, claim, debug) = (None, None, None, None, None);
        Self { table, make, name, link: false, monitor, within, seat, claim, debug }
    }
}

/// Enters a new process somewhere, before its `init` runs; or tells who is there already.
pub(crate) type Claim = Box<dyn FnOnce(&Arc<ProcessCell>) -> Result<(), Pid> + Send>;

/// The other end of a start.
pub(crate) struct Ack {
    starter: oneshot::Sender<Result<(), StartError>>,
    refusal: Option<StartError>,
}

impl Ack {
    /// The process has ended; if it never said that it runs, its start failed.
    pub(crate) fn ended(self, reason: &ExitReason) {
        let error = self.refusal.unwrap_or_else(|| StartError::Failed(reason.clone()));
        let _ = self.starter.send(Err(error));
    }
}

/// The process runs: tells the starter.
#[allow(unsafe_code)]
pub(crate) fn acknowledge(process: &ProcessCell) {
    // SAFETY: the process's task calls this, and it holds the turn.
    let ack = unsafe { (*process.inside()).extra.as_mut() }.and_then(|extra| extra.ack.take());
    process.starting.store(false, Ordering::Release);
    report::started(process);
    if let Some(ack) = ack {
        let _ = ack.starter.send(Ok(()));
    }
}

/// The process gives its start up: the starter will be told when it has ended.
#[allow(unsafe_code)]
pub(crate) fn refuse(process: &ProcessCell, refusal: StartError) {
    detach_from_parent(process);
    // SAFETY: the process's task calls this, and it holds the turn.
    if let Some(ack) = unsafe { (*process.inside()).extra.as_mut() }.and_then(|extra| extra.ack.as_mut()) {
        ack.refusal = Some(refusal);
    }
}

/// A start that fails leaves nothing in the starter's mailbox.
fn detach_from_parent(process: &ProcessCell) {
    process.forget_starter();
    let parent = process.relations().tables.as_ref().and_then(|tables| tables.parent);
    if let Some(parent) = parent {
        process.unlink(parent);
    }
}

/// The process ends before it has started: its starter hears of that by the start, and not once more by a monitor, nor,
/// if it traps exits, by a link. A parent that does not trap exits goes down with it.
pub(crate) fn crashed(process: &ProcessCell) {
    process.forget_starter();
    let parent = process.relations().tables.as_ref().and_then(|tables| tables.parent);
    if let Some(parent) = parent.filter(|parent| table::find(*parent).is_some_and(|parent| parent.traps_exits())) {
        process.unlink(parent);
    }
}

/// A start under way.
#[derive(Default)]
pub(crate) enum RawStarting {
    New(Option<Box<RawStart>>),
    Waiting(Waiting),
    #[default]
    Finished,
}

/// A start that waits for the process to tell.
pub(crate) struct Waiting {
    process: Arc<ProcessCell>,
    ack: oneshot::Receiver<Result<(), StartError>>,
    timer: Option<Pin<Box<Sleep>>>,
    /// The start was given up, and the end of the process is waited for.
    late: bool,
    /// It had just succeeded.
    ending: Option<Ended>,
    answered: bool,
}

impl RawStarting {
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arc<ProcessCell>, StartError>> {
        if let Self::New(start) = self
            && let Some(start) = start.take()
        {
            match launch(*start) {
                Launched::Ready(process) => return Poll::Ready(Ok(process)),
                Launched::Failed(error) => return Poll::Ready(Err(error)),
                Launched::Waiting(process, ack, within) => {
                    let timer = within.map(|within| Box::pin(sleep(within)));
                    *self = Self::Waiting(Waiting { process, ack, timer, late: false, ending: None, answered: false });
                }
            }
        }
        let Self::Waiting(waiting) = self else { panic!("a start was polled after it had finished") };
        let Poll::Ready(result) = waiting.poll(cx) else { return Poll::Pending };
        *self = Self::Finished;
        Poll::Ready(result)
    }

    /// The process, once it is there and until it has started.
    pub(crate) fn process(&self) -> Option<&Arc<ProcessCell>> {
        if let Self::Waiting(waiting) = self { Some(&waiting.process) } else { None }
    }

    /// Gives the start up: the process is killed, and the start fails when it is gone.
    pub(crate) fn abort(&mut self) {
        if let Self::Waiting(waiting) = self {
            waiting.late = true;
            abort(&waiting.process);
        }
    }
}

impl Waiting {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arc<ProcessCell>, StartError>> {
        if let Some(ending) = &mut self.ending {
            return Pin::new(ending).poll(cx).map(|_| Err(StartError::Timeout));
        }
        if let Poll::Ready(answer) = Pin::new(&mut self.ack).poll(cx) {
            self.answered = true;
            if self.late && matches!(answer, Ok(Ok(()))) {
                self.ending = Some(Ended::new(Some(Arc::clone(&self.process))));
                return self.poll(cx);
            }
            return Poll::Ready(match answer {
                Ok(Ok(())) if !self.late => Ok(Arc::clone(&self.process)),
                _ if self.late => Err(StartError::Timeout),
                Ok(Err(error)) => Err(error),
                Ok(Ok(())) | Err(_) => Err(StartError::Failed(ExitReason::Killed)),
            });
        }
        if !self.late && self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready()) {
            // The end of the process is waited for, so that its name is free when the starter hears of it.
            self.late = true;
            abort(&self.process);
        }
        Poll::Pending
    }
}

/// A start that nobody waits for any more is given up.
impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            abort(&self.process);
        }
    }
}

fn abort(process: &ProcessCell) {
    detach_from_parent(process);
    let from = process.pid();
    send(from, Signal::Exit { from, reason: ExitReason::Killed, link: None, kill: true });
}

enum Launched {
    Ready(Arc<ProcessCell>),
    Failed(StartError),
    Waiting(Arc<ProcessCell>, oneshot::Receiver<Result<(), StartError>>, Option<Duration>),
}

/// Makes a process and runs its `init`, or begins to.
///
/// # Panics
/// Outside a tokio runtime; with a link, outside a process.
#[allow(unsafe_code)]
fn launch(start: RawStart) -> Launched {
    report::install_panic_hook();
    let RawStart { table, make, name, link, monitor, within, seat, claim, debug } = start;
    let runtime = Handle::current();
    let starter = (link || monitor.is_some()).then(|| current::process().expect(super::NOT_A_PROCESS));
    let parent = starter.as_ref().filter(|_| link);
    let process = table::insert(|pid| ProcessCell::make(pid, table, runtime.id()));
    let inside = process.inside();
    if let Some(seat) = seat {
        process.relations().tables().seat = Some(seat);
    }
    if let Some(name) = name
        && let Err(error) = names::register(&process, name)
    {
        return undone(
            &process,
            match error {
                RegisterError::Taken(pid) => StartError::AlreadyStarted(pid),
                other => StartError::Failed(ExitReason::error(other)),
            },
        );
    }
    if let Some(claim) = claim
        && let Err(pid) = claim(&process)
    {
        return undone(&process, StartError::AlreadyStarted(pid));
    }
    if let Some(debug) = debug
        && let Err(error) = debug.watch(&process)
    {
        return undone(&process, StartError::Failed(ExitReason::error(error)));
    }
    if let Some(parent) = parent {
        process.relations().tables().parent = Some(parent.pid());
        process.link(parent.pid());
    }
    if let (Some(monitor), Some(starter)) = (monitor, &starter) {
        process.relations().tables().starter = Some(monitor);
        starter.monitor_as(monitor, process.pid(), None);
    }
    let made = current::with(&process, || catch_unwind(AssertUnwindSafe(|| make(&process))));
    // SAFETY: the turn of a new process is held by whoever makes it.
    unsafe {
        match made {
            Ok(Made::Ready(body, InitOutcome::Ready)) => {
                (*inside).body = body;
                (*inside).stage = Stage::Running;
                let task = ProcessTask(Arc::clone(&process));
                report::started(&process);
                if (*inside).asked {
                    process.turn.hand_over()
                } else {
                    process.turn.leave()
                };
                runtime.spawn(task);
                Launched::Ready(process)
            }
            Ok(Made::Ready(body, outcome)) => {
                (*inside).body = body;
                detach_from_parent(&process);
                end::end(&process, ExitReason::Normal);
                Launched::Failed(match outcome {
                    InitOutcome::Failed(reason) => StartError::Failed(reason),
                    InitOutcome::Ignored | InitOutcome::Ready => StartError::Ignored,
                })
            }
            Ok(Made::Pending(body, init)) => {
                let (starter, ack) = oneshot::channel();
                (*inside).body = body;
                (*inside).parked = Some(init);
                (*inside).extra().ack = Some(Ack { starter, refusal: None });
                process.starting.store(true, Ordering::Release);
                process.turn.hand_over();
                runtime.spawn(ProcessTask(Arc::clone(&process)));
                Launched::Waiting(process, ack, within)
            }
            Ok(Made::Loop(life)) => {
                let (starter, ack) = oneshot::channel();
                (*inside).stage = Stage::Running;
                (*inside).parked = Some(life);
                (*inside).extra().ack = Some(Ack { starter, refusal: None });
                process.starting.store(true, Ordering::Release);
                process.turn.hand_over();
                runtime.spawn(ProcessTask(Arc::clone(&process)));
                Launched::Waiting(process, ack, within)
            }
            Ok(Made::Plain(life)) => {
                live(&process, &runtime, life);
                Launched::Ready(process)
            }
            Err(payload) => {
                let reason = report::panicked(payload);
                end::end(&process, reason.clone());
                Launched::Failed(StartError::Failed(reason))
            }
        }
    }
}

/// Begins the life of a plain process.
///
/// # Safety
/// The process was just made, by who calls this.
#[allow(unsafe_code)]
unsafe fn live(process: &Arc<ProcessCell>, runtime: &Handle, life: BoxFuture<'static, ()>) {
    // SAFETY: the turn of a new process is held by whoever makes it.
    unsafe {
        (*process.inside()).stage = Stage::Running;
        (*process.inside()).parked = Some(life);
    }
    report::started(process);
    process.turn.hand_over();
    runtime.spawn(ProcessTask(Arc::clone(process)));
}

/// Nothing of the process was made yet; but somebody may have found it by its name already.
fn undone(process: &ProcessCell, error: StartError) -> Launched {
    process.turn.close();
    let mut bereaved = process.begin_end(&ExitReason::Normal);
    process.tell_relations(&mut bereaved, &ExitReason::Normal);
    process.tell_others(bereaved);
    Launched::Failed(error)
}

/// Starts a plain process. It has no name that could be taken and no `init` that could fail.
pub(crate) fn launch_plain(
    table: &'static Table,
    link: bool,
    monitor: Option<MonitorRef>,
    make: Make,
) -> Arc<ProcessCell> {
    match launch(RawStart { link, monitor, ..RawStart::new(None, table, make) }) {
        Launched::Ready(process) | Launched::Waiting(process, ..) => process,
        Launched::Failed(error) => unreachable!("a plain process always starts: {error}"),
    }
}

/// Starts a process that is for one value, which is waited for at this node. It is linked to the present process, if there
/// is one and that is wanted. Many are started, and live but a moment: so this does nothing that they do not need, and
/// all it can before others know the process, without a lock.
///
/// # Panics
/// Outside a tokio runtime.
pub(crate) fn launch_task(table: &'static Table, link: bool, node: Arc<Node>, life: BoxFuture<'static, ()>) -> Pid {
    report::install_panic_hook();
    let runtime = Handle::current();
    let link = current::look(|parent| parent.pid()).filter(|_| link).map(|parent| (parent, unique()));
    let process = table::insert(|pid| ProcessCell::make_for(node, life, link, (pid, table, runtime.id())));
    let pid = process.pid();
    if let Some((parent, link)) = link {
        send(parent, Signal::Link { from: pid, link });
    }
    report::started(&process);
    runtime.spawn(ProcessTask(process));
    pid
}

/// Makes a process whose task the caller drives; tells the reason of its end.
#[allow(unsafe_code)]
pub(crate) fn launch_main(
    table: &'static Table,
    life: impl FnOnce(&Arc<ProcessCell>) -> BoxFuture<'static, ()>,
) -> impl Future<Output = ExitReason> {
    report::install_panic_hook();
    let process = table::insert(|pid| ProcessCell::make(pid, table, Handle::current().id()));
    report::note_main(process.pid());
    let life = life(&process);
    // SAFETY: the turn of a new process is held by whoever makes it.
    unsafe {
        (*process.inside()).stage = Stage::Running;
        (*process.inside()).parked = Some(life);
    }
    process.turn.hand_over();
    async move {
        ProcessTask(Arc::clone(&process)).await;
        process.relations().ended.clone().unwrap_or_default()
    }
}
