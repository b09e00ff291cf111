//! `#[gen_server]` on the struct: what the server is.

use proc_macro2::TokenStream;

use crate::client::read_struct;
use crate::declared::{Declaration, Words};
use crate::errors::Errors;
use crate::options::Place;

const WORDS: Words = Words { what: "server", client: "Client", options: "new", promise: "assert_gen_server" };

/// Expands `#[gen_server(arguments)] struct ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let generated = match read_struct(item, "gen_server", &mut errors) {
        Ok(item) => Declaration::read(Place::GenServerStruct, arguments, item, &mut errors).expand(&WORDS, None),
        Err(item) => item,
    };
    [generated, errors.finish()].into_iter().collect()
}
