//! `#[gen_statem(Light)] impl Crossing { .. }`: the callbacks of a machine.
//!
//! The road is that of a server: [`parse`] reads the marks, [`model`] gathers the
//! handlers into events, [`expand`] writes the model out. The user's block comes
//! back in every case.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::{expand, model, parse};
use crate::errors::Errors;

/// Expands the attribute on the `impl`.
pub(super) fn implement(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let source = match parse::parse(arguments, item.clone(), &mut errors) {
        Ok(source) => source,
        Err(error) => {
            errors.add(error);
            return [item, errors.finish()].into_iter().collect();
        }
    };
    let written = source.block.to_token_stream();
    let skeleton = model::Machine::read(&source, &mut errors).map(|machine| expand::expand(&machine));
    [Some(written), Some(errors.finish()), skeleton].into_iter().flatten().collect()
}
