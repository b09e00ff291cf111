//! The model, written out: the list of children, the client's methods, `start` and its kin.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::drawing;
use super::model::{Child, Described, Supervisor};
use super::words::{Backoff, Restart, Shutdown, Words};
use crate::client::behaviour;
use crate::runtime::{Runtime, lenient};
use crate::tokens::{call, hidden, of_type, shown_at};
use crate::values::duration_tokens;

/// Everything that stands beside the user's impl.
pub(super) fn expand(supervisor: &Supervisor) -> TokenStream {
    let Supervisor { runtime, generics, names, .. } = supervisor;
    let behaviour = behaviour(runtime, generics, names, "supervisor_kind", None);
    [children(supervisor), enumeration(supervisor), behaviour, client(supervisor), starts(supervisor)]
        .into_iter()
        .collect()
}

/// `impl Supervisor for Bank { const CHILDREN: .. }`
fn children(supervisor: &Supervisor) -> TokenStream {
    let Supervisor { runtime, generics, names, children, .. } = supervisor;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let itself = &names.itself;
    let entries = children.iter().filter(|child| child.sound).map(|child| entry(child, runtime));
    let lenient = lenient();
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #runtime::Supervisor for #itself #where_clause {
            const CHILDREN: &'static [#runtime::ChildEntry<Self>] = &[#(#entries)*];
        }
    }
}

