//! A machine as its process holds it, and the functions by which the core reaches it.

use std::any::{TypeId, type_name};
use std::sync::Arc;

use tokio::time::Instant;

use crate::edge::{Context, drop_message, message_name, system};
use crate::process::ExitReason;
use crate::process::cell::ProcessCell;
use crate::process::functions::{Hooks, Pending, Proceed, ProcessKind, Step, Table};
use crate::process::parcel::Parcel;
use crate::process::queue::Shape;
use crate::process::sys::{Lent, Look, MachineStatus, Status, TimeoutStatus};
use crate::process::timers::later_than;
use crate::process::{report, runner};

use super::behaviour::GenStatem;
use super::event::Event;
use super::pure::{Lies, Timer};
use super::round::{Round, Stage};
use super::state::{Place, State, StateInfo};

/// The machine's data and state, what it may do to its process, and its agenda.
pub(super) struct Body<S: GenStatem> {
    pub(super) cx: Context<S>,
    pub(super) data: Option<S>,
    pub(super) place: Place<S::State>,
    pub(super) round: Round,
}

impl<S: GenStatem> Body<S> {
    pub(super) const TABLE: Table = Table {
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
        hooks: Some(&Self::HOOKS),
        handlers: None,
        outline: None,
    };

    const HOOKS: Hooks = Hooks {
        proceed: proceed::<S>,
        settle: settle_in_place::<S>,
        first: first::<S>,
        expire: expire::<S>,
        rest: rest::<S>,
        status: status::<S>,
        abandon: abandon::<S>,
    };

    #[allow(clippy::unnecessary_box_returns, reason = "the process keeps it boxed")]
    pub(super) fn new(process: &Arc<ProcessCell>) -> Box<Self> {
        let cx = Context::new(Arc::clone(process));
        Box::new(Self { cx, data: None, place: Place::new(), round: Round::new() })
    }

    /// `#[init]` has made this.
    pub(super) fn start(&mut self, (data, state): (S, S::State)) {
        self.data = Some(data);
        self.round.start(state.index());
        self.place.put(state);
        self.cx.inside().asked = true;
    }
}

/// Lets a step outlive the borrow of the body that it holds.
///
/// # Safety
/// The body stays where it is, and nobody touches what the step borrows, until the step is done or dropped: the cell
/// keeps both, and drops the step first.
#[allow(unsafe_code)]
unsafe fn outlive(step: Step<'_>) -> Step<'static> {
    // SAFETY: only the lifetime changes; as promised by the caller.
    unsafe { std::mem::transmute(step) }
}

#[allow(unsafe_code)]
unsafe fn handle<S: GenStatem>(body: *mut (), message: *mut u8) -> Step<'static> {
    let body = body.cast::<Body<S>>();
    // SAFETY: the core calls this with the body that was made for this table, while it holds the turn, and with one of
    // `S`'s messages, which it does not use again. The parts of the body are borrowed one by one, for the context finds
    // the round by the body's address.
    unsafe {
        let message = message.cast::<S::Message>().read();
        if S::asks_state_name(&message) {
            (*body).round.pass();
            let name = (*body).cx.state_name();
            (*body).cx.reply(name);
            return None;
        }
        let inside = (*body).cx.inside();
        inside.last = Some(S::message_name(&message));
        let in_place = inside.register.kind.is_some() && inside.register.node.is_none();
        (*body).round.begin(in_place);
        let data = (*body).data.as_mut()?;
        let step = data.handle(&mut (*body).place, message, &mut (*body).cx);
        if step.is_some() { outlive(step) } else { settle(body) }
    }
}

/// The handler is done, or an enter callback: calls those that are due, then carries out what all of them asked for.
///
/// # Safety
/// The caller holds the turn, and the body is this process's.
#[allow(unsafe_code)]
#[allow(clippy::inline_always, reason = "measured: a tenth of a cast")]
#[inline(always)]
unsafe fn settle<S: GenStatem>(body: *mut Body<S>) -> Step<'static> {
    // SAFETY: as promised by the caller; the parts of the body are borrowed one by one.
    unsafe {
        let state = (*body).place.get()?;
        let (index, round) = (state.index(), &mut (*body).round);
        let stays = index == round.from;
        if (stays || !S::ENTERS) && !(round.repeats || round.entered || round.postpones) {
            // What happens to most events: no other callback is due.
            if (*body).cx.is_stopping() {
                return None;
            }
            if !stays {
                set_entry_timeout::<S>(state, round);
            }
            round.end(index);
        } else {
            let step = enter(body);
            if step.is_some() || (*body).round.stage != Stage::Settled {
                return step;
            }
        }
        if (*body).round.agenda.is_busy() {
            look_ahead(body);
        }
        None
    }
}

