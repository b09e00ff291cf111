//! A `#[gen_server]`, callback by callback: calls, casts, infos, continues and replies that come later; how a server is
//! started, named, found, watched and stopped (otp.md 3 and 4; rows GS).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Event};

const MS: Duration = Duration::from_millis(1);

/// A desk that takes every kind of message and writes down what came.
#[gen_server]
struct Desk {
    log: Vec<String>,
    kept: Vec<Reply<usize>>,
}

/// Something that arrives without a method of its own.
struct Letter(&'static str);

/// What the desk goes on with.
struct Next(u32);

#[gen_server]
impl Desk {
    #[init]
    fn init() -> Self {
        Self { log: Vec::new(), kept: Vec::new() }
    }

    #[call]
    fn log(&self) -> Vec<String> {
        self.log.clone()
    }

    #[call]
    async fn log_after(&mut self, wait: Duration) -> Vec<String> {
        tokio::time::sleep(wait).await;
        self.log.clone()
    }

    #[call]
    fn parse(&self, text: &'static str) -> Result<u8, std::num::ParseIntError> {
        text.parse()
    }

    #[call]
    fn who(&self, cx: &Context<Self>) -> (Pid, Option<Arc<str>>) {
        assert_eq!(process::current(), Some(cx.pid()));
        (cx.pid(), cx.name())
    }

    #[call]
    async fn who_later(&self, cx: &mut Context<Self>) -> (Option<Pid>, Option<Pid>) {
        let before = process::current();
        tokio::task::yield_now().await;
        assert_eq!(process::current(), Some(cx.pid()));
        (before, process::current())
    }

    #[call(later)]
    fn keep(&mut self, reply: Reply<usize>) -> Later {
        self.kept.push(reply);
        Later
    }

    #[call(later)]
    fn now(&mut self, reply: Reply<usize>) -> Later {
        reply.send(self.log.len())
    }

    #[call(later)]
    fn elsewhere(&mut self, reply: Reply<usize>, wait: Duration) -> Later {
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            reply.send(7);
        });
        Later
    }

    #[call(later)]
    async fn slowly(&mut self, reply: Reply<usize>, wait: Duration) -> Later {
        tokio::time::sleep(wait).await;
        reply.send(self.kept.len())
    }

    #[call(later)]
    fn lose(&mut self, reply: Reply<usize>) -> Later {
        drop(reply);
        Later
    }

    #[cast]
    fn answer(&mut self) {
        for (index, reply) in self.kept.drain(..).enumerate() {
            reply.send(index);
        }
    }

    #[cast]
    fn write(&mut self, line: &'static str) {
        self.log.push(line.into());
    }

    #[cast]
    async fn write_slowly(&mut self, line: &'static str) -> Result<(), std::fmt::Error> {
        tokio::time::sleep(MS).await;
        if line.is_empty() {
            return Err(std::fmt::Error);
        }
        self.log.push(line.into());
        Ok(())
    }

    #[cast]
    fn end(&mut self, cx: &mut Context<Self>, reason: ExitReason) {
        cx.stop(reason);
        cx.stop(ExitReason::error("the first reason stands"));
    }

    #[cast]
    fn go_on(&mut self, cx: &mut Context<Self>, steps: u32) {
        cx.client().write("after");
        cx.continue_with(Next(steps));
        self.log.push("before".into());
    }

    #[call]
    fn go_on_and_reply(&mut self, cx: &mut Context<Self>, steps: u32) -> &'static str {
        self.go_on(cx, steps);
        "going on"
    }

    #[call(later)]
    fn go_on_without_reply(&mut self, reply: Reply<usize>, cx: &mut Context<Self>, steps: u32) -> Later {
        self.go_on(cx, steps);
        self.kept.push(reply);
        Later
    }

    #[continues]
    fn continues(&mut self, Next(steps): Next, cx: &mut Context<Self>) {
        self.log.push(format!("continue {steps}"));
        match steps {
            0 => cx.stop(ExitReason::Normal),
            1 => {}
            more => cx.continue_with(Next(more - 1)),
        }
    }

    #[info]
    fn letter(&mut self, Letter(text): Letter, cx: &mut Context<Self>) {
        match text {
            "go on" => self.go_on(cx, 2),
            _ => self.log.push(text.into()),
        }
    }

    #[info]
    async fn number(&mut self, number: u64) {
        tokio::time::sleep(MS).await;
        self.log.push(number.to_string());
    }
}

