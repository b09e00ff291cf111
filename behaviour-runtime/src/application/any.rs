//! An application whose type is forgotten, as the controller keeps it.

use std::any::{Any, TypeId};
use std::sync::Arc;

use crate::edge::Client;
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::seat::Seat;
use crate::process::{BoxFuture, ExitReason};
use crate::supervisor::AnyChild;

use super::behaviour::{About, Application, TopClient};
use super::config::{ConfigError, Configured};

/// An application, by its type.
pub(super) type Id = TypeId;

/// The top of an application's tree, if it starts one.
pub(super) type Top = Option<Arc<ProcessCell>>;

/// An application whose type is forgotten.
pub(super) trait AnyApplication: Any + Send + Sync {
    fn id(&self) -> Id;

    fn about(&self) -> About;

    fn depends(&self) -> Vec<Dependency>;

    /// Describes the top of the tree.
    fn top(&self) -> BoxFuture<'_, Result<Option<AnyChild>, ExitReason>>;

    /// Runs the callback of a phase; there may be none.
    fn phase<'a>(&'a self, name: &str, top: &Top) -> BoxFuture<'a, Option<ExitReason>>;

    fn before_stop<'a>(&'a self, top: &Top) -> BoxFuture<'a, Option<ExitReason>>;

    fn after_stop(&self) -> BoxFuture<'_, Option<ExitReason>>;

    /// Tells this configuration, the new one, what it was before.
    fn changed<'a>(&'a self, before: &'a dyn AnyApplication, top: &Top) -> BoxFuture<'a, Option<ExitReason>>;
}

impl<A: Application> AnyApplication for A {
    fn id(&self) -> Id {
        TypeId::of::<A>()
    }

    fn about(&self) -> About {
        A::ABOUT
    }

    fn depends(&self) -> Vec<Dependency> {
        <A as super::behaviour::Described>::depends()
    }

    fn top(&self) -> BoxFuture<'_, Result<Option<AnyChild>, ExitReason>> {
        Application::top(self)
    }

    fn phase<'a>(&'a self, name: &str, top: &Top) -> BoxFuture<'a, Option<ExitReason>> {
        let phase = A::PHASES.iter().find(|phase| phase.name == name);
        let client = client::<A>(top);
        Box::pin(async move {
            match phase {
                Some(phase) => (phase.run)(self, &client).await,
                None => None,
            }
        })
    }

    fn before_stop<'a>(&'a self, top: &Top) -> BoxFuture<'a, Option<ExitReason>> {
        let client = client::<A>(top);
        Box::pin(async move { Application::before_stop(self, &client).await })
    }

    fn after_stop(&self) -> BoxFuture<'_, Option<ExitReason>> {
        Application::after_stop(self)
    }

    fn changed<'a>(&'a self, before: &'a dyn AnyApplication, top: &Top) -> BoxFuture<'a, Option<ExitReason>> {
        let client = client::<A>(top);
        Box::pin(async move {
            let before: &dyn Any = before;
            Application::changed(self, before.downcast_ref::<A>()?, &client).await
        })
    }
}

/// A client of the top; of one that nobody takes if there is no such process.
pub(super) fn client<A: Application>(top: &Top) -> TopClient<A> {
    let client = top.as_ref().and_then(Client::<A::Top>::of);
    client.unwrap_or_else(|| Client::new(Address::Seat(Seat::closed(A::ABOUT.name.into())))).into()
}

/// Makes an application from its own configuration.
pub(super) type Obtain = fn() -> Result<Arc<dyn AnyApplication>, ConfigError>;

/// An application that another one depends on.
pub struct Dependency {
    pub(super) id: Id,
    pub(super) about: About,
    /// How it is made if nobody has loaded it; nothing if it is optional.
    pub(super) obtain: Option<Obtain>,
}

/// An application that must run before another one; it is made from its own configuration if nobody has loaded it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be started because another application depends on it",
    label = "this is no application, or nobody says how it is configured",
    note = "an application has `#[application]` on the struct and on an `impl` block of it",
    note = "to be started without being given, it derives `Default`; or it says `#[application(config)]` and derives \
            `serde::Deserialize`, which needs the feature `config` of `behaviour`"
)]
#[doc(hidden)]
pub trait Required {
    fn required() -> Dependency;
}

#[diagnostic::do_not_recommend]
impl<A: Configured> Required for A {
    fn required() -> Dependency {
        let obtain = || A::configured().map(|made| Arc::new(made) as Arc<dyn AnyApplication>);
        Dependency { id: TypeId::of::<A>(), about: A::ABOUT, obtain: Some(obtain) }
    }
}

/// An application that runs before another one if it has been loaded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no application",
    label = "an application depends on applications",
    note = "put `#[application]` on the struct and on an `impl` block of it; what else is needed to run belongs in the tree"
)]
#[doc(hidden)]
pub trait Optional {
    fn optional() -> Dependency;
}

#[diagnostic::do_not_recommend]
impl<A: Application> Optional for A {
    fn optional() -> Dependency {
        Dependency { id: TypeId::of::<A>(), about: A::ABOUT, obtain: None }
    }
}

impl std::fmt::Debug for Dependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dependency").field("about", &self.about).finish_non_exhaustive()
    }
}
