//! Every interleaving of the turn and the lock.
//!
//! The files under proof are the runtime's own, compiled here with loom's atomics. A process is reduced to what the
//! proof is about: a turn, a mailbox under its lock, an inside that only the holder of the turn may touch (loom's
//! `UnsafeCell` fails the model if two threads do, or if one does not see what the other did), and a task.
//!
//! ```text
//! threads of the model                     main thread: the executor
//! post, call, signal, event ── wake ──►    look: polls the task if it has been woken
//!             │                            look
//!             └──────── join ─────────►    settle: polls it until nobody has woken it again
//!                                          is all done, and the turn idle?
//! ```
//!
//! The task never waits for anything, so every model ends, and a lost wake-up shows itself as work left undone. Wake-ups
//! carry no memory ordering, less than a real waker gives: what the turn hands on must be seen by the turn's own.

mod sync {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
    pub(crate) use loom::thread::yield_now;

    /// Loom is told at once that a waiter waits.
    pub(crate) const SPINS: u32 = 1;
}

#[path = "../src/process/lock.rs"]
#[allow(dead_code)]
mod lock;
#[path = "../src/process/turn.rs"]
#[allow(dead_code)]
mod turn;

use lock::Lock;
use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex, MutexGuard};
use loom::thread::{self, JoinHandle};
use sync::{AtomicBool, AtomicU32, Ordering};
use turn::{Owed, Resumed, Turn};

/// What is left of a process.
struct Process {
    turn: Turn,
    mailbox: Mutex<Mailbox>,
    inside: UnsafeCell<Inside>,
    /// Exit signals that wait; the real one lies among the relations.
    exits: Mutex<u32>,
    /// What a timer, or a future, tells the task.
    event: AtomicBool,
    /// Whether the task's waker is known, which it is from its first poll on.
    waker: AtomicBool,
    /// Wake-ups since the task was last polled.
    woken: AtomicU32,
}

#[derive(Default)]
struct Mailbox {
    waiting: u32,
    closed: bool,
}

/// What belongs to whoever holds the turn.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Inside {
    /// Messages that a callback took.
    handled: u32,
    /// Messages that came too late.
    cleared: u32,
    events: u32,
    signals: u32,
    /// A callback waits for the event.
    parked: bool,
    /// The first signal ends the process.
    mortal: bool,
    ended: bool,
}

impl Process {
    /// A process of which nothing is known but its inside, held by its maker.
    fn held(inside: Inside) -> Self {
        Self {
            turn: Turn::held(),
            mailbox: Mutex::new(Mailbox::default()),
            inside: UnsafeCell::new(inside),
            exits: Mutex::new(0),
            event: AtomicBool::new(false),
            waker: AtomicBool::new(true),
            woken: AtomicU32::new(0),
        }
    }

    /// A process that is idle, its task asleep.
    fn idle() -> Arc<Self> {
        let process = Self::held(Inside::default());
        assert_eq!(process.turn.leave(), Owed::Nothing);
        Arc::new(process)
    }

    /// A process whose task has been spawned, but not yet polled.
    fn fresh() -> Arc<Self> {
        let process = Self { waker: AtomicBool::new(false), woken: AtomicU32::new(1), ..Self::held(Inside::default()) };
        assert_eq!(process.turn.leave(), Owed::Nothing);
        Arc::new(process)
    }

    /// A process with a callback that waits, just handed over to the task.
    fn waiting() -> Arc<Self> {
        let inside = Inside { parked: true, ..Inside::default() };
        let process = Self { woken: AtomicU32::new(1), ..Self::held(inside) };
        assert_eq!(process.turn.hand_over(), Owed::Wake);
        Arc::new(process)
    }

    /// A process that ends with the first exit signal.
    fn mortal() -> Arc<Self> {
        let process = Self::held(Inside { mortal: true, ..Inside::default() });
        assert_eq!(process.turn.leave(), Owed::Nothing);
        Arc::new(process)
    }

    /// Lends the inside to the holder of the turn.
    #[allow(unsafe_code)]
    fn inside<R>(&self, f: impl FnOnce(&mut Inside) -> R) -> R {
        // SAFETY: only the holder of the turn calls this; loom checks that nobody else is inside.
        self.inside.with_mut(|inside| f(unsafe { &mut *inside }))
    }

