//! Applications: how they are started, after what they depend on, and stopped (otp.md 9.3 and 9.4).
//!
//! How they end by themselves is in `application_ends.rs`, their configuration in `application_config.rs`, whole programs
//! in `application_run.rs`. Every test has a runtime of its own, and with it applications of its own.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

#[path = "application/support.rs"]
mod support;

use std::time::Duration;

use behaviour::application::ApplicationError;
use behaviour::prelude::*;
use behaviour::supervisor::Restart;

use self::support::{Log, SECOND, Worker, WorkerClient};

/// What it starts depends on nothing.
#[application(name = "base")]
#[derive(Default)]
struct Base {
    log: Log,
    /// Whether it starts at all.
    fails: bool,
}

#[derive(Debug, PartialEq)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

#[application]
impl Base {
    #[start]
    fn start(&self) -> Result<Child<Worker>, Broken> {
        if self.fails { Err(Broken) } else { Ok(Worker::child("base", Duration::ZERO, self.log.clone())) }
    }

    #[stop]
    fn stop(&self) {
        self.log.note("base.stop");
    }
}

/// Depends on the base, and starts after extras if they are known.
#[application(name = "middle", depends(Base), optional(Extras))]
#[derive(Default)]
struct Middle {
    log: Log,
}

#[application]
impl Middle {
    #[start]
    fn start(&self) -> Child<Worker> {
        Worker::child("middle", Duration::ZERO, self.log.clone())
    }
}

/// What others can do without.
#[application(name = "extras")]
#[derive(Default)]
struct Extras {
    log: Log,
    fails: bool,
}

#[application]
impl Extras {
    #[start]
    async fn start(&self) -> Result<Child<Worker>, Broken> {
        tokio::task::yield_now().await;
        if self.fails { Err(Broken) } else { Ok(Worker::child("extras", Duration::ZERO, self.log.clone())) }
    }
}

/// On top of all, with callbacks of every kind.
#[application(name = "tower", depends(Middle, Base), phases(warm_up, open), shutdown_timeout = 1h)]
struct Tower {
    log: Log,
    /// The phase that fails.
    fails: &'static str,
}

#[application]
impl Tower {
    /// Written before `warm_up`, and run after it: the order is that of the attribute.
    #[phase]
    fn open(&self, worker: &WorkerClient) -> Result<(), Broken> {
        assert!(worker.is_alive());
        self.log.note("open");
        if self.fails == "open" { Err(Broken) } else { Ok(()) }
    }

    #[phase]
    async fn warm_up(&self, worker: &WorkerClient) -> Result<(), CallError> {
        let of = worker.application().await?;
        self.log.note(format!("warm_up({})", of.unwrap_or("-")));
        assert_ne!(self.fails, "warm_up", "it fails by a panic");
        Ok(())
    }

    #[start]
    fn start(&self) -> Child<Worker> {
        self.log.note("start");
        Worker::child("tower", Duration::ZERO, self.log.clone())
    }

    #[prep_stop]
    async fn drain(&self, worker: &WorkerClient) {
        assert!(worker.is_alive());
        tokio::time::sleep(SECOND).await;
        self.log.note("prep_stop");
    }

    #[stop]
    async fn stop(&self) {
        tokio::time::sleep(SECOND).await;
        self.log.note("stop");
    }
}

fn names() -> Vec<&'static str> {
    application::which_applications().into_iter().map(|running| running.name).collect()
}

/// Makes all but the tower known, with one log.
fn load_all(log: &Log) {
    application::load(Base { log: log.clone(), fails: false }).unwrap();
    application::load(Middle { log: log.clone() }).unwrap();
}

fn tower(log: &Log) -> Tower {
    Tower { log: log.clone(), fails: "" }
}

#[behaviour::test(start_paused = true)]
async fn a_started_application_gives_a_client_of_its_top() {
    let log = Log::default();
    let base = application::start(Base { log: log.clone(), fails: false }).await.unwrap();
    assert!(base.is_alive());
    assert_eq!(base.application().await, Ok(Some("base")));
    assert_eq!(names(), ["base"]);
    base.stop().await.unwrap();
    assert!(!base.is_alive());
    assert_eq!(names(), [] as [&str; 0]);
    assert_eq!(log.take(), "+base -base(shutdown) base.stop");
}

