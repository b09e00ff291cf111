//! A look inside a manager while it runs, or is suspended: its handlers, and what it handles (rows GE-02, GE-12, GE-14, GE-15,
//! GE-17 and GE-18; otp.md 5).

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::{self, Event, Run, SysError};

/// Counts, and says how it is.
#[gen_event(u32)]
struct Sum {
    sum: u32,
}

#[gen_event(u32)]
impl Sum {
    #[init]
    fn init(sum: u32) -> Self {
        Self { sum }
    }

    #[event]
    fn event(&mut self, number: &u32, cx: &mut HandlerContext<Self>) {
        self.sum += number;
        cx.hibernate();
    }

    /// The sum.
    #[call]
    fn sum(&self) -> u32 {
        self.sum
    }

    #[format_status]
    fn status(&self) -> String {
        format!("{} in sum", self.sum)
    }
}

type Numbers = EventManager<u32>;

async fn two() -> (EventManagerClient<u32>, SumClient, SumClient) {
    let numbers = Numbers::start().await.unwrap();
    let first = numbers.add_handler(Sum::handler(1)).await.unwrap();
    let second = numbers.add_handler(Sum::handler(2).id("2")).await.unwrap();
    (numbers, first, second)
}

// GE-17
#[behaviour::test]
async fn the_state_of_each_handler_is_seen_also_while_the_manager_is_suspended() {
    let (numbers, first, second) = two().await;
    let nobody = numbers.handler_with_id::<Sum>("nobody");
    for suspended in [false, true] {
        if suspended {
            numbers.sys().suspend().await.unwrap();
        }
        let (first, second, nobody) = (first.clone(), second.clone(), nobody.clone());
        let seen = numbers.sys().get_state(move |numbers| {
            [&first, &second, &nobody].map(|handler| numbers.state(handler).map(|sum| sum.sum))
        });
        assert_eq!(seen.await, Ok([Some(1), Some(2), None]));
    }
}

// GE-18
#[behaviour::test]
async fn the_state_of_a_handler_is_replaced_also_while_the_manager_is_suspended() {
    let (numbers, first, second) = two().await;
    for suspended in [false, true] {
        if suspended {
            numbers.sys().suspend().await.unwrap();
        }
        let second = second.clone();
        let replaced = numbers.sys().replace_state(move |numbers| {
            let sum = numbers.state_mut(&second)?;
            sum.sum += 10;
            Some(sum.sum)
        });
        assert_eq!(replaced.await, Ok(Some(if suspended { 22 } else { 12 })));
    }
    numbers.sys().resume().await.unwrap();
    assert_eq!((first.sum().await, second.sum().await), (Ok(1), Ok(22)));
}

// GE-12, GE-14, GE-15
#[behaviour::test]
async fn the_status_of_a_manager_shows_its_handlers_as_they_want_to_be_shown() {
    let (numbers, first, _) = two().await;
    numbers.notify(5);
    assert_eq!(first.sum().await, Ok(6));
    let status = numbers.sys().get_status().await.unwrap();
    assert_eq!((status.pid, status.run), (numbers.pid(), Run::Running));
    assert_eq!(status.state.as_deref(), Some("{Sum(2): 7 in sum, Sum: 6 in sum}"));
    numbers.sys().suspend().await.unwrap();
    numbers.notify(1);
    assert_eq!(numbers.sys().get_status().await.unwrap().run, Run::Suspended);
    numbers.sys().resume().await.unwrap();
    assert_eq!(first.sum().await, Ok(7), "what came meanwhile is not lost");
}

/// Keeps a secret, and does not say how it is shown.
#[gen_event(u32)]
struct Quiet {
    heard: u32,
    #[secret]
    pin: u16,
}

#[gen_event(u32)]
impl Quiet {
    #[init]
    fn init(pin: u16) -> Self {
        Self { heard: 0, pin }
    }

    #[event]
    fn event(&mut self, _: &u32) {
        self.heard += 1;
    }

    #[info]
    fn forget(&mut self, pin: u16) {
        if pin == self.pin {
            self.heard = 0;
        }
    }
}

/// Owns a handler.
#[gen_server]
struct Owner;

