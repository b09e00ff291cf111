//! What `#[gen_server(..)]` on a struct and `#[call(..)]` on a method may say, each option against a server that does
//! not say it.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use tokio::sync::Semaphore;
use tokio::task;

const MS: Duration = Duration::from_millis(1);

/// The facade of a crate that re-exports us, and that can be told from the original.
mod facade {
    pub(crate) mod __private {
        pub(crate) use behaviour::__private::*;

        /// In the facade's client a call is a call, but not of the same type.
        pub(crate) struct Call<T>(pub(crate) behaviour::__private::Call<T>);

        impl<T: Send + 'static> Call<T> {
            pub(crate) fn new<S: GenServer>(client: &Client<S>, message: S::Message) -> Self {
                Self(behaviour::__private::Call::new(client, message))
            }
        }

        /// By way of the facade, whatever time a call may take is 7 ms.
        #[allow(non_snake_case, clippy::unnecessary_wraps, reason = "it stands for another")]
        pub(crate) const fn Some(_: std::time::Duration) -> Option<std::time::Duration> {
            Option::Some(std::time::Duration::from_millis(7))
        }
    }
}

/// A server that can be kept busy, under several options.
macro_rules! gate {
    ($name:ident $(($($option:tt)+))?) => {
        #[gen_server $(($($option)+))?]
        struct $name {
            seen: Vec<u32>,
            open: Arc<Semaphore>,
        }

        #[gen_server]
        impl $name {
            #[init]
            fn init(open: &'static str) -> Self {
                Self { seen: Vec::new(), open: Arc::new(Semaphore::new(usize::from(open == "open"))) }
            }

            /// The task that this callback runs on.
            #[call]
            fn task(&self) -> Option<task::Id> {
                task::try_id()
            }

            #[call(queued)]
            fn queued_task(&self) -> Option<task::Id> {
                task::try_id()
            }

            #[call]
            async fn async_task(&mut self) -> Option<task::Id> {
                task::try_id()
            }

            #[call(later, queued)]
            fn later_queued_task(&self, reply: Reply<Option<task::Id>>) -> Later {
                reply.send(task::try_id())
            }

            #[call]
            fn gate(&self) -> Arc<Semaphore> {
                Arc::clone(&self.open)
            }

            /// Waits until somebody opens.
            #[call]
            async fn wait(&mut self) {
                self.open.acquire().await.expect("the gate is never closed").forget();
            }

            #[call]
            fn number(&mut self, number: u32) {
                self.seen.push(number);
            }

            #[cast]
            fn see(&mut self, number: u32) {
                self.seen.push(number);
            }

            #[call]
            fn seen(&self) -> Vec<u32> {
                self.seen.clone()
            }

            #[info]
            fn down(&mut self, _: Down) {
                self.seen.push(1_000);
            }

            #[cast]
            fn watch(&mut self, cx: &mut Context<Self>, pid: Pid) {
                cx.monitor(pid);
            }
        }
    };
}

gate!(Gate);
gate!(Named(name = "gate"));
gate!(Rejecting(mailbox(capacity = 3, when_full = reject)));
gate!(Bounded(mailbox(capacity = 3)));
gate!(DroppingNewest(mailbox(capacity = 3, when_full = drop_newest)));
gate!(DroppingOldest(mailbox(capacity = 3, when_full = drop_oldest)));
gate!(Quick(call_timeout = 20ms));
gate!(Patient(call_timeout = infinity));
gate!(NeverInline(inline = false));
gate!(Inline(inline = true));
gate!(Everything(
    name = "everything",
    mailbox(capacity = 2, when_full = drop_newest),
    call_timeout = 1m,
    inline = false,
    crate = ::behaviour
));

#[behaviour::test(start_paused = true)]
async fn the_name_is_taken_at_the_start_and_may_be_replaced() {
    let gate = Named::start("closed").await.unwrap();
    assert_eq!(gate.name().as_deref(), Some("gate"));
    assert_eq!(Named::find("gate"), Some(gate.clone()));
    assert_eq!(Named::start("closed").await, Err(StartError::AlreadyStarted(gate.pid())));
    let other = Named::start("closed").named("another gate").await.unwrap();
    assert_eq!(other.name().as_deref(), Some("another gate"));
    assert_eq!(Gate::start("closed").await.unwrap().name(), None);
}

