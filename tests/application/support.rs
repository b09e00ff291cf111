//! What the tests of applications share: a log, and a server that writes down its life.

#![allow(unreachable_pub, dead_code, reason = "each test file uses some of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;

pub const SECOND: Duration = Duration::from_secs(1);

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    /// What was written since the last time.
    pub fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }
}

/// Writes down when it starts and when it is closed, for which it takes its time.
#[gen_server]
pub struct Worker {
    name: &'static str,
    closing: Duration,
    log: Log,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(cx: &mut Context<Self>, name: &'static str, closing: Duration, log: Log) -> Self {
        cx.trap_exit(true);
        log.note(format!("+{name}"));
        Self { name, closing, log }
    }

    /// Ends by itself.
    #[cast]
    pub fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    /// What the present process belongs to.
    #[call]
    pub fn application(&self) -> Option<&'static str> {
        application::current()
    }

    #[info]
    fn exit(&mut self, exit: Exit) -> Result<(), ExitReason> {
        Err(exit.reason)
    }

    #[terminate]
    async fn close(&mut self, reason: ExitReason) {
        tokio::time::sleep(self.closing).await;
        self.log.note(format!("-{}({reason})", self.name));
    }
}