#[gen_server]
impl Owner {
    #[init]
    fn init() -> Self {
        Self
    }

    #[info]
    fn gone(&mut self, _: HandlerExit) {}
}

// GE-14, GE-17
#[behaviour::test(start_paused = true)]
async fn the_status_tells_of_each_handler_what_it_is_its_id_its_state_and_its_owner() {
    let (numbers, ..) = two().await;
    let owner = Owner::start().await.unwrap();
    let quiet = numbers.add_sup_handler(Quiet::handler(1234), owner.clone()).await.unwrap();
    quiet.send(1234_u16);
    for suspended in [false, true] {
        if suspended {
            numbers.sys().suspend().await.unwrap();
        }
        let status = sys::of(numbers.pid()).get_status().await.unwrap();
        let seen = status.handlers.iter().map(|one| (one.handler, one.id.as_deref(), &*one.state, one.owner));
        let expected = [
            ("gen_event_sys::Quiet", None, "Quiet { heard: 0, pin: *** }", Some(owner.pid())),
            ("gen_event_sys::Sum", Some("2"), "2 in sum", None),
            ("gen_event_sys::Sum", None, "1 in sum", None),
        ];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
        let [quiet, sum] = [0, 1].map(|at| status.handlers[at].to_string());
        assert_eq!(quiet, format!("gen_event_sys::Quiet, owned by {}: Quiet {{ heard: 0, pin: *** }}", owner.pid()));
        assert_eq!(sum, "gen_event_sys::Sum \"2\": 2 in sum");
        let shown = status.to_string();
        assert!(shown.contains(&format!("\n  handler   {quiet}\n  handler   {sum}\n")), "{shown}");
        assert!(!shown.contains("  state"), "its state is its handlers: {shown}");
    }
    let text = sys::of(numbers.pid()).get_state().await;
    assert_eq!(text.as_deref(), Ok("{Quiet: Quiet { heard: 0, pin: *** }, Sum(2): 2 in sum, Sum: 1 in sum}"));
    let server = owner.sys().get_status().await.unwrap();
    assert!(server.handlers.is_empty(), "nothing else has handlers");
}

// GE-18: OTP calls the function once for each handler, so one that fails is left alone; here it is one function.
#[behaviour::test(start_paused = true)]
async fn a_function_that_panics_leaves_all_handlers_there_and_what_it_had_not_changed_as_it_was() {
    let (numbers, first, second) = two().await;
    let (one, two) = (first.clone(), second.clone());
    let failed = numbers.sys().replace_state(move |numbers| {
        numbers.state_mut(&one).unwrap().sum = 10;
        assert!(numbers.state_mut(&two).unwrap().sum > 100, "too small");
        numbers.state_mut(&two).unwrap().sum = 20;
    });
    let failed = failed.await;
    assert!(matches!(failed, Err(SysError::CallbackFailed(ExitReason::Panic(_)))), "{failed:?}");
    assert_eq!((first.sum().await, second.sum().await), (Ok(10), Ok(2)));
}

#[behaviour::test(start_paused = true)]
async fn a_suspended_manager_adds_removes_and_calls_nobody_until_it_is_resumed() {
    let (numbers, first, second) = two().await;
    let sys = numbers.sys();
    sys.suspend().await.unwrap();
    sys.suspend().await.unwrap();
    numbers.notify(5);
    let deleted = tokio::spawn(numbers.delete_handler(&second));
    let added = tokio::spawn(numbers.add_handler(Quiet::handler(1)));
    tokio::task::yield_now().await;
    assert_eq!(first.sum().await, Err(HandlerError::Manager(CallError::Timeout)));
    assert_eq!(sys.get_status().await.unwrap().handlers.len(), 2);
    sys.resume().await.unwrap();
    sys.resume().await.unwrap();
    deleted.await.unwrap().unwrap();
    added.await.unwrap().unwrap();
    assert_eq!(first.sum().await, Ok(6));
    assert_eq!(format!("{:?}", numbers.which_handlers().await.unwrap()), "[Quiet, Sum]");
}

/// Says when it goes.
#[gen_event(u32)]
struct Mortal {
    called: &'static str,
    test: process::Process<String>,
}

