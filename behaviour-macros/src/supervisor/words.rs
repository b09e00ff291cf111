//! `#[child(..)]`: what is said of one child.

use std::time::Duration;

use proc_macro2::{Ident, Literal};

use crate::block::Mark;
use crate::errors::Errors;
use crate::options::{Entry, Place, Value, entries};
use crate::values;

/// The words of one child.
#[derive(Default)]
pub(super) struct Words {
    pub(super) restart: Option<Restart>,
    pub(super) shutdown: Option<Shutdown>,
    /// The word, for the place where it stands.
    pub(super) significant: Option<Ident>,
    pub(super) backoff: Option<Backoff>,
}

#[derive(Clone, Copy)]
pub(super) enum Restart {
    Permanent,
    Transient,
    Temporary,
}

#[derive(Clone, Copy)]
pub(super) enum Shutdown {
    Timeout(Duration),
    BrutalKill,
    Infinity,
}

/// How long restarts wait.
pub(super) struct Backoff {
    pub(super) initial: Duration,
    pub(super) max: Option<Duration>,
    pub(super) factor: Option<Literal>,
    pub(super) jitter: Option<Literal>,
}

impl Words {
    pub(super) fn read(mark: &Mark, errors: &mut Errors) -> Self {
        let mut words = Self::default();
        let arguments = mark.arguments(errors);
        let mut waits = None;
        for entry in entries(Place::Child, arguments, errors) {
            let word = match entry.word().as_str() {
                "permanent" => Restart::Permanent,
                "transient" => Restart::Transient,
                "temporary" => Restart::Temporary,
                "significant" => {
                    entry.bare(errors);
                    words.significant = Some(entry.key);
                    continue;
                }
                "backoff" => {
                    words.backoff = Backoff::read(&entry, errors);
                    waits = Some(entry.key);
                    continue;
                }
                _ => {
                    words.shutdown = read_shutdown(&entry, errors);
                    continue;
                }
            };
            entry.bare(errors);
            if words.restart.replace(word).is_some() {
                errors.at(
                    &entry.key,
                    "a child is restarted in one way",
                    "keep one of `permanent`, `transient` and `temporary`",
                );
            }
        }
        words.refuse_contradictions(waits.as_ref(), errors);
        words
    }

    /// Words that mean nothing together are told, and the lesser one is left out.
    fn refuse_contradictions(&mut self, waits: Option<&Ident>, errors: &mut Errors) {
        if let (Some(word), None | Some(Restart::Permanent)) = (&self.significant, self.restart) {
            errors.at(
                word,
                "a significant child cannot be permanent, for it would never end for good",
                "write `transient` or `temporary` beside `significant`",
            );
            self.significant = None;
        }
        if let (Some(word), Some(Restart::Temporary)) = (waits, self.restart) {
            errors.at(
                word,
                "a temporary child is never restarted, so no restart of it can wait",
                "leave `backoff` out, or write `transient`",
            );
            self.backoff = None;
        }
    }
}

impl Backoff {
    /// `backoff(initial = 100ms, max = 10s, factor = 2, jitter = 0.1)`
    fn read(entry: &Entry, errors: &mut Errors) -> Option<Self> {
        const EXAMPLE: &str = "write `backoff(initial = 100ms)`, or `backoff(initial = 100ms, max = 10s, factor = 2)`";
        let Value::Holds(group) = &entry.value else {
            errors.at(entry, "`backoff` has its options in parentheses", EXAMPLE);
            return None;
        };
        let (mut initial, mut max, mut factor, mut jitter) = (None, None, None, None);
        let mut missing = true;
        for entry in entries(Place::Backoff, group.stream(), errors) {
            match entry.word().as_str() {
                "initial" => {
                    missing = false;
                    initial = values::some_time(&entry, &[], "the first wait must be longer than zero", errors);
                }
                "max" => max = values::duration(&entry, &[], errors).map(|max| (max, entry)),
                "factor" => factor = values::fraction(&entry, 1.0, f64::MAX, "factor = 2", errors),
                _ => jitter = values::fraction(&entry, 0.0, 1.0, "jitter = 0.1", errors),
            }
        }
        if missing {
            errors.at(&entry.key, "a backoff says how long the first wait is", EXAMPLE);
        }
        let initial = initial?;
        let max = max.and_then(|(max, entry)| {
            if max < initial {
                errors.at(
                    entry,
                    "the longest wait is shorter than the first one",
                    "make `max` at least as long as `initial`",
                );
            }
            (max >= initial).then_some(max)
        });
        Some(Self { initial, max, factor, jitter })
    }
}

fn read_shutdown(entry: &Entry, errors: &mut Errors) -> Option<Shutdown> {
    if values::is_word(entry, "brutal_kill") {
        return Some(Shutdown::BrutalKill);
    }
    if values::is_word(entry, "infinity") {
        return Some(Shutdown::Infinity);
    }
    values::duration(entry, &["brutal_kill", "infinity"], errors).map(Shutdown::Timeout)
}
