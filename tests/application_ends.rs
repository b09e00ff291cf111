//! Applications: how they end by themselves, what that does to the others, and what a stop does that meets trouble
//! (otp.md 9.4).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

#[path = "application/support.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::application::ApplicationError;
use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::Restart;
use tokio::time::{Instant, sleep};

use self::support::{Log, SECOND, Worker, WorkerClient};

/// Others stand on it.
#[application(name = "ground")]
struct Ground {
    log: Log,
}

#[application]
impl Ground {
    #[start]
    fn start(&self) -> Child<Worker> {
        Worker::child("ground", Duration::ZERO, self.log.clone())
    }
}

/// A supervisor that gives up at the first crash.
#[supervisor(one_for_one, intensity = 0)]
struct Tree {
    log: Log,
    closing: Duration,
}

#[supervisor]
impl Tree {
    #[child(shutdown = infinity)]
    fn leaf(&self) -> Child<Worker> {
        Worker::child("leaf", self.closing, self.log.clone())
    }
}

/// Has a tree.
#[application(name = "house", shutdown_timeout = 10s)]
struct House {
    log: Log,
    closing: Duration,
    trouble: &'static str,
}

#[application]
impl House {
    #[start]
    async fn start(&self) -> Child<Tree> {
        if self.trouble == "start" {
            sleep(100 * SECOND).await;
        }
        assert_ne!(self.trouble, "start panics");
        Tree { log: self.log.clone(), closing: self.closing }.child()
    }

    #[prep_stop]
    async fn prep_stop(&self, tree: &TreeClient) {
        assert!(tree.is_alive());
        assert_ne!(self.trouble, "prep_stop panics");
        if self.trouble == "prep_stop" {
            sleep(100 * SECOND).await;
        }
        if self.trouble == "asks" {
            let top = application::supervisor::<House>().map(|top| top.pid());
            assert_eq!(top, Some(tree.pid()));
            assert_eq!(application::which_applications().len(), 2);
            let started = application::start(Late).await;
            self.log.note(started.map_or_else(|error| error.to_string(), |_| "started".to_owned()));
        }
        self.log.note("prep_stop");
    }

    #[stop]
    async fn stop(&self) -> Result<(), CallError> {
        assert_ne!(self.trouble, "stop panics");
        if self.trouble == "stop" {
            sleep(100 * SECOND).await;
        }
        self.log.note("stop");
        Err(CallError::Timeout)
    }
}

#[application]
struct Late;

#[application]
impl Late {}

fn house(log: &Log) -> House {
    House { log: log.clone(), closing: Duration::ZERO, trouble: "" }
}

fn names() -> Vec<&'static str> {
    application::which_applications().into_iter().map(|running| running.name).collect()
}

