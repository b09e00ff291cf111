//! The signals of the operating system, and the time that a stop may take.
//!
//! They are watched by a thread of their own, with a small runtime of its own: the second signal and the deadline end the
//! program also if every thread of its runtime is stuck in a callback that never awaits.

use std::process::exit;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use super::wait::{First, first};

/// The exit code of a program whose stop took longer than it may, as `timeout` has it.
const TOO_LATE: i32 = 124;

/// The exit code of a program that a signal ended is this and the signal's number, as shells have it.
const BY_SIGNAL: i32 = 128;

/// What the program tells the thread.
#[derive(Debug)]
enum News {
    /// A stop may take this long.
    Deadline(Duration),
    /// A stop has begun.
    Stopping,
}

/// A signal that asks for an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signal {
    name: &'static str,
    number: i32,
}

/// The thread, as the program sees it.
pub(super) struct Watch {
    news: UnboundedSender<News>,
    signals: UnboundedReceiver<Signal>,
}

impl Watch {
    /// Begins to watch. From here on, the first signal asks for an ordered stop.
    pub(super) fn begin(deadline: Duration) -> Self {
        let (news, told) = unbounded_channel();
        let (tell, signals) = unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build().expect("tokio starts its runtime");
        let source = {
            let _entered = runtime.enter();
            Source::new()
        };
        let watch = move || runtime.block_on(watch(source, deadline, told, tell));
        let spawned = std::thread::Builder::new().name("signals".to_owned()).spawn(watch);
        spawned.expect("the system starts a thread");
        Self { news, signals }
    }

    /// A stop may take this long.
    pub(super) fn set_deadline(&self, deadline: Duration) {
        let _ = self.news.send(News::Deadline(deadline));
    }

    /// A stop has begun, for another reason than a signal.
    pub(super) fn stopping(&self) {
        let _ = self.news.send(News::Stopping);
    }

    /// Waits for the first signal.
    pub(super) async fn signal(&mut self) -> Signal {
        match self.signals.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Watches until the program is done.
async fn watch(
    mut source: Source,
    mut deadline: Duration,
    mut told: UnboundedReceiver<News>,
    tell: UnboundedSender<Signal>,
) {
    let mut begun: Option<Instant> = None;
    loop {
        let too_late = async {
            match begun {
                Some(begun) => sleep_until(begun + deadline).await,
                None => std::future::pending().await,
            }
        };
        match first(first(source.next(), told.recv()), too_late).await {
            First::One(First::One(signal)) if begun.is_none() => {
                begun = Some(Instant::now());
                let _ = tell.send(signal);
            }
            First::One(First::One(signal)) => {
                tracing::warn!(target: "behaviour::application", %signal, "ended at once");
                exit(BY_SIGNAL + signal.number);
            }
            First::One(First::Other(Some(News::Deadline(new)))) => deadline = new,
            First::One(First::Other(Some(News::Stopping))) => {
                begun.get_or_insert_with(Instant::now);
            }
            First::One(First::Other(None)) => return,
            First::Other(()) => {
                tracing::error!(target: "behaviour::application", ?deadline, "the stop took too long");
                exit(TOO_LATE);
            }
        }
    }
}

/// Where signals come from.
#[cfg(unix)]
struct Source {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Source {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |kind| signal(kind).expect("the system lets a program handle its signals");
        Self { interrupt: listen(SignalKind::interrupt()), terminate: listen(SignalKind::terminate()) }
    }

    async fn next(&mut self) -> Signal {
        match first(self.interrupt.recv(), self.terminate.recv()).await {
            First::One(_) => Signal { name: "SIGINT", number: 2 },
            First::Other(_) => Signal { name: "SIGTERM", number: 15 },
        }
    }
}

/// Where signals come from.
#[cfg(not(unix))]
struct Source;

#[cfg(not(unix))]
impl Source {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal { name: "Ctrl-C", number: 2 }
    }
}
