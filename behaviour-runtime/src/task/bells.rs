//! Who of many has something to tell.
//!
//! Whoever waits for many tasks does not want to look at all of them whenever one has something to tell. So each gets a
//! bell of its own, a waker that notes who rang.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

/// Bells, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Bells {
    hall: Arc<Hall>,
    bells: Vec<Arc<Bell>>,
}

/// Where one hears them.
#[derive(Debug, Default)]
struct Hall(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    rung: VecDeque<usize>,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Bell {
    number: usize,
    /// Whether it is among those heard.
    rung: AtomicBool,
    hall: Arc<Hall>,
}

impl Hall {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bells {
    /// Bells for so many.
    pub(super) fn new(count: usize) -> Self {
        let mut bells = Self::default();
        bells.need(count);
        bells
    }

    /// Makes sure that there are so many. New ones are heard at once, so that each is looked at for a first time.
    pub(super) fn need(&mut self, count: usize) {
        while self.bells.len() < count {
            let bell = Bell { number: self.bells.len(), rung: AtomicBool::new(false), hall: Arc::clone(&self.hall) };
            let bell = Arc::new(bell);
            bell.wake_by_ref();
            self.bells.push(bell);
        }
    }

    /// Rings one.
    pub(super) fn ring(&self, number: usize) {
        self.bells[number].wake_by_ref();
    }

    /// The next one that was heard; if there is none, this task is woken by the next that rings.
    pub(super) fn next(&mut self, cx: &Context<'_>) -> Option<usize> {
        let mut old = None;
        let number = {
            let mut heard = self.hall.heard();
            let number = heard.rung.pop_front();
            if number.is_none() && !heard.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                old = heard.waker.replace(cx.waker().clone());
            }
            number
        };
        drop(old);
        let number = number?;
        self.bells[number].rung.store(false, Ordering::Release);
        Some(number)
    }

    /// The waker that rings this one.
    pub(super) fn waker(&self, number: usize) -> Waker {
        Waker::from(Arc::clone(&self.bells[number]))
    }
}

/// A bell may be kept for long by whoever could have rung it; the task that listened is not.
impl Drop for Bells {
    fn drop(&mut self) {
        let waker = self.hall.heard().waker.take();
        drop(waker);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let waker = {
            let mut heard = self.hall.heard();
            heard.rung.push_back(self.number);
            heard.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::{Arc, Bells, Context, Ordering, Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn bells_are_heard_in_order_each_once_however_often_it_rang() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let mut bells = Bells::new(3);
        let first: Vec<_> = std::iter::from_fn(|| bells.next(&cx)).collect();
        assert_eq!(first, [0, 1, 2], "new ones are looked at for a first time");
        assert_eq!(count.0.load(Ordering::SeqCst), 0);

        let second = bells.waker(1);
        bells.ring(2);
        second.wake_by_ref();
        second.wake_by_ref();
        assert_eq!(count.0.load(Ordering::SeqCst), 1, "who listens is woken once");
        let rung: Vec<_> = std::iter::from_fn(|| bells.next(&cx)).collect();
        assert_eq!(rung, [2, 1], "in the order in which they rang");
        second.wake();
        assert_eq!(bells.next(&cx), Some(1));
        assert_eq!(bells.next(&cx), None);
    }
}
