//! A server as its process holds it, and the functions by which the core reaches it.

use std::any::{TypeId, type_name};
use std::sync::Arc;

use crate::process::ExitReason;
use crate::process::cell::ProcessCell;
use crate::process::functions::{ProcessKind, Step, Table};
use crate::process::queue::Shape;
use crate::process::report;
use crate::process::sys::{Lent, Look, Status};

use crate::edge::{Context, drop_message, message_name, system};

use super::behaviour::GenServer;

/// The server's state, and what it may do to its process.
pub(crate) struct Body<S> {
    pub(crate) cx: Context<S>,
    pub(crate) server: Option<S>,
}

impl<S: GenServer> Body<S> {
    pub(crate) const TABLE: Table = Table {
        shape: Shape::of::<S::Message>(),
        type_name: report::name_of::<S>,
        identity: TypeId::of::<S::Message>,
        kind: ProcessKind::Worker,
        drop_message: drop_message::<S>,
        message_name: message_name::<S>,
        handle: handle::<S>,
        terminate: terminate::<S>,
        drop_body: drop_body::<S>,
        describe: describe::<S>,
        lend: lend::<S>,
        system: system::<S>,
        call_timeout: S::OPTIONS.call_timeout,
        capacity: S::OPTIONS.capacity,
        when_full: S::OPTIONS.when_full,
        inline: S::OPTIONS.inline,
        plain: false,
        hooks: None,
        handlers: S::HANDLERS,
        outline: None,
    };

    #[allow(clippy::unnecessary_box_returns, reason = "the process keeps it boxed")]
    pub(crate) fn new(process: &Arc<ProcessCell>) -> Box<Self> {
        Box::new(Self { cx: Context::new(Arc::clone(process)), server: None })
    }
}

/// Lets a step outlive the borrow of the body that it holds.
///
/// # Safety
/// The body stays where it is, and nobody touches it, until the step is done or dropped: the cell keeps both, and drops
/// the step first.
#[allow(unsafe_code)]
unsafe fn outlive(step: Step<'_>) -> Step<'static> {
    // SAFETY: only the lifetime changes; as promised by the caller.
    unsafe { std::mem::transmute(step) }
}

#[allow(unsafe_code)]
unsafe fn handle<S: GenServer>(body: *mut (), message: *mut u8) -> Step<'static> {
    // SAFETY: the core calls this with the body that was made for this table, while it holds the turn, and with one of
    // `S`'s messages, which it does not use again.
    unsafe {
        let body = &mut *body.cast::<Body<S>>();
        body.cx.note(S::message_name(&*message.cast::<S::Message>()));
        let message = message.cast::<S::Message>().read();
        match &mut body.server {
            Some(server) => outlive(server.handle(message, &mut body.cx)),
            None => None,
        }
    }
}

#[allow(unsafe_code)]
unsafe fn terminate<S: GenServer>(body: *mut (), reason: ExitReason) -> Step<'static> {
    // SAFETY: as in `handle`.
    unsafe {
        let body = &mut *body.cast::<Body<S>>();
        match &mut body.server {
            Some(server) => outlive(server.terminate(reason, &mut body.cx)),
            None => None,
        }
    }
}

#[allow(unsafe_code)]
unsafe fn drop_body<S: GenServer>(body: *mut ()) {
    // SAFETY: the core calls this once, with the box that was made for this table.
    drop(unsafe { Box::from_raw(body.cast::<Body<S>>()) });
}

#[allow(unsafe_code)]
unsafe fn describe<S: GenServer>(body: *mut (), status: &mut Status) {
    // SAFETY: as in `handle`.
    if let Some(server) = unsafe { &(*body.cast::<Body<S>>()).server } {
        report::describe(type_name::<S>(), status, &|status| server.format_status(status), &|f| server.report(f));
    }
}

#[allow(unsafe_code)]
unsafe fn lend<S: GenServer>(body: *mut (), look: Look<'_>) {
    // SAFETY: as in `handle`.
    if let Some(server) = unsafe { &mut (*body.cast::<Body<S>>()).server } {
        look(Lent { state: None, data: server });
    }
}
