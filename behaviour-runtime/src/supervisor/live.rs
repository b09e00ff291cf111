//! The life of a supervisor: its process carries out what the machine decides.
//!
//! It reads one letter at a time, tells the machine, and does what that says until there is nothing left to do. While a
//! child starts it goes on listening for the order to end, so that a supervisor can always be stopped: the start is
//! then given up, and the child killed.

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::process::cell::{ProcessCell, ProcessKind};
use crate::process::ended::Ended;
use crate::process::inbox::RawInbox;
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::relations::send;
use crate::process::seat::Seat;
use crate::process::signal::Signal;
use crate::process::start::{RawStarting, acknowledge, refuse};
use crate::process::{Exit, ExitReason, Pid, StartError, crashed, report};

use super::client::{ChildInfo, ChildState, Counts, Operation, OperationError};
use super::letter::Letter;
use super::pure::{ChildError, ChildKey, Command, End, Ending, Event, Machine, Report, Restart, Status};
use super::reports::Reporter;
use super::spec::{AnyChild, Flags, Shutdown};

/// How long a worker may take to shut down if nothing is said.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Describes the start of a child, by its place among the children; the seat is the supervisor's own.
pub(super) type Make = Box<dyn FnMut(usize, &Arc<Seat>) -> AnyChild + Send>;

/// What a supervisor is made of.
pub(super) struct Plan {
    pub(super) flags: Flags,
    pub(super) children: Vec<Spec>,
    pub(super) make: Make,
}

/// What is said of one child.
pub(super) struct Spec {
    pub(super) id: Arc<str>,
    pub(super) restart: Restart,
    pub(super) shutdown: Option<Shutdown>,
}

/// A child that the supervisor knows.
struct Child {
    id: Arc<str>,
    index: usize,
    restart: Restart,
    shutdown: Option<Shutdown>,
    kind: ProcessKind,
    seat: Arc<Seat>,
    process: Option<Arc<ProcessCell>>,
    starts: u64,
    /// Why it ended, or did not start, the last time.
    reason: ExitReason,
    error: Option<StartError>,
}

struct Live {
    inbox: RawInbox<Letter>,
    machine: Machine,
    make: Make,
    seat: Arc<Seat>,
    children: HashMap<ChildKey, Child>,
    pids: HashMap<Pid, ChildKey>,
    epoch: Instant,
    parent: Option<Pid>,
    reporter: Reporter,
    /// The reason to end with, once somebody said so.
    stop: Option<ExitReason>,
    started: bool,
    /// The last child that did not start, for a start that fails as a whole.
    failed: Option<(Arc<str>, StartError)>,
}

/// Lives as a supervisor.
pub(super) async fn live(plan: Plan, inbox: RawInbox<Letter>) {
    let process = Arc::clone(inbox.process());
    process.set_traps_exits(true);
    let (seat, parent) = {
        let mut relations = process.relations();
        let tables = relations.tables();
        (tables.seat.clone(), tables.parent)
    };
    let seat = seat.unwrap_or_else(|| Seat::root("supervisor".into()));
    if seat.is_root() {
        seat.take(&process);
    }
    let Plan { flags, children: specs, make } = plan;
    if let Some(id) = duplicate(&specs) {
        let error = ExitReason::error(format!("two children are called `{id}`"));
        refuse(&process, StartError::Failed(error));
        return crashed(&process, ExitReason::Shutdown);
    }
    let mut machine = Machine::new(flags.strategy, flags.intensity, flags.period);
    let mut children = HashMap::new();
    for (index, Spec { id, restart, shutdown }) in specs.into_iter().enumerate() {
        let child_seat = seat.child(&id);
        child_seat.reopen();
        let (kind, reason) = (ProcessKind::Worker, ExitReason::Normal);
        let child = Child {
            id,
            index,
            restart,
            shutdown,
            kind,
            seat: child_seat,
            process: None,
            starts: 0,
            reason,
            error: None,
        };
        children.insert(machine.add(restart), child);
    }
    let supervisor = (process.table().type_name)();
    let reporter = Reporter { supervisor, pid: process.pid(), name: process.name() };
    let live = Live {
        inbox,
        machine,
        make,
        seat,
        children,
        pids: HashMap::new(),
        epoch: Instant::now(),
        parent,
        reporter,
        stop: None,
        started: false,
        failed: None,
    };
    let reason = live.run().await;
    crashed(&process, reason);
}

/// An id that two children have.
fn duplicate(specs: &[Spec]) -> Option<&Arc<str>> {
    let mut ids = HashSet::new();
    specs.iter().map(|spec| &spec.id).find(|id| !ids.insert(*id))
}

impl Live {
    /// Runs until there is a reason to end.
    async fn run(mut self) -> ExitReason {
        loop {
            while let Some(command) = self.machine.next_command() {
                if let Some(reason) = self.carry_out(command).await {
                    return reason;
                }
            }
            self.close_seats();
            let letter = self.inbox.take(|_| true).await;
            self.read(letter).await;
        }
    }