/// Keeps a server of this type busy, fills its mailbox with 0, 1, 2, tries 3 and 4, and tells what it saw in the end.
macro_rules! overfull {
    ($name:ident) => {{
        let gate = $name::start("closed").await.unwrap();
        let open = gate.gate().await.unwrap();
        let mut busy = gate.wait().forever();
        assert!(tokio::time::timeout(Duration::ZERO, &mut busy).await.is_err());
        (0..5).for_each(|number| gate.see(number));
        let waiting = gate.mailbox_len();
        open.add_permits(1);
        assert_eq!(busy.await, Ok(()));
        // A bounded mailbox may still be full: let it run empty.
        tokio::time::sleep(MS).await;
        (waiting, gate.seen().await.unwrap())
    }};
}

#[behaviour::test(start_paused = true)]
async fn a_full_mailbox_refuses_or_drops_what_its_policy_says() {
    assert_eq!(overfull!(Gate), (5, vec![0, 1, 2, 3, 4]));
    assert_eq!(overfull!(Bounded), (3, vec![0, 1, 2]));
    assert_eq!(overfull!(Rejecting), (3, vec![0, 1, 2]));
    assert_eq!(overfull!(DroppingNewest), (3, vec![0, 1, 2]));
    assert_eq!(overfull!(DroppingOldest), (3, vec![2, 3, 4]));
}

/// Fills the mailbox with calls: which of five come through?
macro_rules! calls {
    ($name:ident) => {{
        let gate = $name::start("closed").await.unwrap();
        let open = gate.gate().await.unwrap();
        let calls = async {
            let (a, b, c, d, e) =
                tokio::join!(gate.number(0), gate.number(1), gate.number(2), gate.number(3), gate.number(4));
            [a, b, c, d, e].map(|answer| {
                answer == Ok(()) || {
                    assert_eq!(answer, Err(CallError::Full));
                    false
                }
            })
        };
        let opens = async {
            tokio::time::sleep(MS).await;
            open.add_permits(1);
        };
        let (busy, calls, ()) = tokio::join!(gate.wait(), calls, opens);
        assert_eq!(busy, Ok(()));
        calls
    }};
}

#[behaviour::test(start_paused = true)]
async fn a_call_to_a_full_mailbox_is_told_so() {
    assert_eq!(calls!(Gate), [true; 5]);
    assert_eq!(calls!(Rejecting), [true, true, true, false, false]);
    assert_eq!(calls!(DroppingNewest), [true, true, true, false, false]);
    // The oldest made room.
    assert_eq!(calls!(DroppingOldest), [false, false, true, true, true]);
}

#[behaviour::test(start_paused = true)]
async fn what_the_system_sends_never_waits_before_a_full_mailbox() {
    let gate = Rejecting::start("closed").await.unwrap();
    let open = gate.gate().await.unwrap();
    let watched = process::spawn(|_: Inbox<()>| async {});
    gate.watch(watched.pid());
    let mut busy = gate.wait().forever();
    assert!(tokio::time::timeout(MS, &mut busy).await.is_err());
    let other = process::spawn(|_: Inbox<()>| async {});
    (0..3).for_each(|number| gate.see(number));
    other.ended().await;
    gate.see(3);
    // A stop gets in, and takes its turn.
    let (stopped, busy, ()) = tokio::join!(gate.stop(), busy, async { open.add_permits(1) });
    assert_eq!((stopped, busy), (Ok(()), Ok(())));
    // A kill does not even wait for its turn.
    let gate = Rejecting::start("closed").await.unwrap();
    let mut busy = gate.wait().forever();
    assert!(tokio::time::timeout(Duration::ZERO, &mut busy).await.is_err());
    (0..5).for_each(|number| gate.see(number));
    gate.kill();
    assert_eq!(busy.await, Err(CallError::Exited(ExitReason::Killed)));
}

