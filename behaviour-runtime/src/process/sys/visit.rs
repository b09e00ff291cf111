//! A visit: what a system request may do inside a process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use super::debug::Debug;
use super::error::SysError;
use super::file::LogFile;
use super::status::{Run, Status};
use super::{Attending, Errand, Request};
use crate::process::cell::ProcessCell;
use crate::process::end::{discard, dropping};
use crate::process::functions::Table;
use crate::process::inside::{Inside, Stage};
use crate::process::mailbox::Word;
use crate::process::reason::ExitReason;
use crate::process::signal::Signal;
use crate::process::{report, runner};

/// The state of a process, lent: of a server all is data, a machine's state stands beside them.
pub(crate) struct Lent<'a> {
    pub(crate) state: Option<&'a mut dyn Any>,
    pub(crate) data: &'a mut dyn Any,
}

/// Who borrows the state.
pub(crate) type Look<'a> = &'a mut dyn FnMut(Lent<'_>);

impl Status {
    /// What is to be seen of a process that ends for this reason, whose body was taken out, or was never there.
    ///
    /// # Safety
    /// The caller holds the turn, and the body is the process's own.
    #[allow(unsafe_code)]
    pub(in crate::process) unsafe fn at_end(process: &Arc<ProcessCell>, body: *mut (), reason: &ExitReason) -> Self {
        let mut visit = Visit { process };
        let mut status = visit.outline();
        status.reason = Some(reason.to_string());
        if !body.is_null() {
            dropping(|| visit.describe_into(body, &mut status));
        }
        status
    }
}

/// A request at work inside a process, as that process, between two of its callbacks.
pub(crate) struct Visit<'a> {
    /// Its task holds the turn, and no reference into the inside is alive.
    process: &'a Arc<ProcessCell>,
}

/// Runs a function of the user's; its panic is an error of the request.
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Result<R, SysError> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| SysError::CallbackFailed(report::panicked(payload)))
}

#[allow(unsafe_code)]
impl<'a> Visit<'a> {
    /// Does what was asked for. The process's task calls this, which holds the turn.
    pub(super) fn of(process: &'a Arc<ProcessCell>, request: Request) {
        let mut visit = Self { process };
        dropping(|| request(&mut visit));
    }

    fn inside(&mut self) -> &mut Inside {
        // SAFETY: who visits holds the turn; the borrow ends before anything else is done.
        unsafe { &mut *self.process.inside() }
    }

    /// The body, while the process runs.
    fn body(&mut self) -> Result<*mut (), SysError> {
        let inside = self.inside();
        let there = inside.stage == Stage::Running && !inside.body.is_null();
        if there { Ok(inside.body) } else { Err(SysError::NoState) }
    }