    fn tell(&mut self, event: Event) {
        self.machine.on(event, self.epoch.elapsed());
    }

    async fn read(&mut self, letter: Letter) {
        match letter {
            Letter::Exit(Exit { pid, reason, .. }) => self.heard_of_end(pid, reason),
            Letter::Stop(reason) => self.end(reason),
            Letter::Retry(key) => self.tell(Event::Retry(key)),
            Letter::WhichChildren(asked) => drop(asked.send(self.which_children())),
            Letter::CountChildren(asked) => drop(asked.send(self.count_children())),
            Letter::Operate(operation, id, asked) => {
                let result = self.operate(operation, &id).await;
                drop(asked.send(result));
            }
        }
    }

    /// The supervisor has been told to end.
    fn end(&mut self, reason: ExitReason) {
        self.stop.get_or_insert(reason);
        self.tell(Event::Shutdown);
    }

    fn heard_of_end(&mut self, pid: Pid, reason: ExitReason) {
        if let Some(key) = self.pids.remove(&pid) {
            let ending = match &reason {
                ExitReason::Normal => Ending::Normal,
                ExitReason::Shutdown | ExitReason::ShutdownWith(_) => Ending::Shutdown,
                _ => Ending::Abnormal,
            };
            if let Some(child) = self.children.get_mut(&key) {
                child.process = None;
                child.reason = reason;
                child.seat.vacate();
            }
            self.tell(Event::Exited { child: key, ending });
        } else if Some(pid) == self.parent {
            self.end(reason);
        }
        // Exits of strangers mean nothing to a supervisor.
    }

    /// Does what the machine says; the reason to end, if it says so.
    async fn carry_out(&mut self, command: Command) -> Option<ExitReason> {
        match command {
            Command::Start(key) => {
                let event = self.start(key).await;
                self.tell(event);
            }
            Command::Stop(key) => {
                self.stop_child(key).await;
                self.tell(Event::Stopped);
            }
            Command::Retry(key) => {
                let process = self.inbox.process();
                // A supervisor's own mailbox is open as long as it lives.
                let _ = process.post_parcel(Word::Message, Parcel::new(Letter::Retry(key)), false);
            }
            Command::Forget(key) => {
                if let Some(child) = self.children.remove(&key) {
                    child.seat.close();
                }
            }
            Command::Report(report) => self.report(report),
            Command::Ready => {
                self.started = true;
                acknowledge(self.inbox.process());
            }
            Command::Done(end) => return Some(self.done(end)),
        }
        None
    }

    fn done(&mut self, end: End) -> ExitReason {
        for child in self.children.values() {
            child.seat.close();
        }
        let failed = match (end, self.failed.take()) {
            (End::FailedToStartChild(_), Some((id, error))) => Some(StartError::Child { id, error: Arc::new(error) }),
            _ => None,
        };
        if !self.started {
            let error = failed.unwrap_or_else(|| StartError::Failed(self.stop.clone().unwrap_or(ExitReason::Shutdown)));
            refuse(self.inbox.process(), error);
        }
        match end {
            End::Shutdown => self.stop.take().unwrap_or(ExitReason::Shutdown),
            End::ReachedMaxRestartIntensity | End::FailedToStartChild(_) => ExitReason::Shutdown,
        }
    }

    fn report(&self, report: Report) {
        match report {
            Report::ChildTerminated(key) => {
                if let Some(child) = self.children.get(&key) {
                    self.reporter.child_terminated(&child.id, &child.reason);
                }
            }
            Report::StartError(key) => {
                if let Some((child, error)) =
                    self.children.get(&key).and_then(|child| Some((child, child.error.as_ref()?)))
                {
                    self.reporter.start_error(&child.id, error);
                }
            }
            Report::ReachedMaxRestartIntensity(key) => {
                self.reporter.giving_up(self.children.get(&key).map_or("", |child| &child.id));
            }
        }
    }

    async fn start(&mut self, key: ChildKey) -> Event {
        let Some(child) = self.children.get_mut(&key) else { return Event::StartFailed };
        let (index, seat) = (child.index, Arc::clone(&child.seat));
        let (make, own) = (&mut self.make, &self.seat);
        let started = match catch_unwind(AssertUnwindSafe(|| make(index, own))) {
            Ok(any) => {
                child.kind = any.start.table().kind;
                self.run_start(any.start.begin(Arc::clone(&seat))).await
            }
            Err(payload) => Err(StartError::Failed(report::panicked(payload))),
        };
        let Some(child) = self.children.get_mut(&key) else { return Event::StartFailed };
        match started {
            Ok(process) => {
                self.pids.insert(process.pid(), key);
                seat.take(&process);
                self.reporter.child_started(&child.id, process.pid(), child.starts);
                child.starts += 1;
                child.process = Some(process);
                Event::Started
            }
            Err(StartError::Ignored) => Event::Ignored,
            Err(error) => {
                self.failed = Some((Arc::clone(&child.id), error.clone()));
                child.error = Some(error);
                Event::StartFailed
            }
        }
    }

