//! What starts with what: the arguments of an `#[init]` as one value.

use crate::edge::{Behaviour, Start};

/// What the start of a behaviour takes, as one value: the parameters of its `#[init]`.
///
/// `#[gen_server]` and `#[gen_statem]` implement it. An `#[init]` without parameters
/// makes `()`, one parameter is the value itself, several are a tuple. `Init` is the same as
/// [`Args`](StartsWith::Args), and need not be said.
///
/// ```
/// use behaviour::supervisor::StartsWith;
///
/// /// Starts any server that is made of a number.
/// async fn start_one<S: StartsWith<u64, Args = u64>>() -> Option<S::Client> {
///     S::start_with(1).await.ok()
/// }
/// ```
// The arguments of a public server may be of a private type. An associated type may not; but it may if that type stands
// in the trait's own parameter, for then the whole impl is private.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no arguments that a child could be started with",
    label = "only a `#[gen_server]` and a `#[gen_statem]` have an `#[init]` that takes some",
    note = "say how each child is started: `start_child_with(|| ..)` takes a closure that returns a `Child<_>`"
)]
pub trait StartsWith<Init>: Behaviour {
    /// The parameters of `#[init]`.
    type Args;

    /// Describes the start with these arguments.
    fn start_with(args: Self::Args) -> Start<Self>;
}

/// The arguments of an `S` that can be given again when a child is restarted: they are `Clone`.
#[diagnostic::on_unimplemented(
    message = "a child that may be restarted cannot be started with `{Self}`",
    label = "the arguments are given again at each restart, and `{Self}` is not `Clone`",
    note = "derive `Clone` for `{Self}`",
    note = "or start a child that is never restarted: `start_temporary(..)`",
    note = "or make the arguments anew each time: `start_child_with(|| {S}::child(..))`"
)]
pub trait Repeatable<S: StartsWith<Self>>: Sized {
    #[doc(hidden)]
    fn repeat(args: &S::Args) -> S::Args;
}

#[diagnostic::do_not_recommend]
impl<S, Init> Repeatable<S> for Init
where
    S: StartsWith<Init, Args: Clone>,
{
    fn repeat(args: &S::Args) -> S::Args {
        args.clone()
    }
}
