//! What an agent is sent: a function, to be run on its state.
//!
//! Functions are of as many types as there are, an agent's messages of one. A small function lies in the message itself,
//! so that nothing is allocated for it; a large one is on the heap.

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};

use crate::edge::Context;

use super::describe::Agent;

/// Words of what a function holds on to that lie in the message: there is room for a `String`, or for a `Vec`.
const WORDS: usize = 3;

type Words = MaybeUninit<[usize; WORDS]>;

/// A function to be run on the state of an agent.
pub struct Job<T: 'static> {
    kind: &'static JobType<T>,
    words: Words,
    of: PhantomData<fn(&mut T)>,
}

/// What is known of a function.
struct JobType<T: 'static> {
    /// By which method it came.
    name: &'static str,
    run: unsafe fn(&mut Words, &mut T, &mut Context<Agent<T>>),
    drop: unsafe fn(&mut Words),
}

/// The method of the client by which a function comes, for reports.
pub(super) trait Method {
    const NAME: &'static str;
}

// SAFETY: the function in it is `Send`, which `new` asks for.
#[allow(unsafe_code)]
unsafe impl<T: 'static> Send for Job<T> {}

#[allow(unsafe_code)]
impl<T: 'static> Job<T> {
    /// Packs a function.
    #[inline]
    pub(super) fn new<M, F>(function: F) -> Self
    where
        M: Method,
        F: FnOnce(&mut T, &mut Context<Agent<T>>) + Send + 'static,
    {
        let mut words = Words::uninit();
        // SAFETY: a function that fits has room in the words, which are aligned for it; a box always has.
        unsafe {
            if const { fits::<F>() } {
                words.as_mut_ptr().cast::<F>().write(function);
            } else {
                words.as_mut_ptr().cast::<Box<F>>().write(Box::new(function));
            }
        }
        let kind = const { &JobType { name: M::NAME, run: run_as::<T, F>, drop: drop_as::<F> } };
        Self { kind, words, of: PhantomData }
    }

    /// By which method it came.
    pub(super) fn name(&self) -> &'static str {
        self.kind.name
    }

    /// Runs it.
    #[inline]
    pub(super) fn run(self, state: &mut T, cx: &mut Context<Agent<T>>) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the function lies there until it is moved out, here, and the words are not looked at again.
        unsafe { (this.kind.run)(&mut this.words, state, cx) }
    }
}

const fn fits<F>() -> bool {
    size_of::<F>() <= size_of::<Words>() && align_of::<F>() <= align_of::<Words>()
}

/// # Safety
/// An `F` lies in the words, where `new` put it; it is not used again.
#[allow(unsafe_code)]
unsafe fn take<F>(words: &mut Words) -> F {
    // SAFETY: as promised by the caller.
    unsafe {
        if const { fits::<F>() } {
            words.as_mut_ptr().cast::<F>().read()
        } else {
            *words.as_mut_ptr().cast::<Box<F>>().read()
        }
    }
}

#[allow(unsafe_code)]
unsafe fn run_as<T: 'static, F: FnOnce(&mut T, &mut Context<Agent<T>>)>(
    words: &mut Words,
    state: &mut T,
    cx: &mut Context<Agent<T>>,
) {
    // SAFETY: `new` names this function for an `F` only, and `run` uses the words up.
    let function = unsafe { take::<F>(words) };
    function(state, cx);
}

#[allow(unsafe_code)]
unsafe fn drop_as<F>(words: &mut Words) {
    // SAFETY: `new` names this function for an `F` only, and the job is dropped once.
    drop(unsafe { take::<F>(words) });
}

#[allow(unsafe_code)]
impl<T: 'static> Drop for Job<T> {
    fn drop(&mut self) {
        // SAFETY: the function was not run, for a job that is run is forgotten.
        unsafe { (self.kind.drop)(&mut self.words) }
    }
}

impl<T: 'static> std::fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Job").field(&self.kind.name).finish()
    }
}
