//! What the runtime tells through `tracing`.
//!
//! Targets and fields are stable and documented in the book: `behaviour::process` (started, ended, crashed),
//! `behaviour::mailbox` (dropped, unhandled) and `behaviour::supervisor`. No field is called `message`, for that is what
//! `tracing` calls the text of the event itself. A program without a subscriber still sees panics: the panic hook that was
//! there prints them.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, Once, PoisonError};

use super::address::Address;
use super::cell::ProcessCell;
use super::pid::Pid;
use super::reason::{ExitReason, Panic};
use super::signal::System;
use super::sys::Status;

/// Longest state that a report shows, in bytes.
const LONGEST: usize = 2_048;

thread_local! {
    /// Where the last panic of a callback on this thread was, and its backtrace.
    static PLACE: RefCell<Option<(String, Option<Backtrace>)>> = const { RefCell::new(None) };
    /// The process that is `main`, or a test, on this thread.
    static MAIN: Cell<Option<Pid>> = const { Cell::new(None) };
}

/// Notes which process is `main`, or a test, on this thread.
pub(crate) fn note_main(main: Pid) {
    MAIN.set(Some(main));
}

/// Notes where callbacks panic. Panics elsewhere are left to the hook that was there.
pub(crate) fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if super::current::look(|_| ()).is_none() {
                return before(info);
            }
            note_place(info);
            // Where nobody reads the crash report, the panic is printed as always; and so is that of `main` or of a test.
            if super::current::look(|process| process.pid()) == MAIN.get() || !wants_crashes() {
                before(info);
            }
        }));
    });
}

fn note_place(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Some(Backtrace::capture()).filter(|backtrace| backtrace.status() == BacktraceStatus::Captured);
    let _ = PLACE.try_with(|noted| *noted.borrow_mut() = Some((place, backtrace)));
}

/// Makes a reason of what a callback panicked with.
pub(crate) fn panicked(payload: Box<dyn std::any::Any + Send>) -> ExitReason {
    let (place, backtrace) = PLACE.try_with(RefCell::take).ok().flatten().unzip();
    ExitReason::Panic(Panic::new(payload, place, backtrace.flatten()))
}

/// What reports call the processes of a type: its path, but what this crate itself brings is called by its name, without
/// the room that it lives in, wherever it stands: `Pool<Agent<shop::Cart>>`.
pub(crate) fn name_of<T: ?Sized>() -> &'static str {
    as_reported(std::any::type_name::<T>())
}

