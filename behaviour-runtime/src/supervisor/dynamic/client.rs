//! What can be asked of a running dynamic supervisor.

use std::ops::Deref;
use std::sync::Arc;

use crate::edge::client_face;
use crate::edge::{Behaviour, Child, Client, Message};
use crate::process::address::Address;
use crate::process::{BoxFuture, CallError, Pid};
use crate::supervisor::asking::ask;
use crate::supervisor::client::{ChildInfo, ChildSpec, Counts, OperationError};
use crate::supervisor::picture::{Picture, draw};

use super::describe::{Any, DynamicSupervisor};
use super::letter::{Known, Letter, Whom};
use super::start_child::{Once, StartChild};
use super::starts_with::{Repeatable, StartsWith};

/// A client of a running [`DynamicSupervisor`].
///
/// What it is asked while the supervisor is being restarted waits for the new one. As in OTP no time limits these
/// calls: put `tokio::time::timeout` around them where one is wanted. A start that is given up so may still succeed.
pub struct DynamicSupervisorClient<S = Any>(Client<DynamicSupervisor<S>>);

client_face!(DynamicSupervisorClient, DynamicSupervisor);

impl<S: Behaviour> DynamicSupervisorClient<S> {
    /// Starts a child (`start_child/2`), with what its `#[init]` takes: `()`, one value, or a tuple.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # use behaviour::supervisor::StartChildError;
    /// # #[gen_server]
    /// # pub struct Account;
    /// # #[gen_server]
    /// # impl Account {
    /// #     #[init]
    /// #     fn init(_cents: u64) -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// use behaviour::supervisor::{DynamicSupervisorClient, Shutdown};
    ///
    /// async fn open(accounts: DynamicSupervisorClient<Account>) -> Result<(), StartChildError> {
    ///     let account = accounts.start_child(25).await?;
    ///     let savings = accounts.start_child(30).transient().shutdown(Shutdown::Infinity).named("savings").await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// A [`StartChildError`](super::StartChildError).
    pub fn start_child<Init>(&self, args: <S as StartsWith<Init>>::Args) -> StartChild<S>
    where
        S: StartsWith<Init, Args: Message>,
        Init: Repeatable<S>,
    {
        self.start_child_with(move || Child::new(S::start_with(Init::repeat(&args))))
    }

    /// Starts a child that is never restarted, so that its arguments need not be `Clone`.
    ///
    /// # Errors
    /// A [`StartChildError`](super::StartChildError).
    pub fn start_temporary<Init>(&self, args: <S as StartsWith<Init>>::Args) -> StartChild<S, Once>
    where
        S: StartsWith<Init, Args: Message>,
    {
        StartChild::once(self.address(), move || Child::new(S::start_with(args)))
    }

    /// Starts a child that is described anew at each start.
    ///
    /// The closure runs in the supervisor's process; a panic of it is a failed start.
    ///
    /// # Errors
    /// A [`StartChildError`](super::StartChildError).
    pub fn start_child_with(&self, make: impl FnMut() -> Child<S> + Send + 'static) -> StartChild<S> {
        StartChild::new(self.address(), make)
    }

    /// Clients of all children, those that are restarting included, in no order.
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, [`CallError::Exited`] if it ends before it answers.
    pub async fn children(&self) -> Result<Vec<S::Client>, CallError> {
        let known = ask(self.address(), Letter::WhichChildren).await?;
        Ok(known.into_iter().filter_map(|child| Some(Client::<S>::new(child.address?).into())).collect())
    }
}

impl DynamicSupervisorClient<Any> {
    /// Starts a child of any behaviour. The closure describes it anew at each start; it runs in the supervisor's process,
    /// and a panic of it is a failed start.
    ///
    /// # Errors
    /// A [`StartChildError`](super::StartChildError).
    pub fn start_child<S: Behaviour>(&self, make: impl FnMut() -> Child<S> + Send + 'static) -> StartChild<S> {
        StartChild::new(self.address(), make)
    }
}

