//! A running tree as a picture: who is there, under whom, and how it does.
//!
//! Whoever asks goes from supervisor to supervisor and asks each for a sketch of its children; the supervisors ask
//! nobody. What can be seen from outside, a mailbox's length or a name, is looked up by the one who draws.
//!
//! ```text
//! who asks                      a supervisor
//! --------                      ------------
//! client.tree()  ─ Look ──────►
//!                ◄── Sketch ──  its strategy, its children
//! for each child that is a supervisor: the same once more
//! ```

mod text;

use std::any::Any;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::functions::ProcessKind;
use crate::process::mailbox::Word;
use crate::process::signal::System;
use crate::process::timers::later;
use crate::process::{BoxFuture, CALL_TIMEOUT, CallError};

use super::client::ChildState;
use super::pure::{Restart, Strategy};

/// A running process and those that it looks after, as [`tree`](crate::server::Client::tree) saw them.
///
/// As text it is a tree of lines; [`mermaid`](Self::mermaid) draws it as a diagram.
///
/// ```text
/// Bank <0.2.1>, rest_for_one
/// ├─ vault: Account <0.3.1>
/// ├─ audit: Audit, restarting
/// └─ accounts: DynamicSupervisor<Account> <0.5.1>, 1200 children
///    ├─ Account <0.6.1>, 3 messages wait
///    ├─ Account <0.7.1>
///    └─ .. 1198 more
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Picture {
    /// Which child of its supervisor it is, if that knows it by an id.
    pub id: Option<Arc<str>>,
    /// The type of what runs there, without the path of its module; empty of a child that was never started.
    pub behaviour: String,
    /// The name that it is registered under.
    pub name: Option<Arc<str>>,
    /// Worker or supervisor.
    pub kind: ProcessKind,
    /// Whether it runs.
    pub state: ChildState,
    /// When it is restarted, if it is a child.
    pub restart: Option<Restart>,
    /// How many messages wait for it.
    pub mailbox_len: usize,
    /// Which children go with one that is restarted, if it is a supervisor that has a choice.
    pub strategy: Option<Strategy>,
    /// Whether it is a supervisor that did not answer in time: its children are not known then.
    pub is_busy: bool,
    /// Its children, in the order of their start; of many, the first few.
    pub children: Vec<Picture>,
    /// How many children it has beside these.
    pub more: usize,
}

/// What a supervisor tells of itself.
pub(super) struct Sketch {
    pub(super) strategy: Option<Strategy>,
    pub(super) children: Vec<Seen>,
    /// How many there are beside these.
    pub(super) more: usize,
}

/// A child as its supervisor sees it.
pub(super) struct Seen {
    pub(super) id: Option<Arc<str>>,
    pub(super) process: Option<Arc<ProcessCell>>,
    pub(super) is_restarting: bool,
    pub(super) behaviour: &'static str,
    pub(super) kind: ProcessKind,
    pub(super) restart: Restart,
}

/// The question for a sketch, as a supervisor's process is sent it.
pub(super) struct Look(oneshot::Sender<Sketch>);

impl Look {
    /// Reads a question; gives it back if it is another one.
    pub(super) fn read(question: Box<dyn Any + Send>) -> Result<Self, System> {
        question.downcast().map(|look| *look).map_err(System::Question)
    }

    pub(super) fn answer(self, sketch: Sketch) {
        let _ = self.0.send(sketch);
    }
}

/// Draws the tree below a supervisor.
pub(super) async fn draw(address: &Address) -> Result<Picture, CallError> {
    let deadline = later(CALL_TIMEOUT);
    let process = timeout_at(deadline, address.reach()).await.map_err(|_| CallError::Timeout)?;
    let process = process.filter(|process| process.is_alive()).ok_or(CallError::NoProcess)?;
    let (behaviour, kind) = ((process.table().type_name)(), process.table().kind);
    let seen = Seen { id: None, is_restarting: false, behaviour, kind, restart: Restart::Permanent, process: None };
    let mut picture = look(Seen { process: Some(process), ..seen }, deadline).await;
    picture.restart = None;
    match picture.state {
        ChildState::Running(_) if picture.is_busy => Err(CallError::Timeout),
        ChildState::Running(_) => Ok(picture),
        ChildState::Restarting | ChildState::Undefined => Err(CallError::NoProcess),
    }
}

/// Draws one child and, if it is a supervisor, those below.
fn look(seen: Seen, deadline: Instant) -> BoxFuture<'static, Picture> {
    Box::pin(async move {
        let Seen { id, process, is_restarting, behaviour, kind, restart } = seen;
        let mut picture = Picture {
            id,
            behaviour: text::short(behaviour),
            name: None,
            kind,
            state: if is_restarting { ChildState::Restarting } else { ChildState::Undefined },
            restart: Some(restart),
            mailbox_len: 0,
            strategy: None,
            is_busy: false,
            children: Vec::new(),
            more: 0,
        };
        let Some(process) = process else { return picture };
        picture.name = process.name();
        picture.mailbox_len = process.mailbox.with(|mailbox| mailbox.queue.len() as usize);
        picture.state = ChildState::Running(process.pid());
        if kind == ProcessKind::Worker {
            return picture;
        }
        let (sender, answer) = oneshot::channel();
        let Ok(parcel) = (process.table().system)(System::Question(Box::new(Look(sender)))) else { return picture };
        if process.post_parcel(Word::Message, parcel, false).is_err() {
            return picture.gone();
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(sketch)) => {
                picture.strategy = sketch.strategy;
                picture.more = sketch.more;
                let looks = sketch.children.into_iter().map(|child| Looked::Not(look(child, deadline)));
                picture.children = together(looks.collect()).await;
                picture
            }
            // It has ended meanwhile.
            Ok(Err(_)) => picture.gone(),
            Err(_) => Picture { is_busy: true, ..picture },
        }
    })
}

enum Looked {
    Not(BoxFuture<'static, Picture>),
    At(Picture),
}

/// Looks at all of them at the same time, so that one who is busy takes no time from the others.
async fn together(mut looks: Vec<Looked>) -> Vec<Picture> {
    poll_fn(|cx| {
        let mut all = true;
        for look in &mut looks {
            if let Looked::Not(future) = look {
                match future.as_mut().poll(cx) {
                    Poll::Ready(picture) => *look = Looked::At(picture),
                    Poll::Pending => all = false,
                }
            }
        }
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let pictures =
        looks.into_iter().filter_map(|look| if let Looked::At(picture) = look { Some(picture) } else { None });
    pictures.collect()
}

impl Picture {
    /// It ended while it was looked at.
    fn gone(self) -> Self {
        Self { state: ChildState::Undefined, ..self }
    }

    /// All that are drawn, this one first, each child after its supervisor.
    pub fn iter(&self) -> impl Iterator<Item = &Self> {
        let mut rest = vec![self];
        std::iter::from_fn(move || {
            let next = rest.pop()?;
            rest.extend(next.children.iter().rev());
            Some(next)
        })
    }

    /// The tree as a [Mermaid](https://mermaid.js.org) diagram.
    #[must_use]
    pub fn mermaid(&self) -> String {
        text::mermaid(self)
    }
}

impl std::fmt::Display for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        text::lines(self, "", f)
    }
}