// APP-06
#[behaviour::test(start_paused = true)]
async fn an_application_that_runs_is_not_started_again() {
    for restart in [Restart::Temporary, Restart::Permanent] {
        application::ensure_started(Base::default()).restart(restart).await.unwrap();
        application::ensure_started(Base::default()).restart(restart).await.unwrap();
        let again = application::start(Base::default()).restart(restart).await;
        assert_eq!(again.unwrap_err(), ApplicationError::AlreadyStarted("base"));
        assert_eq!(application::unload::<Base>(), Err(ApplicationError::Running("base")));
        application::stop::<Base>().await.unwrap();
        application::unload::<Base>().unwrap();
    }
    assert_eq!(application::unload::<Base>(), Err(ApplicationError::NotLoaded("base")));
    assert_eq!(application::stop::<Base>().await, Err(ApplicationError::NotStarted("base")));
}

// APP-04
#[behaviour::test]
async fn an_application_is_loaded_once() {
    application::load(Base::default()).unwrap();
    assert_eq!(application::load(Base::default()), Err(ApplicationError::AlreadyLoaded("base")));
    application::load(Extras::default()).unwrap();
    assert_eq!(application::loaded_applications(), ["base", "extras"]);
    application::unload::<Base>().unwrap();
    assert_eq!(application::loaded_applications(), ["extras"]);
}

// APP-18
#[behaviour::test(start_paused = true)]
async fn the_top_of_an_application_can_be_found() {
    assert!(application::supervisor::<Base>().is_none());
    let base = application::start(Base::default()).await.unwrap();
    let found = application::supervisor::<Base>().unwrap();
    assert_eq!(found.pid(), base.pid());
    assert_eq!(application::which_applications()[0].supervisor, Some(base.pid()));
    base.stop().await.unwrap();
    assert!(application::supervisor::<Base>().is_none());
}

/// Only depends on others.
#[application(name = "library", depends(Base))]
#[derive(Default)]
struct Library;

#[application]
impl Library {}

// APP-18
#[behaviour::test(start_paused = true)]
async fn an_application_without_processes_has_no_top() {
    let library = application::ensure_all_started(Library).await.unwrap();
    assert_eq!(names(), ["base", "library"]);
    assert!(application::supervisor::<Library>().is_none());
    assert_eq!(application::which_applications()[1].supervisor, None);
    assert!(!library.is_alive());
    application::stop::<Library>().await.unwrap();
    assert_eq!(names(), ["base"]);
}

// APP-41
#[behaviour::test(start_paused = true)]
async fn a_start_needs_what_it_depends_on() {
    let missing = application::start(Middle::default()).await.unwrap_err();
    assert_eq!(missing, ApplicationError::NotStarted("base"));
    application::load(Base::default()).unwrap();
    let missing = application::start(Middle::default()).await.unwrap_err();
    assert_eq!(missing, ApplicationError::NotStarted("base"));

    let base = application::start(Base::default()).await.unwrap();
    base.kill();
    base.ended().await;
    while !application::which_applications().is_empty() {
        tokio::task::yield_now().await;
    }
    let gone = application::start(Middle::default()).await.unwrap_err();
    assert_eq!(gone, ApplicationError::NotRunning("base"));

    application::start(Base::default()).await.unwrap();
    application::start(Middle::default()).await.unwrap();
    assert_eq!(names(), ["base", "middle"]);
}

#[behaviour::test(start_paused = true)]
async fn all_that_an_application_depends_on_is_started_first_and_stopped_last() {
    let log = Log::default();
    load_all(&log);
    application::ensure_all_started(tower(&log)).await.unwrap();
    assert_eq!(names(), ["base", "middle", "tower"]);
    assert_eq!(log.take(), "+base +middle start +tower warm_up(tower) open");
    application::shut_down().await;
    let stop = "prep_stop -tower(shutdown) stop -middle(shutdown) -base(shutdown) base.stop";
    assert_eq!(log.take(), stop);
    assert_eq!(names(), [] as [&str; 0]);
}

#[behaviour::test(start_paused = true)]
async fn what_nobody_configured_is_configured_by_itself() {
    application::ensure_all_started(tower(&Log::default())).await.unwrap();
    assert_eq!(names(), ["base", "middle", "tower"]);
}

#[behaviour::test(start_paused = true)]
async fn a_stop_leaves_others_alone() {
    let log = Log::default();
    load_all(&log);
    application::ensure_all_started(tower(&log)).await.unwrap();
    application::stop::<Middle>().await.unwrap();
    assert_eq!(names(), ["base", "tower"]);
}