/// Arms what `#[state_timeout(30s)]` asks for, unless the callbacks asked for another state timeout.
#[inline]
fn set_entry_timeout<S: GenStatem>(state: &S::State, round: &mut Round) {
    if let Some((after, _)) = S::on_entry(state) {
        round.agenda.set_by_default(Event::Entry, after.into());
    }
}

/// The state may have been entered: calls `#[enter]` until it does not ask to be called again.
///
/// # Safety
/// As for `settle`.
#[allow(unsafe_code)]
#[inline(never)]
unsafe fn enter<S: GenStatem>(body: *mut Body<S>) -> Step<'static> {
    // SAFETY: as promised by the caller; the parts of the body are borrowed one by one.
    unsafe {
        loop {
            let state = (*body).place.get()?;
            let (index, round) = (state.index(), &mut (*body).round);
            if round.stage == Stage::Entering {
                assert!(
                    round.now == index,
                    "an `#[enter]` callback stays in its state: it cannot become `{}`",
                    state.name()
                );
                round.stage = Stage::Handling;
            }
            assert!(
                round.kept || !round.postpones,
                "`cx.postpone()` is written in the handler itself, where `#[gen_statem]` sees it and keeps the event"
            );
            if (*body).cx.is_stopping() {
                return None;
            }
            if !round.repeats && (round.entered || index == round.from) {
                if round.entered {
                    set_entry_timeout::<S>(state, round);
                }
                round.end(index);
                return None;
            }
            (round.repeats, round.entered, round.now) = (false, true, index);
            if S::ENTERS {
                round.stage = Stage::Entering;
                let from = StateInfo::name_of(S::State::STATES, round.from);
                let inside = (*body).cx.inside();
                inside.last = Some("enter");
                if inside.filled {
                    runner::publish(inside);
                }
                let Some(data) = &mut (*body).data else { return None };
                let step = data.enter(&mut (*body).place, from, &mut (*body).cx);
                if step.is_some() {
                    return outlive(step);
                }
            }
        }
    }
}

/// Something is to be done after this event, now or at some time: makes sure that the process's task does it.
///
/// # Safety
/// As for `settle`.
#[allow(unsafe_code)]
#[inline(never)]
unsafe fn look_ahead<S: GenStatem>(body: *mut Body<S>) {
    // SAFETY: as promised by the caller.
    unsafe {
        let round = &mut (*body).round;
        let mut asks = round.agenda.has_next();
        if !asks && round.in_place && round.agenda.is_vague() {
            // The task would look before it rests; here it may be resting already.
            let first = round.agenda.first(Instant::now, later_than);
            let extra = (*body).cx.inside().extra();
            let sleeps = extra.sleep.as_ref().is_some_and(|sleep| !sleep.is_elapsed());
            let armed = extra.armed.filter(|_| sleeps);
            asks = first.is_some_and(|first| armed.is_none_or(|armed| armed > first));
        }
        if asks {
            (*body).cx.inside().asked = true;
        }
    }
}

#[allow(unsafe_code)]
unsafe fn settle_in_place<S: GenStatem>(body: *mut ()) -> Step<'static> {
    // SAFETY: the core calls this with the body that was made for this table, while it holds the turn.
    unsafe { settle(body.cast::<Body<S>>()) }
}

#[allow(unsafe_code)]
unsafe fn proceed<S: GenStatem>(body: *mut ()) -> Proceed {
    let body = body.cast::<Body<S>>();
    // SAFETY: as in `settle_in_place`; the parts of the body are borrowed one by one.
    unsafe {
        (*body).round.in_place = false;
        if (*body).round.stage != Stage::Settled {
            if let Some(step) = settle(body) {
                return Proceed::Wait(step);
            }
            if (*body).round.stage != Stage::Settled {
                return Proceed::Nothing;
            }
        }
        let round = &mut (*body).round;
        while let Some(event) = round.agenda.next() {
            let event = match event {
                Event::Kept(event) => *event,
                Event::Made(make) => Pending { node: None, message: make() },
                Event::Entry => {
                    let Some((_, message)) = (*body).place.get().and_then(S::on_entry) else {
                        // New code, or a new state by `replace_state`, has no use for what was armed before.
                        let state = StateInfo::name_of(S::State::STATES, round.now);
                        report::unknown_timeout((*body).cx.process(), state);
                        continue;
                    };
                    Pending { node: None, message: Parcel::new(message) }
                }
            };
            round.inner = true;
            return Proceed::Event(event);
        }
        Proceed::Nothing
    }
}

