//! The first look at a `#[gen_event(Alarm)] impl`: which methods are marked, and with what.
//!
//! Here an attribute becomes a [`Kind`]; whether the method fits its kind is
//! the model's to judge.

use proc_macro2::TokenStream;

use super::of_event;
use crate::block::{APPLICATION_MARKS, Block, Mark};
use crate::errors::Errors;
use crate::options::{Place, entries};
use crate::runtime::Runtime;
use crate::values;

/// What was written.
pub(super) struct Source {
    pub(super) runtime: Runtime,
    /// The type of the events; nothing if the attribute does not name it.
    pub(super) event: Option<syn::Type>,
    pub(super) block: Block,
}

/// What a method is marked as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Init { swap: bool },
    Event,
    Call { queued: bool },
    Info,
    Terminate,
    FormatStatus,
    CodeChange,
}

/// Reads `#[gen_event(arguments)] item`; fails only where the item is no impl at all.
pub(super) fn parse(arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> syn::Result<Source> {
    let mut runtime = Runtime::default();
    let event = of_event(arguments, errors).map(|of| {
        for entry in entries(Place::GenEventImpl, of.rest, errors) {
            runtime = values::runtime(&entry, errors).unwrap_or_default();
        }
        of.ty
    });
    let block = Block::read(item, errors)?;
    Ok(Source { runtime, event, block })
}

pub(super) fn kind(mark: &Mark, errors: &mut Errors) -> Option<Kind> {
    let kind = match mark.name.as_str() {
        "init" => return Some(Kind::Init { swap: says(mark, Place::HandlerInit, errors) }),
        "call" => return Some(Kind::Call { queued: says(mark, Place::HandlerCall, errors) }),
        "event" => Kind::Event,
        "info" => Kind::Info,
        "terminate" => Kind::Terminate,
        "format_status" => Kind::FormatStatus,
        "code_change" => Kind::CodeChange,
        other => {
            let help = match other {
                "cast" => {
                    "what all handlers shall hear is an event; what one handler shall hear is a message of its own, \
                     sent by `client.send(..)` to an `#[info]`"
                }
                "child" => "children belong to a `#[supervisor] impl`",
                "continues" => "it belongs to a `#[gen_server] impl`",
                other if APPLICATION_MARKS.contains(&other) => "it belongs to an `#[application] impl`",
                _ => "it belongs to a `#[gen_statem(..)] impl`",
            };
            errors.at(&mark.attribute, format_args!("a handler has no `#[{other}]`"), help);
            return None;
        }
    };
    mark.no_arguments(errors);
    Some(kind)
}

/// Whether the mark says the one word that it may.
fn says(mark: &Mark, place: Place, errors: &mut Errors) -> bool {
    let arguments = mark.arguments(errors);
    let said = !arguments.is_empty();
    let words = entries(place, arguments, errors);
    // A word that is wrong is an error, and still meant to say something.
    for word in &words {
        word.bare(errors);
    }
    said
}
