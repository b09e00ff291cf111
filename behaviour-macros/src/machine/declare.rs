//! `#[gen_statem(Light)]` on the struct: what the machine is, and which states it has.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::of_state;
use crate::client::read_struct;
use crate::declared::{Declaration, Words};
use crate::errors::Errors;
use crate::options::Place;

const WORDS: Words = Words { what: "machine", client: "Client", options: "machine", promise: "assert_gen_statem" };

/// Expands `#[gen_statem(arguments)] struct ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let generated = match read_struct(item, "gen_statem", &mut errors) {
        Ok(item) => {
            let mut unknown = Errors::new();
            let (state, rest) = if let Some(of) = of_state(arguments, &mut unknown) {
                (of.path.to_token_stream(), of.rest)
            } else {
                // An array of a faulty length is a type of which rustc asks nothing more.
                let error = unknown.finish();
                (quote!([(); { #error }]), TokenStream::new())
            };
            let declaration = Declaration::read(Place::GenStatemStruct, rest, item, &mut errors);
            let machine = machine(&declaration, &state);
            declaration.expand(&WORDS, Some(&machine))
        }
        Err(item) => item,
    };
    [generated, errors.finish()].into_iter().collect()
}

/// `impl Machine for Crossing { type State = Light; }`
fn machine(declaration: &Declaration, state: &TokenStream) -> TokenStream {
    let Declaration { runtime, item, .. } = declaration;
    let (ident, (impl_generics, type_generics, where_clause)) = (&item.ident, item.generics.split_for_impl());
    quote! {
        #[automatically_derived]
        impl #impl_generics #runtime::Machine for #ident #type_generics #where_clause {
            type State = #state;
        }
    }
}