    fn wake(&self) {
        if self.waker.load(Ordering::Acquire) {
            self.woken.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A sender: pushes under the lock, and wakes the task if the turn says so. False if the process has ended.
    fn post(&self) -> bool {
        let mut mailbox = lock(&self.mailbox);
        if mailbox.closed {
            return false;
        }
        mailbox.waiting += 1;
        // A mailbox that was not empty is wanted already.
        let wake = mailbox.waiting == 1 && self.turn.want();
        drop(mailbox);
        if wake {
            self.wake();
        }
        true
    }

    /// A caller: runs the idle process in place, or posts.
    fn call(&self) -> bool {
        if !self.turn.enter() {
            return self.post();
        }
        self.handle();
        self.pay(self.turn.leave());
        true
    }

    /// A caller whose callback has to wait: the rest is the task's.
    fn call_that_waits(&self) -> bool {
        if !self.turn.enter() {
            return self.post();
        }
        self.handle();
        self.inside(|inside| inside.parked = true);
        let owed = self.turn.hand_over();
        assert_ne!(owed, Owed::Nothing, "nobody would finish the callback");
        self.pay(owed);
        true
    }

    /// A callback takes a message.
    fn handle(&self) {
        self.inside(|inside| {
            assert!(!inside.ended, "a caller entered a process that had ended");
            assert!(!inside.parked, "a caller entered a process whose callback waits");
            inside.handled += 1;
        });
    }

    fn pay(&self, owed: Owed) {
        match owed {
            Owed::Nothing => {}
            Owed::Wake => self.wake(),
            Owed::End => self.end(),
        }
    }

    /// Another process sends an exit signal.
    fn signal(&self) {
        let mut exits = lock(&self.exits);
        *exits += 1;
        let wake = self.turn.signal();
        drop(exits);
        if wake {
            self.wake();
        }
    }

    /// A timer is due, or what the callback waits for is there.
    fn happen(&self) {
        self.event.swap(true, Ordering::Relaxed);
        self.wake();
    }

    /// One poll of the task, with the steps of the real one.
    fn poll(&self) {
        if !self.waker.load(Ordering::Acquire) {
            self.waker.store(true, Ordering::Release);
        }
        if self.turn.resume() != Resumed::Mine {
            return;
        }
        self.inside(|inside| assert!(!inside.ended, "the task runs a process that has ended"));
        loop {
            if self.turn.is_signalled() {
                let mut exits = lock(&self.exits);
                self.turn.unsignal();
                let signals = std::mem::take(&mut *exits);
                drop(exits);
                let dies = self.inside(|inside| {
                    inside.signals += signals;
                    inside.mortal
                });
                if dies {
                    return self.end();
                }
            }
            let happened = self.event.swap(false, Ordering::Relaxed);
            let waits = self.inside(|inside| {
                inside.events += u32::from(happened);
                inside.parked &= !happened;
                inside.parked
            });
            if waits {
                if self.turn.park() {
                    return;
                }
            } else if !self.drain() && self.turn.rest() {
                return;
            }
        }
    }

    /// Takes all that waits out of the mailbox. False if nothing does.
    fn drain(&self) -> bool {
        if !self.turn.is_wanted() {
            return false;
        }
        let mut mailbox = lock(&self.mailbox);
        let taken = std::mem::take(&mut mailbox.waiting);
        self.turn.unwant();
        drop(mailbox);
        self.inside(|inside| inside.handled += taken);
        taken > 0
    }

    /// Ends the process, by whoever holds the turn.
    fn end(&self) {
        let mut mailbox = lock(&self.mailbox);
        mailbox.closed = true;
        let cleared = std::mem::take(&mut mailbox.waiting);
        drop(mailbox);
        self.inside(|inside| {
            assert!(!inside.ended, "the process was ended twice");
            inside.ended = true;
            inside.parked = false;
            inside.cleared = cleared;
        });
        self.turn.close();
    }

    /// The runtime drops the task.
    fn drop_task(&self) {
        if self.turn.orphan() {
            self.end();
        }
    }

    /// The executor: polls the task if it has been woken.
    fn look(&self) -> bool {
        let woken = self.woken.swap(0, Ordering::Relaxed) > 0;
        if woken {
            self.poll();
        }
        woken
    }

    /// Lets the task do all that it knows of, when nobody else is there any more. A process that lives is idle then.
    fn settle(&self) -> Inside {
        while self.look() {}
        let after = self.inside(|inside| *inside);
        if !after.ended && !after.parked {
            assert!(self.turn.enter(), "the turn is not idle: {:?}", self.turn);
        }
        after
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("a model ends with its first panic")
}

/// Checks a model in every interleaving with at most so many preemptions.
fn model(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(f);
}

/// Does this to the process at the same time.
fn meanwhile<R: 'static>(process: &Arc<Process>, f: impl FnOnce(&Process) -> R + 'static) -> JoinHandle<R> {
    let process = Arc::clone(process);
    thread::spawn(move || f(&process))
}

#[test]
fn two_threads_never_hold_the_lock_together() {
    model(3, || {
        let counter = Arc::new(Lock::new(0));
        let twice = |counter: &Lock<u32>| {
            counter.with(|count| *count += 1);
            counter.with(|count| *count += 1);
        };
        let other = Arc::clone(&counter);
        let other = thread::spawn(move || twice(&other));
        twice(&counter);
        other.join().unwrap();
        assert_eq!(counter.with(|count| *count), 4);
    });
}

#[test]
fn no_message_is_left_without_a_wake_up() {
    model(3, || {
        let process = Process::idle();
        let senders = [(); 2].map(|()| meanwhile(&process, Process::post));
        process.look();
        process.look();
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        assert_eq!(process.settle().handled, 2);
    });
}

#[test]
fn a_message_that_comes_before_the_first_poll_is_handled() {
    model(3, || {
        let process = Process::fresh();
        let sender = meanwhile(&process, Process::post);
        let caller = meanwhile(&process, Process::call);
        process.look();
        assert!(sender.join().unwrap());
        assert!(caller.join().unwrap());
        assert_eq!(process.settle().handled, 2);
    });
}

#[test]
fn an_exit_signal_that_comes_before_the_first_poll_is_seen() {
    model(3, || {
        let process = Process::fresh();
        let killer = meanwhile(&process, Process::signal);
        let caller = meanwhile(&process, Process::call);
        process.look();
        killer.join().unwrap();
        assert!(caller.join().unwrap());
        assert_eq!(process.settle(), Inside { handled: 1, signals: 1, ..Inside::default() });
    });
}

#[test]
fn callers_in_place_and_senders_never_meet_inside() {
    model(3, || {
        let process = Process::idle();
        let caller = meanwhile(&process, Process::call);
        let sender = meanwhile(&process, Process::post);
        process.look();
        assert!(caller.join().unwrap());
        assert!(sender.join().unwrap());
        assert_eq!(process.settle().handled, 2);
    });
}

#[test]
fn one_wake_up_is_enough_for_a_caller_and_a_sender() {
    model(3, || {
        let process = Process::idle();
        let caller = meanwhile(&process, Process::call);
        assert!(process.post());
        assert!(caller.join().unwrap());
        assert_eq!(process.woken.load(Ordering::Relaxed), 1);
        assert!(!process.turn.want(), "it is wanted already");
        assert_eq!(process.settle().handled, 2);
    });
}

#[test]
fn two_callers_in_place_and_a_stray_poll() {
    model(3, || {
        let process = Process::idle();
        let callers = [(); 2].map(|()| meanwhile(&process, Process::call));
        process.happen();
        process.look();
        for caller in callers {
            assert!(caller.join().unwrap());
        }
        assert_eq!(process.settle(), Inside { handled: 2, events: 1, ..Inside::default() });
    });
}

#[test]
fn a_callback_that_waits_is_finished_by_the_task() {
    model(3, || {
        let process = Process::idle();
        let caller = meanwhile(&process, Process::call_that_waits);
        let timer = meanwhile(&process, Process::happen);
        process.look();
        process.look();
        assert!(caller.join().unwrap());
        timer.join().unwrap();
        let mut after = process.settle();
        if after.parked {
            // The event came before the callback, and was not for it.
            process.happen();
            after = process.settle();
        }
        assert_eq!((after.handled, after.parked), (1, false));
    });
}

#[test]
fn a_message_waits_until_the_callback_is_finished() {
    model(3, || {
        let process = Process::waiting();
        let sender = meanwhile(&process, Process::post);
        let timer = meanwhile(&process, Process::happen);
        process.look();
        process.look();
        assert!(sender.join().unwrap());
        timer.join().unwrap();
        assert_eq!(process.settle(), Inside { handled: 1, events: 1, ..Inside::default() });
    });
}

#[test]
fn an_exit_signal_is_seen_when_callers_run_the_process() {
    model(3, || {
        let process = Process::idle();
        let caller = meanwhile(&process, Process::call);
        let killer = meanwhile(&process, Process::signal);
        process.look();
        assert!(caller.join().unwrap());
        killer.join().unwrap();
        assert_eq!(process.settle(), Inside { handled: 1, signals: 1, ..Inside::default() });
    });
}

#[test]
fn an_exit_signal_is_seen_while_a_callback_waits() {
    model(3, || {
        let process = Process::waiting();
        let killer = meanwhile(&process, Process::signal);
        process.look();
        process.look();
        killer.join().unwrap();
        assert_eq!(process.settle(), Inside { signals: 1, parked: true, ..Inside::default() });
    });
}

#[test]
fn an_exit_signal_and_the_end_of_a_wait_are_both_seen() {
    model(3, || {
        let process = Process::waiting();
        let killer = meanwhile(&process, Process::signal);
        let timer = meanwhile(&process, Process::happen);
        process.look();
        process.look();
        killer.join().unwrap();
        timer.join().unwrap();
        assert_eq!(process.settle(), Inside { signals: 1, events: 1, ..Inside::default() });
    });
}

#[test]
fn an_exit_signal_is_seen_as_a_callback_is_handed_over() {
    model(3, || {
        let process = Process::idle();
        let caller = meanwhile(&process, Process::call_that_waits);
        let killer = meanwhile(&process, Process::signal);
        process.look();
        process.look();
        assert!(caller.join().unwrap());
        killer.join().unwrap();
        let after = process.settle();
        assert_eq!((after.handled, after.signals), (1, 1));
    });
}

#[test]
fn after_the_end_nobody_enters() {
    model(3, || {
        let process = Process::mortal();
        let killer = meanwhile(&process, Process::signal);
        let caller = meanwhile(&process, |process| u32::from(process.call()) + u32::from(process.call()));
        process.look();
        killer.join().unwrap();
        let accepted = caller.join().unwrap();
        let after = process.settle();
        assert!(after.ended);
        assert_eq!(accepted, after.handled + after.cleared, "a message was lost");
        assert!(!process.turn.enter());
        assert!(!process.turn.is_briefly_taken());
        assert!(!process.turn.want());
        assert!(!process.turn.signal());
        assert_eq!(process.turn.resume(), Resumed::Closed);
        assert!(!process.turn.orphan(), "it would be ended again");
    });
}

/// Drops the task while this is done to the process; all that was accepted must have been handled or cleared.
fn is_ended_once(process: fn() -> Arc<Process>, done: fn(&Process) -> bool) {
    model(3, move || {
        let process = process();
        let others = [(); 2].map(|()| meanwhile(&process, done));
        process.poll();
        process.drop_task();
        let accepted: u32 = others.into_iter().map(|other| u32::from(other.join().unwrap())).sum();
        let after = process.inside(|inside| *inside);
        assert!(after.ended, "nobody ended the process");
        assert_eq!(accepted, after.handled + after.cleared, "a message was lost");
        assert!(!process.turn.enter());
    });
}

#[test]
fn a_process_whose_task_is_dropped_while_callers_run_it_is_ended_once() {
    is_ended_once(Process::idle, Process::call);
}

#[test]
fn a_process_whose_task_is_dropped_while_a_callback_is_handed_over_is_ended_once() {
    is_ended_once(Process::idle, Process::call_that_waits);
}

#[test]
fn a_process_whose_task_is_dropped_while_it_is_idle_is_ended_once() {
    is_ended_once(Process::idle, Process::post);
}

#[test]
fn a_process_whose_task_is_dropped_while_a_callback_waits_is_ended_once() {
    is_ended_once(Process::waiting, Process::post);
}
