//! What a version leaves to the one that takes over, and what becomes of the old one.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::testing::Reports;

const SECOND: Duration = Duration::from_secs(1);

/// What happened, in order.
type Diary = Arc<Mutex<Vec<String>>>;

fn write(diary: &Diary, line: impl Into<String>) {
    diary.lock().unwrap().push(line.into());
}

fn read(diary: &Diary) -> Vec<String> {
    std::mem::take(&mut diary.lock().unwrap())
}

/// The clerk of today.
#[gen_server]
struct Clerk {
    diary: Diary,
    kept: Vec<Reply<&'static str>>,
}

impl Drop for Clerk {
    fn drop(&mut self) {
        write(&self.diary, format!("the old clerk goes, with {} questions", self.kept.len()));
    }
}

#[gen_server]
impl Clerk {
    #[init]
    fn init(diary: Diary, cx: &mut Context<Self>) -> Self {
        cx.trap_exit(true);
        Self { diary, kept: Vec::new() }
    }

    #[cast]
    fn watch(&self, other: Pid, cx: &mut Context<Self>) {
        cx.monitor(other);
        cx.link(other);
    }

    #[cast]
    fn wait(&self, cx: &mut Context<Self>) {
        cx.timeout(10 * SECOND);
    }

    #[call(later)]
    fn question(&mut self, reply: Reply<&'static str>) -> Later {
        self.kept.push(reply);
        Later
    }

    #[cast]
    fn answer(&mut self) {
        self.kept.drain(..).for_each(|reply| _ = reply.send("the old clerk's"));
    }

    #[info]
    fn down(&self, down: Down) {
        write(&self.diary, format!("old: down of {}", down.pid));
    }

    #[info]
    fn exit(&self, exit: Exit) {
        write(&self.diary, format!("old: exit of {}", exit.pid));
    }

    #[info]
    fn idle(&self, _: Timeout) {
        write(&self.diary, "old: idle");
    }

    #[terminate]
    fn close(&self) {
        write(&self.diary, "the old clerk closes");
    }

    #[format_status]
    fn show(&self) -> &'static str {
        "the old clerk"
    }
}

/// The clerk of tomorrow.
#[gen_server]
struct Machine {
    diary: Diary,
    kept: Vec<Reply<&'static str>>,
}

#[gen_server]
impl Machine {
    #[init]
    fn init(diary: Diary) -> Self {
        Self { diary, kept: Vec::new() }
    }

    /// Takes over from the clerk, with the questions if they are wanted.
    #[code_change]
    fn take_over(old: &mut Clerk, with_questions: bool) -> Self {
        let kept = if with_questions { std::mem::take(&mut old.kept) } else { Vec::new() };
        Self { diary: Arc::clone(&old.diary), kept }
    }

    #[cast]
    fn watch(&self, other: Pid) {
        write(&self.diary, format!("new: watches {other}"));
    }

    #[cast]
    fn wait(&self) {}

    #[call(later)]
    fn question(&mut self, reply: Reply<&'static str>) -> Later {
        self.kept.push(reply);
        Later
    }

    #[cast]
    fn answer(&mut self) {
        self.kept.drain(..).for_each(|reply| _ = reply.send("the machine's"));
    }

    #[info]
    fn down(&self, down: Down) {
        write(&self.diary, format!("new: down of {}", down.pid));
    }

    #[info]
    fn exit(&self, exit: Exit) {
        write(&self.diary, format!("new: exit of {}", exit.pid));
    }

    #[info]
    fn idle(&self, _: Timeout) {
        write(&self.diary, "new: idle");
    }

    #[terminate]
    fn close(&self) {
        write(&self.diary, "the machine closes");
    }

    #[format_status]
    fn show(&self) -> &'static str {
        "the machine"
    }
}

/// Lets the machine take over.
async fn upgrade(clerk: &ClerkClient, with_questions: bool) {
    let sys = clerk.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Machine::upgrade(with_questions)).await.unwrap();
    sys.resume().await.unwrap();
}

