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

use crate::block::is_impl;
use crate::implement::implement;
use crate::options::Place;

/// Expands `#[application(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if !is_impl(&item) {
        return declare::expand(arguments, item);
    }
    implement(Place::ApplicationImpl, arguments, item, |runtime, block, errors| {
        model::Application::read(runtime, block, errors).map(|application| expand::expand(&application))
    })
}

#[cfg(test)]
mod tests;
