//! Another state for a running agent, as new code wants it (`code_change`).
//!
//! What is done with the state comes along with each message, so an agent has no code of its own to be changed. But the
//! functions that a program sends from now on may expect the value otherwise than it is: that is what is changed here.

use crate::edge::{Change, IntoChanged, Message, NewCode, changed};

use super::describe::Agent;

/// A function that changes the state, and returns nothing, or a `Result`.
#[diagnostic::do_not_recommend]
impl<T: Message, R: IntoChanged, F> NewCode<Agent<T>, (T, R)> for F
where
    F: FnOnce(&mut T) -> R + Send + 'static,
{
    fn change(self) -> Change {
        Change::new(move |visit| {
            visit.find(|lent| {
                let agent: &mut Agent<T> = lent.data.downcast_mut()?;
                Some(changed(|| self(&mut agent.state).into_changed()))
            })
        })
    }
}
