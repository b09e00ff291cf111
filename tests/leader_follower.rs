//! The example `leader_follower`: a behaviour of one's own, whose callbacks crash, wait, and write down what they do.

#![allow(unreachable_pub, reason = "the example's file is a module here")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;

#[path = "../examples/leader_follower/crew.rs"]
mod crew;

use crew::{LeaderFollower, LeaderFollowerClient, Work};

const MS: Duration = Duration::from_millis(1);

/// A follower that writes down what it does.
struct Scribe {
    name: &'static str,
    book: Book,
}

/// Who began what, in order, and which process that was.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<(String, Pid)>>>);

impl Book {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }

    fn pids(&self) -> Vec<Pid> {
        self.0.lock().unwrap().iter().map(|(_, pid)| *pid).collect()
    }
}

/// Something to do.
#[derive(Clone)]
struct Task {
    number: u32,
    takes: Duration,
    /// Whom it crashes.
    crashes: &'static [&'static str],
}

impl Work for Scribe {
    type Task = Task;
    type Outcome = (&'static str, u32);

    async fn work(&mut self, task: Task) -> (&'static str, u32) {
        let Task { number, takes, crashes } = task;
        self.book.0.lock().unwrap().push((format!("{} {number}", self.name), process::current().unwrap()));
        tokio::time::sleep(takes).await;
        assert!(!crashes.contains(&self.name), "{} cannot do it", self.name);
        (self.name, number)
    }
}

fn task(number: u32) -> Task {
    Task { number, takes: MS, crashes: &[] }
}

async fn crew(names: &[&'static str]) -> (LeaderFollowerClient<Scribe>, Book) {
    let book = Book::default();
    let scribes = names.iter().map(|name| Scribe { name, book: book.clone() }).collect();
    (LeaderFollower::start(scribes).await.unwrap(), book)
}

#[behaviour::test(start_paused = true)]
async fn tasks_are_begun_in_the_order_in_which_they_came() {
    let (crew, book) = crew(&["a", "b"]).await;
    // The first takes long, so that the other follower does the rest.
    let long = Task { takes: 10 * MS, ..task(1) };
    let done = tokio::join!(crew.perform(long), crew.perform(task(2)), crew.perform(task(3)), crew.perform(task(4)));
    assert_eq!(done, (Ok(Ok(("a", 1))), Ok(Ok(("b", 2))), Ok(Ok(("b", 3))), Ok(Ok(("b", 4)))));
    assert_eq!(book.lines(), ["a 1", "b 2", "b 3", "b 4"]);
}

#[behaviour::test(start_paused = true)]
async fn a_crash_hands_the_task_to_another_before_those_that_wait() {
    let (crew, book) = crew(&["a", "b"]).await;
    let fatal = Task { crashes: &["a"], ..task(1) };
    let longer = Task { takes: 2 * MS, ..task(2) };
    let done = tokio::join!(crew.perform(fatal), crew.perform(longer), crew.perform(task(3)));
    assert_eq!(done, (Ok(Ok(("b", 1))), Ok(Ok(("b", 2))), Ok(Ok(("b", 3)))));
    assert_eq!(book.lines(), ["a 1", "b 2", "b 1", "b 3"]);
    assert_eq!(crew.followers().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn a_follower_that_is_killed_loses_nothing_either() {
    let (crew, book) = crew(&["a", "b"]).await;
    let done = tokio::join!(crew.perform(task(1)), async {
        tokio::time::sleep(MS / 2).await;
        process::kill(book.pids()[0]);
    });
    assert_eq!(done.0, Ok(Ok(("b", 1))));
    // One that is idle is gone at once.
    process::kill(book.pids()[1]);
    assert_eq!(crew.perform(task(3)).await, Ok(Err(ExitReason::NoProcess)));
}

#[behaviour::test(start_paused = true)]
async fn without_followers_nothing_is_done_and_everybody_is_told() {
    let (crew, _) = crew(&["a", "b"]).await;
    let fatal = Task { crashes: &["a", "b"], ..task(1) };
    let done = tokio::join!(crew.perform(fatal.clone()), crew.perform(fatal), crew.perform(task(3)));
    assert_eq!(done, (Ok(Err(ExitReason::NoProcess)), Ok(Err(ExitReason::NoProcess)), Ok(Err(ExitReason::NoProcess))));
    assert_eq!(crew.perform(task(4)).await, Ok(Err(ExitReason::NoProcess)));
    assert_eq!(crew.followers().await, Ok(0));
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_crashes_everybody_is_given_up() {
    let (crew, book) = crew(&["a", "b", "c", "d"]).await;
    let fatal = Task { crashes: &["a", "b", "c", "d"], ..task(1) };
    let Ok(Err(ExitReason::Panic(panic))) = crew.perform(fatal).await else {
        panic!("it is given up");
    };
    assert_eq!(panic.message(), "c cannot do it");
    assert_eq!(book.lines(), ["a 1", "b 1", "c 1"]);
    assert_eq!(crew.perform(task(2)).await, Ok(Ok(("d", 2))));
}

#[behaviour::test(start_paused = true)]
async fn no_task_is_lost_and_none_is_done_twice_unless_its_follower_crashed() {
    let (crew, book) = crew(&["a", "b", "c", "d"]).await;
    let tasks = (0..100).map(|number| {
        let crashes: &[&str] = match number {
            10 => &["a"],
            20 => &["a", "b"],
            30 => &["a", "b", "c"],
            _ => &[],
        };
        crew.perform(Task { number, takes: MS * (number % 7), crashes }).forever()
    });
    let done = futures_util::future::join_all(tasks).await;
    let numbers: Vec<_> = done.into_iter().map(|done| done.unwrap().unwrap().1).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    let mut begun = BTreeMap::<u32, usize>::new();
    for line in book.lines() {
        *begun.entry(line[2..].parse().unwrap()).or_default() += 1;
    }
    let repeated: usize = begun.values().map(|times| times - 1).sum();
    assert!(begun.iter().all(|(number, times)| *times == 1 || [10, 20, 30].contains(number)), "{begun:?}");
    assert_eq!(repeated, 4 - crew.followers().await.unwrap());
}

#[behaviour::test(start_paused = true)]
async fn followers_end_with_their_leader(mut inbox: Inbox<()>) {
    let (crew, book) = crew(&["a"]).await;
    assert_eq!(crew.perform(task(1)).await, Ok(Ok(("a", 1))));
    let follower = book.pids()[0];
    assert!(process::is_alive(follower));
    let monitor = process::monitor(follower);
    crew.kill();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Killed);
}

#[behaviour::test(start_paused = true)]
async fn a_leader_that_stops_in_order_dismisses_its_followers(mut inbox: Inbox<()>) {
    let (crew, book) = crew(&["a"]).await;
    assert_eq!(crew.perform(task(1)).await, Ok(Ok(("a", 1))));
    let monitor = process::monitor(book.pids()[0]);
    crew.stop().await.unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
}

/// A behaviour of one's own is a child like any other.
#[supervisor(one_for_one)]
struct Office {
    book: Book,
}

#[supervisor]
impl Office {
    #[child]
    fn crew(&self) -> Child<LeaderFollower<Scribe>> {
        LeaderFollower::child(vec![Scribe { name: "a", book: self.book.clone() }])
    }
}

#[behaviour::test(start_paused = true)]
async fn a_crew_is_supervised() {
    let office = Office { book: Book::default() }.start().await.unwrap();
    let fatal = Task { crashes: &["a"], ..task(1) };
    assert_eq!(office.crew().perform(fatal).await, Ok(Err(ExitReason::NoProcess)));
    assert_eq!(office.crew().followers().await, Ok(0));
    office.crew().kill();
    office.crew().ended().await;
    assert_eq!(office.crew().perform(task(2)).await, Ok(Ok(("a", 2))));
}