// GS-01
#[behaviour::test(start_paused = true)]
async fn a_server_starts_in_every_form_and_answers(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let stopped = ExitReason::error("stopped");
    let (monitored, monitor) = Desk::start().monitor().await.unwrap();
    let linked = Desk::start_link().await.unwrap();
    let alone = Desk::start().await.unwrap();
    for desk in [&alone, &linked, &monitored] {
        assert_eq!(desk.log().await, Ok(vec![]));
        desk.end(stopped.clone());
        assert_eq!(desk.ended().await, stopped);
        assert_eq!(desk.log().await, Err(CallError::NoProcess));
    }
    assert_eq!(inbox.exit_of(linked.pid()).await.reason, stopped);
    assert_eq!(inbox.down_of(&monitor).await.reason, stopped);
    assert_eq!(inbox.try_next(), None);
}

// GS-01
#[behaviour::test(start_paused = true)]
async fn a_name_is_given_to_one_server_at_a_time(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let first = Desk::start().named("desk of one").await.unwrap();
    let taken = Err(StartError::AlreadyStarted(first.pid()));
    assert_eq!(Desk::start().named("desk of one").await, taken);
    assert_eq!(Desk::start_link().named("desk of one").await, taken);
    assert_eq!(Desk::start().named("desk of one").monitor().await.map(|(desk, _)| desk), taken);
    assert_eq!(inbox.try_next(), None);
    assert_eq!(first.log().await, Ok(vec![]));
    first.stop().await.unwrap();
    let second = Desk::start_link().named("desk of one").await.unwrap();
    assert_ne!(second.pid(), first.pid());
    assert_eq!(second.name().as_deref(), Some("desk of one"));
}

// XGS-09
#[behaviour::test(start_paused = true)]
async fn a_plain_start_makes_no_link(mut inbox: Inbox<()>) {
    let desk = Desk::start().await.unwrap();
    assert!(process::links().is_empty());
    desk.end(ExitReason::error("boom"));
    desk.ended().await;
    assert_eq!(inbox.try_next(), None);
}

// GS-07, XGS-05, XGS-12
#[behaviour::test(start_paused = true)]
async fn a_server_is_found_by_its_name_until_it_ends() {
    let desk = Desk::start().named("desk to find").await.unwrap();
    let found = Desk::find("desk to find").unwrap();
    assert_eq!(found, desk);
    assert_eq!(found.who().await.unwrap(), (desk.pid(), Some("desk to find".into())));
    assert_eq!(process::whereis("desk to find"), Some(desk.pid()));
    found.stop().await.unwrap();
    assert!(Desk::find("desk to find").is_none());
    assert_eq!(process::whereis("desk to find"), None);
    assert_eq!(found.stop().await, Err(CallError::NoProcess));
}

#[gen_server]
struct Other;

#[gen_server]
impl Other {
    #[init]
    fn init() -> Self {
        Self
    }
}

#[behaviour::test(start_paused = true)]
async fn a_name_is_only_found_as_what_has_it() {
    let other = Other::start().named("no desk").await.unwrap();
    assert!(Desk::find("no desk").is_none());
    assert_eq!(Other::find("no desk"), Some(other));
}

// GS-05, GS-73, GS-74
#[behaviour::test(start_paused = true)]
async fn a_stop_gives_its_reason_and_needs_no_callback(mut inbox: Inbox<()>) {
    let (desk, monitor) = Desk::start().monitor().await.unwrap();
    desk.stop().await.unwrap();
    assert!(!desk.is_alive());
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
    let (desk, monitor) = Desk::start().monitor().await.unwrap();
    let reason = ExitReason::error("closing time");
    desk.stop().reason(reason.clone()).await.unwrap();
    assert!(!desk.is_alive());
    assert_eq!(inbox.down_of(&monitor).await.reason, reason);
}

