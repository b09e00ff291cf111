//! The life of a supervisor: its process carries out what the machine decides.
//!
//! It reads one letter at a time, tells the machine, and does what that says until there is nothing left to do. How a
//! child is started is told in [`starting`](super::starting), how it is ended in [`stopping`](super::stopping).

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::coop::consume_budget;
use tokio::time::Instant;

use crate::process::inbox::{Next, RawInbox};
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::relations::unique;
use crate::process::seat::Seat;
use crate::process::start::{acknowledge, refuse};
use crate::process::timers::{Timed, later};
use crate::process::{Exit, ExitReason, Pid, StartError, crashed, discard};

use super::children::{Children, Spec, sound};
use super::client::{Operation, OperationError};
use super::code::Sources;
use super::letter::Letter;
use super::pure::{ChildError, ChildKey, Command, End, Ending, Event, Machine, Report, Strategy, Ticket};
use super::reports::Reporter;
use super::spec::{AnyChild, Flags};
use super::start_child::New;

/// Describes the starts of the children of a plan.
pub(super) trait Describe: Send {
    /// The start of a child, by its place among the children; the seat is the supervisor's own. None once it was let go.
    fn describe(&mut self, index: usize, own: &Arc<Seat>) -> Option<AnyChild>;

    /// This child is never started again: what its start holds on to is not needed any more.
    fn let_go(&mut self, index: usize);
}

/// What is shared by all starts is kept.
impl<F: FnMut(usize, &Arc<Seat>) -> AnyChild + Send> Describe for F {
    fn describe(&mut self, index: usize, own: &Arc<Seat>) -> Option<AnyChild> {
        Some(self(index, own))
    }

    fn let_go(&mut self, _: usize) {}
}

pub(super) type Make = Box<dyn Describe>;

/// What a supervisor is made of.
#[doc(hidden)]
pub struct Plan {
    pub(super) flags: Flags,
    pub(super) children: Vec<Spec>,
    pub(super) make: Make,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("flags", &self.flags).finish_non_exhaustive()
    }
}

/// A supervisor at work.
pub(super) struct Live {
    pub(super) inbox: RawInbox<Letter>,
    pub(super) strategy: Strategy,
    pub(super) machine: Machine,
    pub(super) sources: Sources,
    pub(super) seat: Arc<Seat>,
    pub(super) children: Children,
    epoch: Instant,
    pub(super) parent: Option<Pid>,
    pub(super) reporter: Reporter,
    /// The reason to end with, once somebody said so.
    stop: Option<ExitReason>,
    started: bool,
    /// The last child that did not start, for a start that fails as a whole.
    pub(super) failed: Option<(Arc<str>, StartError)>,
    /// Who asked for what is being done to a child by hand.
    pub(super) asked: Option<Asked>,
    /// How many letters to itself are on their way, now or after a wait, that a restart be tried.
    retries: usize,
}

/// Somebody who waits until something has been done to a child.
pub(super) struct Asked {
    answer: Answer,
    /// Why it did not start.
    pub(super) error: Option<StartError>,
}

/// How somebody is told.
enum Answer {
    Started(Arc<Seat>, oneshot::Sender<Result<Arc<Seat>, OperationError>>),
    Done(Operation, oneshot::Sender<Result<(), OperationError>>),
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
        seat.take(None, &process);
    }
    let Plan { flags, children: specs, make } = plan;
    if let Err(error) = sound(&specs, flags.auto_shutdown) {
        refuse(&process, error);
        return crashed(&process, ExitReason::Shutdown);
    }
    let mut machine = Machine::new(flags.strategy, flags.auto_shutdown, flags.intensity, flags.period);
    let children = Children::new(specs, &mut machine, &seat, process.pid());
    let supervisor = (process.table().type_name)();
    let reporter = Reporter { supervisor, pid: process.pid(), name: process.name() };
    let live = Live {
        inbox,
        strategy: flags.strategy,
        machine,
        sources: Sources::new(make),
        seat,
        children,
        epoch: Instant::now(),
        parent,
        reporter,
        stop: None,
        started: false,
        failed: None,
        asked: None,
        retries: 0,
    };
    let reason = live.run().await;
    crashed(&process, reason);
}

