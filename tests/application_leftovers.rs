//! Nothing is left of applications that were stopped, that ended by themselves, or that did not start.
//!
//! This counts all processes of the program, so it has a file, and with it a program, of its own.

#[path = "application/support.rs"]
mod support;

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::Restart;

use self::support::{Log, SECOND, Worker};

/// A supervisor of a worker.
#[supervisor(one_for_one, intensity = 0)]
struct Tree {
    log: Log,
}

#[supervisor]
impl Tree {
    #[child]
    fn worker(&self) -> Child<Worker> {
        Worker::child("worker", SECOND, self.log.clone())
    }
}

#[application]
#[derive(Default)]
struct Below {
    log: Log,
}

#[application]
impl Below {
    #[start]
    fn start(&self) -> Child<Worker> {
        Worker::child("below", SECOND, self.log.clone())
    }
}

/// Fails, hangs, or neither.
#[application(depends(Below), phases(open), shutdown_timeout = 10s)]
struct Above {
    log: Log,
    trouble: &'static str,
}

#[application]
impl Above {
    #[start]
    fn start(&self) -> Child<Tree> {
        Tree { log: self.log.clone() }.child()
    }

    #[phase]
    async fn open(&self, tree: &TreeClient) {
        if self.trouble == "interrupted" {
            tree.ended().await;
            std::future::pending::<()>().await;
        }
        assert_ne!(self.trouble, "panics");
    }

    #[prep_stop]
    async fn prep_stop(&self) {
        if self.trouble == "hangs" {
            std::future::pending::<()>().await;
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn nothing_is_left_of_applications() {
    let before = process::count();
    for trouble in ["", "crashes", "panics", "hangs", "interrupted"] {
        let log = Log::default();
        let above = Above { log: log.clone(), trouble };
        let start = application::ensure_all_started(above).restart(Restart::Permanent);
        if trouble == "interrupted" {
            let start = tokio::spawn(start.into_future());
            tokio::time::sleep(Duration::from_secs(1)).await;
            application::shut_down().await;
            assert!(start.await.unwrap().is_err());
        } else if let Ok(running) = start.await {
            assert!(process::count() > before + 4);
            if trouble == "crashes" {
                running.worker().end(ExitReason::error("boom"));
                running.ended().await;
            }
            assert_ne!(trouble, "panics");
        }
        application::shut_down().await;
        // The masters that ended last are gone once their keepers have gone on.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(process::count(), before, "{trouble}");
        assert_eq!(application::which_applications(), []);
    }
}
