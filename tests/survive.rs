//! What the house must survive besides panics: handlers that never end, callers that go away, callers from elsewhere,
//! names that are taken, and supervisors that are stopped at the worst moment.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Shutdown, Strategy, Tree};
use behaviour::task::TaskError;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

const MS: Duration = Duration::from_millis(1);

/// Counts, at the speed that it is asked for.
#[gen_server]
struct Slow {
    count: u32,
    token: Arc<()>,
}

#[gen_server]
impl Slow {
    #[init]
    fn init(token: Arc<()>) -> Self {
        Self { count: 0, token }
    }

    #[call]
    fn count(&self) -> u32 {
        self.count
    }

    /// Replies with something that can be counted itself.
    #[call]
    async fn add(&mut self, wait: Duration) -> Arc<()> {
        sleep(wait).await;
        self.count += 1;
        Arc::clone(&self.token)
    }

    #[call(queued)]
    async fn queued_add(&mut self, wait: Duration) -> Arc<()> {
        self.add(wait).await
    }

    #[call]
    fn add_now(&mut self) -> Arc<()> {
        self.count += 1;
        Arc::clone(&self.token)
    }

    #[call]
    async fn never(&mut self) {
        std::future::pending::<()>().await;
    }

    #[cast]
    async fn hang(&mut self) {
        std::future::pending::<()>().await;
    }

    #[call]
    async fn ask(&mut self, other: SlowClient) -> Result<u32, CallError> {
        other.count().await
    }
}

