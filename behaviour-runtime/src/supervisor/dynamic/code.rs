//! New code for a running dynamic supervisor (`code_change`, otp.md 7.9): the options of another start.
//!
//! Of that start only its plan counts: `max_children`, `intensity`, `period`, `restart`, `shutdown`. The rest says how a
//! process begins (its name, its key, a link, the time for it), and this one has begun.

use crate::edge::{Change, NewCode, Start};
use crate::process::sys::SysError;
use crate::supervisor::code::Described;

use super::describe::{DynamicSupervisor, Plan};
use super::live::Live;

#[diagnostic::do_not_recommend]
impl<S: 'static> NewCode<DynamicSupervisor<S>, Described> for Start<DynamicSupervisor<S>> {
    fn change(self) -> Change {
        let plan: Option<Plan> = self.into_plan();
        Change::errand(move |live: &mut Live| {
            live.change(plan.ok_or(SysError::OtherImplementation)?);
            Ok(())
        })
    }
}

impl Live {
    /// Goes on by other options; the children that are there keep what was said of them.
    fn change(&mut self, plan: Plan) {
        self.crowd.change(plan.max_children, plan.intensity, plan.period);
        self.plan = plan;
    }
}
