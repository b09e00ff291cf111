//! What a call that waits needs: a node for the reply, and a timer.
//!
//! Both outlive the call. Waiters lie in a pool of the thread, their timers still armed, and the next call that has to
//! wait takes one: it reads the clock once and touches the timer wheel only if the timer is armed for another task or
//! for a later time. A timer goes by the clock of one runtime, so the pool belongs to one, too.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::runtime;
use tokio::task::coop;
use tokio::time::{Instant, Sleep, sleep_until};

use super::call::Limit;
use super::current;
use super::node::{Node, ReplyType};
use super::pid::Pid;
use super::ring::Blocked;

/// Waiters that a thread keeps.
const KEPT: usize = 64;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { runtime: None, waiters: Vec::new() }) };
}

/// The waiters of one runtime on this thread.
struct Pool {
    runtime: Option<runtime::Id>,
    #[allow(clippy::vec_box, reason = "a waiter moves from the pool into a call and back; its box is what moves")]
    waiters: Vec<Box<Waiter>>,
}

/// What a call that waits needs.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) node: Arc<Node>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whom the armed timer wakes.
    wakes: Option<Identity>,
    runtime: Option<runtime::Id>,
    deadline: Deadline,
    pub(crate) blocked: Option<Blocked>,
    /// Of a vacant seat: who sat there last, and the key of our waker.
    pub(crate) ended: Option<Pid>,
    pub(crate) key: u64,
}

/// When the time is up; known once the call has to wait.
#[derive(Debug, Clone, Copy)]
enum Deadline {
    Unknown,
    Never,
    At(Instant),
}

impl Waiter {
    /// A waiter for a reply of this type, at whose node this waker waits.
    #[allow(clippy::unnecessary_box_returns, reason = "calls keep it boxed")]
    pub(crate) fn take(kind: &'static ReplyType, waker: &Waker) -> Box<Self> {
        let runtime = current::runtime();
        let kept = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.runtime == runtime { pool.waiters.pop() } else { None }
        });
        let mut waiter = kept.ok().flatten().unwrap_or_else(|| Self::new(Arc::new(Node::new(kind))));
        if let Some(node) = Arc::get_mut(&mut waiter.node) {
            node.reuse(kind, waker);
        } else {
            // The server of an earlier call still has the node.
            let mut node = Node::new(kind);
            node.reuse(kind, waker);
            waiter.node = Arc::new(node);
        }
        waiter
    }

    /// A waiter at this node.
    #[cold]
    #[allow(clippy::unnecessary_box_returns, reason = "calls keep it boxed")]
    pub(crate) fn new(node: Arc<Node>) -> Box<Self> {
        Box::new(Self {
            node,
            timer: None,
            wakes: None,
            runtime: current::runtime(),
            deadline: Deadline::Unknown,
            blocked: None,
            ended: None,
            key: 0,
        })
    }

    /// Counts the time from when the call waited there.
    pub(crate) fn since(&mut self, before: &Self) {
        self.deadline = before.deadline;
    }

    /// Nobody waits for the moment: the next wait has its own time.
    pub(crate) fn rest(&mut self) {
        if self.blocked.is_some() {
            self.blocked = None;
        }
        self.deadline = Deadline::Unknown;
    }

    /// Keeps the waiter for another call.
    pub(crate) fn keep(mut self: Box<Self>) {
        self.rest();
        let mut waiter = Some(self);
        let mut strangers = None;
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            let runtime = waiter.as_ref().and_then(|waiter| waiter.runtime);
            if pool.runtime != runtime {
                pool.runtime = runtime;
                strangers = Some(std::mem::take(&mut pool.waiters));
            }
            if pool.waiters.len() < KEPT {
                pool.waiters.extend(waiter.take());
            }
        });
        // What is not kept is dropped only here, for a waker's destructor may be anything.
        drop(waiter);
        drop(strangers);
    }

    /// Who waits is elsewhere, perhaps, than where the waiter was taken: the timer is to go by the clock of that place.
    pub(crate) fn come_here(&mut self) {
        let here = current::runtime();
        if self.runtime != here {
            (self.runtime, self.timer, self.wakes) = (here, None, None);
        }
    }

    /// Whether the time is up, counted from the first time that the call had to wait. If not, the task will be woken.
    ///
    /// The timer may be one that an earlier call left armed. It then fires too early and is set to the time that
    /// counts, which happens once in a while; setting it anew for each call would take the timer wheel's lock each time.
    pub(crate) fn is_late(&mut self, limit: Limit, cx: &mut Context<'_>) -> bool {
        if let Deadline::Unknown = self.deadline {
            let limit = if let Limit::Within(limit) = limit { Some(limit) } else { None };
            let at = limit.and_then(|limit| Instant::now().checked_add(limit));
            self.deadline = at.map_or(Deadline::Never, Deadline::At);
        }
        let Deadline::At(deadline) = self.deadline else { return false };
        let task = identity(cx.waker());
        if let Some(timer) = &self.timer
            && self.wakes == Some(task)
            && timer.deadline() <= deadline
            && !timer.is_elapsed()
        {
            return false;
        }
        // Without budget a poll does not reach the timer.
        self.wakes = coop::has_budget_remaining().then_some(task);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() >= deadline || Instant::now() >= deadline {
                return true;
            }
            timer.as_mut().reset(deadline);
        }
        false
    }
}

/// What tells two wakers apart. An armed timer keeps its waker, so that no other can come to lie in the same place.
type Identity = (usize, usize);

fn identity(waker: &Waker) -> Identity {
    (waker.data() as usize, &raw const *waker.vtable() as usize)
}