async fn slow() -> SlowClient {
    Slow::start(Arc::default()).await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn a_handler_that_never_ends_can_be_killed_at_its_await() {
    let (one, two) = (slow().await, slow().await);
    let kill = async {
        sleep(MS).await;
        one.kill();
        two.exit(ExitReason::error("enough"));
    };
    let (first, behind, second, ()) =
        tokio::join!(one.never().forever(), one.count().forever(), two.never().forever(), kill);
    assert_eq!(first, Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(behind, Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(second, Err(CallError::Exited(ExitReason::error("enough"))));
}

#[behaviour::test(start_paused = true)]
async fn a_call_to_a_handler_that_never_ends_times_out() {
    let slow = slow().await;
    let before = Instant::now();
    assert_eq!(slow.never().await, Err(CallError::Timeout));
    assert_eq!(slow.count().await, Err(CallError::Timeout));
    assert_eq!(before.elapsed(), Duration::from_secs(10));
    assert_eq!(slow.stop().within(MS).await, Err(CallError::Timeout));
    assert!(slow.is_alive());
    slow.kill();
    assert_eq!(slow.ended().await, ExitReason::Killed);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_can_end_a_child_that_never_ends() {
    for shutdown in [Shutdown::Timeout(30 * MS), Shutdown::Infinity, Shutdown::BrutalKill] {
        let tree = Tree::new(Strategy::OneForOne).child("slow", || Slow::child(Arc::default())).shutdown(shutdown);
        let tree = tree.start().await.unwrap();
        let slow = tree.child::<Slow>("slow");
        slow.hang();
        sleep(MS).await;
        let before = Instant::now();
        tree.stop().await.unwrap();
        // It does not trap exits, so it ends at its await.
        assert_eq!(before.elapsed(), Duration::ZERO);
        assert!(!slow.is_alive());
    }
}

/// Does not end when it is told to: it traps exits, and hangs.
#[gen_server]
struct Stubborn;

#[gen_server]
impl Stubborn {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        cx.trap_exit(true);
        Self
    }

    #[cast]
    async fn hang(&mut self) {
        std::future::pending::<()>().await;
    }

    #[info]
    fn exit(&mut self, _: Exit) {}
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_hangs_and_traps_exits_is_killed_when_its_time_is_up() {
    let tree = Tree::new(Strategy::OneForOne).child("stubborn", Stubborn::child).shutdown(Shutdown::Timeout(30 * MS));
    let tree = tree.start().await.unwrap();
    let stubborn = tree.child::<Stubborn>("stubborn");
    stubborn.hang();
    sleep(MS).await;
    let (before, ended) = (Instant::now(), stubborn.ended());
    tree.stop().await.unwrap();
    assert_eq!(before.elapsed(), 30 * MS);
    assert_eq!(ended.await, ExitReason::Killed);
}

// GS-17
#[behaviour::test(start_paused = true)]
async fn a_caller_may_go_away_in_the_middle_of_a_call() {
    let token = Arc::new(());
    let slow = Slow::start(Arc::clone(&token)).await.unwrap();
    // In place, and through the mailbox; given up while the handler waits.
    for (count, call) in [slow.add(9 * MS), slow.queued_add(9 * MS), slow.add(9 * MS)].into_iter().enumerate() {
        assert!(timeout(MS, call).await.is_err());
        assert_eq!(slow.count().await, Ok(u32::try_from(count).unwrap() + 1), "the handler went on");
        assert_eq!(Arc::strong_count(&token), 2, "the reply was dropped");
    }
    // Given up behind another call, before it was handled.
    let (first, second) = tokio::join!(slow.add(9 * MS), timeout(MS, slow.add_now()));
    drop(first);
    assert!(second.is_err());
    assert_eq!(slow.count().await, Ok(5));
    assert_eq!(Arc::strong_count(&token), 2);
    // Given up when the reply was there, and not looked at.
    let mut call = Box::pin(slow.queued_add(Duration::ZERO));
    assert!(timeout(Duration::ZERO, &mut call).await.is_err());
    sleep(9 * MS).await;
    drop(call);
    assert_eq!(Arc::strong_count(&token), 2);
    // Never polled: never sent.
    drop(slow.add(MS));
    assert_eq!(slow.count().await, Ok(6));
}

#[behaviour::test(start_paused = true)]
async fn a_caller_may_be_aborted_or_killed_in_the_middle_of_a_call() {
    let token = Arc::new(());
    let slow = Slow::start(Arc::clone(&token)).await.unwrap();
    let call = slow.add(9 * MS);
    let task = tokio::spawn(call);
    sleep(MS).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let asked = slow.clone();
    let caller = process::spawn(move |_: Inbox<()>| async move {
        asked.add(9 * MS).await.unwrap();
    });
    sleep(MS).await;
    process::kill(caller.pid());
    assert_eq!(caller.ended().await, ExitReason::Killed);
    assert_eq!(slow.count().await, Ok(2));
    assert_eq!(Arc::strong_count(&token), 2);
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_on_several_threads_leave_nothing_behind() {
    let token = Arc::new(());
    let slow = Slow::start(Arc::clone(&token)).await.unwrap();
    let tasks: Vec<_> = (0..8_u64)
        .map(|seed| {
            let slow = slow.clone();
            tokio::spawn(async move {
                let mut random = seed;
                for _ in 0..200 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let patience = Duration::from_nanos(random >> 50);
                    let _ = timeout(patience, slow.add_now()).await;
                    let _ = timeout(patience, slow.queued_add(Duration::ZERO)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    slow.stop().await.unwrap();
    drop(slow);
    assert_eq!(Arc::strong_count(&token), 1, "every reply was taken or dropped, once");
}

#[behaviour::test]
async fn a_call_may_come_from_another_runtime_or_thread() {
    let slow = slow().await;
    // Another runtime.
    let (asked, (sender, answer)) = (slow.clone(), oneshot::channel());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (now, later, long) = runtime.block_on(async {
            (asked.add_now().await.is_ok(), asked.add(MS).await.is_ok(), asked.never().within(5 * MS).await)
        });
        sender.send((now, later, long)).unwrap();
    });
    assert_eq!(answer.await, Ok((true, true, Err(CallError::Timeout))));
    thread.join().unwrap();
    slow.kill();
    // A blocking thread of this runtime, and a thread that borrows it.
    let slow = self::slow().await;
    let handle = tokio::runtime::Handle::current();
    let (asked, there) = (slow.clone(), handle.clone());
    let blocking = tokio::task::spawn_blocking(move || there.block_on(asked.add(MS)).is_ok());
    assert!(blocking.await.unwrap());
    let (asked, (sender, answer)) = (slow.clone(), oneshot::channel());
    let thread = std::thread::spawn(move || sender.send(handle.block_on(asked.add_now()).is_ok()).unwrap());
    assert_eq!(answer.await, Ok(true));
    thread.join().unwrap();
    // From inside a handler.
    let other = self::slow().await;
    assert_eq!(other.ask(slow).await, Ok(Ok(2)));
}

#[behaviour::test]
async fn a_cast_a_kill_and_a_look_need_no_runtime() {
    let slow = slow().await;
    let asked = slow.clone();
    let thread = std::thread::spawn(move || {
        asked.add_now().detach();
        assert!(asked.is_alive());
        assert_eq!(process::current(), None);
    });
    thread.join().unwrap();
    assert_eq!(slow.count().await, Ok(1));
    let asked = slow.clone();
    std::thread::spawn(move || asked.kill()).join().unwrap();
    assert_eq!(slow.ended().await, ExitReason::Killed);
}

#[test]
fn a_server_ends_with_its_runtime_and_others_hear_of_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (theirs, ours, token) = (runtime(), runtime(), Arc::new(()));
    let slow = theirs.block_on(Slow::start(Arc::clone(&token)).named("of another runtime").into_future()).unwrap();
    let waiting = ours.spawn(slow.never().forever());
    ours.block_on(tokio::task::yield_now());
    theirs.block_on(tokio::task::yield_now());
    drop(theirs);
    assert_eq!(ours.block_on(waiting).unwrap(), Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(ours.block_on(slow.ended()), ExitReason::Killed);
    assert_eq!(ours.block_on(slow.count().into_future()), Err(CallError::NoProcess));
    assert_eq!(process::whereis("of another runtime"), None);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_task_may_be_awaited_on_another_runtime_and_each_goes_by_its_own_clock() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (theirs, ours) = (runtime(), runtime());
    let late = || Err(TaskError::Timeout);
    let (endless, mut slow) = theirs.block_on(async {
        (
            Task::spawn(std::future::pending::<u32>()),
            Task::spawn(async {
                sleep(20 * MS).await;
                42
            }),
        )
    });
    assert_eq!(ours.block_on(endless.within(5 * MS)), late());
    assert_eq!(ours.block_on(slow.yield_for(5 * MS)), None);
    // Nothing of that is left here: neither with the runtime there nor without it.
    let again = async || assert_eq!(Task::spawn(std::future::pending::<u32>()).within(5 * MS).await, late());
    theirs.block_on(again());
    drop(ours);
    theirs.block_on(again());
    assert_eq!(theirs.block_on(slow.within(Duration::from_hours(1))), Ok(42));
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_many_want_is_had_by_one_at_a_time() {
    let had = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let had = Arc::clone(&had);
            tokio::spawn(async move {
                let mut won = 0;
                for _ in 0..500 {
                    match Slow::start(Arc::default()).named("wanted").await {
                        Ok(slow) => {
                            assert_eq!(had.fetch_add(1, Ordering::SeqCst), 0, "two have the name");
                            assert_eq!(process::whereis("wanted"), Some(slow.pid()));
                            had.fetch_sub(1, Ordering::SeqCst);
                            slow.stop().await.unwrap();
                            won += 1;
                        }
                        Err(error) => assert!(matches!(error, StartError::AlreadyStarted(_)), "{error}"),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += task.await.unwrap();
    }
    assert!(won > 0);
    assert_eq!(process::whereis("wanted"), None);
}

/// Starts as its plan says, one start after the other.
#[gen_server]
struct Moody;

/// How the next starts go.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Good,
    Hangs,
    Fails,
}

#[gen_server]
impl Moody {
    #[init]
    async fn init(mood: Mood, token: Arc<()>) -> Result<Self, &'static str> {
        match mood {
            Mood::Good => Ok(Self),
            Mood::Hangs => {
                std::future::pending::<()>().await;
                drop(token);
                Ok(Self)
            }
            Mood::Fails => {
                sleep(MS).await;
                Err("a bad day")
            }
        }
    }

    #[call]
    fn ping(&self) {}
}

/// A tree with a child of a name of its own: names are the whole program's, and tests run side by side.
fn moods(name: &'static str, first: Mood, then: Mood, token: &Arc<()>) -> Tree {
    let (token, mut next) = (Arc::clone(token), first);
    Tree::new(Strategy::OneForOne)
        .intensity(1_000_000)
        .child("first", || Moody::child(Mood::Good, Arc::default()))
        .child("moody", move || Moody::child(std::mem::replace(&mut next, then), Arc::clone(&token)).named(name))
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_may_be_ended_while_a_child_starts() {
    let token = Arc::new(());
    // Its start is given up; it is told to stop; it is killed with its parent.
    let start = moods("moody", Mood::Hangs, Mood::Hangs, &token).named("given up");
    assert!(timeout(MS, start.start().into_future()).await.is_err());
    sleep(MS).await;
    assert_eq!((process::whereis("given up"), process::whereis("moody")), (None, None));
    assert_eq!(Arc::strong_count(&token), 1);
    for exit in [ExitReason::Shutdown, ExitReason::error("boom")] {
        let tree = moods("moody", Mood::Hangs, Mood::Hangs, &token);
        let parent =
            process::spawn(move |_: Inbox<()>| async move { tree.named("starting").start_link().await.map(drop) });
        sleep(MS).await;
        assert!(process::whereis("moody").is_some());
        process::exit(parent.pid(), exit);
        sleep(MS).await;
        assert_eq!((process::whereis("starting"), process::whereis("moody")), (None, None));
        assert_eq!(Arc::strong_count(&token), 1);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_may_be_stopped_while_a_child_restarts() {
    for mood in [Mood::Hangs, Mood::Fails] {
        let token = Arc::new(());
        let tree = moods("moody again", Mood::Good, mood, &token).start().await.unwrap();
        let (first, moody) = (tree.child::<Moody>("first"), tree.child::<Moody>("moody"));
        moody.kill();
        // A call waits for the next incarnation, which never comes.
        let stop = async {
            sleep(9 * MS).await;
            tree.stop().within(MS * 10).await
        };
        let (answer, stopped) = tokio::join!(moody.ping().forever(), stop);
        assert_eq!((answer, stopped), (Err(CallError::NoProcess), Ok(())));
        assert!(!first.is_alive());
        assert_eq!(process::whereis("moody again"), None);
        drop(tree);
        assert_eq!(Arc::strong_count(&token), 1);
    }
}
