//! Tasks under supervisors: a `Task` as a child, and the `TaskSupervisor` (otp.md 11.5; rows XTS, XTK-001 and XTK-002).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{ChildState, Restart, Shutdown, StartChildError};
use behaviour::task::{TaskClient, TaskError, TaskSupervisorClient};
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

async fn supervisor() -> TaskSupervisorClient {
    TaskSupervisor::start().await.unwrap()
}

/// Counts how often it was started.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU32>);

impl Counter {
    fn add(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Tasks in a tree.
#[supervisor(one_for_one)]
struct Office {
    letters: Counter,
    calls: Counter,
}

#[supervisor]
impl Office {
    /// Done once.
    #[child(temporary)]
    fn letters(&self) -> Child<Task> {
        let letters = self.letters.clone();
        Task::child(async move {
            letters.add();
        })
    }

    /// Tried until it succeeds.
    #[child(transient, shutdown = brutal_kill)]
    fn calls(&self) -> Child<Task> {
        let calls = self.calls.clone();
        Task::child(async move { if calls.add() < 2 { Err("nobody there") } else { Ok(()) } }).named("tasks: calls")
    }

    #[child]
    fn errands(&self) -> Child<TaskSupervisor> {
        TaskSupervisor::child().max_children(2).named("tasks: errands")
    }

    #[child]
    fn more_errands(&self) -> Child<TaskSupervisor> {
        TaskSupervisor::child()
    }
}

// XTK-001, XTK-002, XTS-01, XTS-03: Rust has no generated specification of a task; the tree says when it is restarted.
#[behaviour::test(start_paused = true)]
async fn tasks_and_their_supervisors_are_children_like_any_other() {
    let (letters, calls) = (Counter::default(), Counter::default());
    let office = Office { letters: letters.clone(), calls: calls.clone() }.start().await.unwrap();
    sleep(MS).await;
    assert_eq!((letters.get(), calls.get()), (1, 2));

    let errands = TaskSupervisor::find("tasks: errands").unwrap();
    assert_eq!(errands.pid(), office.errands().pid());
    assert_ne!(errands.pid(), office.more_errands().pid());
    assert_eq!(TaskSupervisor::start().named("tasks: errands").await, Err(StartError::AlreadyStarted(errands.pid())));

    let task = office.errands().spawn_nolink(pending::<()>()).await.unwrap();
    office.stop().await.unwrap();
    assert_eq!(task.await, Err(TaskError::Exited(ExitReason::Shutdown)));
}

// XTS-04
#[behaviour::test(start_paused = true)]
async fn children_are_listed_and_counted() {
    let tasks = supervisor().await;
    assert_eq!(tasks.children().await, Ok(vec![]));
    assert_eq!(tasks.count_children().await.unwrap().specs, 0);
    let task = tasks.spawn(pending::<()>()).await.unwrap();
    assert_eq!(tasks.children().await, Ok(vec![task.pid().unwrap()]));
    let counts = tasks.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active, counts.workers, counts.supervisors), (1, 1, 1, 0));
    let child = &tasks.which_children().await.unwrap()[0];
    assert_eq!((child.state, child.restart), (ChildState::Running(task.pid().unwrap()), Restart::Temporary));
}

// XTS-09
#[behaviour::test(start_paused = true)]
async fn a_task_is_both_linked_to_its_owner_and_a_child_of_the_supervisor(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    let task = tasks.spawn(after(10, 42)).await.unwrap();
    assert_eq!(task.owner(), process::current());
    assert_eq!(process::links(), [task.pid().unwrap()]);
    assert_eq!(task.await, Ok(42));
    assert!(process::links().is_empty());

    let owner = process::spawn(move |_: Inbox<()>| async move {
        let crash = tasks.spawn(async { std::panic::panic_any("boom") as () }).await.unwrap();
        crash.await.unwrap_err();
        pending::<()>().await;
    });
    assert!(matches!(owner.ended().await, ExitReason::Panic(_)));
    assert_eq!(inbox.try_next(), None);
}

