//! What a new version of a server or a machine has to do with its old one.
//!
//! It takes the messages of the old version, so it writes no enum but a name for that, which has only the parameters that
//! the old one has. Fields and variants are seen to be the same by rustc, in the `match`; how a message comes, as a call
//! or by its type, no `match` shows, so every enum has notes of it: constants that are called as the callbacks.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Attribute, GenericParam};

use crate::frame::Frame;
use crate::runtime::lenient;
use crate::tokens::{applied, place_of, respan};

/// What is noted of a message for the versions to come.
pub(crate) struct Note<'a> {
    /// What it is called in lower case, which is what rustc says is missing.
    pub(crate) name: Ident,
    pub(crate) cfg: &'a [Attribute],
    /// The runtime's word for how it comes: `Cast`.
    pub(crate) comes: &'static str,
    /// What a call is answered with.
    pub(crate) reply: Option<TokenStream>,
}

impl Frame {
    /// What stands behind the fields in a pattern: of an old version's message others may be there, and are told where the
    /// message is made.
    pub(crate) fn rest(&self) -> Option<TokenStream> {
        self.is_version().then(|| quote!(..))
    }

    /// The type whose messages this takes, if it is a new version of another.
    pub(crate) fn old(&self) -> Option<&TokenStream> {
        self.changes.iter().find_map(|change| change.old.as_ref())
    }

    pub(crate) fn is_version(&self) -> bool {
        self.old().is_some()
    }

    /// The parameters that stand in the type of the old version.
    pub(crate) fn generics_of(&self, old: &TokenStream) -> impl Iterator<Item = &GenericParam> {
        let words = words(old);
        self.generics.params.iter().filter(move |param| match param {
            GenericParam::Type(param) => words.contains(&param.ident),
            GenericParam::Const(param) => words.contains(&param.ident),
            GenericParam::Lifetime(_) => false,
        })
    }

    /// Notes at the messages how each comes, and what it is answered with; a new version asks there whether with it they
    /// do the same.
    pub(crate) fn notes<'a>(&self, notes: impl Iterator<Item = Note<'a>>) -> TokenStream {
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        let (runtime, message, lenient) = (&self.runtime, self.message_type(), lenient());
        let version = self.is_version();
        let notes: Vec<_> = notes
            .map(|Note { mut name, cfg, comes, reply }| {
                let place = reply.as_ref().map_or_else(|| name.span(), place_of);
                name.set_span(place);
                // What is wrong with a reply is told once, at the callback: so all of this is shown at the same place.
                let comes = Ident::new(comes, place);
                let comes = respan(quote!(#runtime::comes::#comes), place);
                let (ty, value) = match &reply {
                    Some(reply) => {
                        (applied(comes.clone(), reply), quote_spanned!(place=> #comes(::core::marker::PhantomData)))
                    }
                    None => (comes.clone(), comes),
                };
                if version {
                    quote_spanned! {place=> #(#cfg)* let _: #ty = <#message>::#name; }
                } else {
                    quote_spanned! {place=> #(#cfg)* pub const #name: #ty = #value; }
                }
            })
            .collect();
        if notes.is_empty() {
            return TokenStream::new();
        }
        let (of, items) = if version {
            (&self.names.itself, quote! { fn __messages() { #(#notes)* } })
        } else {
            (&message, quote! { #(#notes)* })
        };
        quote! {
            #[automatically_derived]
            #[doc(hidden)]
            #[allow(non_upper_case_globals)]
            #lenient
            impl #impl_generics #of #where_clause { #items }
        }
    }
}

/// All identifiers in this, however deep.
fn words(tokens: &TokenStream) -> Vec<Ident> {
    let mut words = Vec::new();
    for tree in tokens.clone() {
        match tree {
            TokenTree::Ident(word) => words.push(word),
            TokenTree::Group(group) => words.extend(self::words(&group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    words
}
