//! Ending children: one, while the others go on, and all, at once (otp.md 7.4 and 11.6).

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::process::cell::ProcessCell;
use crate::process::ended::Ended;
use crate::process::functions::ProcessKind;
use crate::process::parcel::Parcel;
use crate::process::receive::send;
use crate::process::relations::unique;
use crate::process::signal::Signal;
use crate::process::start::RawStarting;
use crate::process::timers::{Timed, later, later_than};
use crate::process::{ExitReason, Pid, Timer};
use crate::supervisor::pure::Restart;
use crate::supervisor::spec::Shutdown;
use crate::supervisor::stopping::is_expected;

use super::letter::{Letter, Whom};
use super::live::Live;
use super::starting::{Starting, Why};

/// A child that was told to end, while the others go on.
pub(super) struct Leaving {
    /// Kills it when its time is over.
    timer: Option<Timer>,
    /// Who waits for its end.
    answers: Vec<oneshot::Sender<bool>>,
}

impl Live {
    /// Begins to end a child that shall not be started again.
    pub(super) fn terminate_child(&mut self, whom: &Whom, answer: oneshot::Sender<bool>) {
        let Some((pid, member)) = whom.pid().and_then(|pid| Some((pid, self.crowd.get(pid)?))) else {
            let _ = answer.send(false);
            return;
        };
        let child = &member.what;
        if let Some(leaving) = self.leaving.get_mut(&pid) {
            leaving.answers.push(answer);
            return;
        }
        if child.process.is_none() {
            return self.abandon(pid, answer);
        }
        // Who calls the child from now on shall not wait for a next one.
        if let Some(seat) = &child.seat {
            seat.close(self.pid);
        }
        let limit = tell(pid, child.shutdown(), self.pid);
        let process = self.inbox.process();
        // It is its end that is waited for, not the exit signal of the link, so a child that unlinked itself is waited
        // for as well.
        process.monitor(pid, None);
        let timer = limit.map(|limit| {
            let id = unique();
            process.add_timer(id, later(limit), Timed::Once(Parcel::new(Letter::Overdue(pid))));
            Timer::new(process, id)
        });
        self.leaving.insert(pid, Leaving { timer, answers: vec![answer] });
    }

    /// A child has had its time to end.
    pub(super) fn overdue(&mut self, pid: Pid) {
        if self.leaving.contains_key(&pid) {
            kill(pid, self.pid);
        }
    }

    /// A child that was told to end is gone.
    pub(super) fn left(&mut self, pid: Pid) {
        let Some(Leaving { timer, answers }) = self.leaving.remove(&pid) else { return };
        if let Some(timer) = timer {
            timer.cancel();
        }
        let restart = self.crowd.get(pid).map_or(Restart::Temporary, |member| member.restart);
        if let Some(child) = self.crowd.dismiss(pid) {
            let reason = child.process.as_ref().and_then(|process| process.relations().ended.clone());
            let reason = reason.unwrap_or(ExitReason::NoProcess);
            if !is_expected(child.shutdown(), restart, &reason) {
                self.reporter.shutdown_error(pid, &reason);
            }
            self.forget(child);
        }
        for answer in answers {
            let _ = answer.send(true);
        }
    }

    /// Ends all children at once, and waits until each is gone, for as long as it may take itself.
    pub(super) async fn end_all(&mut self) {
        let now = Instant::now();
        let mut farewells = Vec::with_capacity(self.crowd.len() + self.starting.len());
        for (_, starting) in std::mem::take(&mut self.starting) {
            farewells.extend(self.end_start(starting, now));
        }
        for member in self.crowd.drain() {
            let (restart, child) = (member.restart, member.what);
            if let Some(process) = &child.process {
                let shutdown = child.shutdown();
                let limit = tell(process.pid(), shutdown, self.pid);
                let going = Going::process(Arc::clone(process));
                farewells.push(Farewell { going, restart, shutdown, deadline: deadline(limit, now) });
            }
            self.forget(child);
        }
        // Whose time is over first is waited for first: so nobody's time passes while another one is waited for. Of
        // those with the same time, who was told last: when it is gone most of them are, and need not be waited for.
        farewells.reverse();
        farewells.sort_by_key(|farewell| (farewell.deadline.is_none(), farewell.deadline));
        let (mut errors, mut killed) = (Errors::default(), Vec::new());
        for mut farewell in farewells {
            let gone = match farewell.deadline {
                Some(deadline) => timeout_at(deadline, farewell.going.gone()).await.ok(),
                None => Some(farewell.going.gone().await),
            };
            if let Some(reason) = gone {
                errors.note(&farewell, reason);
            } else {
                farewell.going.kill(self.pid);
                killed.push(farewell);
            }
        }
        for mut farewell in killed {
            let reason = farewell.going.gone().await;
            errors.note(&farewell, reason);
        }
        for (reason, children) in errors.0 {
            self.reporter.shutdown_errors(&reason, children);
        }
        for answer in std::mem::take(&mut self.leaving).into_values().flat_map(|leaving| leaving.answers) {
            let _ = answer.send(true);
        }
    }