async fn after<T>(ms: u32, value: T) -> T {
    sleep(ms * MS).await;
    value
}

// XTS-10, XTS-13
#[behaviour::test(start_paused = true)]
async fn a_task_may_be_linked_to_the_supervisor_only(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    let task = tasks.spawn_nolink(after(10, 42)).await.unwrap();
    assert_eq!(task.owner(), None);
    assert!(process::links().is_empty());
    assert_eq!(task.await, Ok(42));
    assert_eq!(inbox.try_next(), None);
}

// XTS-20
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_late_goes_on(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    let task = tasks.spawn(after(10, 42)).await.unwrap();
    assert_eq!(task.within(Duration::ZERO).await, Err(TaskError::Timeout));
    assert_eq!(tasks.children().await.unwrap().len(), 1);
    sleep(20 * MS).await;
    assert_eq!(tasks.children().await, Ok(vec![]));
    assert_eq!(inbox.try_next(), None);
}

// XTS-21, XTS-22, XTS-23
#[behaviour::test(start_paused = true)]
async fn a_failure_is_told_to_who_awaits_the_task() {
    let tasks = supervisor().await;
    let thrown = tasks.spawn_nolink(async { std::panic::panic_any(7_u8) as () }).await.unwrap().await.unwrap_err();
    let Some(ExitReason::Panic(panic)) = thrown.reason() else { panic!("it had panicked") };
    assert_eq!(panic.with_payload(|thrown: &u8| *thrown), Some(7));

    let exits = async {
        process::exit(process::current().unwrap(), ExitReason::error("boom"));
        pending::<()>().await;
    };
    let task = tasks.spawn_nolink(exits).await.unwrap();
    assert_eq!(task.await, Err(TaskError::Exited(ExitReason::error("boom"))));
}

// XTS-07
#[behaviour::test(start_paused = true)]
async fn one_task_too_many_is_refused() {
    let tasks = TaskSupervisor::start().max_children(1).await.unwrap();
    let first = tasks.spawn(pending::<()>()).await.unwrap();
    assert_eq!(tasks.spawn(async {}).await.unwrap_err(), StartChildError::MaxChildren);
    assert_eq!(tasks.spawn_nolink(async {}).await.unwrap_err(), StartChildError::MaxChildren);
    assert_eq!(tasks.start_child(async || {}).await, Err(StartChildError::MaxChildren));
    assert_eq!(first.shutdown().await, None);
    assert_eq!(tasks.spawn(async { 42 }).await.unwrap().await, Ok(42));
}

/// Takes no notice of a shutdown.
async fn stubborn() {
    process::trap_exit(true);
    pending::<()>().await;
}

// XTS-06, XTS-11, XTS-16
#[behaviour::test(start_paused = true)]
async fn a_task_is_ended_with_its_supervisor_as_was_said() {
    process::trap_exit(true);
    let tasks = supervisor().await;
    let brutal = Shutdown::BrutalKill;
    let linked = tasks.spawn(pending::<()>()).shutdown(brutal).await.unwrap();
    let unlinked = tasks.spawn_nolink(pending::<()>()).shutdown(brutal).await.unwrap();
    let child = tasks.start_child(stubborn).shutdown(brutal).await.unwrap();
    let gentle = tasks.spawn(pending::<()>()).await.unwrap();
    let begun = Instant::now();
    tasks.stop().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(linked.await, Err(TaskError::Exited(ExitReason::Killed)));
    assert_eq!(unlinked.await, Err(TaskError::Exited(ExitReason::Killed)));
    assert_eq!(child.ended().await, ExitReason::Killed);
    assert_eq!(gentle.await, Err(TaskError::Exited(ExitReason::Shutdown)));

    let tasks = supervisor().await;
    let late = tasks.start_temporary(stubborn()).shutdown(Shutdown::Timeout(7 * MS)).await.unwrap();
    tokio::task::yield_now().await;
    let begun = Instant::now();
    tasks.stop().await.unwrap();
    assert_eq!((begun.elapsed(), late.ended().await), (7 * MS, ExitReason::Killed));
}

