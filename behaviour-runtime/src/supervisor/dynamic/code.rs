//! New code for a running dynamic supervisor (`code_change`, otp.md 7.9): the options of another start.

use crate::edge::{Change, NewCode, Start};
use crate::supervisor::code::Described;

use super::describe::{DynamicSupervisor, Plan};
use super::live::Live;

#[diagnostic::do_not_recommend]
impl<S: 'static> NewCode<DynamicSupervisor<S>, Described> for Start<DynamicSupervisor<S>> {
    fn change(self) -> Change {
        let plan = self.into_plan().expect("the start of a dynamic supervisor knows its plan");
        Change::errand(move |live: &mut Live| {
            live.change(plan);
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