/// What `sys` shows of a supervisor: its flags, and its children in start order.
impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (auto_shutdown, intensity, period) = self.machine.limits();
        let children = fmt::from_fn(|f| {
            let children = self.children.which(&self.machine);
            f.debug_map().entries(children.iter().rev().map(|child| (&child.id, &child.state))).finish()
        });
        f.debug_struct("Supervisor")
            .field("strategy", &self.strategy)
            .field("intensity", &intensity)
            .field("period", &period)
            .field("auto_shutdown", &auto_shutdown)
            .field("children", &children)
            .finish()
    }
}

impl Live {
    /// Runs until there is a reason to end.
    async fn run(mut self) -> ExitReason {
        loop {
            while let Some(command) = self.machine.next_command() {
                // A restart that fails again and again shall not keep the thread from others.
                consume_budget().await;
                if let Some(reason) = self.carry_out(command).await {
                    return reason;
                }
            }
            self.close_seats();
            self.answer();
            match self.inbox.next().await {
                Next::Message(letter) => self.read(letter),
                Next::Errand(errand) => errand(&mut self),
            }
        }
    }

    fn tell(&mut self, event: Event) {
        self.machine.on(event, self.epoch.elapsed());
    }

    fn read(&mut self, letter: Letter) {
        match letter {
            Letter::Exit(Exit { pid, reason, .. }) => self.heard_of_end(pid, reason),
            Letter::Stop(reason) => self.end(reason),
            Letter::Retry(key) => {
                self.retries -= 1;
                self.tell(Event::Retry(key));
            }
            Letter::WaitOver(child, ticket) => {
                self.retries -= 1;
                self.tell(Event::WaitOver { child, ticket });
            }
            Letter::WhichChildren(asked) => drop(asked.send(self.children.which(&self.machine))),
            Letter::WhichChild(id, asked) => drop(asked.send(self.children.which_child(&id, &self.machine))),
            Letter::GetChildspec(id, asked) => drop(asked.send(self.children.childspec(&id))),
            Letter::CountChildren(asked) => drop(asked.send(self.children.count())),
            Letter::Look(look) => look.answer(self.children.sketch(self.strategy, &self.machine)),
            Letter::StartChild(new, answer) => self.start_child(*new, answer),
            Letter::Operate(operation, id, answer) => self.operate(operation, &id, answer),
        }
    }

    /// The supervisor has been told to end.
    pub(super) fn end(&mut self, reason: ExitReason) {
        self.stop.get_or_insert(reason);
        self.tell(Event::Shutdown);
    }