fn entry(child: &Child, runtime: &Runtime) -> TokenStream {
    let Child { name, cfg, .. } = child;
    let told = name.unraw().to_string();
    let (supervisor, siblings) = (hidden("supervisor"), hidden("client"));
    let ty = child.described.as_ref().map(|described| described.ty.clone()).unwrap_or_default();
    let argument = child.siblings.as_ref().map(|ty| {
        let made = call(&of_type(ty, &quote!(#runtime::IsClient<Self>), "made"), quote!(#siblings), ty);
        quote!(, &#made)
    });
    let described = of_type(&ty, &quote!(#runtime::IsChild), "described");
    let described = call(&described, quote!(Self::#name(#supervisor #argument)), &ty);
    let words = options(&child.words, runtime);
    quote! {
        #(#cfg)*
        #runtime::ChildEntry::new(#told, |#supervisor, #siblings| #described) #words,
    }
}

/// Calls on a `ChildEntry`, one for each option that was given.
fn options(words: &Words, runtime: &Runtime) -> TokenStream {
    let mut options = TokenStream::new();
    if let Some(restart) = words.restart {
        let restart = match restart {
            Restart::Permanent => quote!(Permanent),
            Restart::Transient => quote!(Transient),
            Restart::Temporary => quote!(Temporary),
        };
        options.extend(quote!(.restart(#runtime::Restart::#restart)));
    }
    if let Some(significant) = &words.significant {
        // What the supervisor lacks for it is told at the word.
        let significant = Ident::new("significant", shown_at(significant.span()));
        options.extend(quote!(.#significant()));
    }
    if let Some(shutdown) = words.shutdown {
        let shutdown = match shutdown {
            Shutdown::BrutalKill => quote!(BrutalKill),
            Shutdown::Infinity => quote!(Infinity),
            Shutdown::Timeout(time) => {
                let time = duration_tokens(time);
                quote!(Timeout(#time))
            }
        };
        options.extend(quote!(.shutdown(#runtime::Shutdown::#shutdown)));
    }
    if let Some(Backoff { initial, max, factor, jitter }) = &words.backoff {
        let initial = duration_tokens(*initial);
        let max = max.map(|max| {
            let max = duration_tokens(max);
            quote!(.max(#max))
        });
        let factor = factor.as_ref().map(|factor| quote!(.factor(#factor)));
        let jitter = jitter.as_ref().map(|jitter| quote!(.jitter(#jitter)));
        options.extend(quote!(.backoff(#runtime::Backoff::new(#initial) #max #factor #jitter)));
    }
    options
}

/// `pub enum BankChild { .. }`: the children by name, for what is asked about one of them.
fn enumeration(supervisor: &Supervisor) -> TokenStream {
    let Supervisor { names, enumeration, children, .. } = supervisor;
    let docs = format!(
        "The children of {} by name, for what its [client]({}) is asked about one of them.",
        names.link, names.client_link
    );
    let variants = children.iter().map(|Child { name, variant, docs, cfg, .. }| {
        let default = docs.is_empty().then(|| format!("The child `{}`.", name.unraw()));
        let default = default.map(|default| quote!(#[doc = #default]));
        quote! { #default #(#docs)* #(#cfg)* #variant, }
    });
    let ids = children.iter().map(|Child { name, variant, cfg, .. }| {
        let told = name.unraw().to_string();
        quote! { #(#cfg)* Self::#variant => #told, }
    });
    let (f, lenient) = (hidden("f"), lenient());
    quote! {
        #[doc = #docs]
        #lenient
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash,
        )]
        pub enum #enumeration { #(#variants)* }
        #[automatically_derived]
        #lenient
        impl ::core::convert::AsRef<str> for #enumeration {
            fn as_ref(&self) -> &str {
                match *self { #(#ids)* }
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #enumeration {
            fn fmt(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #f.pad(::core::convert::AsRef::<str>::as_ref(self))
            }
        }
    }
}

/// `impl BankClient { .. }`
fn client(supervisor: &Supervisor) -> TokenStream {
    let Supervisor { runtime, generics, names, children, .. } = supervisor;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let client = &names.client;
    let methods: Vec<_> = children
        .iter()
        .filter_map(|child| {
            let Child { name, docs, cfg, visibility, .. } = child;
            let Described { ty, .. } = child.described.as_ref().filter(|_| name != "clone")?;
            let told = name.unraw().to_string();
            let body = if child.sound {
                quote!(#runtime::Client::child(&self.0, #told))
            } else {
                quote!(::core::unreachable!())
            };
            let returned = of_type(ty, &quote!(#runtime::IsChild), "Client");
            let default = docs.is_empty().then(|| format!("A client of the child `{told}`."));
            let default = default.map(|default| quote!(#[doc = #default]));
            Some(quote! {
                #default
                #(#docs)*
                #(#cfg)*
                #visibility fn #name(&self) -> #returned { #body }
            })
        })
        .collect();
    if methods.is_empty() {
        return TokenStream::new();
    }
    let lenient = lenient();
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #client #where_clause {
            #(#methods)*
        }
    }
}

/// `impl Bank { pub fn start(self) .. }`
fn starts(supervisor: &Supervisor) -> TokenStream {
    let Supervisor { runtime, generics, names, taken, .. } = supervisor;
    if taken.iter().any(|name| name == "start") {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (itself, link) = (&names.itself, &names.link);
    let functions = [
        (
            "start",
            format!(
                "Describes the start of {link} and its children: \
                 `.await` starts them, and until then nothing happens."
            ),
            quote!(#runtime::Start<Self>),
            quote!(#runtime::Start::supervisor(self)),
        ),
        (
            "start_link",
            format!("Describes the start of {link}, linked to whoever starts it."),
            quote!(#runtime::Start<Self>),
            quote!(#runtime::Start::link(Self::start(self))),
        ),
        (
            "child",
            format!("Describes {link} as the child of another supervisor."),
            quote!(#runtime::Child<Self>),
            quote!(#runtime::Child::new(Self::start(self))),
        ),
    ];
    let functions = functions.into_iter().filter(|(name, ..)| !taken.iter().any(|taken| taken == name)).map(
        |(name, docs, returned, body)| {
            let name = Ident::new(name, Span::call_site());
            quote! { #[doc = #docs] pub fn #name(self) -> #returned { #body } }
        },
    );
    let (drawn, lenient) = (drawing::children(supervisor), lenient());
    quote! {
        #drawn
        #[automatically_derived]
        #lenient
        impl #impl_generics #itself #where_clause {
            #(#functions)*
        }
    }
}
