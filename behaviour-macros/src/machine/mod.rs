//! `#[gen_statem]`: a process that owns its data and is in one of several states.
//!
//! The attribute stands three times. On the enum of the states it makes each of
//! them a type of its own ([`state`]). On the struct it declares the machine, its
//! client and its options ([`declare`]). On the impl it reads the handlers, whose
//! signatures are the transitions, and writes the messages, the dispatch, the
//! client's methods and `start` ([`implement`]), with a picture of it all for the
//! docs ([`picture`]).

mod answer;
mod check;
mod declare;
mod dispatch;
mod drawing;
mod event;
mod expand;
mod generics;
mod graph;
mod handler;
mod implement;
mod model;
mod parse;
mod picture;
mod state;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Token;
use syn::parse::{ParseStream, Parser};

use crate::block::is_impl;
use crate::client::refuse_lifetime;
use crate::errors::Errors;
use crate::options::Place;
use crate::tokens::lifetime;

/// Expands `#[gen_statem(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if is_impl(&item) {
        implement::implement(arguments, item)
    } else if is_enum(&item) {
        state::expand(arguments, item)
    } else {
        declare::expand(arguments, item)
    }
}

/// What a struct or an impl says of its states: `Light, crate = ::path`.
pub(super) struct Of {
    /// The enum, with its generic arguments.
    pub(super) path: syn::Path,
    /// The options after it.
    pub(super) rest: TokenStream,
}

/// Reads the enum at the head of the arguments, or says that it is missing.
pub(super) fn of_state(arguments: TokenStream, errors: &mut Errors) -> Option<Of> {
    const HELP: &str = "write the enum that bears `#[gen_statem(state)]` first, as in `#[gen_statem(Light)]`";
    let read = |input: ParseStream| {
        let path = input.parse::<syn::Path>()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Of { path, rest: input.parse()? })
    };
    let of = read.parse2(arguments.clone()).ok();
    let word = of.as_ref().and_then(|of| of.path.get_ident()).map(Ident::to_string);
    match (of, word.as_deref()) {
        (Some(of), Some("state")) => {
            errors.at(&of.path, "`state` belongs on the enum of the states", HELP);
            None
        }
        // An option that stands first is no enum.
        (Some(of), Some(word)) if Place::GenStatemStruct.knows(word) => {
            errors.at(&of.path, "the machine does not say which states it has", HELP);
            None
        }
        (Some(of), _) => match lifetime(&of.path) {
            Some(lifetime) => {
                refuse_lifetime(&lifetime, "gen_statem", errors);
                None
            }
            None => Some(of),
        },
        (None, _) => {
            let first = arguments.into_iter().next();
            errors.at(first.to_token_stream(), "the machine does not say which states it has", HELP);
            None
        }
    }
}

/// Whether the item is an `enum`, as far as its first words tell.
fn is_enum(item: &TokenStream) -> bool {
    let mut rest = item.clone().into_iter();
    while let Some(tree) = rest.next() {
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == '#' => drop(rest.next()),
            TokenTree::Ident(word) if word == "enum" => return true,
            TokenTree::Ident(word) if word != "pub" && word != "crate" => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_odd;
#[cfg(test)]
mod tests_picture;
#[cfg(test)]
mod tests_state;