/// The state as text.
async fn text(clerk: &ClerkClient) -> String {
    behaviour::sys::of(clerk.pid()).get_state().await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn the_old_version_is_dropped_once_at_the_change_and_only_the_new_one_terminates() {
    let diary = Diary::default();
    let clerk = Clerk::start(Arc::clone(&diary)).await.unwrap();
    assert_eq!(text(&clerk).await, "the old clerk");
    upgrade(&clerk, true).await;
    assert_eq!(read(&diary), ["the old clerk goes, with 0 questions"]);
    assert_eq!(text(&clerk).await, "the machine");
    clerk.stop().await.unwrap();
    assert_eq!(read(&diary), ["the machine closes"]);
}

#[behaviour::test(start_paused = true)]
async fn replies_go_on_with_the_new_version_or_fail_with_the_old_one() {
    for (taken, answered) in [(true, Ok("the machine's")), (false, Err(CallError::NoReply))] {
        let diary = Diary::default();
        let clerk = Clerk::start(Arc::clone(&diary)).await.unwrap();
        let (answer, ()) = tokio::join!(clerk.question(), async {
            upgrade(&clerk, taken).await;
            clerk.answer();
        });
        assert_eq!(answer, answered);
        assert_eq!(read(&diary), [format!("the old clerk goes, with {} questions", usize::from(!taken))]);
    }
}

#[behaviour::test(start_paused = true)]
async fn signals_and_the_idle_timeout_come_to_the_new_version() {
    let diary = Diary::default();
    let clerk = Clerk::start(Arc::clone(&diary)).await.unwrap();
    let [first, second] = [(); 2].map(|()| process::spawn(|_: Inbox<()>| std::future::pending::<()>()));
    clerk.watch(first.pid());
    clerk.watch(second.pid());
    let sys = clerk.sys();
    sys.suspend().await.unwrap();
    // What comes while it is suspended is handled by the new version, and so is what comes later.
    let ended = first.ended();
    first.kill();
    ended.await;
    sys.change_code(Machine::upgrade(true)).await.unwrap();
    sys.resume().await.unwrap();
    sys.get_status().await.unwrap();
    assert_eq!(
        read(&diary),
        [
            "the old clerk goes, with 0 questions".into(),
            format!("new: exit of {}", first.pid()),
            format!("new: down of {}", first.pid()),
        ]
    );
    let ended = second.ended();
    second.kill();
    ended.await;
    sys.get_status().await.unwrap();
    assert_eq!(read(&diary), [format!("new: exit of {}", second.pid()), format!("new: down of {}", second.pid())]);

    let clerk = Clerk::start(Arc::clone(&diary)).await.unwrap();
    clerk.wait();
    upgrade(&clerk, true).await;
    assert_eq!(read(&diary), ["the old clerk goes, with 0 questions"]);
    tokio::time::sleep(9 * SECOND).await;
    assert!(read(&diary).is_empty());
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(read(&diary), ["new: idle"]);
}

#[behaviour::test(start_paused = true)]
async fn who_watches_the_process_is_told_what_it_is_since_the_change() {
    let reports = Reports::listen();
    let clerk = Clerk::start(Diary::default()).await.unwrap();
    let sys = clerk.sys();
    sys.trace(true).await.unwrap();
    clerk.answer();
    upgrade(&clerk, true).await;
    clerk.answer();
    sys.no_debug().await.unwrap();
    let told: Vec<_> =
        reports.take().iter().filter(|report| report.topic() == "sys").map(ToString::to_string).collect();
    assert!(told.len() == 4 && told[..2].iter().all(|told| told.contains("Clerk")), "{told:?}");
    assert!(told[2..].iter().all(|told| told.contains("Machine") && !told.contains("Clerk")), "{told:?}");
}

/// Counts what is asked, in the caller's thread as a rule.
#[gen_server]
struct Meter {
    count: usize,
}

#[gen_server]
impl Meter {
    #[init]
    fn init() -> Self {
        Self { count: 0 }
    }

    #[call]
    fn count(&mut self) -> (usize, &'static str) {
        self.count += 1;
        (self.count, "old")
    }
}

/// The same, where the count lies behind other fields.
#[gen_server]
struct Sum {
    name: String,
    counts: Vec<usize>,
}

#[gen_server]
impl Sum {
    #[init]
    fn init() -> Self {
        Self { name: "new".into(), counts: Vec::new() }
    }

    #[code_change]
    fn take_over(old: &mut Meter) -> Self {
        Self { name: "new".into(), counts: vec![old.count] }
    }

    #[call]
    fn count(&mut self) -> (usize, &'static str) {
        let count = self.counts.last().map_or(1, |last| last + 1);
        self.counts.push(count);
        (count, if self.name == "new" { "new" } else { "spoilt" })
    }
}

/// Goes on calling until it has seen the new version, and a little longer.
async fn call(meter: MeterClient, seen: Arc<AtomicUsize>, callers: usize) -> Vec<(usize, &'static str)> {
    let (mut counts, mut is_new) = (Vec::new(), false);
    loop {
        let count = meter.count().await.unwrap();
        counts.push(count);
        if count.1 == "new" && !std::mem::replace(&mut is_new, true) {
            seen.fetch_add(1, Ordering::Relaxed);
        }
        if is_new && seen.load(Ordering::Relaxed) == callers {
            return counts;
        }
        if counts.len() % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 4)]
async fn code_is_changed_while_callers_run_the_server_on_their_own_threads() {
    const CALLERS: usize = 4;
    for _ in 0..20 {
        let meter = Meter::start().await.unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> =
            (0..CALLERS).map(|_| tokio::spawn(call(meter.clone(), Arc::clone(&seen), CALLERS))).collect();
        let sys = meter.sys();
        sys.suspend().await.unwrap();
        sys.change_code(Sum::upgrade()).await.unwrap();
        sys.resume().await.unwrap();
        let mut counts = Vec::new();
        for caller in callers {
            counts.extend(caller.await.unwrap());
        }
        counts.sort_unstable();
        assert!(counts.iter().map(|(count, _)| *count).eq(1..=counts.len()), "each call was counted once");
        assert!(
            counts.is_sorted_by_key(|(_, version)| *version == "new"),
            "no call came to the old version after the new"
        );
        assert!(counts.iter().all(|(_, version)| *version != "spoilt"));
    }
}