    /// Waits for a start, and for an order to end meanwhile.
    async fn run_start(&mut self, mut starting: RawStarting) -> Result<Arc<ProcessCell>, StartError> {
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
                inbox.poll_take(Some(cx), &mut is_order).map(Ok)
            });
            match order.await {
                Err(started) => return started,
                Ok(Letter::Stop(reason) | Letter::Exit(Exit { reason, .. })) => {
                    self.end(reason);
                    starting.abort();
                }
                Ok(_) => {}
            }
        }
    }

    /// Ends a child, and waits until it is gone (otp.md 7.4).
    async fn stop_child(&mut self, key: ChildKey) {
        let Some(child) = self.children.get_mut(&key) else { return };
        child.seat.vacate();
        let Some(process) = child.process.take() else { return };
        let (child_pid, from) = (process.pid(), self.inbox.process().pid());
        let default =
            if child.kind == ProcessKind::Supervisor { Shutdown::Infinity } else { Shutdown::Timeout(SHUTDOWN) };
        let shutdown = child.shutdown.unwrap_or(default);
        let signal = |reason, kill| send(child_pid, Signal::Exit { from, reason, link: None, kill });
        let mut ended = Ended::new(Some(process));
        let reason = match shutdown {
            Shutdown::BrutalKill => {
                signal(ExitReason::Killed, true);
                ended.await
            }
            Shutdown::Infinity => {
                signal(ExitReason::Shutdown, false);
                ended.await
            }
            Shutdown::Timeout(limit) => {
                signal(ExitReason::Shutdown, false);
                match timeout(limit, &mut ended).await {
                    Ok(reason) => reason,
                    Err(_) => {
                        signal(ExitReason::Killed, true);
                        ended.await
                    }
                }
            }
        };
        let expected = match (shutdown, &reason) {
            (Shutdown::BrutalKill, ExitReason::Killed) | (_, ExitReason::Shutdown) => true,
            (_, ExitReason::Normal | ExitReason::ShutdownWith(_)) => child.restart != Restart::Permanent,
            _ => false,
        };
        if !expected {
            self.reporter.shutdown_error(&child.id, &reason);
        }
        child.reason = reason;
        self.pids.remove(&child_pid);
        self.inbox.process().unlink(child_pid);
        drop(self.inbox.try_take(|letter| matches!(letter, Letter::Exit(exit) if exit.pid == child_pid)));
    }

    /// Nobody shall wait for a child that is not going to be restarted.
    fn close_seats(&self) {
        for (key, status) in self.machine.children() {
            if status == Status::Undefined
                && let Some(child) = self.children.get(&key)
            {
                child.seat.close();
            }
        }
    }

    fn which_children(&self) -> Vec<ChildInfo> {
        let children = self.machine.children().rev().filter_map(|(key, status)| {
            let child = self.children.get(&key)?;
            let state = match (status, &child.process) {
                (Status::Running, Some(process)) => ChildState::Running(process.pid()),
                (Status::Restarting, _) => ChildState::Restarting,
                (Status::Running | Status::Undefined, _) => ChildState::Undefined,
            };
            Some(ChildInfo { id: Arc::clone(&child.id), state, kind: child.kind, restart: child.restart })
        });
        children.collect()
    }

    fn count_children(&self) -> Counts {
        let mut counts = Counts::default();
        for info in self.which_children() {
            counts.specs += 1;
            counts.active += usize::from(info.pid().is_some_and(crate::process::is_alive));
            match info.kind {
                ProcessKind::Supervisor => counts.supervisors += 1,
                ProcessKind::Worker => counts.workers += 1,
            }
        }
        counts
    }

    async fn operate(&mut self, operation: Operation, id: &str) -> Result<(), OperationError> {
        let known = self.children.iter().find(|(_, child)| &*child.id == id).map(|(key, _)| *key);
        let key = known.ok_or(OperationError::NotFound)?;
        let begun = match operation {
            Operation::Terminate => self.machine.terminate_child(key),
            Operation::Restart => self.machine.restart_child(key),
            Operation::Delete => self.machine.delete_child(key),
        };
        begun.map_err(|error| match error {
            ChildError::Running | ChildError::AlreadyStarted => OperationError::Running,
            ChildError::Restarting => OperationError::Restarting,
            ChildError::NotFound | ChildError::AlreadyPresent => OperationError::NotFound,
        })?;
        let mut error = None;
        if operation == Operation::Restart
            && let Some(child) = self.children.get_mut(&key)
        {
            child.seat.reopen();
            child.error = None;
        }
        while let Some(command) = self.machine.next_command() {
            if matches!(command, Command::Done(_)) {
                break;
            }
            self.carry_out(command).await;
            error = error.or_else(|| self.children.get_mut(&key)?.error.take());
        }
        error.map_or(Ok(()), |error| Err(OperationError::Start(error)))
    }
}