    fn heard_of_end(&mut self, pid: Pid, reason: ExitReason) {
        let ending = match &reason {
            ExitReason::Normal => Ending::Normal,
            ExitReason::Shutdown | ExitReason::ShutdownWith(_) => Ending::Shutdown,
            _ => Ending::Abnormal,
        };
        if Some(pid) == self.parent {
            self.end(reason);
        } else if let Some(child) = self.children.ended(pid, reason) {
            self.tell(Event::Exited { child, ending });
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
                self.stop(key).await;
                self.tell(Event::Stopped);
            }
            Command::Retry(key) => {
                let process = self.inbox.process();
                self.retries += 1;
                // A supervisor's own mailbox is open as long as it lives.
                let _ = process.post_parcel(Word::Message, Parcel::new(Letter::Retry(key)), false);
            }
            Command::Wait { child, ticket, delay } => self.wait(child, ticket, delay),
            Command::Forget(key) => {
                self.let_go(key);
                self.children.forget(key);
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

    /// Lets the restart of a child wait, while the supervisor reads on.
    fn wait(&mut self, key: ChildKey, ticket: Ticket, delay: Duration) {
        let Some((child, backoff)) = self.children.get(key).and_then(|child| Some((child, child.policy.backoff?)))
        else {
            return;
        };
        let delay = backoff.vary(delay, chance());
        self.reporter.child_waits(&child.id, delay);
        self.retries += 1;
        let letter = Parcel::new(Letter::WaitOver(key, ticket));
        self.inbox.process().add_timer(unique(), later(delay), Timed::Once(letter));
    }

    fn done(&mut self, end: End) -> ExitReason {
        if !self.started {
            let error = match (end, self.failed.take()) {
                (End::FailedToStartChild(_), Some((id, error))) => StartError::Child { id, error: Arc::new(error) },
                _ => StartError::Failed(self.stop.clone().unwrap_or(ExitReason::Shutdown)),
            };
            refuse(self.inbox.process(), error);
        }
        match end {
            End::Shutdown => self.stop.take().unwrap_or(ExitReason::Shutdown),
            End::AutoShutdown | End::ReachedMaxRestartIntensity | End::FailedToStartChild(_) => ExitReason::Shutdown,
        }
    }

    fn report(&self, report: Report) {
        let (Report::ChildTerminated(key) | Report::StartError(key) | Report::ReachedMaxRestartIntensity(key)) = report;
        let Some(child) = self.children.get(key) else { return };
        match (report, &child.error) {
            (Report::ChildTerminated(_), _) => self.reporter.child_terminated(&child.id, &child.reason),
            (Report::StartError(_), Some(error)) => self.reporter.start_error(&child.id, error),
            (Report::StartError(_), None) => {}
            (Report::ReachedMaxRestartIntensity(_), _) => self.reporter.giving_up(&child.id),
        }
    }

    /// Nobody shall wait for a child that is not going to be restarted.
    fn close_seats(&mut self) {
        if !self.children.has_vacant() {
            return;
        }
        if self.retries == 0 {
            self.children.close_seats(|_| false);
        } else {
            self.children.close_seats(self.machine.awaited());
        }
    }

    /// Begins to do something to a child by hand.
    fn operate(&mut self, operation: Operation, id: &str, answer: oneshot::Sender<Result<(), OperationError>>) {
        let begun = self.children.key(id).ok_or(ChildError::NotFound).and_then(|key| {
            match operation {
                Operation::Terminate => self.machine.terminate_child(key)?,
                Operation::Restart => self.machine.restart_child(key)?,
                Operation::Delete => self.machine.delete_child(key)?,
            }
            Ok(key)
        });
        match begun {
            Ok(child) => {
                if operation == Operation::Restart {
                    self.children.vacate(child);
                }
                self.asked = Some(Asked { answer: Answer::Done(operation, answer), error: None });
            }
            Err(error) => drop(answer.send(Err(self.refusal(error, None)))),
        }
    }

    /// Begins to start a child that comes now.
    fn start_child(&mut self, new: New, answer: oneshot::Sender<Result<Arc<Seat>, OperationError>>) {
        let known = self.children.key(&new.spec.id);
        match self.machine.start_child(known, new.spec.policy) {
            Ok(child) => {
                let seat = self.children.add(child, new);
                self.asked = Some(Asked { answer: Answer::Started(seat, answer), error: None });
            }
            Err(error) => {
                let refusal = self.refusal(error, known);
                discard(new);
                let _ = answer.send(Err(refusal));
            }
        }
    }

    /// Why nothing is done; `known` is the child that runs already.
    fn refusal(&self, error: ChildError, known: Option<ChildKey>) -> OperationError {
        match error {
            ChildError::NotFound => OperationError::NotFound,
            ChildError::Running => OperationError::Running,
            ChildError::Restarting => OperationError::Restarting,
            ChildError::BadCombination(error) => OperationError::BadCombination(error),
            ChildError::AlreadyPresent | ChildError::AlreadyStarted => {
                let process = known.and_then(|child| self.children.get(child)?.process.as_ref());
                process.map_or(OperationError::AlreadyPresent, |process| OperationError::AlreadyStarted(process.pid()))
            }
        }
    }

    /// What was to be done by hand has been done.
    fn answer(&mut self) {
        let Some(Asked { answer, error }) = self.asked.take() else { return };
        match (answer, error) {
            (Answer::Started(_, answer), Some(error)) => drop(answer.send(Err(OperationError::Start(error)))),
            (Answer::Started(seat, answer), None) => drop(answer.send(Ok(seat))),
            (Answer::Done(Operation::Restart, answer), Some(error)) if error != StartError::Ignored => {
                let _ = answer.send(Err(OperationError::Start(error)));
            }
            (Answer::Done(_, answer), _) => drop(answer.send(Ok(()))),
        }
    }
}

/// A number between 0 and 1 that nobody foresees: the standard library keys each of its hashers with another.
fn chance() -> f64 {
    let random = RandomState::new().hash_one(()) >> 32;
    f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX)
}
