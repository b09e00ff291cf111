//! The restart rules.
//!
//! A child specification says in one word when its child is started again, and the supervisor says in one word who else
//! goes with it. The words are OTP's. What follows from the first is the table [`verdict`]; what follows from the
//! second is an order of stops and starts, which [`machine`](super::machine) knows.

use super::backoff::Backoff;

/// Which children are restarted when one of them has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Strategy {
    /// Only the child that ended.
    #[default]
    OneForOne,
    /// All of them: the others are stopped, the last one first, then all are started in order.
    OneForAll,
    /// The child that ended and those that were started after it, which are stopped, the last one first, and started
    /// again in order. Those before it are left alone.
    RestForOne,
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::OneForOne => "one_for_one",
            Self::OneForAll => "one_for_all",
            Self::RestForOne => "rest_for_one",
        })
    }
}

/// When a child that has ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Restart {
    /// Always.
    #[default]
    Permanent,
    /// Only when it ended abnormally: with another reason than `normal` or `shutdown`. Otherwise its specification is
    /// kept, and it can be started by hand or by the restart of a sibling.
    Transient,
    /// Never, not even when a sibling's restart stopped it. Its specification goes when it ends.
    Temporary,
}

impl std::fmt::Display for Restart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
            Self::Temporary => "temporary",
        })
    }
}

/// Whether a supervisor ends by itself when its significant children have (`auto_shutdown`).
///
/// Only a child's own end counts, and only one after which it is not started again: neither that of a child which was
/// terminated by hand or because of a sibling's restart, nor a crash that a restart follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AutoShutdown {
    /// It does not, so no child of it is significant.
    #[default]
    Never,
    /// When one of them has ended.
    AnySignificant,
    /// When the last of them has ended.
    AllSignificant,
}

/// What a child specification says of restarts, and of what an end means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Policy {
    pub(crate) restart: Restart,
    pub(crate) significant: bool,
    pub(crate) backoff: Option<Backoff>,
}

impl Policy {
    /// A child that is permanent if nothing else is said.
    pub(crate) const DEFAULT: Self = Self { restart: Restart::Permanent, significant: false, backoff: None };

    /// Whether a supervisor can have such a child.
    pub(crate) fn check(&self, auto_shutdown: AutoShutdown) -> Result<(), BadCombination> {
        match self {
            Self { significant: true, restart: Restart::Permanent, .. } => Err(BadCombination::SignificantPermanent),
            Self { significant: true, .. } if auto_shutdown == AutoShutdown::Never => {
                Err(BadCombination::SignificantNever)
            }
            Self { backoff: Some(_), restart: Restart::Temporary, .. } => Err(BadCombination::BackoffTemporary),
            _ => Ok(()),
        }
    }
}

impl From<Restart> for Policy {
    fn from(restart: Restart) -> Self {
        Self { restart, ..Self::DEFAULT }
    }
}

/// Words of a child specification that contradict each other, or its supervisor (`bad_combination`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadCombination {
    /// A significant child is permanent: it never ends for good.
    SignificantPermanent,
    /// A significant child has a supervisor that never shuts down by itself.
    SignificantNever,
    /// A temporary child has a backoff: it is never restarted.
    BackoffTemporary,
}

impl std::fmt::Display for BadCombination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SignificantPermanent => "a significant child cannot be permanent",
            Self::SignificantNever => "a significant child needs a supervisor with `auto_shutdown`",
            Self::BackoffTemporary => "a temporary child is never restarted, and has no backoff",
        })
    }
}

impl std::error::Error for BadCombination {}

/// The class of the reason a child ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// `normal`: it had nothing more to do.
    Normal,
    /// `shutdown`, with or without a word of explanation: it was told to.
    Shutdown,
    /// Any other reason.
    Abnormal,
}

/// What becomes of a child that ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is started again, if there have not been too many restarts.
    Restart,
    /// It stays down, and its specification is kept.
    Keep,
    /// It stays down, and its specification goes.
    Forget,
}

/// Says what becomes of a child of this kind that ended so.
pub(super) fn verdict(restart: Restart, ending: Ending) -> Verdict {
    match (restart, ending) {
        (Restart::Permanent, _) | (Restart::Transient, Ending::Abnormal) => Verdict::Restart,
        (Restart::Transient, Ending::Normal | Ending::Shutdown) => Verdict::Keep,
        (Restart::Temporary, _) => Verdict::Forget,
    }
}

/// Says whether such an end is reported as `child_terminated`: a permanent child should never end, and no child should
/// end abnormally.
pub(super) fn is_reported(restart: Restart, ending: Ending) -> bool {
    restart == Restart::Permanent || ending == Ending::Abnormal
}

#[cfg(test)]
mod tests {
    use super::{AutoShutdown, Backoff, BadCombination, Ending, Policy, Restart, Strategy};
    use super::{Verdict, is_reported, verdict};
    use std::time::Duration;

    // SUP-48, 49, 50, 51, 52, 55, 56, 57
    #[test]
    fn the_table_of_restarts() {
        use Ending::{Abnormal, Normal, Shutdown};
        use Restart::{Permanent, Temporary, Transient};

        let table = [
            (Permanent, Normal, Verdict::Restart, true),
            (Permanent, Shutdown, Verdict::Restart, true),
            (Permanent, Abnormal, Verdict::Restart, true),
            (Transient, Normal, Verdict::Keep, false),
            (Transient, Shutdown, Verdict::Keep, false),
            (Transient, Abnormal, Verdict::Restart, true),
            (Temporary, Normal, Verdict::Forget, false),
            (Temporary, Shutdown, Verdict::Forget, false),
            (Temporary, Abnormal, Verdict::Forget, true),
        ];
        for (restart, ending, expected, reported) in table {
            assert_eq!(verdict(restart, ending), expected, "{restart:?} {ending:?}");
            assert_eq!(is_reported(restart, ending), reported, "{restart:?} {ending:?}");
        }
    }

    // SUP-13
    #[test]
    fn the_defaults_are_otps() {
        assert_eq!(Strategy::default(), Strategy::OneForOne);
        assert_eq!(Restart::default(), Restart::Permanent);
        assert_eq!(AutoShutdown::default(), AutoShutdown::Never);
    }

    // SUP-29
    #[test]
    fn the_combinations_that_are_refused_are_otps() {
        let auto_shutdowns = [AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant];
        for auto_shutdown in auto_shutdowns {
            for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
                let plain = Policy::from(restart);
                assert_eq!(plain.check(auto_shutdown), Ok(()));
                let expected = match (restart, auto_shutdown) {
                    (Restart::Permanent, _) => Err(BadCombination::SignificantPermanent),
                    (_, AutoShutdown::Never) => Err(BadCombination::SignificantNever),
                    _ => Ok(()),
                };
                assert_eq!(Policy { significant: true, ..plain }.check(auto_shutdown), expected);
                let backoff = Some(Backoff::new(Duration::from_secs(1)));
                let expected = match restart {
                    Restart::Temporary => Err(BadCombination::BackoffTemporary),
                    _ => Ok(()),
                };
                assert_eq!(Policy { backoff, ..plain }.check(auto_shutdown), expected);
            }
        }
    }
}
