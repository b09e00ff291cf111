//! `#[application]`: what a program is made of, started in order and stopped in order.
//!
//! The attribute stands twice. On the struct, whose fields are the configuration,
//! it says the name, the dependencies and the phases ([`declare`]). On the impl it
//! reads the callbacks ([`model`]), and writes them into the trait that the
//! runtime calls ([`expand`]). An application is one of its kind in a program, so
//! it has no generics, and no client: who wants it, names its type.

mod declare;
mod expand;
mod model;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::block::{Block, is_impl};
use crate::errors::Errors;
use crate::options::{Place, entries};
use crate::runtime::Runtime;
use crate::values;

/// Expands `#[application(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if is_impl(&item) { implement(arguments, item) } else { declare::expand(arguments, item) }
}

fn implement(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut runtime = Runtime::default();
    for entry in entries(Place::ApplicationImpl, arguments, &mut errors) {
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
    let application = model::Application::read(runtime, &block, &mut errors);
    let skeleton = application.map(|application| expand::expand(&application));
    [Some(written), Some(errors.finish()), skeleton].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
