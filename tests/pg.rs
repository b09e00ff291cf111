//! Process groups: members, joins and leaves, and what is published (otp.md 10; rows PG-02, 04, 05, 20, 21, 22, 25).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use behaviour::pg::{Member, NotJoined, Scope};
use behaviour::prelude::*;
use behaviour::process::{self, Event, Process};

/// What is published; it counts how often it is cloned.
#[derive(Default)]
struct News(u32, Arc<AtomicUsize>);

impl News {
    fn new(number: u32) -> Self {
        Self(number, Arc::default())
    }
}

impl Clone for News {
    fn clone(&self) -> Self {
        self.1.fetch_add(1, Ordering::Relaxed);
        Self(self.0, Arc::clone(&self.1))
    }
}

impl From<News> for u32 {
    fn from(News(number, _): News) -> Self {
        assert_ne!(number, 13, "this one is not to be told");
        number
    }
}

#[gen_server]
struct Reader {
    read: Vec<u32>,
}

#[gen_server]
impl Reader {
    #[init]
    fn init() -> Self {
        Self { read: Vec::new() }
    }

    #[info]
    fn news(&mut self, News(number, _): News) {
        self.read.push(number);
    }

    #[call]
    fn read(&self) -> Vec<u32> {
        self.read.clone()
    }
}

type Scoped = Scope<&'static str, News>;

/// A plain process that lives until it is sent something.
fn sleeper() -> Process<u32> {
    process::spawn(|mut inbox: Inbox<u32>| async move {
        inbox.recv().await;
    })
}

async fn end(process: &Process<u32>) {
    process.send(0);
    process.ended().await;
}

fn pids(members: &[Member<News>]) -> Vec<Pid> {
    members.iter().map(Member::pid).collect()
}

// PG-02
#[behaviour::test(start_paused = true)]
async fn a_group_is_there_as_long_as_it_has_members() {
    static SCOPE: Scoped = Scope::new();
    let reader = Reader::start().await.unwrap();
    SCOPE.join("two", &reader);
    assert_eq!(pids(&SCOPE.get_members("two")), [reader.pid()]);
    assert_eq!(SCOPE.get_local_members("two"), SCOPE.get_members("two"));
    assert_eq!(SCOPE.which_groups(), ["two"]);
    assert_eq!(SCOPE.which_local_groups(), ["two"]);
    SCOPE.leave("two", &reader).unwrap();
    assert_eq!(SCOPE.get_members("two"), []);
    assert_eq!(SCOPE.get_local_members("two"), []);
    assert!(SCOPE.which_groups().is_empty());
    assert!(SCOPE.which_local_groups().is_empty());
}

// PG-04
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_may_end_while_it_joins_and_leaves() {
    let scope = Scoped::new();
    for _ in 0..100 {
        let process = process::spawn(|_: Inbox<u32>| async {});
        scope.join("race", &process);
        let left = scope.leave("race", &process);
        process.ended().await;
        assert!(left.is_ok() || left == Err(NotJoined));
        assert_eq!(scope.get_members("race"), []);
    }
    let reader = Reader::start().await.unwrap();
    scope.join("race", &reader);
    assert_eq!(scope.get_members("race").len(), 1);
}

// PG-05
#[behaviour::test(start_paused = true)]
async fn a_group_is_a_multiset() {
    let scope = Scoped::new();
    let (ada, bob) = (sleeper(), sleeper());
    scope.join("one", &ada);
    scope.join_all("one", [&ada, &ada]);
    assert_eq!(pids(&scope.get_members("one")), [ada.pid(); 3]);
    assert_eq!(scope.leave("other", &ada), Err(NotJoined));
    assert_eq!(scope.leave("one", &bob), Err(NotJoined));
    scope.leave_all("one", [&ada, &ada]).unwrap();
    assert_eq!(pids(&scope.get_members("one")), [ada.pid()]);
    scope.leave("one", &ada).unwrap();
    assert!(scope.which_groups().is_empty());
    assert_eq!(scope.leave("one", &ada), Err(NotJoined));

    scope.join("one", &ada);
    scope.join("one", &bob);
    end(&bob).await;
    assert_eq!(pids(&scope.get_members("one")), [ada.pid()]);
}