impl<S: 'static> DynamicSupervisorClient<S> {
    /// Ends a child, or gives its restart up, and does not restart it (`terminate_child/2`). It is gone when this
    /// returns; the supervisor serves others meanwhile.
    ///
    /// The child is named by a client of it, or by its pid, which is that of its last process if it is restarting.
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if it is not, or no longer, a child of this supervisor.
    // No `async fn`: its future would bear the type of the child, and tell a wrong one three times.
    pub fn terminate_child(&self, child: impl WhichChild) -> BoxFuture<'_, Result<(), OperationError>> {
        let WhichOne(whom) = child.whom();
        Box::pin(async {
            let answer = ask(self.address(), |answer| Letter::TerminateChild(whom, answer)).await;
            if answer.map_err(OperationError::Call)? { Ok(()) } else { Err(OperationError::NotFound) }
        })
    }

    /// The children, in no order (`which_children/1`). None of them has an id: it is `undefined` for all.
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, [`CallError::Exited`] if it ends before it answers.
    pub async fn which_children(&self) -> Result<Vec<ChildInfo>, CallError> {
        let known = ask(self.address(), Letter::WhichChildren).await?;
        let id = undefined();
        Ok(known.into_iter().map(|child| info(&id, &child)).collect())
    }

    /// One child (`which_child/2`), named as for [`terminate_child`](Self::terminate_child).
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if it is not, or no longer, a child of this supervisor.
    pub fn which_child(&self, child: impl WhichChild) -> BoxFuture<'_, Result<ChildInfo, OperationError>> {
        let known = self.known(child.whom());
        Box::pin(async { Ok(info(&undefined(), &known.await?)) })
    }

    /// All that is said of one child (`get_childspec/2`), named as for [`terminate_child`](Self::terminate_child).
    ///
    /// # Errors
    /// [`OperationError::NotFound`] if it is not, or no longer, a child of this supervisor.
    pub fn get_childspec(&self, child: impl WhichChild) -> BoxFuture<'_, Result<ChildSpec, OperationError>> {
        let known = self.known(child.whom());
        Box::pin(async {
            let Known { table, restart, shutdown, .. } = known.await?;
            Ok(ChildSpec {
                id: undefined(),
                behaviour: (table.type_name)(),
                kind: table.kind,
                restart,
                significant: false,
                shutdown,
                backoff: None,
            })
        })
    }

    async fn known(&self, WhichOne(whom): WhichOne) -> Result<Known, OperationError> {
        let answer = ask(self.address(), |answer| Letter::WhichChild(whom, answer)).await;
        answer.map_err(OperationError::Call)?.ok_or(OperationError::NotFound)
    }

    /// The tree below it as a picture, of many children with the first few.
    ///
    /// # Errors
    /// As [`Client::tree`].
    pub async fn tree(&self) -> Result<Picture, CallError> {
        draw(self.address()).await
    }

    /// How many children there are (`count_children/1`). Those that are restarting count, but are not active.
    ///
    /// # Errors
    /// [`CallError::NoProcess`] if the supervisor does not live, [`CallError::Exited`] if it ends before it answers.
    pub async fn count_children(&self) -> Result<Counts, CallError> {
        ask(self.address(), Letter::CountChildren).await
    }
}

/// The id of all children, as in OTP.
fn undefined() -> Arc<str> {
    "undefined".into()
}

fn info(id: &Arc<str>, child: &Known) -> ChildInfo {
    ChildInfo { id: Arc::clone(id), state: child.state, kind: child.table.kind, restart: child.restart }
}

/// What names a child of a dynamic supervisor: its client, `&account`, or its [`Pid`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a child",
    label = "this is neither a client nor a pid",
    note = "write `&client`, or `client.pid()`"
)]
pub trait WhichChild: Sized {
    #[doc(hidden)]
    fn whom(self) -> WhichOne;
}

/// A child that was named.
#[doc(hidden)]
pub struct WhichOne(Whom);

impl std::fmt::Debug for WhichOne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WhichOne")
    }
}

impl WhichChild for Pid {
    fn whom(self) -> WhichOne {
        WhichOne(Whom::Pid(self))
    }
}

#[diagnostic::do_not_recommend]
impl<C, S> WhichChild for &C
where
    C: Deref<Target = Client<S>> + ?Sized,
{
    fn whom(self) -> WhichOne {
        let address = self.address();
        WhichOne(if let Address::Seat(seat) = address {
            Whom::Seat(Arc::clone(seat))
        } else {
            Whom::Pid(address.pid().unwrap_or(Pid::NOBODY))
        })
    }
}
