//! `#[gen_event(Alarm)]`: a handler, which an event manager shows events to.
//!
//! The attribute stands twice, and names the type of the events both times. On
//! the struct it declares the handler: its client type, what reports may show of
//! it ([`declare`]). On the impl it reads the marked methods ([`parse`]), makes of
//! them what the handler takes beside events ([`model`]) and writes the message
//! enum, the dispatch, the client's methods, and how the handler is described to
//! a manager ([`expand`], [`dispatch`]). A handler's messages are those of a
//! server, so they are read and written there.

mod declare;
mod dispatch;
mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Token;
use syn::parse::{ParseStream, Parser};

use crate::block::is_impl;
use crate::client::refuse_lifetime;
use crate::errors::Errors;
use crate::tokens::lifetime;

/// The attribute, as messages name it.
const ATTRIBUTE: &str = "gen_event(..)";

/// Expands `#[gen_event(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if is_impl(&item) { implement(arguments, item) } else { declare::expand(arguments, item) }
}

fn implement(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let source = match parse::parse(arguments, item.clone(), &mut errors) {
        Ok(source) => source,
        Err(error) => {
            errors.add(error);
            return [item, errors.finish()].into_iter().collect();
        }
    };
    let written = source.block.to_token_stream();
    let skeleton = model::Handler::read(&source, &mut errors).map(|handler| expand::expand(&handler));
    [Some(written), Some(errors.finish()), skeleton].into_iter().flatten().collect()
}

/// What a struct or an impl says of its events: `Alarm, crate = ::path`.
struct Of {
    /// The type of the events.
    ty: syn::Type,
    /// The options after it.
    rest: TokenStream,
}

/// Reads the type at the head of the arguments, or says that it is missing.
fn of_event(arguments: TokenStream, errors: &mut Errors) -> Option<Of> {
    const PROBLEM: &str = "the handler does not say what its events are";
    const HELP: &str = "write the type of the events first, as in `#[gen_event(Alarm)]`";
    let read = |input: ParseStream| {
        let ty = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Of { ty, rest: input.parse()? })
    };
    let Ok(of) = read.parse2(arguments.clone()) else {
        let first = arguments.into_iter().next();
        errors.at(first.to_token_stream(), PROBLEM, HELP);
        return None;
    };
    if let Some(lifetime) = lifetime(&of.ty) {
        refuse_lifetime(&lifetime, ATTRIBUTE, errors);
        return None;
    }
    Some(of)
}

#[cfg(test)]
mod tests;
