//! `#[supervisor]`: a process that starts others and starts them anew when they end.
//!
//! The attribute stands twice. On the struct it declares the supervisor: its
//! client type, its strategy and how many restarts it bears ([`declare`]). On
//! the impl it reads the children ([`model`]), each a method that describes a
//! start, with its options ([`words`]), and writes the list of them and the
//! client's methods ([`expand`]). Both say in the docs what the tree is like
//! ([`drawing`]).

mod declare;
mod drawing;
mod expand;
mod model;
mod words;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::block::{Block, is_impl};
use crate::errors::Errors;
use crate::options::{Place, entries};
use crate::runtime::Runtime;
use crate::values;

/// Expands `#[supervisor(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if is_impl(&item) { implement(arguments, item) } else { declare::expand(arguments, item) }
}

fn implement(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut runtime = Runtime::default();
    for entry in entries(Place::SupervisorImpl, arguments, &mut errors) {
        runtime = values::runtime(&entry, &mut errors).unwrap_or_default();
    }
    let block = match Block::read(item.clone(), &mut errors) {
        Ok(block) => block,
        Err(error) => {
            errors.add(error);
            return [item, errors.finish()].into_iter().collect();
        }
    };
    let written = block.to_token_stream();
    let skeleton = model::Supervisor::read(runtime, &block, &mut errors).map(|supervisor| expand::expand(&supervisor));
    [Some(written), Some(errors.finish()), skeleton].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
