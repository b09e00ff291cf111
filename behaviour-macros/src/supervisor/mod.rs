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

use crate::block::is_impl;
use crate::implement::implement;
use crate::options::Place;

/// Expands `#[supervisor(arguments)] item`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if !is_impl(&item) {
        return declare::expand(arguments, item);
    }
    implement(Place::SupervisorImpl, arguments, item, |runtime, block, errors| {
        model::Supervisor::read(runtime, block, errors).map(|supervisor| expand::expand(&supervisor))
    })
}

#[cfg(test)]
mod tests;