#[behaviour::test(start_paused = true)]
async fn a_down_gets_into_a_full_mailbox() {
    let gate = Rejecting::start("closed").await.unwrap();
    let open = gate.gate().await.unwrap();
    let watched = process::spawn(|_: Inbox<()>| async { std::future::pending::<()>().await });
    gate.watch(watched.pid());
    let mut busy = gate.wait().forever();
    assert!(tokio::time::timeout(MS, &mut busy).await.is_err());
    (0..5).for_each(|number| gate.see(number));
    process::kill(watched.pid());
    watched.ended().await;
    open.add_permits(1);
    assert_eq!(busy.await, Ok(()));
    tokio::time::sleep(MS).await;
    assert_eq!(gate.seen().await.unwrap(), [0, 1, 2, 1_000]);
}

/// How long a call to a busy server of this type waits.
macro_rules! patience {
    ($name:ident) => {{
        let gate = $name::start("closed").await.unwrap();
        let mut waits = Vec::new();
        // The first call runs in place, the second one waits in the mailbox.
        for call in [gate.wait(), gate.wait()] {
            let before = tokio::time::Instant::now();
            let day = tokio::time::timeout(Duration::from_hours(24), call).await;
            assert!(matches!(day, Err(_) | Ok(Err(CallError::Timeout))));
            waits.push(before.elapsed());
        }
        assert_eq!(waits[0], waits[1]);
        waits[0]
    }};
}

#[behaviour::test(start_paused = true)]
async fn a_call_waits_as_long_as_its_server_says() {
    assert_eq!(patience!(Gate), Duration::from_secs(5));
    assert_eq!(patience!(Quick), 20 * MS);
    assert_eq!(patience!(Everything), Duration::from_mins(1));
    assert_eq!(patience!(Patient), Duration::from_hours(24));
}

#[behaviour::test(start_paused = true)]
async fn a_call_may_say_otherwise() {
    for limit in [Duration::ZERO, MS, Duration::from_hours(1)] {
        let (quick, patient) = (Quick::start("closed").await.unwrap(), Patient::start("closed").await.unwrap());
        for call in [quick.wait(), patient.wait(), patient.wait()] {
            let before = tokio::time::Instant::now();
            assert_eq!(call.within(limit).await, Err(CallError::Timeout));
            assert_eq!(before.elapsed(), limit);
        }
        let day = tokio::time::timeout(Duration::from_hours(24), quick.wait().forever());
        assert!(day.await.is_err());
    }
}

#[behaviour::test(start_paused = true)]
async fn an_idle_server_runs_where_its_caller_stands_unless_it_says_no() {
    task::spawn(async {
        let here = Some(task::id());
        let (gate, inline) = (Gate::start("open").await.unwrap(), Inline::start("open").await.unwrap());
        let (never, all) =
            (NeverInline::start("open").await.unwrap(), Everything::start("open").named("open").await.unwrap());
        assert_eq!(gate.task().await.unwrap(), here);
        // An async callback is polled in place once the server's own task has run.
        tokio::time::sleep(MS).await;
        assert_eq!(gate.async_task().await.unwrap(), here);
        assert_eq!(inline.task().await.unwrap(), here);
        let own = gate.queued_task().await.unwrap();
        assert!(own.is_some() && own != here);
        assert_eq!(gate.later_queued_task().await.unwrap(), own);
        for theirs in [never.task().await, never.async_task().await, all.task().await] {
            assert!(theirs.clone().unwrap().is_some_and(|theirs| Some(theirs) != here));
        }
    })
    .await
    .unwrap();
}

/// Its struct and its callbacks find us by another way.
#[gen_server(crate = crate::facade, call_timeout = 5s)]
struct Far {
    kept: Vec<Reply<()>>,
}

#[gen_server(crate = crate::facade)]
impl Far {
    #[init]
    fn init() -> Self {
        Self { kept: Vec::new() }
    }

    #[call(later)]
    fn never(&mut self, reply: Reply<()>) -> Later {
        self.kept.push(reply);
        Later
    }
}

#[behaviour::test(start_paused = true)]
async fn the_way_to_us_may_lead_through_another_crate() {
    let far = Far::start().await.unwrap();
    let before = tokio::time::Instant::now();
    let call: facade::__private::Call<()> = far.never();
    assert_eq!(call.0.await, Err(CallError::Timeout));
    assert_eq!(before.elapsed(), 7 * MS);
}
