//! Tasks of supervisors, their owners, and their supervisors, where one of them ends (otp.md 11.3 and 11.5).

use std::future::{IntoFuture as _, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{OperationError, Restart, StartChildError};
use behaviour::task::{TaskClient, TaskError, TaskSupervisorClient};
use behaviour::testing::settle;
use tokio::time::{sleep, timeout};

const MS: Duration = Duration::from_millis(1);

async fn supervisor() -> TaskSupervisorClient {
    TaskSupervisor::start().await.unwrap()
}

/// A process that has an endless task of this supervisor of its own.
async fn owner(tasks: &TaskSupervisorClient) -> process::Process<()> {
    let tasks = tasks.clone();
    let owner = process::spawn(|mut inbox: Inbox<()>| async move {
        let _task = tasks.spawn(pending::<()>()).await.unwrap();
        inbox.recv().await;
    });
    settle().await;
    owner
}

#[behaviour::test(start_paused = true)]
async fn the_end_of_a_supervisor_reaches_the_owners_of_its_tasks() {
    let tasks = supervisor().await;
    let stopped = owner(&tasks).await;
    tasks.stop().await.unwrap();
    assert_eq!(stopped.ended().await, ExitReason::Shutdown);

    let tasks = supervisor().await;
    let killed = owner(&tasks).await;
    tasks.kill();
    assert_eq!(killed.ended().await, ExitReason::Killed);

    let tasks = supervisor().await;
    let terminated = owner(&tasks).await;
    let task = tasks.children().await.unwrap()[0];
    assert_eq!(tasks.terminate_child(task).await, Ok(()));
    assert_eq!(terminated.ended().await, ExitReason::Shutdown);
    assert_eq!(tasks.terminate_child(task).await, Err(OperationError::NotFound));
}

#[behaviour::test(start_paused = true)]
async fn the_crash_of_an_owner_ends_its_own_task_and_no_other() {
    let tasks = supervisor().await;
    let of = tasks.clone();
    let owner = process::spawn(|mut inbox: Inbox<()>| async move {
        let _own = of.spawn(pending::<()>()).await.unwrap();
        let _unlinked = of.spawn_nolink(pending::<()>()).await.unwrap();
        let _child: TaskClient = of.start_child(pending::<()>).await.unwrap();
        inbox.recv().await;
        panic!("it had a letter");
    });
    settle().await;
    assert_eq!(tasks.children().await.unwrap().len(), 3);
    owner.send(());
    assert!(matches!(owner.ended().await, ExitReason::Panic(_)));
    settle().await;
    assert_eq!(tasks.children().await.unwrap().len(), 2);
}

#[behaviour::test(start_paused = true)]
async fn a_task_whose_start_is_given_up_does_not_run() {
    let (tasks, held) = (supervisor().await, Arc::new(()));
    tasks.sys().suspend().await.unwrap();
    let work = held.clone();
    let spawning = tasks.spawn(async move {
        pending::<()>().await;
        drop(work);
    });
    assert!(timeout(MS, spawning.into_future()).await.is_err());
    tasks.sys().resume().await.unwrap();
    settle().await;
    assert_eq!((Arc::strong_count(&held), tasks.children().await), (1, Ok(vec![])));
    assert!(process::links().is_empty());
}

#[behaviour::test(start_paused = true)]
async fn work_that_cannot_be_made_is_a_failed_start_and_the_supervisor_lives() {
    let tasks = supervisor().await;
    let failed = tasks.start_child(|| -> std::future::Ready<()> { panic!("no work") }).await;
    assert!(matches!(failed, Err(StartChildError::Start(StartError::Failed(ExitReason::Panic(_))))), "{failed:?}");
    assert_eq!(tasks.children().await, Ok(vec![]));
    assert_eq!(tasks.spawn(async { 42 }).await.unwrap().await, Ok(42));
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[behaviour::test(start_paused = true)]
async fn a_value_that_panics_as_it_is_dropped_hurts_nobody() {
    let tasks = supervisor().await;
    let give = || async {
        sleep(MS).await;
        Bomb
    };
    drop(tasks.spawn_nolink(give()).await.unwrap());
    assert!(tasks.spawn(give()).await.unwrap().ignore().is_none());
    sleep(2 * MS).await;
    assert!(tasks.is_alive());
    assert_eq!(tasks.children().await, Ok(vec![]));

    let bomb = Bomb;
    let held = tasks.spawn_nolink(async move {
        pending::<()>().await;
        drop(bomb);
    });
    let held = held.await.unwrap();
    settle().await;
    assert_eq!(held.shutdown().await, None, "it ended as it was told");
    assert!(tasks.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_is_always_done_too_soon_ends_its_supervisor(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    let monitor = tasks.monitor();
    let starts = Arc::new(AtomicU32::new(0));
    let counted = starts.clone();
    let permanent = tasks.start_child(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async {}
    });
    permanent.restart(Restart::Permanent).await.unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    assert_eq!(starts.load(Ordering::SeqCst), 4, "the first, and three more");
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_is_shut_down_takes_its_own_tasks_along() {
    let held = Arc::new(());
    let inner = held.clone();
    let task = Task::spawn(async move {
        let own = Task::spawn(async move {
            pending::<()>().await;
            drop(inner);
        });
        own.forever().await
    });
    settle().await;
    assert_eq!(task.shutdown().await, None);
    settle().await;
    assert_eq!(Arc::strong_count(&held), 1);
}

/// A tree with tasks.
#[supervisor(one_for_one)]
struct Office;

#[supervisor]
impl Office {
    #[child]
    fn errands(&self) -> Child<TaskSupervisor> {
        TaskSupervisor::child()
    }
}

#[behaviour::test(start_paused = true)]
async fn the_client_of_a_supervisor_that_was_restarted_spawns_under_the_new_one() {
    let office = Office.start().await.unwrap();
    let errands = office.errands();
    let lost = errands.spawn_nolink(pending::<()>()).await.unwrap();
    errands.kill();
    assert_eq!(lost.await, Err(TaskError::Exited(ExitReason::Killed)));
    assert_eq!(errands.spawn(async { 42 }).await.unwrap().await, Ok(42));
    let results: Vec<_> = errands.async_stream(0..3, async |n| n).collect().await;
    assert_eq!(results, [Ok(0), Ok(1), Ok(2)]);
    office.stop().await.unwrap();
}
