//! Work beside the work: the same pages fetched one by one, together, and as a stream, by tasks that fail alone.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::supervisor::StartChildError;
use behaviour::task::TaskSupervisorClient;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

/// A library whose tasks all have one supervisor, so that none outlives it.
#[supervisor(one_for_one)]
struct Library;

#[supervisor]
impl Library {
    /// What is fetched.
    #[child]
    fn fetches(&self) -> Child<TaskSupervisor> {
        TaskSupervisor::child().max_children(100)
    }
}

/// Fetches a page from far away.
async fn fetch(page: u32) -> String {
    sleep(match page {
        5 => 10_000 * MS, // this one is very far away
        _ => 20 * MS,
    })
    .await;
    assert!(page != 3, "page 3 is torn out");
    format!("page {page}")
}

/// One value, computed meanwhile.
async fn meanwhile() -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let (first, second) = (Task::spawn(fetch(1)), Task::spawn(fetch(2)));
    println!("{} and {}, both in {} ms", first.await?, second.await?, begun.elapsed().as_millis());

    let pages = Task::await_many([6, 7, 8].map(|page| Task::spawn(fetch(page)))).await?;
    println!("{}", pages.join(", "));
    Ok(())
}

/// A task that may fail or be late, without harm to who waits for it.
async fn alone(fetches: &TaskSupervisorClient) -> Result<(), StartChildError> {
    if let Err(error) = fetches.spawn_nolink(fetch(3)).await?.await {
        println!("no page 3: {error}");
    }
    let mut far = fetches.spawn_nolink(fetch(5)).await?;
    if far.yield_for(50 * MS).await.is_none() {
        println!("page 5 is not here yet, and nobody waits any longer");
        far.shutdown().await;
    }
    Ok(())
}

/// A few at a time, as long as somebody asks for more.
async fn stream(fetches: &TaskSupervisorClient) {
    let mut pages = fetches
        .async_stream_nolink(1..=6, fetch)
        .max_concurrency(3)
        .timeout(100 * MS)
        .kill_on_timeout()
        .zip_input_on_exit();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => println!("- {page}"),
            Err((page, error)) => println!("- page {page} is missing: {error}"),
        }
    }
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The panic of a task is meant here; without this it would be printed as well.
    std::panic::set_hook(Box::new(|_| {}));
    meanwhile().await?;

    let library = Library.start().await?;
    alone(&library.fetches()).await?;
    stream(&library.fetches()).await;

    // Nobody waits for this one, but the library does not close before it is done.
    let receipt = library.fetches().start_temporary(async { println!("everything is put back") }).await?;
    receipt.ended().await;
    library.stop().await?;
    Ok(())
}