// APP-25
#[behaviour::test(start_paused = true)]
async fn what_is_optional_is_only_started_if_it_is_known() {
    let log = Log::default();
    load_all(&log);
    application::start(Base { log: log.clone(), fails: false }).await.unwrap();
    application::start(Middle { log: log.clone() }).await.unwrap();
    assert_eq!(names(), ["base", "middle"]);
    application::stop::<Middle>().await.unwrap();

    application::load(Extras { log: log.clone(), fails: false }).unwrap();
    application::start(Middle { log: log.clone() }).await.unwrap();
    assert_eq!(names(), ["base", "middle"], "a plain start does without it");
    application::stop::<Middle>().await.unwrap();

    application::ensure_all_started(Middle { log: log.clone() }).await.unwrap();
    assert_eq!(names(), ["base", "extras", "middle"]);
}

// APP-25
#[behaviour::test(start_paused = true)]
async fn what_is_optional_and_fails_makes_the_start_fail() {
    let log = Log::default();
    load_all(&log);
    application::load(Extras { log: log.clone(), fails: true }).unwrap();
    let failed = application::ensure_all_started(tower(&log)).await.unwrap_err();
    assert_eq!(failed.to_string(), "the application `extras` did not start: the process did not start: broken");
    assert_eq!(failed.downcast_ref(), Some(&Broken));
    assert_eq!(names(), [] as [&str; 0], "what was started for it is stopped again");
    assert_eq!(log.take(), "+base -base(shutdown) base.stop");
}

#[behaviour::test(start_paused = true)]
async fn a_start_that_fails_leaves_alone_what_ran_before() {
    let log = Log::default();
    load_all(&log);
    application::start(Base { log: log.clone(), fails: false }).await.unwrap();
    let failed = application::ensure_all_started(Tower { log: log.clone(), fails: "open" }).await.unwrap_err();
    let ApplicationError::Phase { application: "tower", phase: "open", .. } = failed else { panic!("{failed}") };
    assert_eq!(failed.downcast_ref(), Some(&Broken));
    assert_eq!(names(), ["base"]);
    assert_eq!(log.take(), "+base +middle start +tower warm_up(tower) open -tower(shutdown) -middle(shutdown)");
}

#[behaviour::test(start_paused = true)]
async fn a_phase_that_panics_makes_the_start_fail() {
    let log = Log::default();
    load_all(&log);
    let failed = application::ensure_all_started(Tower { log: log.clone(), fails: "warm_up" }).await.unwrap_err();
    assert!(failed.to_string().contains("it fails by a panic"), "{failed}");
    assert_eq!(names(), [] as [&str; 0]);
    assert!(log.take().starts_with("+base +middle start +tower warm_up(tower) -tower("));
}

// APP-07
#[behaviour::test(start_paused = true)]
async fn phases_run_once_each_after_the_start_in_the_order_of_the_attribute() {
    let log = Log::default();
    application::ensure_all_started(tower(&log)).await.unwrap();
    assert_eq!(log.take(), "start +tower warm_up(tower) open");
}

/// Takes a second to start, and may fail then.
#[application(name = "slow")]
struct Slow {
    log: Log,
    fails: bool,
}

#[application]
impl Slow {
    #[start]
    async fn start(&self) -> Result<Child<Worker>, Broken> {
        tokio::time::sleep(SECOND).await;
        if self.fails { Err(Broken) } else { Ok(Worker::child("slow", SECOND, self.log.clone())) }
    }
}

// APP-37, APP-43
#[behaviour::test(start_paused = true)]
async fn several_who_start_an_application_at_once_are_told_the_same() {
    let log = Log::default();
    for fails in [true, false] {
        let start = || tokio::spawn(application::start(Slow { log: log.clone(), fails }).into_future());
        let starts = [start(), start(), start()];
        let mut came = Vec::new();
        for start in starts {
            came.push(start.await.unwrap().map(|running| running.pid()));
        }
        assert!(came.iter().all(|one| *one == came[0]), "{came:?}");
        assert_eq!(came[0].is_err(), fails);
    }
    assert_eq!(log.take(), "+slow", "it is started once");
    let again = application::start(Slow { log, fails: false }).await.unwrap_err();
    assert_eq!(again, ApplicationError::AlreadyStarted("slow"));
}

