//! What handlers hear beside events: messages of their own, timers, `Down` and `Exit`; callbacks that wait; and what is
//! reported of handlers that fail (otp.md 8; rows GE-04, GE-08 to GE-10, GE-12, GE-14, GE-16, GE-22 and GE-26 to GE-30).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::time::Duration;

use behaviour::event::{HandlerCall, HandlerId};
use behaviour::prelude::*;
use behaviour::process::{self, Process};
use behaviour::testing::Reports;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::Instant;

#[path = "gen_event/scribe.rs"]
mod scribe;

use scribe::{Heard, Note, Order, Scribe, Silent};

const MS: Duration = Duration::from_millis(1);

type Orders = EventManager<Order>;

/// What the watcher is told, and tells.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    Sleep(u64),
    Panic,
    Tick(u32),
    Down(process::Pid),
    Exit(process::Pid),
    Woke(&'static str, u64),
}

#[derive(Clone)]
struct Tick(u32);

/// Waits, and takes what the runtime sends.
#[gen_event(Word)]
struct Watcher {
    test: Process<Word>,
    called: &'static str,
}

#[gen_event(Word)]
impl Watcher {
    #[init]
    async fn init(cx: &mut HandlerContext<Self>, test: Process<Word>, called: &'static str) -> Self {
        tokio::time::sleep(MS).await;
        cx.hibernate();
        Self { test, called }
    }

    #[event]
    async fn event(&mut self, word: &Word) {
        if let Word::Sleep(time) = word {
            tokio::time::sleep(MS * u32::try_from(*time).unwrap()).await;
            self.test.send(Word::Woke(self.called, *time));
        }
        assert!(*word != Word::Panic, "after a wait");
    }

    #[call]
    async fn sleep(&mut self, time: Duration) -> &'static str {
        tokio::time::sleep(time).await;
        assert!(time < 100 * MS, "too long");
        self.called
    }

    #[call]
    fn tick_after(&mut self, cx: &mut HandlerContext<Self>, time: Duration) {
        cx.hibernate();
        cx.send_after(time, Tick(0));
    }

    #[call]
    fn tick_every(&mut self, cx: &mut HandlerContext<Self>, time: Duration) {
        cx.send_every(time, Tick(1));
    }

    #[call]
    fn watch(&mut self, cx: &mut HandlerContext<Self>, pid: process::Pid) {
        cx.monitor(pid);
        cx.link(pid);
    }

    #[call]
    fn watch_for_a_moment(&mut self, cx: &mut HandlerContext<Self>, pid: process::Pid) -> bool {
        let monitor = cx.monitor(pid);
        cx.demonitor(&monitor)
    }

    #[info]
    fn tick(&mut self, Tick(number): Tick) {
        self.test.send(Word::Tick(number));
    }

    #[info]
    fn down(&mut self, down: Down) {
        self.test.send(Word::Down(down.pid));
    }

    #[info]
    async fn exit(&mut self, exit: Exit) {
        tokio::task::yield_now().await;
        self.test.send(Word::Exit(exit.pid));
    }

    #[terminate]
    async fn close(&mut self) {
        tokio::time::sleep(MS).await;
    }
}