#[gen_event(u32)]
impl Mortal {
    #[init]
    fn init(called: &'static str, test: process::Process<String>) -> Self {
        Self { called, test }
    }

    #[event]
    fn event(&mut self, _: &u32) {
        self.test.send(format!("{} was told", self.called));
    }

    #[terminate]
    fn close(&mut self, why: Removed) {
        self.test.send(format!("{}: {why}", self.called));
    }
}

fn said(inbox: &mut Inbox<String>) -> Vec<String> {
    let next = || match inbox.try_next()? {
        process::Event::Message(text) => Some(text),
        _ => None,
    };
    std::iter::from_fn(next).collect()
}

#[behaviour::test(start_paused = true)]
async fn a_suspended_manager_hears_of_its_owners_when_it_is_resumed_and_ends_at_once_when_it_is_told_to(
    mut inbox: Inbox<String>,
) {
    let me = inbox.process();
    let (numbers, owner) = (Numbers::start().await.unwrap(), Owner::start().await.unwrap());
    numbers.add_sup_handler(Mortal::handler("owned", me.clone()).id("owned"), owner.clone()).await.unwrap();
    for called in ["first", "second"] {
        numbers.add_handler(Mortal::handler(called, me.clone()).id(called)).await.unwrap();
    }
    let sys = numbers.sys();
    sys.suspend().await.unwrap();
    owner.stop().await.unwrap();
    assert_eq!(sys.get_status().await.unwrap().handlers.len(), 3);
    assert_eq!(said(&mut inbox), [""; 0]);
    sys.resume().await.unwrap();
    assert_eq!(numbers.which_handlers().await.unwrap().len(), 2);
    assert_eq!(said(&mut inbox), ["owned: its owner ended: normal"]);

    sys.suspend().await.unwrap();
    numbers.notify(1);
    sys.terminate(ExitReason::Shutdown).await.unwrap();
    assert_eq!(numbers.ended().await, ExitReason::Shutdown);
    assert_eq!(said(&mut inbox), ["second", "first"].map(|called| format!("{called}: the manager ended: shutdown")));
}

// SYS-01, SYS-03: of a manager
#[behaviour::test(start_paused = true)]
async fn what_a_manager_handles_is_watched_as_that_of_any_server() {
    let (numbers, first, _) = two().await;
    let sys = numbers.sys();
    sys.log(10).await.unwrap();
    sys.statistics(true).await.unwrap();
    numbers.notify(1);
    numbers.sync_notify(2).await.unwrap();
    assert_eq!(first.sum().await, Ok(4));
    let log = [
        Event::Message("notify"),
        Event::NoReply("notify"),
        Event::Call("sync_notify"),
        Event::Reply("sync_notify"),
        Event::Call("sum"),
        Event::Reply("sum"),
    ];
    assert_eq!(sys.get_log().await.as_deref(), Ok(&log[..]));
    let counted = sys.get_statistics().await.unwrap().unwrap();
    assert_eq!((counted.messages_in, counted.messages_out), (3, 2));
    sys.no_debug().await.unwrap();
    assert_eq!(sys.get_statistics().await, Ok(None));
}

// GE-02
#[behaviour::test(start_paused = true)]
async fn a_manager_is_started_with_every_option_and_watched_from_its_first_event_on(mut inbox: Inbox<()>) {
    for linked in [false, true] {
        let start = if linked { Numbers::start_link() } else { Numbers::start() };
        let start = start.named("gen_event: with options").within(std::time::Duration::from_secs(1));
        let (numbers, monitor) = start.monitor().debug(|items| items.log(10)).await.unwrap();
        assert_eq!(process::links().contains(&numbers.pid()), linked);
        numbers.sync_notify(1).await.unwrap();
        let log = numbers.sys().get_log().await.unwrap();
        assert_eq!(log, [Event::Call("sync_notify"), Event::Reply("sync_notify")]);
        let again = Numbers::start().named("gen_event: with options").await;
        assert_eq!(again.unwrap_err(), StartError::AlreadyStarted(numbers.pid()));
        numbers.stop().await.unwrap();
        assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
    }
}