// XTS-14, XTS-15
#[behaviour::test(start_paused = true)]
async fn a_child_is_linked_to_the_supervisor_only_and_runs_once() {
    let (tasks, starts) = (supervisor().await, Counter::default());
    let counted = starts.clone();
    let fails = move || {
        let counted = counted.clone();
        async move {
            sleep(MS).await;
            counted.add();
            Err::<(), _>("boom")
        }
    };
    let child: TaskClient = tasks.start_child(fails).await.unwrap();
    assert!(process::links().is_empty());
    assert_eq!(tasks.children().await, Ok(vec![child.pid()]));
    assert_eq!(child.ended().await, ExitReason::error("boom"));
    sleep(10 * MS).await;
    assert_eq!((starts.get(), tasks.children().await), (1, Ok(vec![])));

    let unique = String::from("not given twice");
    let once = tasks.start_temporary(async move { drop(unique) }).named("tasks: once").await.unwrap();
    assert_eq!(once.ended().await, ExitReason::Normal);
}

// XTS-17
#[behaviour::test(start_paused = true)]
async fn a_child_may_be_restarted() {
    let (tasks, starts) = (supervisor().await, Counter::default());
    let counted = starts.clone();
    let ends_with = move |reason: ExitReason| {
        let counted = counted.clone();
        move || {
            let (counted, reason) = (counted.clone(), reason.clone());
            async move {
                if counted.add() < 3 {
                    process::exit(process::current().unwrap(), reason);
                }
                pending::<()>().await;
            }
        }
    };
    let child = tasks.start_child(ends_with(ExitReason::Shutdown)).restart(Restart::Permanent).await.unwrap();
    sleep(MS).await;
    assert_eq!((starts.get(), tasks.children().await), (3, Ok(vec![child.pid()])));
    tasks.terminate_child(&child).await.unwrap();

    starts.0.store(0, Ordering::SeqCst);
    tasks.start_child(ends_with(ExitReason::Shutdown)).transient().await.unwrap();
    sleep(MS).await;
    assert_eq!((starts.get(), tasks.children().await), (1, Ok(vec![])));
}

#[behaviour::test(start_paused = true)]
async fn a_task_is_terminated_by_its_supervisor() {
    let tasks = supervisor().await;
    let task = tasks.spawn_nolink(pending::<()>()).await.unwrap();
    let pid = task.pid().unwrap();
    tasks.terminate_child(pid).await.unwrap();
    assert_eq!(task.await, Err(TaskError::Exited(ExitReason::Shutdown)));
    assert!(tasks.terminate_child(pid).await.is_err());
}

#[behaviour::test(start_paused = true)]
async fn a_task_whose_owner_is_gone_when_it_starts_ends_at_once() {
    let (tasks, ran) = (supervisor().await, Counter::default());
    let (of, counted) = (tasks.clone(), ran.clone());
    let owner = process::spawn(|_: Inbox<()>| async move {
        // The supervisor has been asked when this process ends.
        let spawning = of.spawn(async move {
            sleep(MS).await;
            counted.add();
        });
        tokio::select! {
            biased;
            _ = spawning.into_future() => unreachable!("the supervisor has not run yet"),
            () = std::future::ready(()) => {}
        }
    });
    owner.ended().await;
    sleep(10 * MS).await;
    assert_eq!((ran.get(), tasks.children().await), (0, Ok(vec![])));
    assert_eq!(tasks.count_children().await.unwrap().specs, 0);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_is_gone_spawns_nothing() {
    let tasks = supervisor().await;
    tasks.stop().await.unwrap();
    assert_eq!(tasks.spawn(async {}).await.unwrap_err(), StartChildError::Call(CallError::NoProcess));
    let results: Vec<_> = tasks.async_stream([1, 2], async |n| n).collect().await;
    assert_eq!(results, [Err(TaskError::NotStarted(StartChildError::Call(CallError::NoProcess)))]);
}