/// Waits until as many applications run.
async fn until(running: usize) {
    while names().len() != running {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Starts the ground, and a house on it that ends by itself as its leaf does.
async fn end(restart: Restart, reason: ExitReason) -> (Vec<&'static str>, String) {
    let log = Log::default();
    application::start(Ground { log: log.clone() }).await.unwrap();
    let house = application::start(house(&log)).restart(restart).await.unwrap();
    log.take();
    if reason == ExitReason::Normal {
        house.supervisor().stop().await.unwrap();
    } else {
        house.leaf().end(reason);
    }
    sleep(SECOND).await;
    let left = names();
    application::shut_down().await;
    (left, log.take())
}

#[behaviour::test(start_paused = true)]
async fn a_temporary_application_ends_alone() {
    let (left, log) = end(Restart::Temporary, ExitReason::error("boom")).await;
    assert_eq!(left, ["ground"]);
    assert_eq!(log, "-leaf(boom) stop -ground(shutdown)");
    assert_eq!(end(Restart::Temporary, ExitReason::Normal).await.0, ["ground"]);
}

#[behaviour::test(start_paused = true)]
async fn a_transient_application_takes_all_with_it_unless_it_ended_normally() {
    // Its supervisor gives up, and that is `shutdown`.
    let (left, log) = end(Restart::Transient, ExitReason::error("boom")).await;
    assert_eq!(left, [] as [&str; 0]);
    assert_eq!(log, "-leaf(boom) stop -ground(shutdown)");
    assert_eq!(end(Restart::Transient, ExitReason::Normal).await.0, ["ground"]);
}

#[behaviour::test(start_paused = true)]
async fn a_permanent_application_takes_all_with_it() {
    for reason in [ExitReason::error("boom"), ExitReason::Normal] {
        let (left, log) = end(Restart::Permanent, reason).await;
        assert_eq!(left, [] as [&str; 0]);
        assert!(log.ends_with("stop -ground(shutdown)"), "{log}");
    }
}

#[behaviour::test(start_paused = true)]
async fn a_permanent_application_that_does_not_start_takes_all_with_it() {
    for (restart, left) in [(Restart::Permanent, 0), (Restart::Transient, 0), (Restart::Temporary, 1)] {
        application::start(Ground { log: Log::default() }).await.unwrap();
        let failed = application::start(House { trouble: "start panics", ..house(&Log::default()) }).restart(restart);
        let ApplicationError::Start { application: "house", .. } = failed.await.unwrap_err() else { panic!() };
        sleep(SECOND).await;
        assert_eq!(names().len(), left);
        application::shut_down().await;
    }
}

#[behaviour::test(start_paused = true)]
async fn an_application_that_has_ended_may_be_started_again_or_be_done_with() {
    let log = Log::default();
    for again in [true, false] {
        let running = application::start(house(&log)).await.unwrap();
        running.supervisor().kill();
        until(0).await;
        assert!(application::supervisor::<House>().is_none());
        if again {
            assert_eq!(application::start(house(&log)).await.unwrap().leaf().application().await, Ok(Some("house")));
            application::stop::<House>().await.unwrap();
        } else {
            application::stop::<House>().await.unwrap();
            assert_eq!(application::stop::<House>().await, Err(ApplicationError::NotStarted("house")));
        }
    }
}

/// Tells who is above its tree.
#[application]
struct Marked {
    log: Log,
    master: Arc<Mutex<Option<Pid>>>,
}

#[application]
impl Marked {
    #[start]
    fn start(&self) -> Child<Worker> {
        *self.master.lock().unwrap() = process::current();
        Worker::child("marked", SECOND, self.log.clone())
    }

    #[stop]
    fn stop(&self) {
        self.log.note("stop");
    }
}

// APP-44
#[behaviour::test(start_paused = true)]
async fn the_stop_callback_runs_also_if_the_master_is_killed() {
    let (log, master) = (Log::default(), Arc::default());
    application::start(Marked { log: log.clone(), master: Arc::clone(&master) }).await.unwrap();
    let master = master.lock().unwrap().unwrap();
    process::kill(master);
    until(0).await;
    assert_eq!(log.take(), "+marked -marked(killed) stop");
}

#[behaviour::test(start_paused = true)]
async fn the_stop_callback_runs_also_after_a_crash() {
    let log = Log::default();
    let running = application::start(house(&log)).await.unwrap();
    running.supervisor().kill();
    until(0).await;
    let log = log.take();
    assert!(log.starts_with("+leaf") && log.ends_with("stop"), "{log}");
}

#[behaviour::test(start_paused = true)]
async fn a_crash_of_a_callback_does_not_keep_the_stop_from_going_on() {
    for (trouble, expected) in
        [("prep_stop panics", "+leaf -leaf(shutdown) stop"), ("stop panics", "+leaf prep_stop -leaf(shutdown)")]
    {
        let log = Log::default();
        application::start(House { trouble, ..house(&log) }).await.unwrap();
        application::stop::<House>().await.unwrap();
        assert_eq!(log.take(), expected);
    }
}

// APP-21
#[behaviour::test(start_paused = true)]
async fn a_stop_that_takes_too_long_is_ended_by_killing_what_is_left() {
    for (trouble, closing) in [("prep_stop", 0), ("stop", 0), ("", 1_000)] {
        let log = Log::default();
        application::start(Ground { log: log.clone() }).await.unwrap();
        let house = House { trouble, closing: closing * SECOND, ..house(&log) };
        let running = application::start(house).await.unwrap();
        let leaf = running.leaf();
        let begun = Instant::now();
        application::stop::<House>().await.unwrap();
        assert_eq!(begun.elapsed(), 10 * SECOND, "{trouble}");
        assert!(!running.is_alive() && !leaf.is_alive());
        application::shut_down().await;
        assert!(log.take().ends_with("-ground(shutdown)"), "the others are stopped in order");
    }
}

// APP-23
#[behaviour::test(start_paused = true)]
async fn an_application_that_stops_may_ask_for_itself() {
    let log = Log::default();
    application::start(Ground { log: log.clone() }).await.unwrap();
    application::start(House { trouble: "asks", ..house(&log) }).await.unwrap();
    log.take();
    application::shut_down().await;
    assert_eq!(log.take(), "all applications are being stopped prep_stop -leaf(shutdown) stop -ground(shutdown)");
    application::start(Late).await.unwrap();
}

// APP-20
#[behaviour::test(start_paused = true)]
async fn what_is_to_be_done_before_all_are_stopped_may_delay_that() {
    let log = Log::default();
    application::start(Ground { log: log.clone() }).await.unwrap();
    for name in ["first", "second"] {
        let log = log.clone();
        application::on_shutdown(move || async move {
            sleep(SECOND).await;
            log.note(format!("{name}:{}", names().len()));
            assert_eq!(name, "second", "a crash of one does not keep the others from running");
        });
    }
    let begun = Instant::now();
    application::shut_down().await;
    assert_eq!(begun.elapsed(), 2 * SECOND);
    assert_eq!(log.take(), "+ground first:1 second:1 -ground(shutdown)");
    application::shut_down().await;
    assert_eq!(log.take(), "", "they are run once");
}

#[behaviour::test(start_paused = true)]
async fn several_who_stop_all_wait_together() {
    let log = Log::default();
    application::start(House { closing: SECOND, ..house(&log) }).await.unwrap();
    let stops: Vec<_> = (0..3).map(|_| tokio::spawn(application::shut_down())).collect();
    for stop in stops {
        stop.await.unwrap();
        assert_eq!(names(), [] as [&str; 0]);
    }
    assert_eq!(log.take(), "+leaf prep_stop -leaf(shutdown) stop");
}

#[behaviour::test(start_paused = true)]
async fn an_application_is_stopped_also_while_it_starts() {
    let log = Log::default();
    application::start(Ground { log: log.clone() }).await.unwrap();
    let start = tokio::spawn(application::start(House { trouble: "start", ..house(&log) }).into_future());
    sleep(SECOND).await;
    assert_eq!(application::stop::<House>().await, Err(ApplicationError::NotStarted("house")));
    let begun = Instant::now();
    application::shut_down().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(start.await.unwrap().unwrap_err(), ApplicationError::Interrupted("house"));
    assert_eq!(log.take(), "+ground -ground(shutdown)", "what has not started is not stopped");
}

/// Its top is slow to start.
#[gen_server]
struct Sleepy;

#[gen_server]
impl Sleepy {
    #[init]
    async fn init() -> Self {
        sleep(100 * SECOND).await;
        Self
    }
}

#[supervisor(one_for_one)]
struct Slow {
    log: Log,
}

#[supervisor]
impl Slow {
    #[child]
    fn quick(&self) -> Child<Worker> {
        Worker::child("quick", Duration::ZERO, self.log.clone())
    }

    #[child]
    fn sleepy(&self) -> Child<Sleepy> {
        Sleepy::child()
    }
}

#[application]
struct SlowApp {
    log: Log,
}

#[application]
impl SlowApp {
    #[start]
    fn start(&self) -> Child<Slow> {
        Slow { log: self.log.clone() }.child()
    }
}

#[application]
struct SleepyApp;

#[application]
impl SleepyApp {
    #[start]
    fn start(&self) -> Child<Sleepy> {
        Sleepy::child()
    }
}

#[behaviour::test(start_paused = true)]
async fn a_tree_that_starts_is_ended_in_order() {
    let log = Log::default();
    let start = tokio::spawn(application::start(SlowApp { log: log.clone() }).into_future());
    let other = tokio::spawn(application::start(SleepyApp).into_future());
    sleep(SECOND).await;
    let begun = Instant::now();
    application::shut_down().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(start.await.unwrap().unwrap_err(), ApplicationError::Interrupted("slow_app"));
    assert_eq!(other.await.unwrap().unwrap_err(), ApplicationError::Interrupted("sleepy_app"));
    assert_eq!(log.take(), "+quick -quick(shutdown)");
}

/// Has a phase that takes its time.
#[application(phases(wait))]
struct Waits {
    log: Log,
}

#[application]
impl Waits {
    #[start]
    fn start(&self) -> Child<Worker> {
        Worker::child("waits", Duration::ZERO, self.log.clone())
    }

    #[phase]
    async fn wait(&self, worker: &WorkerClient) {
        worker.ended().await;
        sleep(100 * SECOND).await;
    }

    #[stop]
    fn stop(&self) {
        self.log.note("stop");
    }
}

#[behaviour::test(start_paused = true)]
async fn an_application_is_stopped_also_in_a_phase() {
    let log = Log::default();
    let start = tokio::spawn(application::start(Waits { log: log.clone() }).into_future());
    sleep(SECOND).await;
    let begun = Instant::now();
    application::shut_down().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(start.await.unwrap().unwrap_err(), ApplicationError::Interrupted("waits"));
    assert_eq!(log.take(), "+waits -waits(shutdown)");
}

/// A configuration, and who hears of its change.
#[application(name = "lamp")]
struct Lamp {
    brightness: u8,
    log: Log,
}

#[application]
impl Lamp {
    #[start]
    fn start(&self) -> Child<Worker> {
        Worker::child("lamp", Duration::ZERO, self.log.clone())
    }

    #[config_change]
    async fn dim(&self, before: &Self, worker: &WorkerClient) -> Result<(), CallError> {
        assert_eq!(worker.application().await?, Some("lamp"));
        self.log.note(format!("{}->{}", before.brightness, self.brightness));
        if self.brightness > 100 { Err(CallError::Full) } else { Ok(()) }
    }

    #[stop]
    fn stop(&self) {
        self.log.note(format!("off({})", self.brightness));
    }
}

// APP-19, APP-35
#[behaviour::test(start_paused = true)]
async fn a_running_application_is_told_of_its_new_configuration() {
    let log = Log::default();
    let lamp = |brightness| Lamp { brightness, log: log.clone() };
    let unknown = application::configure(lamp(1)).await;
    assert_eq!(unknown, Err(ApplicationError::NotLoaded("lamp")));
    application::load(lamp(1)).unwrap();
    application::configure(lamp(2)).await.unwrap();
    assert_eq!(log.take(), "", "it does not run");
    assert_eq!(application::configuration::<Lamp>().map(|lamp| lamp.brightness), Some(2));

    application::start(lamp(2)).await.unwrap();
    application::start(Ground { log: log.clone() }).await.unwrap();
    application::configure(lamp(3)).await.unwrap();
    assert_eq!(log.take(), "+lamp +ground 2->3", "the others are not told");
    let failed = application::configure(lamp(101)).await.unwrap_err();
    assert_eq!(failed.downcast_ref(), Some(&CallError::Full));
    // Its stop goes by what it was configured last.
    application::stop::<Lamp>().await.unwrap();
    assert_eq!(log.take(), "3->101 -lamp(shutdown) off(101)");
}

// APP-13
#[behaviour::test(start_paused = true)]
async fn the_configuration_of_an_application_can_be_asked_for() {
    assert!(application::configuration::<Lamp>().is_none());
    application::start(Lamp { brightness: 7, log: Log::default() }).await.unwrap();
    assert_eq!(application::configuration::<Lamp>().unwrap().brightness, 7);
    application::stop::<Lamp>().await.unwrap();
    assert_eq!(application::configuration::<Lamp>().unwrap().brightness, 7, "it is loaded still");
    application::unload::<Lamp>().unwrap();
    assert!(application::configuration::<Lamp>().is_none());
}
