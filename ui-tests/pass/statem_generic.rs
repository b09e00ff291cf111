//! Generics of the states and of the machine, bounds on all three parts, constants, `Self` in types.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::time::Duration;

use behaviour::prelude::*;

/// What a worker is at; only some of its states know of a job.
#[gen_statem(state)]
#[derive(Debug, Clone, PartialEq)]
pub enum Work<J, O = u8, const N: usize = 2>
where
    J: Send + 'static,
    O: Send + 'static,
{
    /// Nothing to do.
    Idle,
    /// At work.
    Busy {
        /// What is to be done.
        job: J,
        /// What was done.
        done: [Option<O>; N],
    },
    /// Waits for somebody.
    Blocked(Box<Self>, O),
    /// No more of it.
    #[terminal]
    Over,
}

/// Does a job in `N` steps.
#[gen_statem(Work<J, O, N>)]
pub struct Worker<J: Send + 'static, O, const N: usize>
where
    O: Send + 'static,
{
    step: fn(&J) -> O,
    waiting: VecDeque<Reply<Vec<O>>>,
}

/// Somebody is there.
pub struct Unblock<O>(pub O);

struct Step;

#[gen_statem(Work<J, O, N>)]
impl<J, O, const N: usize> Worker<J, O, N>
where
    J: Clone + Debug + Send + 'static,
    O: Clone + Debug + Send + 'static,
{
    /// How many steps a job has.
    pub const STEPS: usize = N;

    #[init]
    fn init(step: fn(&J) -> O, first: Option<J>) -> Result<(Self, Next<(Idle, Busy<J, O, N>)>), std::fmt::Error> {
        let machine = Self { step, waiting: VecDeque::new() };
        Ok((machine, first.map_or_else(|| Next::to(Idle), |job| Next::to(Busy { job, done: [const { None }; N] }))))
    }

    /// Does a job.
    #[cast(work, else = postpone)]
    pub fn begin(&mut self, _: Idle, cx: &mut Context<Self>, job: J) -> Busy<J, O, N> {
        cx.next_event(Step);
        Busy { job, done: [const { None }; N] }
    }

    /// What comes out of the present job.
    #[call(later)]
    pub fn result(&mut self, _: &Work<J, O, N>, reply: Reply<Vec<O>>) -> Later {
        self.waiting.push_back(reply);
        Later
    }

    /// The job, if there is one.
    #[call(job)]
    pub async fn job(&mut self, busy: &mut Busy<J, O, N>) -> Option<J> {
        std::future::ready(Some(busy.job.clone())).await
    }

    #[call(job)]
    fn no_job(&mut self, _: &Work<J, O, N>) -> Option<J> {
        None
    }

    #[internal(else = ignore)]
    fn step(&mut self, mut busy: Busy<J, O, N>, _: Step, cx: &mut Context<Self>) -> Work<J, O, N> {
        let out = (self.step)(&busy.job);
        match busy.done.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(out),
            None => return Blocked(Box::new(busy.into()), out).into(),
        }
        cx.next_event(Step);
        busy.into()
    }

    #[info(else = postpone)]
    fn unblock(&mut self, blocked: Blocked<J, O, N>, Unblock(last): Unblock<O>) -> Idle {
        if let Work::Busy(busy) = *blocked.0 {
            let done: Vec<O> = busy.done.into_iter().flatten().chain([blocked.1, last]).collect();
            for reply in self.waiting.drain(..) {
                let Later = reply.send(done.clone());
            }
        }
        Idle
    }

    #[cast]
    fn end(&mut self, work: &mut Work<J, O, N>) {
        *work = Over.into();
    }

    #[enter]
    fn entered(&mut self, _: &Busy<J, O, N>, cx: &mut Context<Self>) {
        cx.state_timeout(Duration::MAX);
    }

    #[state_timeout(else = ignore)]
    fn late(&mut self, _: Busy<J, O, N>) -> Idle {
        Idle
    }

    #[terminate]
    fn close(&mut self, work: &Work<J, O, N>) {
        let _ = work;
    }
}

/// A machine with parameters whose states have none.
#[gen_statem(state)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lamp {
    /// Dark.
    #[default]
    Off,
    /// Light.
    On,
}

/// Counts how often it was lit.
#[gen_statem(Lamp)]
pub struct Counting<T: Default + Send + 'static>(T);

#[gen_statem(Lamp)]
impl<T: Default + Send + From<u8> + std::ops::AddAssign + Clone + 'static> Counting<T> {
    #[init]
    fn init() -> (Self, Off) {
        (Self(T::default()), Off)
    }

    /// Lights it, or puts it out.
    #[call(flip)]
    pub fn on(&mut self, _: Off) -> (On, T) {
        self.0 += T::from(1);
        (On, self.0.clone())
    }

    #[call(flip)]
    fn off(&mut self, _: On) -> (Off, T) {
        (Off, self.0.clone())
    }
}

#[behaviour::test]
async fn a_generic_machine_has_generic_states() {
    type Doubler = Worker<u32, u64, 2>;
    let worker: WorkerClient<u32, u64, 2> = Doubler::start(|job| u64::from(*job) * 2, None).await.unwrap();
    assert_eq!(worker.job().await, Ok(None));
    let mut result = std::pin::pin!(worker.result());
    let early = std::future::poll_fn(|cx| std::task::Poll::Ready(result.as_mut().poll(cx).is_ready())).await;
    assert!(!early, "there is no result yet");
    worker.send(Unblock(1));
    worker.work(4);
    assert_eq!(worker.state_name().await, Ok("Idle"));
    assert_eq!(result.await, Ok(vec![8, 8, 8, 1]));
    assert_eq!(Doubler::STEPS, 2);
    assert_eq!(Work::<u8>::from(Idle), Work::Idle(Idle));
    worker.end();
    assert_eq!(worker.state_name().await, Ok("Over"));

    let busy = Worker::<u8, u8, 0>::start(|job| *job, Some(3)).await.unwrap();
    assert_eq!(busy.job().await, Ok(Some(3)));
    assert!(Work::<u8, u8, 0>::DIAGRAM.contains("Idle --> Busy: work"), "{}", Work::<u8, u8, 0>::DIAGRAM);

    let lamp = Counting::<u16>::start().await.unwrap();
    assert_eq!(lamp.flip().await, Ok(1));
    assert_eq!(lamp.flip().await, Ok(1));
    assert_eq!(lamp.flip().await, Ok(2));
}