#[allow(unsafe_code)]
unsafe fn first<S: GenStatem>(body: *mut ()) -> Option<Instant> {
    // SAFETY: as in `settle_in_place`.
    unsafe { (*body.cast::<Body<S>>()).round.agenda.first(Instant::now, later_than) }
}

#[allow(unsafe_code)]
unsafe fn expire<S: GenStatem>(body: *mut (), waiting: u64) -> bool {
    // SAFETY: as in `settle_in_place`.
    let agenda = unsafe { &mut (*body.cast::<Body<S>>()).round.agenda };
    agenda.expire(Instant::now(), waiting);
    agenda.has_next()
}

#[allow(unsafe_code)]
unsafe fn rest<S: GenStatem>(body: *mut ()) -> bool {
    // SAFETY: as in `settle_in_place`.
    unsafe { (*body.cast::<Body<S>>()).round.agenda.rest() }
}

#[allow(unsafe_code)]
unsafe fn abandon<S: GenStatem>(body: *mut ()) -> Vec<Pending> {
    // SAFETY: as in `settle_in_place`.
    let events = unsafe { (*body.cast::<Body<S>>()).round.agenda.abandon() };
    // Timeouts are not among them, and so none that would have to be made.
    events.filter_map(|event| if let Event::Kept(event) = event { Some(*event) } else { None }).collect()
}

#[allow(unsafe_code)]
unsafe fn terminate<S: GenStatem>(body: *mut (), reason: ExitReason) -> Step<'static> {
    let body = body.cast::<Body<S>>();
    // SAFETY: as in `settle_in_place`; the parts of the body are borrowed one by one.
    unsafe {
        let data = (*body).data.as_mut()?;
        outlive(data.terminate(&mut (*body).place, reason, &mut (*body).cx))
    }
}

#[allow(unsafe_code)]
unsafe fn drop_body<S: GenStatem>(body: *mut ()) {
    // SAFETY: the core calls this once, with the box that was made for this table.
    drop(unsafe { Box::from_raw(body.cast::<Body<S>>()) });
}

#[allow(unsafe_code)]
unsafe fn describe<S: GenStatem>(body: *mut (), status: &mut Status) {
    let body = body.cast::<Body<S>>();
    // SAFETY: as in `settle_in_place`.
    if let Some(data) = unsafe { &(*body).data } {
        report::describe(type_name::<S>(), status, &|status| data.format_status(status), &|f| data.report(f));
    }
}

#[allow(unsafe_code)]
unsafe fn lend<S: GenStatem>(body: *mut (), look: Look<'_>) {
    let body = body.cast::<Body<S>>();
    // SAFETY: as in `settle_in_place`; the parts of the body are borrowed one by one.
    let (data, place, round) = unsafe { (&mut (*body).data, &mut (*body).place, &mut (*body).round) };
    if let (Some(data), true) = (data, place.is_there()) {
        look(Lent { state: Some(place.seen()), data });
        // Another state by this way is no transition.
        round.stays_at(place.seen().index());
    }
}

#[allow(unsafe_code)]
unsafe fn status<S: GenStatem>(body: *mut ()) -> MachineStatus {
    let body = body.cast::<Body<S>>();
    // SAFETY: as in `settle_in_place`; the parts of the body are borrowed one by one.
    let (place, round) = unsafe { (&(*body).place, &mut (*body).round) };
    let mut status = MachineStatus::of(StateInfo::name_of(S::State::STATES, round.now));
    round.agenda.look(Instant::now(), &mut |lies, event| {
        let mut parcel;
        let message = match event {
            Event::Kept(event) => event.message.message(),
            Event::Made(make) => {
                parcel = make();
                parcel.message()
            }
            Event::Entry => match place.get().and_then(S::on_entry) {
                Some((_, message)) => {
                    parcel = Parcel::new(message);
                    parcel.message()
                }
                None => return,
            },
        };
        // SAFETY: a machine's events are messages of its own.
        let event = S::message_name(unsafe { &*message.cast::<S::Message>() });
        let (kind, left) = match lies {
            Lies::Queued => return status.queued.push(event),
            Lies::Postponed => return status.postponed.push(event),
            Lies::Timeout(Timer::State, left) => ("state_timeout", left),
            Lies::Timeout(Timer::Event, left) => ("event_timeout", left),
            Lies::Timeout(Timer::Named(_), left) => ("timeout", left),
        };
        status.timeouts.push(TimeoutStatus { kind, event, left });
    });
    status
}
