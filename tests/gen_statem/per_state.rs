//! The telephone with a handler for each state (OTP's `state_functions`).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Process;
use tokio::time::Instant;

use super::{Enough, MS, Way};

#[gen_statem(state)]
#[derive(Debug)]
pub(crate) enum Line {
    Idle,
    Calling,
    Talking { messages: u32 },
    Waiting { reply: Reply<Duration>, since: Instant },
    Waited { reply: Reply<Duration>, since: Instant },
}

#[gen_statem(Line)]
pub(crate) struct PerState {
    test: Process<&'static str>,
}

#[gen_statem(Line)]
impl PerState {
    #[init]
    async fn init(test: Process<&'static str>, way: Way) -> Result<Option<(Self, Idle)>, &'static str> {
        Ok(way.end().await?.then_some((Self { test }, Idle)))
    }

    #[cast]
    pub(crate) fn alive(&self, _: &Line) {
        self.test.send("alive");
    }

    #[cast(else = ignore)]
    pub(crate) fn connect(&mut self, _: Idle) -> Calling {
        self.test.send("accepted");
        Calling
    }

    #[cast(else = ignore)]
    pub(crate) fn confirm(&mut self, _: Calling) -> Talking {
        self.test.send("connected");
        Talking { messages: 0 }
    }

    #[cast]
    pub(crate) fn ping(&self, _: &Talking) {
        self.test.send("pong");
    }

    #[cast(ping)]
    fn ping_too_early(&self, _: &Calling, cx: &mut Context<Self>) {
        cx.postpone();
    }

    #[cast(ping)]
    fn ping_nobody(&self, _: &Line) {}

    #[cast(else = ignore)]
    pub(crate) fn message(&mut self, talking: &mut Talking) {
        talking.messages += 1;
        self.test.send("acknowledged");
    }

    #[cast(else = ignore)]
    pub(crate) fn disconnect(&mut self, _: Talking) -> Idle {
        self.test.send("disconnected");
        Idle
    }

    #[call]
    pub(crate) fn ask_alive(&self, _: &Line) -> &'static str {
        "alive"
    }

    #[call]
    pub(crate) fn ask_connect(&mut self, _: Idle) -> (Calling, &'static str) {
        (Calling, "accepted")
    }

    #[call(ask_connect)]
    fn busy(&self, _: &Line) -> &'static str {
        "busy"
    }

    #[call(later)]
    pub(crate) fn ask_confirm(&mut self, _: Calling, reply: Reply<&'static str>) -> (Talking, Later) {
        (Talking { messages: 0 }, reply.send("connected"))
    }

    #[call(ask_confirm, later)]
    fn nothing_to_confirm(&self, _: &Line, reply: Reply<&'static str>) -> Later {
        reply.send("nobody calls")
    }

    #[call(else = postpone)]
    pub(crate) fn ask_ping(&self, _: &Talking) -> &'static str {
        "pong"
    }

    #[call(else = postpone)]
    pub(crate) fn ask_message(&mut self, talking: &mut Talking) -> u32 {
        talking.messages += 1;
        talking.messages
    }

    #[call(else = postpone)]
    pub(crate) fn ask_disconnect(&mut self, _: Talking) -> (Idle, &'static str) {
        (Idle, "disconnected")
    }

    #[call]
    pub(crate) async fn delayed(&mut self, _: &Line, time: Duration) -> &'static str {
        tokio::time::sleep(time).await;
        "delayed"
    }

    #[call]
    pub(crate) fn hang_up(&mut self, _: &Line, cx: &mut Context<Self>, reason: ExitReason) -> &'static str {
        cx.stop(reason);
        "stopped"
    }

    #[call(later)]
    pub(crate) fn timeouts(
        &mut self,
        _: Idle,
        reply: Reply<Duration>,
        cx: &mut Context<Self>,
        time: Duration,
    ) -> (Waiting, Later) {
        let since = Instant::now();
        cx.event_timeout_with("begin", since + time);
        (Waiting { reply, since }, Later)
    }

    #[call(timeouts, later)]
    fn no_timeouts(&mut self, _: &Line, reply: Reply<Duration>, _time: Duration) -> Later {
        drop(reply);
        Later
    }

    #[event_timeout(else = ignore)]
    fn waiting(&mut self, waiting: Waiting, what: &'static str, cx: &mut Context<Self>) -> Next<(Waiting, Waited)> {
        if what == "begin" {
            cx.timer(Enough, waiting.since.elapsed());
            cx.event_timeout_with("again", Duration::ZERO);
            return Next::to(waiting);
        }
        // It is tried again in the next state, which ends the timeout that is set here.
        cx.event_timeout_with("ended by the one before", MS);
        cx.postpone();
        Next::to(Waited { reply: waiting.reply, since: waiting.since })
    }

    #[event_timeout]
    fn waited(&mut self, _: &Waited, what: &'static str) {
        assert_eq!(what, "again");
    }

    #[timeout(else = ignore)]
    fn enough(&mut self, waited: Waited, _: Enough) -> Idle {
        waited.reply.send(waited.since.elapsed());
        Idle
    }
}
