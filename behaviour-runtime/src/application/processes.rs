//! The processes of an application, and how nothing is left of them.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::process::cell::ProcessCell;
use crate::process::ended::Ended;
use crate::process::functions::ProcessKind;
use crate::process::receive::send;
use crate::process::signal::Signal;
use crate::process::{self, ExitReason, Pid, Process, table};

use super::any::Top;
use super::master::{News, Order};
use super::wait::within;

/// The processes of an application.
pub(super) struct Processes {
    pub(super) master: Process<Order>,
    pub(super) top: Top,
    /// Whether the top has started.
    pub(super) up: bool,
}

impl Processes {
    /// Takes note of what the master has told and nobody has heard yet.
    pub(super) fn catch_up(&mut self, told: &mut UnboundedReceiver<News>) {
        while let Ok(news) = told.try_recv() {
            match news {
                News::Top(process) => self.top = Some(process),
                News::Up => self.up = true,
                News::Started | News::Failed(_) | News::Ended(_) => {}
            }
        }
    }

    /// Makes sure that nothing is left: in order if there is time, else by killing. True if the time was over.
    pub(super) async fn clear(&self, limit: Option<Instant>) -> bool {
        let mut late = false;
        if let Some(top) = &self.top {
            // A server that is busy in its `#[init]` would not hear; a supervisor listens to nobody but its parent.
            let kill = top.table().kind == ProcessKind::Worker && !self.up;
            let from = self.master.pid();
            let reason = if kill { ExitReason::Killed } else { ExitReason::Shutdown };
            send(top.pid(), Signal::Exit { from, reason, link: None, kill });
            if within(limit, Ended::new(Some(Arc::clone(top)))).await.is_none() {
                late = true;
                self.kill().await;
            }
        }
        process::kill(self.master.pid());
        self.master.ended().await;
        late
    }

    /// Kills all that is left: a tree that hangs has children that hang.
    pub(super) async fn kill(&self) {
        let mut tree: Vec<Arc<ProcessCell>> = Vec::new();
        tree.extend(table::find(self.master.pid()));
        tree.extend(self.top.clone());
        let mut seen = 0;
        while let Some(parent) = tree.get(seen).cloned() {
            seen += 1;
            let children = parent.links().into_iter().filter_map(table::find);
            let own = |child: &Arc<ProcessCell>| parent_of(child) == Some(parent.pid());
            let children: Vec<_> = children.filter(own).collect();
            tree.extend(children);
        }
        for process in &tree {
            process::kill(process.pid());
        }
        for process in tree {
            Ended::new(Some(process)).await;
        }
    }
}

/// Who started a process and is linked to it.
pub(super) fn parent_of(process: &ProcessCell) -> Option<Pid> {
    process.relations().tables.as_ref().and_then(|tables| tables.parent)
}
