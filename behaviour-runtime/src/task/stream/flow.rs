//! A stream at work: the tasks that run, and what they gave.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::task::coop;

use crate::edge::Message;
use crate::process::call::Limit;
use crate::process::{BoxFuture, CALL_TIMEOUT};
use crate::supervisor::{Shutdown, StartChildError};
use crate::task::bells::Bells;
use crate::task::error::TaskError;
use crate::task::handle::Task;

use super::line::Line;

/// A stream at work. Dropping it ends all its tasks.
pub(super) struct Flow<'a, I, T> {
    /// None when nothing more is asked of it.
    source: Option<Pin<Box<dyn Stream<Item = I> + Send + 'a>>>,
    begin: Box<dyn FnMut(I, Option<Shutdown>) -> Running<T> + Send + 'a>,
    pub(super) plan: Plan<I>,
    /// There once it was asked for the first time.
    line: Option<Line<Told<I, T>>>,
    seats: Vec<Option<Seat<I, T>>>,
    bells: Bells,
    /// Seats that are free.
    free: Vec<usize>,
    /// How many items were taken.
    taken: usize,
    /// The result that the stream ends with, if it ends early.
    last: Option<Told<I, T>>,
    halted: bool,
}

/// What is said of a stream.
pub(super) struct Plan<I> {
    pub(super) max_concurrency: usize,
    pub(super) ordered: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) kills: bool,
    /// How an item is kept, if it is.
    pub(super) keep: Option<fn(&I) -> I>,
    /// Whether the tasks have a supervisor.
    pub(super) supervised: bool,
    /// How that ends a task, if it was said.
    pub(super) shutdown: Option<Shutdown>,
}

/// A result, and the item that it is of, if that was kept.
pub(super) type Told<I, T> = (Option<I>, Result<T, TaskError>);

/// The task of one item.
pub(super) enum Running<T> {
    /// A supervisor was asked to start it.
    Starting(BoxFuture<'static, Result<Task<T>, StartChildError>>),
    Started(Task<T>),
}

struct Seat<I, T> {
    number: usize,
    item: Option<I>,
    running: Running<T>,
}

impl<T: Message> Running<T> {
    fn poll(&mut self, limit: Limit, cx: &mut Context<'_>) -> Poll<Result<T, TaskError>> {
        loop {
            match self {
                Self::Started(task) => return task.poll_within(limit, cx),
                Self::Starting(starting) => match ready!(starting.as_mut().poll(cx)) {
                    Ok(task) => *self = Self::Started(task),
                    Err(error) => return Poll::Ready(Err(TaskError::NotStarted(error))),
                },
            }
        }
    }
}

impl<'a, I, T: Message> Flow<'a, I, T> {
    pub(super) fn new(
        source: impl Stream<Item = I> + Send + 'a,
        begin: impl FnMut(I, Option<Shutdown>) -> Running<T> + Send + 'a,
    ) -> Self {
        let max_concurrency = std::thread::available_parallelism().map_or(1, usize::from);
        let timeout = Some(CALL_TIMEOUT);
        let plan = Plan {
            max_concurrency,
            ordered: true,
            timeout,
            kills: false,
            keep: None,
            supervised: false,
            shutdown: None,
        };
        Self {
            source: Some(Box::pin(source)),
            begin: Box::new(begin),
            plan,
            line: None,
            seats: Vec::new(),
            bells: Bells::default(),
            free: Vec::new(),
            taken: 0,
            last: None,
            halted: false,
        }
    }

    /// Whether somebody has asked for a result.
    pub(super) fn was_asked(&self) -> bool {
        self.line.is_some()
    }

    /// The next result.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Told<I, T>>> {
        loop {
            // A task without budget has nothing to tell, but that it wants to be asked again.
            if !coop::has_budget_remaining() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            // What is there is told before more is begun: who has enough asks no more.
            let ordered = self.plan.ordered;
            if let Some(told) = self.line.get_or_insert_with(|| Line::new(ordered)).pop().or_else(|| self.last.take()) {
                return Poll::Ready(Some(told));
            }
            if self.halted {
                return Poll::Ready(None);
            }
            if self.fill(cx) {
                continue;
            }
            if self.source.is_none() && self.free.len() == self.seats.len() {
                self.halted = true;
            } else if let Some(seat) = self.bells.next(cx) {
                self.look(seat);
            } else {
                return Poll::Pending;
            }
        }
    }

    /// Takes items for the seats that are free, until one of them has its result: then it is true.
    ///
    /// A task that has started is looked at here, so that its time runs from its start, however long it is until the stream
    /// is asked again. One that is still to be started waits its turn, behind those that have something to tell.
    fn fill(&mut self, cx: &mut Context<'_>) -> bool {
        while self.seats.len() - self.free.len() < self.plan.max_concurrency
            && let Some(source) = &mut self.source
        {
            match source.as_mut().poll_next(cx) {
                Poll::Pending => return false,
                Poll::Ready(None) => self.source = None,
                Poll::Ready(Some(item)) => {
                    let kept = self.plan.keep.map(|keep| keep(&item));
                    let running = (self.begin)(item, self.plan.shutdown);
                    let has_started = matches!(running, Running::Started(_));
                    let seat = Some(Seat { number: self.taken, item: kept, running });
                    self.taken += 1;
                    let number = self.free.pop().unwrap_or(self.seats.len());
                    if number == self.seats.len() {
                        self.seats.push(seat);
                        self.bells.need(self.seats.len());
                    } else {
                        self.seats[number] = seat;
                    }
                    if !has_started {
                        self.bells.ring(number);
                    } else if self.look(number) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Looks at a seat. True if its task is done, and the result in the line, or the last one.
    fn look(&mut self, number: usize) -> bool {
        let Some(seat) = self.seats[number].as_mut() else { return false };
        let limit = self.plan.timeout.map_or(Limit::Forever, Limit::Within);
        let bell = self.bells.waker(number);
        let Poll::Ready(given) = seat.running.poll(limit, &mut Context::from_waker(&bell)) else { return false };
        let Some(Seat { number: place, item, running }) = self.seats[number].take() else { return false };
        self.free.push(number);
        let is_last = match &given {
            Err(TaskError::Timeout) => {
                running.end();
                !self.plan.kills
            }
            Err(TaskError::NotStarted(_)) => true,
            _ => false,
        };
        if is_last {
            self.last = Some((item, given));
            self.halt();
        } else if let Some(line) = &mut self.line {
            line.push(place, (item, given));
        }
        true
    }
}

impl<I, T> Flow<'_, I, T> {
    /// Ends all tasks, and asks no more of the source. The tasks come first, for items and their source are the user's, and
    /// may panic as they are dropped.
    fn halt(&mut self) {
        self.halted = true;
        for seat in self.seats.iter().flatten() {
            seat.running.end();
        }
        self.seats.clear();
        self.source = None;
    }
}

impl<T> Running<T> {
    /// Ends the task. One that is not there yet is given up as it is dropped.
    fn end(&self) {
        if let Self::Started(task) = self {
            task.discard();
        }
    }
}

impl<I, T> Drop for Flow<'_, I, T> {
    fn drop(&mut self) {
        self.halt();
    }
}
