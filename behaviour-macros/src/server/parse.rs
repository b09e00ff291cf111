//! The first look at a `#[gen_server] impl`: which methods are marked, and with what.
//!
//! Here an attribute becomes a [`Kind`]; whether the method fits its kind is
//! the model's to judge.

use proc_macro2::TokenStream;

use crate::block::{APPLICATION_MARKS, Block, Mark};
use crate::errors::Errors;
use crate::options::{Place, entries};
use crate::runtime::Runtime;
use crate::values;

/// What was written.
pub(super) struct Source {
    pub(super) runtime: Runtime,
    pub(super) block: Block,
}

/// What a method is marked as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Init,
    Call { later: bool, queued: bool },
    Cast,
    Info,
    Continues,
    Terminate,
    FormatStatus,
    CodeChange,
}

/// Reads `#[gen_server(arguments)] item`; fails only where the item is no impl at all.
pub(super) fn parse(arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> syn::Result<Source> {
    let mut runtime = Runtime::default();
    for entry in entries(Place::GenServerImpl, arguments, errors) {
        runtime = values::runtime(&entry, errors).unwrap_or_default();
    }
    let block = Block::read(item, errors)?;
    Ok(Source { runtime, block })
}

pub(super) fn kind(mark: &Mark, errors: &mut Errors) -> Option<Kind> {
    let kind = match mark.name.as_str() {
        "init" => Kind::Init,
        "call" => return Some(call(mark, errors)),
        "cast" => Kind::Cast,
        "info" => Kind::Info,
        "continues" => Kind::Continues,
        "terminate" => Kind::Terminate,
        "format_status" => Kind::FormatStatus,
        "code_change" => Kind::CodeChange,
        other => {
            let help = match other {
                "child" => "children belong to a `#[supervisor] impl`".to_owned(),
                "event" => "`#[event]` belongs to a `#[gen_event(..)] impl`".to_owned(),
                other if APPLICATION_MARKS.contains(&other) => {
                    format!("`#[{other}]` belongs to an `#[application] impl`")
                }
                "timeout" => "a server takes the `Timeout` that it asked for by `cx.timeout(..)` in an `#[info]`; \
                              `#[timeout]` belongs to a `#[gen_statem(..)] impl`"
                    .to_owned(),
                _ => format!("`#[{other}]` belongs to a `#[gen_statem(..)] impl`"),
            };
            errors.at(&mark.attribute, format_args!("a server has no `#[{other}]`"), help);
            return None;
        }
    };
    mark.no_arguments(errors);
    Some(kind)
}

/// `#[call]`, `#[call(later)]`, `#[call(queued)]`
fn call(mark: &Mark, errors: &mut Errors) -> Kind {
    let arguments = mark.arguments(errors);
    let (mut later, mut queued) = (false, false);
    for entry in entries(Place::Call, arguments, errors) {
        // A word with a value is an error, and still means what it says.
        entry.bare(errors);
        match entry.word().as_str() {
            "later" => later = true,
            _ => queued = true,
        }
    }
    Kind::Call { later, queued }
}