    /// Gives a start up. A server that is busy in its `#[init]` is killed; a supervisor is told to shut down, for it
    /// listens, and ends in order what it has started already.
    fn end_start(&mut self, starting: Starting, now: Instant) -> Option<Farewell> {
        let Starting { mut raw, why, .. } = starting;
        let (restart, shutdown, kind) = match &why {
            Why::First(newcomer) => (newcomer.restart, newcomer.child.shutdown(), newcomer.child.table.kind),
            Why::Again(pid) => {
                let member = self.crowd.get(*pid)?;
                (member.restart, member.what.shutdown(), member.what.table.kind)
            }
            Why::Nothing(_, child) => (Restart::Temporary, Shutdown::BrutalKill, child.table.kind),
        };
        let process = raw.process().filter(|_| kind == ProcessKind::Supervisor && shutdown != Shutdown::BrutalKill);
        let limit = if let Some(process) = process {
            tell(process.pid(), shutdown, self.pid)
        } else {
            raw.abort();
            None
        };
        match why {
            // Who asked hears of the supervisor's end.
            Why::First(newcomer) => self.forget(newcomer.child),
            Why::Again(_) => {}
            Why::Nothing(answer, child) => {
                self.forget(child);
                let _ = answer.send(true);
            }
        }
        Some(Farewell { going: Going::Start(raw), restart, shutdown, deadline: deadline(limit, now) })
    }
}

/// Tells a child to end; how long it may take, if that is limited.
fn tell(pid: Pid, shutdown: Shutdown, from: Pid) -> Option<Duration> {
    if shutdown == Shutdown::BrutalKill {
        kill(pid, from);
        return None;
    }
    send(pid, Signal::Exit { from, reason: ExitReason::Shutdown, link: None, kill: false });
    if let Shutdown::Timeout(limit) = shutdown { Some(limit) } else { None }
}

fn kill(pid: Pid, from: Pid) {
    send(pid, Signal::Exit { from, reason: ExitReason::Killed, link: None, kill: true });
}

fn deadline(limit: Option<Duration>, now: Instant) -> Option<Instant> {
    limit.map(|limit| later_than(now, limit))
}

/// A child that is waited for.
struct Farewell {
    going: Going,
    restart: Restart,
    shutdown: Shutdown,
    /// When it is killed.
    deadline: Option<Instant>,
}

enum Going {
    Process(Pid, Ended),
    /// It has not quite started.
    Start(RawStarting),
}

impl Going {
    fn process(process: Arc<ProcessCell>) -> Self {
        Self::Process(process.pid(), Ended::new(Some(process)))
    }

    /// Waits until it is gone; why it ended, if it ever ran.
    async fn gone(&mut self) -> Option<ExitReason> {
        loop {
            match self {
                Self::Process(_, ended) => return Some(ended.await),
                Self::Start(raw) => match poll_fn(|cx| raw.poll(cx)).await {
                    // It had just started when it was told to end.
                    Ok(process) => *self = Self::process(process),
                    Err(_) => return None,
                },
            }
        }
    }

    fn kill(&mut self, from: Pid) {
        match self {
            Self::Process(pid, _) => kill(*pid, from),
            Self::Start(raw) => raw.abort(),
        }
    }
}

/// How many children ended otherwise than they should have, by their reasons.
#[derive(Default)]
struct Errors(HashMap<String, usize>);

impl Errors {
    fn note(&mut self, farewell: &Farewell, reason: Option<ExitReason>) {
        if let Some(reason) = reason
            && !is_expected(farewell.shutdown, farewell.restart, &reason)
        {
            *self.0.entry(reason.in_report().to_string()).or_default() += 1;
        }
    }
}