// GS-17: what was sent before is handled before.
#[behaviour::test(start_paused = true)]
async fn a_stop_waits_for_what_was_sent_before() {
    let desk = Desk::start().await.unwrap();
    desk.write_slowly("slow");
    let (log, stopped) = tokio::join!(desk.log(), desk.stop());
    assert_eq!(log.unwrap(), ["slow"]);
    assert_eq!(stopped, Ok(()));
}

#[behaviour::test(start_paused = true)]
async fn a_call_replies_with_what_the_callback_returns() {
    let desk = Desk::start().await.unwrap();
    assert_eq!(desk.parse("17").await, Ok(Ok(17)));
    assert!(desk.parse("many").await.unwrap().is_err());
    desk.write("line");
    assert_eq!(desk.log_after(3 * MS).await.unwrap(), ["line"]);
}

#[behaviour::test(start_paused = true)]
async fn a_callback_runs_as_its_own_process() {
    let desk = Desk::start().await.unwrap();
    let itself = Some(desk.pid());
    assert_eq!(desk.who().await.unwrap().0, desk.pid());
    assert_eq!(desk.who_later().await, Ok((itself, itself)));
    assert_ne!(process::current(), itself);
}

// GS-17
#[behaviour::test(start_paused = true)]
async fn a_reply_may_come_later_or_from_elsewhere() {
    let desk = Desk::start().await.unwrap();
    assert_eq!(desk.now().await, Ok(0));
    assert_eq!(desk.elsewhere(9 * MS).await, Ok(7));
    assert_eq!(desk.slowly(9 * MS).await, Ok(0));
    let answer = async {
        tokio::time::sleep(MS).await;
        desk.answer();
    };
    let (one, two, ()) = tokio::join!(desk.keep(), desk.keep(), answer);
    assert_eq!((one, two), (Ok(0), Ok(1)));
}

