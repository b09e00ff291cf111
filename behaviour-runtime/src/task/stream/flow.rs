//! A stream at work: the tasks that run, and what they gave.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::task::coop;

use crate::edge::Message;
use crate::process::call::Limit;
use crate::process::{BoxFuture, CALL_TIMEOUT};
use crate::supervisor::StartChildError;
use crate::task::bells::Bells;
use crate::task::error::TaskError;
use crate::task::handle::Task;

use super::line::Line;

/// A stream at work. Dropping it ends all its tasks.
pub(super) struct Flow<'a, I, T> {
    /// None when nothing more is asked of it.
    source: Option<Pin<Box<dyn Stream<Item = I> + Send + 'a>>>,
    begin: Box<dyn FnMut(I) -> Running<T> + Send + 'a>,
    pub(super) plan: Plan<I>,
    /// There once it was asked for the first time.
    line: Option<Line<Told<I, T>>>,
    seats: Vec<Option<Seat<I, T>>>,
    bells: Bells,
    /// Seats that are free.
    free: Vec<usize>,
    /// How many items were taken.
    taken: usize,
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
        begin: impl FnMut(I) -> Running<T> + Send + 'a,
    ) -> Self {
        let max_concurrency = std::thread::available_parallelism().map_or(1, usize::from);
        let plan = Plan { max_concurrency, ordered: true, timeout: Some(CALL_TIMEOUT), kills: false, keep: None };
        Self {
            source: Some(Box::pin(source)),
            begin: Box::new(begin),
            plan,
            line: None,
            seats: Vec::new(),
            bells: Bells::default(),
            free: Vec::new(),
            taken: 0,
            halted: false,
        }
    }

    /// The next result.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Told<I, T>>> {
        while !self.halted {
            // A task without budget has nothing to tell, but that it wants to be asked again.
            if !coop::has_budget_remaining() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.fill(cx);
            let ordered = self.plan.ordered;
            if let Some(told) = self.line.get_or_insert_with(|| Line::new(ordered)).pop() {
                return Poll::Ready(Some(told));
            }
            if self.source.is_none() && self.free.len() == self.seats.len() {
                self.halted = true;
            } else if let Some(seat) = self.bells.next(cx) {
                if let Some(last) = self.look(seat) {
                    return Poll::Ready(Some(last));
                }
            } else {
                return Poll::Pending;
            }
        }
        Poll::Ready(None)
    }

    /// Takes items for the seats that are free.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.seats.len() - self.free.len() < self.plan.max_concurrency
            && let Some(source) = &mut self.source
        {
            match source.as_mut().poll_next(cx) {
                Poll::Pending => return,
                Poll::Ready(None) => self.source = None,
                Poll::Ready(Some(item)) => {
                    let kept = self.plan.keep.map(|keep| keep(&item));
                    let seat = Seat { number: self.taken, item: kept, running: (self.begin)(item) };
                    self.taken += 1;
                    if let Some(free) = self.free.pop() {
                        self.seats[free] = Some(seat);
                        self.bells.ring(free);
                    } else {
                        self.seats.push(Some(seat));
                        self.bells.need(self.seats.len());
                    }
                }
            }
        }
    }

    /// Looks at a seat whose bell rang. If the stream ends with its result, that is returned.
    fn look(&mut self, number: usize) -> Option<Told<I, T>> {
        let seat = self.seats[number].as_mut()?;
        let limit = self.plan.timeout.map_or(Limit::Forever, Limit::Within);
        let bell = self.bells.waker(number);
        let Poll::Ready(given) = seat.running.poll(limit, &mut Context::from_waker(&bell)) else { return None };
        let Seat { number: place, item, running } = self.seats[number].take()?;
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
            self.halt();
            return Some((item, given));
        }
        if let Some(line) = &mut self.line {
            line.push(place, (item, given));
        }
        None
    }
}

impl<I, T> Flow<'_, I, T> {
    /// Ends all tasks, and asks no more of the source.
    fn halt(&mut self) {
        self.halted = true;
        self.source = None;
        for seat in self.seats.drain(..).flatten() {
            seat.running.end();
        }
    }
}

impl<T> Running<T> {
    /// Ends the task. One that is not there yet is given up.
    fn end(self) {
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
