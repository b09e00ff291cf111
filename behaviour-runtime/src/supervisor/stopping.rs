//! Ending a child (otp.md 7.4).

use std::time::Duration;

use tokio::time::timeout;

use crate::process::ExitReason;
use crate::process::ended::Ended;
use crate::process::functions::ProcessKind;
use crate::process::receive::send;
use crate::process::signal::Signal;

use super::children::Child;
use super::live::Live;
use super::pure::{ChildKey, Restart};
use super::spec::Shutdown;

/// How long a worker may take to shut down if nothing is said.
pub(super) const SHUTDOWN: Duration = Duration::from_secs(5);

/// How a child is ended.
pub(super) fn shutdown_of(child: &Child) -> Shutdown {
    child.shutdown.unwrap_or(match child.kind {
        ProcessKind::Supervisor => Shutdown::Infinity,
        ProcessKind::Worker => Shutdown::Timeout(SHUTDOWN),
    })
}

/// Whether a child that was ended so may end for this reason. A child that need not live may have ended by itself
/// meanwhile.
pub(super) fn is_expected(shutdown: Shutdown, restart: Restart, reason: &ExitReason) -> bool {
    match (shutdown, reason) {
        (Shutdown::BrutalKill, ExitReason::Killed)
        | (Shutdown::Timeout(_) | Shutdown::Infinity, ExitReason::Shutdown) => true,
        (_, ExitReason::Normal | ExitReason::Shutdown | ExitReason::ShutdownWith(_)) => restart != Restart::Permanent,
        _ => false,
    }
}

impl Live {
    /// Ends a child, and waits until it is gone. It is its end that is waited for, not the exit signal of a link, so a
    /// child that unlinked itself is waited for as well.
    pub(super) async fn stop(&mut self, key: ChildKey) {
        let Some(process) = self.children.take_process(key) else { return };
        let Some(child) = self.children.get_mut(key) else { return };
        let (pid, from) = (process.pid(), self.inbox.process().pid());
        let signal = |reason, kill| send(pid, Signal::Exit { from, reason, link: None, kill });
        let mut ended = Ended::new(Some(process));
        let shutdown = shutdown_of(child);
        let reason = match shutdown {
            Shutdown::BrutalKill => {
                signal(ExitReason::Killed, true);
                ended.await
            }
            Shutdown::Infinity => {
                signal(ExitReason::Shutdown, false);
                ended.await
            }
            Shutdown::Timeout(limit) => {
                signal(ExitReason::Shutdown, false);
                if let Ok(reason) = timeout(limit, &mut ended).await {
                    reason
                } else {
                    signal(ExitReason::Killed, true);
                    ended.await
                }
            }
        };
        if !is_expected(shutdown, child.policy.restart, &reason) {
            self.reporter.shutdown_error(&child.id, &reason);
        }
        child.reason = reason;
        // Its exit, if that is on its way already, will be that of a stranger.
        self.inbox.process().unlink(pid);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ExitReason, Restart, Shutdown, is_expected};

    #[test]
    fn the_ends_that_are_no_shutdown_error_are_otps() {
        use Restart::{Permanent, Temporary, Transient};

        let wait = Shutdown::Timeout(Duration::from_secs(1));
        let with = ExitReason::shutdown_with("enough");
        for shutdown in [wait, Shutdown::Infinity, Shutdown::BrutalKill] {
            let kills = shutdown == Shutdown::BrutalKill;
            assert_eq!(is_expected(shutdown, Permanent, &ExitReason::Shutdown), !kills);
            assert_eq!(is_expected(shutdown, Permanent, &ExitReason::Killed), kills);
            assert!(!is_expected(shutdown, Permanent, &ExitReason::Normal));
            assert!(!is_expected(shutdown, Permanent, &with));
            for restart in [Transient, Temporary] {
                assert!(is_expected(shutdown, restart, &ExitReason::Shutdown));
                assert!(is_expected(shutdown, restart, &ExitReason::Normal));
                assert!(is_expected(shutdown, restart, &with));
                assert_eq!(is_expected(shutdown, restart, &ExitReason::Killed), kills);
                assert!(!is_expected(shutdown, restart, &ExitReason::error("boom")));
            }
        }
    }
}