#[behaviour::test(start_paused = true)]
async fn several_who_stop_an_application_at_once_wait_together() {
    let log = Log::default();
    let slow = application::start(Slow { log: log.clone(), fails: false }).await.unwrap();
    let stops: Vec<_> = (0..3).map(|_| tokio::spawn(application::stop::<Slow>())).collect();
    for stop in stops {
        assert_eq!(stop.await.unwrap(), Ok(()));
        assert!(!slow.is_alive());
    }
    assert_eq!(log.take(), "+slow -slow(shutdown)");
}

#[behaviour::test(start_paused = true)]
async fn a_start_that_meets_a_stop_waits_for_it() {
    let log = Log::default();
    application::start(Slow { log: log.clone(), fails: false }).await.unwrap();
    let stop = tokio::spawn(application::stop::<Slow>());
    tokio::task::yield_now().await;
    application::start(Slow { log: log.clone(), fails: false }).await.unwrap();
    stop.await.unwrap().unwrap();
    assert_eq!(log.take(), "+slow -slow(shutdown) +slow");
}

macro_rules! side {
    ($($name:ident $text:literal;)*) => {$(
        /// Takes a second to start.
        #[application(name = $text)]
        #[derive(Default)]
        struct $name;

        #[application]
        impl $name {
            #[start]
            async fn start(&self) -> Child<Worker> {
                tokio::time::sleep(SECOND).await;
                Worker::child($text, Duration::ZERO, Log::default())
            }
        }
    )*};
}

side! {
    Left "left";
    Right "right";
}

#[application(name = "both", depends(Left, Right))]
struct Both;

#[application]
impl Both {}

#[behaviour::test(start_paused = true)]
async fn what_does_not_depend_on_each_other_may_start_at_the_same_time() {
    let begun = tokio::time::Instant::now();
    application::ensure_all_started(Both).await.unwrap();
    assert_eq!(begun.elapsed(), 2 * SECOND);
    assert_eq!(names(), ["left", "right", "both"]);
    application::shut_down().await;

    let begun = tokio::time::Instant::now();
    application::ensure_all_started(Both).concurrently().await.unwrap();
    assert_eq!(begun.elapsed(), SECOND);
    assert_eq!(names().last(), Some(&"both"));
}

#[application(name = "hen", depends(Egg))]
#[derive(Default)]
struct Hen;

#[application]
impl Hen {}

#[application(name = "egg", depends(Hen))]
#[derive(Default)]
struct Egg;

#[application]
impl Egg {}

#[behaviour::test]
async fn applications_that_depend_on_each_other_are_told_by_name() {
    let ring = application::ensure_all_started(Hen).await.unwrap_err();
    assert_eq!(ring, ApplicationError::Cycle(["hen", "egg"].into()));
    assert_eq!(ring.to_string(), "these applications depend on each other in a ring: `hen` → `egg` → `hen`");
    assert_eq!(application::loaded_applications(), [] as [&str; 0]);
}

#[application(name = "base")]
struct Impostor;

#[application]
impl Impostor {}

#[behaviour::test]
async fn two_applications_do_not_have_one_name() {
    application::load(Base::default()).unwrap();
    assert_eq!(application::load(Impostor), Err(ApplicationError::NameTaken("base")));
    assert_eq!(application::start(Impostor).await.unwrap_err(), ApplicationError::NameTaken("base"));
}

// APP-12
#[behaviour::test(start_paused = true)]
async fn a_process_knows_its_application() {
    assert_eq!(application::current(), None);
    let base = application::start(Base::default()).await.unwrap();
    assert_eq!(base.application().await, Ok(Some("base")));
    let stranger = Worker::start("stranger", Duration::ZERO, Log::default()).await.unwrap();
    assert_eq!(stranger.application().await, Ok(None));
}

#[test]
fn each_runtime_has_applications_of_its_own() {
    let started = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let log = Log::default();
                    application::start(Base { log: log.clone(), fails: false }).await.unwrap();
                    started.wait();
                    assert_eq!(names(), ["base"]);
                    application::shut_down().await;
                    assert_eq!(log.take(), "+base -base(shutdown) base.stop");
                });
            });
        }
    });
}

#[test]
fn outside_a_runtime_no_application_is_known() {
    assert_eq!(names(), [] as [&str; 0]);
    assert!(application::supervisor::<Base>().is_none());
    assert!(application::configuration::<Base>().is_none());
    assert_eq!(application::current(), None);
}