    /// Looks at the state, and may change it: who does not find there what it expects gives none.
    pub(crate) fn find<R>(
        &mut self,
        look: impl FnOnce(Lent<'_>) -> Option<Result<R, SysError>>,
    ) -> Result<R, SysError> {
        self.lend(look)?.unwrap_or(Err(SysError::OtherImplementation))
    }

    /// Looks at the state, and may change it.
    fn lend<R>(&mut self, look: impl FnOnce(Lent<'_>) -> R) -> Result<R, SysError> {
        let (mut look, mut seen) = (Some(look), None);
        if let Some(shown) = self.process.shown() {
            shown.lend(&mut |lent| seen = look.take().map(|look| look(lent)));
            return seen.ok_or(SysError::NoState);
        }
        let body = self.body()?;
        // SAFETY: who visits holds the turn; the body was made for this table.
        unsafe {
            (self.process.table().lend)(body, &mut |lent| seen = look.take().map(|look| look(lent)));
        }
        seen.ok_or(SysError::NoState)
    }

    /// Makes another version of the server of the one that runs, which is dropped.
    ///
    /// # Safety
    /// `make` is given the body; if it succeeds, it leaves there what may be dropped, and the body that it gives was made
    /// for the table, which takes the same messages as the old one.
    pub(crate) unsafe fn replace(
        &mut self,
        table: &'static Table,
        make: impl FnOnce(&Arc<ProcessCell>, *mut ()) -> Result<*mut (), SysError>,
    ) -> Result<(), SysError> {
        let (body, old) = (self.body()?, self.process.table());
        let new = make(self.process, body)?;
        // SAFETY: who visits holds the turn, no callback is under way while a process is suspended or its desk is attended
        // to; of the bodies as promised by the caller.
        unsafe {
            let body = self.process.replace(table, new);
            dropping(|| (old.drop_body)(body));
        }
        let process = self.process;
        if let Some(debug) = self.inside().extra.as_mut().and_then(|extra| extra.debug.as_mut()) {
            debug.rename(process);
        }
        Ok(())
    }

    /// The state as text, as `#[format_status]` says it, or field by field: given to `answer` at once, or later by the
    /// loop of a process that keeps its state in its life.
    pub(crate) fn describe(&mut self, answer: impl FnOnce(Option<String>) + Send + 'static) {
        match self.process.table().outline {
            Some(outline) => self.leave(Box::new(move |live| answer(outline(live)))),
            None => answer(self.status().state),
        }
    }

    /// Leaves an errand with the process's own loop, which must be one that does errands.
    pub(crate) fn leave(&mut self, errand: Errand) {
        self.process.at_desk(|desk| desk.errands.push_back(errand));
    }

    /// All that is to be seen.
    pub(crate) fn status(&mut self) -> Status {
        let mut status = self.outline();
        if let Some(shown) = self.process.shown() {
            status.state = match guarded(|| shown.describe()) {
                Err(SysError::CallbackFailed(reason)) => Some(format!("cannot be shown: {reason}")),
                text => text.ok(),
            };
        } else if let Ok(body) = self.body() {
            self.describe_into(body, &mut status);
        }
        status
    }

    /// What is to be seen without the state.
    fn outline(&mut self) -> Status {
        let (process, table) = (self.process, self.process.table());
        let waiting = |word| !Word::is_system(word);
        let taken = self.inside().batch.count(table.shape, waiting);
        let (name, parent) = {
            let relations = process.relations();
            let tables = relations.tables.as_ref();
            (tables.and_then(|tables| tables.name.clone()), tables.and_then(|tables| tables.parent))
        };
        Status {
            pid: process.pid(),
            name,
            behaviour: (table.type_name)(),
            run: if process.is_suspended() { Run::Suspended } else { Run::Running },
            parent,
            mailbox_len: taken + process.mailbox.with(|mailbox| mailbox.queue.count(table.shape, waiting)),
            last_message: self.inside().last,
            state: None,
            reason: None,
            debug: self.debug(|debug| debug.items()).unwrap_or_default(),
            log: self.debug(|debug| debug.log()).unwrap_or_default(),
            machine: None,
            handlers: Vec::new(),
        }
    }

    /// Adds the state, in this body, and what else only some behaviours have, and has it changed by `#[format_status]`.
    fn describe_into(&mut self, body: *mut (), status: &mut Status) {
        let table = self.process.table();
        // SAFETY: who visits holds the turn; the body was made for this table.
        unsafe {
            status.machine = table.hooks.map(|hooks| (hooks.status)(body));
            if let Some(shown) = table.handlers {
                (table.lend)(body, &mut |lent| status.handlers = shown(lent.data));
            }
            (table.describe)(body, status);
        }
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.process.is_suspended()
    }

    /// From now on only requests are answered.
    pub(crate) fn suspend(&mut self) {
        self.process.at_desk(|desk| (desk.suspended, desk.attended) = (true, true));
        if !self.process.table().plain && self.inside().parked.is_none() {
            self.inside().parked = Some(Attending::server());
        }
    }

    /// Everything is handled again.
    pub(crate) fn resume(&mut self) {
        self.process.at_desk(|desk| desk.suspended = false);
    }

    /// What watches the process, to be looked at and changed.
    pub(crate) fn debug<R>(&mut self, f: impl FnOnce(&mut Debug) -> R) -> Result<R, SysError> {
        if self.process.table().plain {
            return Err(SysError::NoEvents);
        }
        let process = self.process;
        let debug = self.inside().extra().debug.take();
        let mut debug = debug.unwrap_or_else(|| Box::new(Debug::new(process)));
        let result = f(&mut debug);
        if debug.is_used() {
            self.inside().extra().debug = Some(debug);
        } else {
            discard(debug);
        }
        Ok(result)
    }

    /// Writes what the process handles to this file from now on, or to none.
    pub(crate) fn log_to_file(&mut self, path: Option<PathBuf>) -> Result<(), SysError> {
        if self.process.table().plain {
            return Err(SysError::NoEvents);
        }
        let file = path.map(LogFile::open).transpose().map_err(SysError::LogFile)?;
        self.debug(|debug| debug.set_file(file))
    }

    /// Ends the process in order, before anything else that waits.
    pub(crate) fn terminate(&mut self, reason: ExitReason) {
        if self.process.table().plain {
            self.process.receive(Signal::Stop { reason });
        } else {
            self.process.at_desk(|desk| desk.suspended = false);
            runner::crashed(self.process, reason);
        }
    }
}
