//! The telephone with one handler for each event, whatever the state (OTP's `handle_event_function`).

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
    Talking(u32),
    Waiting(Reply<Duration>, Instant),
    Waited(Reply<Duration>, Instant),
}

#[gen_statem(Line)]
pub(crate) struct Whole {
    test: Process<&'static str>,
}

#[gen_statem(Line)]
impl Whole {
    #[init]
    async fn init(test: Process<&'static str>, way: Way) -> Result<Option<(Self, Line)>, &'static str> {
        Ok(way.end().await?.then_some((Self { test }, Idle.into())))
    }

    #[cast]
    pub(crate) fn alive(&self, _: &Line) {
        self.test.send("alive");
    }

    #[cast]
    pub(crate) fn connect(&mut self, line: &mut Line) {
        if let Line::Idle(Idle) = line {
            self.test.send("accepted");
            *line = Calling.into();
        }
    }

    #[cast]
    pub(crate) fn confirm(&mut self, line: Line) -> Line {
        match line {
            Line::Calling(_) => {
                self.test.send("connected");
                Talking(0).into()
            }
            line => line,
        }
    }

    #[cast]
    pub(crate) fn ping(&self, line: &Line, cx: &mut Context<Self>) {
        match line {
            Line::Talking(_) => self.test.send("pong"),
            Line::Calling(_) => cx.postpone(),
            _ => {}
        }
    }

    #[cast]
    pub(crate) fn message(&mut self, line: &mut Line) {
        if let Line::Talking(Talking(messages)) = line {
            *messages += 1;
            self.test.send("acknowledged");
        }
    }

    #[cast]
    pub(crate) fn disconnect(&mut self, line: &mut Line) {
        if let Line::Talking(_) = line {
            self.test.send("disconnected");
            *line = Idle.into();
        }
    }

    #[call]
    pub(crate) fn ask_alive(&self, _: &Line) -> &'static str {
        "alive"
    }

    #[call]
    pub(crate) fn ask_connect(&mut self, line: Line) -> (Line, &'static str) {
        match line {
            Line::Idle(_) => (Calling.into(), "accepted"),
            line => (line, "busy"),
        }
    }

    #[call(later)]
    pub(crate) fn ask_confirm(&mut self, line: &mut Line, reply: Reply<&'static str>) -> Later {
        if let Line::Calling(_) = line {
            *line = Talking(0).into();
            reply.send("connected")
        } else {
            reply.send("nobody calls")
        }
    }

    #[call]
    pub(crate) fn ask_ping(&self, line: &Line, cx: &mut Context<Self>) -> &'static str {
        if !matches!(line, Line::Talking(_)) {
            cx.postpone();
        }
        "pong"
    }

    #[call]
    pub(crate) fn ask_message(&mut self, line: &mut Line, cx: &mut Context<Self>) -> u32 {
        let Line::Talking(Talking(messages)) = line else {
            cx.postpone();
            return 0;
        };
        *messages += 1;
        *messages
    }

    #[call]
    pub(crate) fn ask_disconnect(&mut self, line: Line, cx: &mut Context<Self>) -> (Line, &'static str) {
        match line {
            Line::Talking(_) => (Idle.into(), "disconnected"),
            line => {
                cx.postpone();
                (line, "")
            }
        }
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
        line: &mut Line,
        reply: Reply<Duration>,
        cx: &mut Context<Self>,
        time: Duration,
    ) -> Later {
        if let Line::Idle(_) = line {
            let since = Instant::now();
            cx.event_timeout_with("begin", since + time);
            *line = Waiting(reply, since).into();
        }
        Later
    }

    #[event_timeout]
    fn waited(&mut self, line: Line, what: &'static str, cx: &mut Context<Self>) -> Line {
        match (line, what) {
            (Line::Waiting(waiting), "begin") => {
                cx.timer(Enough, waiting.1.elapsed());
                cx.event_timeout_with("again", Duration::ZERO);
                waiting.into()
            }
            (Line::Waiting(Waiting(reply, since)), "again") => {
                // It is tried again in the next state, which ends the timeout that is set here.
                cx.event_timeout_with("ended by the one before", MS);
                cx.postpone();
                Waited(reply, since).into()
            }
            (line @ Line::Waited(_), "again") => line,
            (line, what) => panic!("{what} in {line:?}"),
        }
    }

    #[timeout]
    fn enough(&mut self, line: Line, _: Enough) -> Line {
        if let Line::Waited(Waited(reply, since)) = line {
            reply.send(since.elapsed());
        }
        Idle.into()
    }
}