fn as_reported(full: &'static str) -> &'static str {
    static NAMES: Mutex<BTreeMap<&str, &str>> = Mutex::new(BTreeMap::new());
    if !full.contains(HERE) {
        return full;
    }
    // One for each type that is named, for as long as the program runs.
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.entry(full).or_insert_with(|| Box::leak(without_rooms(full).into_boxed_str()))
}

/// How paths into this crate begin.
const HERE: &str = concat!(env!("CARGO_CRATE_NAME"), "::");

fn without_rooms(full: &str) -> String {
    let is_of_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let (mut name, mut rest) = (String::new(), full);
    while let Some(start) = rest.find(is_of_path) {
        let (before, path) = rest.split_at(start);
        let (path, after) = path.split_at(path.find(|letter| !is_of_path(letter)).unwrap_or(path.len()));
        let last = path.rfind("::").map_or(0, |at| at + 2);
        name.extend([before, if path.starts_with(HERE) { &path[last..] } else { path }]);
        rest = after;
    }
    name + rest
}

/// A process started.
pub(crate) fn started(process: &ProcessCell) {
    tracing::debug!(
        target: "behaviour::process",
        pid = %process.pid(),
        name = process.name().as_deref(),
        behaviour = (process.table().type_name)(),
        "started"
    );
}

/// What a crash report says beside the reason.
pub(crate) struct Crash {
    pub(crate) name: Option<std::sync::Arc<str>>,
    /// What is shown of the process, if it crashed and somebody reads of it.
    pub(crate) status: Option<Box<Status>>,
    pub(crate) calls: u32,
    pub(crate) casts: u32,
}

/// What a `#[format_status]` hides of a reason, the reports of others hide as well: of the supervisor, and of whoever ends
/// with the process. And what is hidden already, this report hides.
pub(crate) fn hide(status: &mut Status, reason: &ExitReason) {
    if status.reason.as_ref().is_some_and(|shown| *shown == reason.to_string()) {
        status.reason = Some(reason.in_report().to_string());
    } else {
        reason.report_as(status.reason.as_deref().unwrap_or("***"));
    }
}

/// A process ended, in order or by a crash.
pub(crate) fn ended(process: &ProcessCell, reason: &ExitReason, crash: &Crash) {
    // It is looked for only if somebody reads it.
    let behaviour = process.table().type_name;
    if !reason.is_abnormal() || matches!(reason, ExitReason::Killed | ExitReason::NoProcess) {
        tracing::debug!(
            target: "behaviour::process",
            pid = %process.pid(),
            name = crash.name.as_deref(),
            behaviour = behaviour(),
            %reason,
            dropped_calls = crash.calls,
            dropped_casts = crash.casts,
            "ended"
        );
        return;
    }
    let panic = if let ExitReason::Panic(panic) = reason { Some(panic) } else { None };
    let Some(status) = &crash.status else { return };
    let machine = status.machine.as_ref();
    tracing::error!(
        target: "behaviour::process",
        pid = %process.pid(),
        name = crash.name.as_deref(),
        behaviour = behaviour(),
        reason = status.reason,
        place = panic.and_then(Panic::place),
        backtrace = panic.and_then(Panic::backtrace).map(tracing::field::display),
        callback = status.last_message,
        state = status.state.as_deref().unwrap_or_default(),
        log = list(&status.log),
        queued = machine.and_then(|machine| list(&machine.queued)),
        postponed = machine.and_then(|machine| list(&machine.postponed)),
        timeouts = machine.and_then(|machine| list(&machine.timeouts)),
        dropped_calls = crash.calls,
        dropped_casts = crash.casts,
        "crashed"
    );
}

/// Several things in a line; nothing if there are none.
fn list(things: &[impl fmt::Display]) -> Option<String> {
    let things: Vec<_> = things.iter().map(ToString::to_string).collect();
    (!things.is_empty()).then(|| things.join(", "))
}

/// Whether anybody reads crash reports.
pub(crate) fn wants_crashes() -> bool {
    tracing::enabled!(target: "behaviour::process", tracing::Level::ERROR)
}

/// Whether anybody reads why a process crashed: in its own report, or in that of its supervisor.
pub(crate) fn wants_reasons() -> bool {
    wants_crashes() || tracing::enabled!(target: "behaviour::supervisor", tracing::Level::ERROR)
}

/// A message was dropped by a full mailbox.
pub(crate) fn dropped(process: &ProcessCell, message: &'static str, why: &'static str) {
    tracing::debug!(target: "behaviour::mailbox", pid = %process.pid(), callback = message, why, "dropped");
}

/// A cast was refused by a full mailbox.
pub(crate) fn rejected(process: &ProcessCell, message: &'static str) {
    tracing::warn!(target: "behaviour::mailbox", pid = %process.pid(), callback = message, "rejected");
}

/// A message was sent to a process that has ended.
pub(crate) fn undelivered(process: &ProcessCell, message: &'static str) {
    tracing::debug!(target: "behaviour::mailbox", pid = %process.pid(), callback = message, "undelivered");
}

/// A message was sent to a child that is restarting, or by a key that nobody has.
pub(crate) fn nobody(address: &Address) {
    if let Address::Key(key) = address {
        tracing::debug!(target: "behaviour::mailbox", ?key, "nobody there");
    } else {
        tracing::debug!(target: "behaviour::mailbox", pid = ?address.pid(), "restarting");
    }
}

/// A listener of a registry panicked, and hears nothing more.
pub(crate) fn listener_panicked(reason: &ExitReason) {
    tracing::error!(target: "behaviour::registry", %reason, "a listener panicked");
}

/// A message to a member of a group, or a change of the group, could not be made or sent.
pub(crate) fn sending_panicked(process: &ProcessCell, reason: &ExitReason) {
    tracing::error!(target: "behaviour::pg", pid = %process.pid(), %reason, "panicked while it was sent");
}

/// A function that was installed to watch a process panicked, and is removed.
pub(crate) fn watch_panicked(process: &str, id: &str, error: &super::sys::SysError) {
    tracing::warn!(target: "behaviour::sys", process, id, %error, "a debug function panicked and is removed");
}

/// The events of a process cannot be written to its file any more.
pub(crate) fn log_file_failed(path: &std::path::Path, error: &std::io::Error) {
    tracing::error!(target: "behaviour::sys", path = %path.display(), %error, "events are no longer written to the file");
}

/// The system sent something that the server has no callback for (OTP logs this, too, and goes on).
pub(crate) fn unhandled(process: &ProcessCell, system: &System) {
    tracing::warn!(
        target: "behaviour::mailbox",
        pid = %process.pid(),
        behaviour = (process.table().type_name)(),
        signal = ?system,
        "unhandled"
    );
}

/// A state timeout came in a state that has none: the state was changed behind the callbacks' backs.
pub(crate) fn unknown_timeout(process: &ProcessCell, state: &'static str) {
    tracing::warn!(
        target: "behaviour::mailbox",
        pid = %process.pid(),
        behaviour = (process.table().type_name)(),
        signal = %format_args!("state_timeout in {state}"),
        "unhandled"
    );
}

/// A state machine ends, and a handler that failed took the state along: `#[terminate]` would look at it.
pub(crate) fn state_lost(process: &ProcessCell, state: &'static str) {
    tracing::warn!(
        target: "behaviour::process",
        pid = %process.pid(),
        name = process.name().as_deref(),
        behaviour = (process.table().type_name)(),
        state,
        "terminate skipped"
    );
}

/// A panic where nothing can be done about it: in a destructor.
pub(crate) fn panicked_dropping(reason: &ExitReason) {
    tracing::error!(target: "behaviour::process", %reason, "panicked while it was dropped");
}

/// Adds a server's state to what is shown of its process, as its own callback tells it or else field by field; the callback
/// may change all of it. One that panics is told instead, and has changed nothing.
///
/// A machine's data is shown in a state. What that is called is the callback's to change, too; and a callback that puts the
/// whole text into the status has said all.
pub(crate) fn describe(
    server: &str,
    status: &mut Status,
    by_callback: &dyn Fn(&mut Status) -> Option<String>,
    by_field: &dyn Fn(&mut fmt::Formatter<'_>) -> fmt::Result,
) {
    let mut changed = status.clone();
    let shown = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let told = by_callback(&mut changed);
        match (told, changed.state.take()) {
            (Some(told), _) => in_state(told, &changed),
            (None, Some(whole)) => whole,
            (None, None) => in_state(short(&fmt::from_fn(by_field)), &changed),
        }
    }));
    match shown {
        Ok(state) => *status = Status { state: Some(state), ..changed },
        Err(_) => status.state = Some(in_state(format_status_crashed(server), status)),
    }
}

