//! The restart rules.
//!
//! A child specification says in one word when its child is started again, and the supervisor says in one word who else
//! goes with it. The words are OTP's. What follows from the first is the table [`verdict`]; what follows from the
//! second is an order of stops and starts, which [`machine`](super::machine) knows.

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
    use super::{Ending, Restart, Strategy, Verdict, is_reported, verdict};

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
    }
}
