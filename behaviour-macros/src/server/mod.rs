//! `#[gen_server]`: a process that owns a state and takes one message at a time.
//!
//! The attribute stands twice. On the struct it declares the server: its client
//! type, its options, what crash reports may show of it ([`declare`]). On the
//! impl it reads the marked methods ([`parse`]), makes of them the messages that
//! the server takes ([`model`]) and writes the message enum, the dispatch, the
//! client's methods and `start` ([`expand`], [`dispatch`]).
//!
//! On a trait it stands once: the trait's methods are the callbacks, and the
//! server that is written runs any implementation of it ([`interface`]).

mod declare;
mod dispatch;
pub(crate) mod expand;
mod interface;
pub(crate) mod model;
mod parse;

use proc_macro2::TokenStream;

use crate::block::{is_impl, is_trait};
use crate::errors::Errors;

/// Expands `#[gen_server(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if is_impl(&item) {
        implement(arguments, item)
    } else if is_trait(&item) {
        interface::expand(arguments, item)
    } else {
        declare::expand(arguments, item)
    }
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
    let written = quote::ToTokens::to_token_stream(&source.block);
    let skeleton = model::Server::read(&source, &mut errors).map(|server| expand::expand(&server));
    [Some(written), Some(errors.finish()), skeleton].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