fn heard<M: Send + 'static + std::fmt::Debug>(inbox: &mut Inbox<M>) -> Vec<M> {
    std::iter::from_fn(|| inbox.try_next())
        .map(|event| match event {
            process::Event::Message(heard) => heard,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// A request with its label.
async fn labelled<T: Send + 'static>(label: u32, call: HandlerCall<T>) -> (u32, Result<T, HandlerError>) {
    (label, call.await)
}

#[behaviour::test(start_paused = true)]
async fn handlers_that_wait_are_waited_for_one_after_the_other(mut inbox: Inbox<Word>) {
    let words = EventManager::<Word>::start().await.unwrap();
    for called in ["old", "new"] {
        words.add_handler(Watcher::handler(inbox.process(), called).id(called)).await.unwrap();
    }
    let start = Instant::now();
    words.sync_notify(Word::Sleep(10)).await.unwrap();
    assert_eq!(start.elapsed(), 20 * MS);
    assert_eq!(heard(&mut inbox), [Word::Woke("new", 10), Word::Woke("old", 10)]);
    words.notify(Word::Panic);
    assert_eq!(words.which_handlers().await.unwrap(), [], "both failed after a wait");
    assert!(words.is_alive());
}

// GE-10
#[behaviour::test(start_paused = true)]
async fn a_call_that_takes_too_long_fails_and_is_still_handled(inbox: Inbox<Word>) {
    let words = EventManager::<Word>::start().await.unwrap();
    let watcher = words.add_handler(Watcher::handler(inbox.process(), "a")).await.unwrap();
    for limit in [Duration::ZERO, 10 * MS] {
        let timeout = HandlerError::Manager(CallError::Timeout);
        assert_eq!(watcher.sleep(20 * MS).within(limit).await, Err(timeout));
    }
    assert_eq!(watcher.sleep(20 * MS).await, Ok("a"));
    let failed = watcher.sleep(100 * MS).forever().await.unwrap_err();
    assert!(matches!(failed, HandlerError::Failed(ExitReason::Panic(_))), "{failed}");
    assert_eq!(watcher.sleep(MS).await, Err(HandlerError::NoHandler));
}

// GE-10: the default is 5 s, as in OTP
#[behaviour::test(start_paused = true)]
async fn a_call_waits_five_seconds_and_a_sync_notify_for_ever(inbox: Inbox<Word>) {
    let words = EventManager::<Word>::start().await.unwrap();
    let watcher = words.add_handler(Watcher::handler(inbox.process(), "a")).await.unwrap();
    let start = Instant::now();
    words.notify(Word::Sleep(6_000));
    assert_eq!(watcher.sleep(MS).await, Err(HandlerError::Manager(CallError::Timeout)));
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    words.sync_notify(Word::Sleep(60_000)).await.unwrap();
}

// GE-29, GE-30: a call is a future, and a collection of requests a set of futures
#[behaviour::test(start_paused = true)]
async fn requests_to_several_managers_are_answered_in_any_order(inbox: Inbox<Word>) {
    let me = inbox.process();
    let mut answers = FuturesUnordered::new();
    let mut managers = Vec::new();
    for (label, time) in [(1, 30), (2, 10), (3, 20)] {
        let words = EventManager::<Word>::start().await.unwrap();
        let watcher = words.add_handler(Watcher::handler(me.clone(), "w")).await.unwrap();
        answers.push(labelled(label, watcher.sleep(time * MS)));
        managers.push(words);
    }
    managers[1].kill();
    managers[1].ended().await;
    let nobody = managers[2].handler_with_id::<Watcher>("nobody");
    answers.push(labelled(4, nobody.sleep(MS)));
    let mut all = Vec::new();
    while let Some((label, answer)) = answers.next().await {
        all.push((label, answer));
    }
    let no_process = HandlerError::Manager(CallError::NoProcess);
    assert_eq!(all, [(2, Err(no_process)), (3, Ok("w")), (4, Err(HandlerError::NoHandler)), (1, Ok("w"))]);
}

// GE-12: the parts of it that memory leaves
#[behaviour::test(start_paused = true)]
async fn a_timer_wakes_its_handler_and_ends_with_it(mut inbox: Inbox<Word>) {
    let words = EventManager::<Word>::start().await.unwrap();
    let watcher = words.add_handler(Watcher::handler(inbox.process(), "a")).await.unwrap();
    watcher.tick_after(10 * MS).await.unwrap();
    tokio::time::sleep(11 * MS).await;
    assert_eq!(heard(&mut inbox), [Word::Tick(0)]);

    watcher.tick_after(10 * MS).await.unwrap();
    watcher.tick_every(3 * MS).await.unwrap();
    tokio::time::sleep(7 * MS).await;
    assert_eq!(heard(&mut inbox), [Word::Tick(1), Word::Tick(1)]);
    words.delete_handler(&watcher).await.unwrap();
    let again = words.add_handler(Watcher::handler(inbox.process(), "a")).await.unwrap();
    tokio::time::sleep(20 * MS).await;
    assert_eq!(heard(&mut inbox), [], "they were the other handler's");
    assert_eq!(again.sleep(MS).await, Ok("a"));
}

// GE-08
#[behaviour::test]
async fn a_message_goes_to_one_handler_or_to_all_that_take_it(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let a = orders.add_handler(Scribe::handler(me.clone(), "a").id("a")).await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    orders.add_handler(Scribe::handler(me, "b").id("b")).await.unwrap();
    heard(&mut inbox);
    a.send(Note(1));
    orders.send(Note(2));
    orders.sync_notify(Order::Go).await.unwrap();
    a.send(Note(3));
    assert_eq!(orders.which_handlers().await.unwrap(), [HandlerId::of::<Silent>()]);
    let noted = [Heard::Noted("a", 1), Heard::Noted("b", 2), Heard::Noted("a", 2)];
    assert_eq!(heard(&mut inbox)[..3], noted);
}

// GE-04: exits that are no owner's are shown to the handlers
#[behaviour::test(start_paused = true)]
async fn the_end_of_a_process_that_is_watched_is_shown_to_the_handlers(mut inbox: Inbox<Word>) {
    let me = inbox.process();
    let words = EventManager::<Word>::start().await.unwrap();
    let watcher = words.add_handler(Watcher::handler(me, "a")).await.unwrap();
    let doomed = process::spawn(|mut inbox: Inbox<()>| async move { inbox.recv().await });
    assert_eq!(watcher.watch_for_a_moment(doomed.pid()).await, Ok(true));
    watcher.watch(doomed.pid()).await.unwrap();
    doomed.send(());
    doomed.ended().await;
    words.which_handlers().await.unwrap();
    let mut told = heard(&mut inbox);
    told.sort_by_key(|word| matches!(word, Word::Exit(_)));
    assert_eq!(told, [Word::Down(doomed.pid()), Word::Exit(doomed.pid())]);
}

// GE-22, GE-26
#[behaviour::test]
async fn a_message_that_a_handler_has_no_callback_for_is_reported_and_it_stays(inbox: Inbox<Heard>) {
    let reports = Reports::listen();
    let orders = Orders::start().named("orders of GE-22").await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    orders.add_handler(Scribe::handler(inbox.process(), "a")).await.unwrap();
    orders.send(Note(1));
    assert_eq!(orders.which_handlers().await.unwrap().len(), 2);
    let report = reports.complaint();
    assert_eq!((report.topic(), report.message()), ("event", "unhandled"));
    assert_eq!((report.field("handler"), report.field("name")), ("Silent", "orders of GE-22"));
    assert!(report.field("sent").ends_with("Note"), "{report:?}");
}

// GE-16, GE-26
#[behaviour::test]
async fn a_handler_that_fails_is_reported_with_its_state_and_its_manager(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let reports = Reports::listen();
    let orders = Orders::start().named("orders of GE-16").await.unwrap();
    orders.add_sup_handler(Scribe::handler(me.clone(), "a").id("a"), me.clone()).await.unwrap();
    orders.sync_notify(Order::Panic).await.unwrap();
    let report = reports.complaint();
    assert_eq!((report.topic(), report.message()), ("event", "handler crashed"));
    assert_eq!((report.field("handler"), report.field("name")), ("Scribe(a)", "orders of GE-16"));
    assert_eq!((report.field("reason"), report.field("callback")), ("panicked: told to", "event"));
    assert_eq!(report.field("state"), "Scribe { called: \"a\", test: *** }");
    assert!(report.field("place").contains("scribe.rs"), "{report:?}");
    assert!(matches!(heard(&mut inbox).last(), Some(Heard::Gone(_, Removed::Failed(_)))));
    assert!(orders.is_alive());

    let a = orders.add_handler(Scribe::handler(me.clone(), "a")).await.unwrap();
    a.order(Order::Panic).await.unwrap_err();
    assert_eq!(reports.complaint().field("callback"), "order");
    orders.add_handler(Scribe::handler(me.clone(), "broken")).await.unwrap_err();
    assert_eq!(reports.complaint().message(), "handler not added");
    let stubborn = orders.add_handler(Scribe::handler(me, "stubborn")).await.unwrap();
    orders.delete_handler(&stubborn).await.unwrap_err();
    assert_eq!(reports.complaint().message(), "handler crashed while it was removed");
}

// GE-14, GE-16
#[behaviour::test]
async fn a_report_shows_what_format_status_says() {
    /// Says how it is.
    #[gen_event(u8)]
    struct Shy(u8);

    #[gen_event(u8)]
    impl Shy {
        #[init]
        fn init() -> Self {
            Self(7)
        }

        #[event]
        fn event(&mut self, number: &u8) {
            assert!(*number < self.0);
        }

        #[format_status]
        fn status(&self) -> &'static str {
            "well"
        }
    }

    let reports = Reports::listen();
    let numbers = EventManager::<u8>::start().await.unwrap();
    numbers.add_handler(Shy::handler()).await.unwrap();
    numbers.sync_notify(8).await.unwrap();
    assert_eq!(reports.complaint().field("state"), "well");
}

#[behaviour::test]
async fn what_panics_beside_the_callbacks_does_not_end_the_manager(inbox: Inbox<Heard>) {
    /// Cannot be cloned, in truth.
    struct Precious;

    impl Clone for Precious {
        fn clone(&self) -> Self {
            panic!("there is one only")
        }
    }

    /// Cannot be dropped in peace.
    struct Loud;

    impl Drop for Loud {
        fn drop(&mut self) {
            panic!("dropped")
        }
    }

    let reports = Reports::listen();
    let orders = Orders::start().await.unwrap();
    orders.add_handler(Scribe::handler(inbox.process(), "a")).await.unwrap();
    orders.send(Precious);
    assert_eq!(orders.which_handlers().await.unwrap().len(), 1);
    assert_eq!(reports.complaint().message(), "a message could not be cloned");

    let louds = EventManager::<Loud>::start().await.unwrap();
    louds.notify(Loud);
    assert_eq!(louds.which_handlers().await.unwrap(), []);
    assert_eq!(reports.complaint().message(), "panicked while it was dropped");
}