// PG-22
#[behaviour::test(start_paused = true)]
async fn a_group_is_gone_when_all_have_left_in_any_order() {
    let scope = Scoped::new();
    let (ada, bob) = (sleeper(), sleeper());
    scope.join_all("one", [&ada, &bob, &ada]);
    // Those that are not members do not matter beside those that are.
    scope.leave_all("one", [&bob, &bob, &ada, &ada]).unwrap();
    assert!(scope.which_groups().is_empty());
    assert_eq!(scope.get_members("one"), []);
}

// PG-25
#[behaviour::test(start_paused = true)]
async fn a_process_leaves_as_often_as_it_is_named_and_altogether_when_it_ends() {
    let scope = Scoped::new();
    let (ada, bob) = (sleeper(), sleeper());
    scope.join_all("many", [&ada; 16]);
    scope.join("many", &bob);
    scope.leave_all("many", [&ada; 4]).unwrap();
    assert_eq!(scope.get_members("many").len(), 13);
    end(&ada).await;
    assert_eq!(pids(&scope.get_members("many")), [bob.pid()]);
}

// PG-20
#[behaviour::test(start_paused = true)]
async fn a_scope_that_is_gone_leaves_nothing_with_its_members_and_a_new_one_is_empty() {
    let process = sleeper();
    let name = Arc::new("sport");
    let scope = Scope::<Arc<&str>, News>::new();
    scope.join(Arc::clone(&name), &process);
    let other = scope.clone();
    drop(scope);
    assert_eq!(other.which_groups(), [Arc::clone(&name)]);
    drop(other);
    assert_eq!(Arc::strong_count(&name), 1, "the process keeps nothing of the scope");
    let scope = Scope::<Arc<&str>, News>::new();
    assert!(scope.get_members(&name).is_empty());
    scope.join(name, &process);
    assert_eq!(scope.which_groups().len(), 1);
}

// PG-21
#[behaviour::test(start_paused = true)]
async fn a_scope_needs_no_start() {
    static SCOPE: Scoped = Scope::new();
    let process = sleeper();
    assert_eq!(SCOPE.leave("one", &process), Err(NotJoined));
    SCOPE.join("one", &process);
    assert_eq!(SCOPE.get_members("one").len(), 1);
}

#[behaviour::test(start_paused = true)]
async fn a_process_is_out_of_its_groups_before_anybody_hears_of_its_end(mut inbox: Inbox<()>) {
    let scope = Scoped::new();
    let reader = Reader::start().await.unwrap();
    scope.join("one", &reader);
    scope.join("two", &reader);
    let monitor = reader.monitor();
    reader.kill();
    inbox.down_of(&monitor).await;
    assert!(scope.which_groups().is_empty());
    // It stays out.
    scope.join("one", &reader);
    assert!(scope.which_groups().is_empty());
}

#[behaviour::test(start_paused = true)]
async fn all_members_are_sent_what_is_published_as_often_as_they_joined(mut inbox: Inbox<u32>) {
    let scope = Scoped::new();
    let reader = Reader::start().await.unwrap();
    let alias = inbox.alias();
    scope.join("sport", &reader);
    scope.join_all("sport", [&inbox.process(), &inbox.process()]);
    scope.join("sport", &alias);
    scope.join("weather", &reader);
    let news = News::new(7);
    let cloned = Arc::clone(&news.1);
    assert_eq!(scope.publish("sport", news), 4);
    assert!(cloned.load(Ordering::Relaxed) <= 4);
    assert_eq!(scope.publish("nobody", News::new(8)), 0);
    assert_eq!(reader.read().await.unwrap(), [7]);
    let mut heard = Vec::new();
    while let Some(Event::Message(number)) = inbox.try_next() {
        heard.push(number);
    }
    assert_eq!(heard, [7, 7, 7]);
    // The alias is a member of its own.
    scope.leave("sport", &alias).unwrap();
    assert_eq!(scope.leave("sport", &alias), Err(NotJoined));
    assert_eq!(scope.get_members("sport").len(), 3);
    // As it is among those that leave together.
    scope.join("sport", &alias);
    let both = [Member::<News>::of(&inbox.process()).unwrap(), Member::of(&alias).unwrap()];
    scope.leave_all("sport", &both).unwrap();
    assert_eq!(scope.get_members("sport").len(), 2);
    assert_eq!(scope.leave("sport", &alias), Err(NotJoined));
}