/// What is shown of a machine's data, and the state that it is in.
fn in_state(shown: String, status: &Status) -> String {
    match &status.machine {
        Some(machine) => format!("{shown} in {}", machine.state),
        None => shown,
    }
}

fn format_status_crashed(server: &str) -> String {
    format!("{server}::format_status crashed")
}

/// A server's state as its own callback tells it, or else field by field; a callback that panics is told instead.
pub(crate) fn state(
    server: &str,
    by_callback: &dyn Fn() -> Option<String>,
    by_field: &dyn Fn(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> String {
    let shown = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        by_callback().unwrap_or_else(|| short(&fmt::from_fn(by_field)))
    }));
    shown.unwrap_or_else(|_| format_status_crashed(server))
}

/// A text that stops growing: a report of a large state costs no more than one of a small one.
pub(super) fn short(shown: &dyn fmt::Display) -> String {
    struct Short(String);
    impl Write for Short {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = LONGEST - self.0.len();
            if text.len() <= room {
                self.0.push_str(text);
                return Ok(());
            }
            self.0.push_str(&text[..text.floor_char_boundary(room)]);
            Err(fmt::Error)
        }
    }
    let mut text = Short(String::new());
    if write!(text, "{shown}").is_err() {
        text.0.push('…');
    }
    text.0
}

#[cfg(test)]
mod tests {
    use super::without_rooms;

    #[test]
    fn only_the_rooms_of_this_crate_are_left_out_of_a_name() {
        for (full, name) in [
            ("behaviour_runtime::agent::describe::Agent<u8>", "Agent<u8>"),
            ("shop::Cart", "shop::Cart"),
            (
                "behaviour_runtime::pool::describe::Pool<behaviour_runtime::agent::describe::Agent<(shop::Cart, &str)>>",
                "Pool<Agent<(shop::Cart, &str)>>",
            ),
            ("shop::Cart<[behaviour_runtime::process::pid::Pid; 2]>", "shop::Cart<[Pid; 2]>"),
            ("my_behaviour_runtime::Cart", "my_behaviour_runtime::Cart"),
            ("shop::open::{{closure}}", "shop::open::{{closure}}"),
        ] {
            assert_eq!(without_rooms(full), name);
        }
    }
}
