//! `#[gen_event(Alarm)]` on the struct: what the handler is, and what it is told.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{ATTRIBUTE, of_event};
use crate::client::read_struct;
use crate::declared::{Declaration, Words};
use crate::errors::Errors;
use crate::options::Place;

const WORDS: Words = Words { what: "handler", client: "HandlerClient", options: "new", promise: "assert_gen_event" };

/// Expands `#[gen_event(arguments)] struct ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let generated = match read_struct(item, ATTRIBUTE, &mut errors) {
        Ok(item) => {
            let mut unknown = Errors::new();
            let (event, rest) = if let Some(of) = of_event(arguments, &mut unknown) {
                (of.ty.to_token_stream(), of.rest)
            } else {
                // An array of a faulty length is a type of which rustc asks nothing more.
                let error = unknown.finish();
                (quote!([(); { #error }]), TokenStream::new())
            };
            let declaration = Declaration::read(Place::GenEventStruct, rest, item, &mut errors);
            let handles = handles(&declaration, &event);
            declaration.expand(&WORDS, Some(&handles))
        }
        Err(item) => item,
    };
    [generated, errors.finish()].into_iter().collect()
}

/// `impl Handles for Log { type Event = Alarm; }`
fn handles(declaration: &Declaration, event: &TokenStream) -> TokenStream {
    let Declaration { runtime, item, .. } = declaration;
    let (ident, (impl_generics, type_generics, where_clause)) = (&item.ident, item.generics.split_for_impl());
    quote! {
        #[automatically_derived]
        impl #impl_generics #runtime::Handles for #ident #type_generics #where_clause {
            type Event = #event;
        }
    }
}