#[behaviour::test(start_paused = true)]
async fn members_are_sent_to_in_the_order_in_which_they_joined() {
    let scope = Scope::<&str, u32>::new();
    let order: Vec<_> = (0..100).map(|_| sleeper()).collect();
    scope.join_all("all", &order);
    let members = scope.get_members("all");
    assert_eq!(members.iter().map(Member::pid).collect::<Vec<_>>(), order.iter().map(Process::pid).collect::<Vec<_>>());
    // Of more members than are looked through one by one, the right one leaves.
    scope.leave("all", &order[70]).unwrap();
    assert!(!scope.get_members("all").contains(&members[70]));
    assert_eq!(scope.get_members("all").len(), 99);
}

#[behaviour::test(start_paused = true)]
async fn a_member_whose_conversion_panics_keeps_the_others_from_nothing(mut inbox: Inbox<u32>) {
    let scope = Scoped::new();
    let reader = Reader::start().await.unwrap();
    scope.join("sport", &inbox.process());
    scope.join("sport", &reader);
    assert_eq!(scope.publish("sport", News::new(13)), 2);
    assert_eq!(reader.read().await.unwrap(), [13]);
    assert!(inbox.try_next().is_none());
    assert_eq!(scope.get_members("sport").len(), 2);
}

#[behaviour::test(start_paused = true)]
async fn members_of_different_kinds_stand_in_one_list() {
    let scope = Scoped::new();
    let (reader, process) = (Reader::start().await.unwrap(), sleeper());
    let both = [Member::of(&reader).unwrap(), Member::of(&process).unwrap()];
    scope.join_all("both", &both);
    assert_eq!(scope.get_members("both"), both);
    assert!(both.iter().all(Member::is_alive));
    end(&process).await;
    assert!(!both[1].is_alive());
    assert_eq!(scope.get_members("both"), both[..1]);
}

#[behaviour::test(start_paused = true)]
async fn a_child_is_a_member_until_it_restarts() {
    #[supervisor(one_for_one)]
    struct Readers {}

    #[supervisor]
    impl Readers {
        #[child]
        fn reader(&self) -> Child<Reader> {
            Reader::child()
        }
    }

    let scope = Scoped::new();
    let readers = Readers {}.start().await.unwrap();
    let reader = readers.reader();
    scope.join("sport", &reader);
    reader.kill();
    assert_eq!(reader.read().await.unwrap(), [0; 0], "the next one answers");
    assert_eq!(scope.get_members("sport"), []);
    assert_eq!(scope.leave("sport", &reader), Err(NotJoined));
    scope.join("sport", &reader);
    assert_eq!(scope.publish("sport", News::new(7)), 1);
    assert_eq!(reader.read().await.unwrap(), [7]);
}

// What a conversion does runs under no lock of the scope.
#[behaviour::test(start_paused = true)]
async fn members_may_come_and_go_while_something_is_published() {
    static SCOPE: Scope<&str, u32> = Scope::new();
    /// Leaves and joins, tells others, and ends one, as it is made.
    struct Busy;
    impl From<u32> for Busy {
        fn from(_: u32) -> Self {
            let all = SCOPE.get_members("busy");
            SCOPE.leave("busy", &all[0]).unwrap();
            SCOPE.join("busy", &all[0]);
            SCOPE.publish("others", 8);
            process::kill(all.last().unwrap().pid());
            Self
        }
    }
    let busy = process::spawn(|mut inbox: Inbox<Busy>| async move {
        inbox.recv().await;
        std::future::pending::<()>().await;
    });
    let (other, doomed) = (sleeper(), sleeper());
    SCOPE.join("busy", &busy);
    SCOPE.join("busy", &doomed);
    SCOPE.join("others", &other);
    assert_eq!(SCOPE.publish("busy", 7), 2, "as they were at the beginning");
    doomed.ended().await;
    assert_eq!(SCOPE.get_members("busy"), [Member::of(&busy).unwrap()]);
    other.ended().await;
}

#[behaviour::test(start_paused = true)]
async fn scopes_have_nothing_to_do_with_each_other() {
    let (one, other) = (Scoped::new(), Scoped::new());
    let process = sleeper();
    one.join("sport", &process);
    other.join("sport", &process);
    one.leave("sport", &process).unwrap();
    assert!(one.which_groups().is_empty());
    assert_eq!(other.get_members("sport").len(), 1);
}