#[behaviour::test(start_paused = true)]
async fn a_reply_that_is_lost_is_told() {
    let desk = Desk::start().await.unwrap();
    assert_eq!(desk.lose().forever().await, Err(CallError::NoReply));
    assert!(desk.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn a_reply_that_is_kept_at_the_end_tells_of_the_end() {
    let desk = Desk::start().await.unwrap();
    let end = async {
        tokio::time::sleep(MS).await;
        desk.end(ExitReason::Shutdown);
    };
    let (kept, ()) = tokio::join!(desk.keep().forever(), end);
    assert_eq!(kept, Err(CallError::Exited(ExitReason::Shutdown)));
}

// GS-17: a late reply is dropped, wherever it comes from.
#[behaviour::test(start_paused = true)]
async fn a_late_reply_reaches_nobody(mut inbox: Inbox<()>) {
    let desk = Desk::start().await.unwrap();
    assert_eq!(desk.keep().within(MS).await, Err(CallError::Timeout));
    assert_eq!(desk.elsewhere(5 * MS).within(MS).await, Err(CallError::Timeout));
    assert_eq!(desk.log_after(5 * MS).within(MS).await, Err(CallError::Timeout));
    desk.answer();
    tokio::time::sleep(9 * MS).await;
    assert_eq!(inbox.try_next(), None);
    assert_eq!(desk.now().await, Ok(0));
}

// GS-22
#[behaviour::test(start_paused = true)]
async fn a_cast_never_waits_and_never_fails() {
    let desk = Desk::start().await.unwrap();
    desk.write_slowly("one");
    desk.write("two");
    desk.send(Letter("three"));
    desk.send(4_u64);
    assert_eq!(desk.log().await.unwrap(), ["one", "two", "three", "4"]);
    desk.stop().await.unwrap();
    desk.write("nobody");
    desk.send(Letter("nobody"));
}

#[behaviour::test(start_paused = true)]
async fn a_call_may_be_made_without_waiting() {
    let desk = Desk::start().await.unwrap();
    desk.log_after(MS).detach();
    desk.keep().detach();
    desk.write("line");
    assert_eq!(desk.log().await.unwrap(), ["line"]);
    desk.answer();
    assert_eq!(desk.now().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn an_error_of_a_callback_without_a_caller_ends_the_server() {
    let desk = Desk::start().await.unwrap();
    desk.write_slowly("");
    assert_eq!(desk.ended().await, ExitReason::error(std::fmt::Error));
}

#[behaviour::test(start_paused = true)]
async fn the_first_reason_to_stop_stands(mut inbox: Inbox<()>) {
    let (desk, monitor) = Desk::start().monitor().await.unwrap();
    desk.end(ExitReason::shutdown_with("enough"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::shutdown_with("enough"));
}

// GS-25
#[behaviour::test(start_paused = true)]
async fn a_continue_comes_before_what_waits() {
    let order = ["before", "continue 2", "continue 1", "after"];
    let (cast, call, later, info) = tokio::join!(Desk::start(), Desk::start(), Desk::start(), Desk::start());
    let desks = [cast.unwrap(), call.unwrap(), later.unwrap(), info.unwrap()];
    desks[0].go_on(2);
    assert_eq!(desks[1].go_on_and_reply(2).await, Ok("going on"));
    assert_eq!(desks[2].go_on_without_reply(2).within(MS).await, Err(CallError::Timeout));
    desks[3].send(Letter("go on"));
    tokio::time::sleep(MS).await;
    for desk in desks {
        assert_eq!(desk.log().await.unwrap(), order);
    }
}

// GS-25
#[behaviour::test(start_paused = true)]
async fn a_continue_may_stop_the_server(mut inbox: Inbox<()>) {
    let (desk, monitor) = Desk::start().monitor().await.unwrap();
    assert_eq!(desk.go_on_and_reply(0).await, Ok("going on"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
}

#[behaviour::test(start_paused = true)]
async fn clients_of_one_server_are_equal() {
    let (one, two) = (Desk::start().await.unwrap(), Desk::start().await.unwrap());
    assert_eq!(one, one.clone());
    assert_ne!(one, two);
    #[allow(clippy::mutable_key_type, reason = "the identity of a client does not change")]
    let set: std::collections::HashSet<_> = [one.clone(), two.clone(), one.clone()].into();
    assert_eq!(set.len(), 2);
    assert!(format!("{one:?}").contains("Desk"));
}

#[behaviour::test(start_paused = true)]
async fn a_client_may_watch_link_and_unlink(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let (one, two) = (Desk::start().await.unwrap(), Desk::start().await.unwrap());
    let monitor = one.monitor();
    one.link().unwrap();
    two.link().unwrap();
    two.unlink();
    one.exit(ExitReason::error("boom"));
    two.kill();
    assert_eq!(two.ended().await, ExitReason::Killed);
    assert_eq!(inbox.exit().await.reason, ExitReason::error("boom"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("boom"));
    assert_eq!(inbox.try_next(), None);
}

// GS-46
#[behaviour::test]
async fn a_call_costs_the_same_with_a_full_inbox(mut inbox: Inbox<u64>) {
    let desk = Desk::start().await.unwrap();
    // The best of many short rounds: a machine that is busy or stands still disturbs some of them, but not all.
    let calls = async || {
        let mut best = Duration::MAX;
        for _ in 0..50 {
            let start = std::time::Instant::now();
            for _ in 0..20 {
                // The answer is waited for, and takes no time itself.
                let (answered, ()) = tokio::join!(desk.keep().forever(), async { desk.answer() });
                answered.unwrap();
            }
            best = best.min(start.elapsed());
        }
        best
    };
    let empty = calls().await;
    let itself = inbox.process();
    (0..200_000).for_each(|number| itself.send(number));
    let full = calls().await;
    assert!(full < 10 * empty, "{full:?} with a full inbox, {empty:?} with an empty one");
    assert_eq!(inbox.try_next(), Some(Event::Message(0)));
}
