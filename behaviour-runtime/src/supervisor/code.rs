//! New code for a running supervisor (`code_change`, otp.md 7.9).
//!
//! A supervisor is what its description says: of a `#[supervisor]` its struct, of a [`Tree`](super::Tree) the tree, of a
//! [`DynamicSupervisor`](super::DynamicSupervisor) its start. Another description takes the place of the first, while
//! the supervisor is suspended and its children go on.

use std::collections::HashMap;
use std::sync::Arc;

use crate::edge::{Behaviour, Change, NewCode};
use crate::process::seat::Seat;
use crate::process::sys::SysError;
use crate::process::{ExitReason, StartError, discard, dropping};

use super::live::{Live, Make, Plan};
use super::spec::{AnyChild, Supervisor};

/// By another description of the same supervisor.
#[doc(hidden)]
#[derive(Debug)]
pub enum Described {}

#[diagnostic::do_not_recommend]
impl<S: Supervisor + Behaviour> NewCode<S, Described> for S {
    fn change(self) -> Change {
        let plan = self.into_plan();
        Change::errand(move |live: &mut Live| {
            live.change(plan).map_err(|error| SysError::CodeChange(ExitReason::error(error)))
        })
    }
}

impl Live {
    /// Goes on by another plan, if that is sound.
    fn change(&mut self, Plan { flags, children, make }: Plan) -> Result<(), StartError> {
        let source = self.sources.add(make);
        let changed = self.children.change(children, flags.auto_shutdown, source, &mut self.machine);
        if changed.is_ok() {
            self.strategy = flags.strategy;
            self.machine.set_flags(flags.strategy, flags.auto_shutdown, flags.intensity, flags.period);
        }
        let children = &self.children;
        self.sources.retain(|source| children.come_from(source));
        changed
    }
}

/// Where the descriptions of declared children come from: the plan that the supervisor was made with, and those that
/// it was changed to. A child that the last one does not name is still described by the one that named it.
pub(super) struct Sources {
    makes: HashMap<Source, Make>,
    last: Source,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Source(u64);

impl Source {
    pub(super) const FIRST: Self = Self(0);
}

impl Sources {
    pub(super) fn new(make: Make) -> Self {
        Self { makes: HashMap::from([(Source::FIRST, make)]), last: Source::FIRST }
    }

    fn add(&mut self, make: Make) -> Source {
        self.last = Source(self.last.0 + 1);
        self.makes.insert(self.last, make);
        self.last
    }

    /// Forgets those that are not needed any more.
    fn retain(&mut self, is_needed: impl Fn(Source) -> bool) {
        for (_, make) in self.makes.extract_if(|source, _| !is_needed(*source)) {
            // What it holds on to may be the user's.
            discard(make);
        }
    }

    /// Describes the start of this child.
    pub(super) fn describe(&mut self, source: Source, index: usize, own: &Arc<Seat>) -> Option<AnyChild> {
        self.makes.get_mut(&source)?.describe(index, own)
    }

    /// This child is never started again.
    pub(super) fn let_go(&mut self, source: Source, index: usize) {
        if let Some(make) = self.makes.get_mut(&source) {
            // What it holds on to may be the user's.
            dropping(|| make.let_go(index));
        }
    }
}
