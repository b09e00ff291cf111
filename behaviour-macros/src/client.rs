//! The client type, which stands for a running process of one kind.
//!
//! It wraps the runtime's `Client` so that the user's methods can be put on it,
//! and leads to what every client has by `Deref`. The impls are written out and
//! not derived: a derive would ask of a server's generics what only the client
//! needs.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Generics, ItemStruct, Path, Type};

use crate::block::Block;
use crate::callback::carried;
use crate::errors::Errors;
use crate::runtime::{Runtime, lenient};
use crate::tokens::{applied, hidden, lifetime, text};

/// The name of the client of a type.
pub(crate) fn name(of: &Ident) -> Ident {
    format_ident!("{of}Client", span = of.span())
}

/// The client of a struct, with all that it can do by itself; `inner` is what the runtime knows of it.
pub(crate) fn declare(item: &ItemStruct, what: &str, inner: &str, runtime: &Runtime) -> TokenStream {
    declare_for(&item.ident, item, what, inner, runtime)
}

/// The client that is called after `ident`, for processes of the struct.
pub(crate) fn declare_for(ident: &Ident, item: &ItemStruct, what: &str, inner: &str, runtime: &Runtime) -> TokenStream {
    let ItemStruct { ident: process, vis, generics, .. } = item;
    let client = name(ident);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let docs = format!(
        "A handle to a running [`{ident}`].\n\n\
         It names the {what} and is cheap to clone; it does not keep it alive."
    );
    let Generics { params, .. } = generics;
    let declared = (!params.is_empty()).then(|| quote!(<#params>));
    let lenient = lenient();
    let inner = Ident::new(inner, Span::call_site());
    let inner = quote!(#runtime::#inner<#process #type_generics>);
    let [f, other, state, from] = ["f", "other", "state", "client"].map(hidden);
    let implement = |of: TokenStream, items: TokenStream| {
        quote! {
            #[automatically_derived]
            impl #impl_generics #of for #client #type_generics #where_clause {
                #items
            }
        }
    };
    let impls = [
        implement(
            quote!(::core::clone::Clone),
            quote! { fn clone(&self) -> Self { Self(::core::clone::Clone::clone(&self.0)) } },
        ),
        implement(
            quote!(::core::fmt::Debug),
            quote! {
                fn fmt(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::fmt::Debug::fmt(&self.0, #f)
                }
            },
        ),
        implement(
            quote!(::core::cmp::PartialEq),
            quote! { fn eq(&self, #other: &Self) -> bool { ::core::cmp::PartialEq::eq(&self.0, &#other.0) } },
        ),
        implement(quote!(::core::cmp::Eq), TokenStream::new()),
        implement(
            quote!(::core::hash::Hash),
            quote! {
                fn hash<__H: ::core::hash::Hasher>(&self, #state: &mut __H) {
                    ::core::hash::Hash::hash(&self.0, #state);
                }
            },
        ),
        implement(
            quote!(::core::ops::Deref),
            quote! {
                type Target = #inner;
                fn deref(&self) -> &Self::Target { &self.0 }
            },
        ),
        implement(quote!(::core::convert::From<#inner>), quote! { fn from(#from: #inner) -> Self { Self(#from) } }),
    ];
    quote! {
        #[doc = #docs]
        #lenient
        #vis struct #client #declared (pub(crate) #inner) #where_clause;
        #(#impls)*
    }
}

/// The names that an impl works with.
pub(crate) struct Names {
    /// The user's type, `super::Account<K>`.
    pub(crate) itself: TokenStream,
    /// Its name alone, `Account`.
    pub(crate) ident: Ident,
    /// The link to it in docs, [`Account`].
    pub(crate) link: String,
    /// Its client, `super::AccountClient<K>`.
    pub(crate) client: TokenStream,
    /// The path of the client as text, for links in docs.
    pub(crate) client_link: String,
}

impl Names {
    /// Reads the type of a block; gives nothing where there is nothing to generate.
    pub(crate) fn read(block: &Block, attribute: &str, errors: &mut Errors) -> Option<Self> {
        if let Some(of_trait) = &block.of_trait {
            let itself = text(&block.itself);
            let plain = match attribute {
                "gen_server" => format!(
                    "\nhelp: if the trait `{}` bears `#[gen_server]`, leave it out here: its impls are plain Rust",
                    text(of_trait)
                ),
                _ => String::new(),
            };
            errors.at(
                of_trait,
                format_args!("`#[{attribute}]` stands on an impl of the type, not of a trait"),
                format_args!("move the callbacks to `#[{attribute}] impl {itself} {{ .. }}`{plain}"),
            );
            return None;
        }
        let Some(path) = path(&block.itself) else {
            errors.at(
                &block.itself,
                format_args!("`#[{attribute}]` stands on the impl of a struct"),
                format_args!(
                    "write `#[{attribute}] impl Name {{ .. }}`, with a struct that bears `#[{attribute}]` too"
                ),
            );
            return None;
        };
        let lifetimes = block.generics.lifetimes().next().map(|parameter| parameter.lifetime.clone());
        if let Some(lifetime) = lifetimes.or_else(|| lifetime(&block.itself)) {
            refuse_lifetime(&lifetime, attribute, errors);
            return None;
        }
        let mut client = path.clone();
        let mut link = path.clone();
        let ident = path.segments.last()?.ident.clone();
        client.segments.last_mut()?.ident = name(&ident);
        link.segments.iter_mut().for_each(|segment| segment.arguments = syn::PathArguments::None);
        let link = text(link);
        let client_link = format!("{link}Client");
        let link = if ident == link { format!("[`{link}`]") } else { format!("[`{ident}`]({link})") };
        Some(Self { itself: quote!(#path), ident, link, client: quote!(#client), client_link })
    }
}

fn path(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Path(named) if named.qself.is_none() => Some(&named.path),
        Type::Group(group) => path(&group.elem),
        Type::Paren(group) => path(&group.elem),
        _ => None,
    }
}

/// Reports a lifetime of a server, a machine or a supervisor.
pub(crate) fn refuse_lifetime(lifetime: &syn::Lifetime, attribute: &str, errors: &mut Errors) {
    let kind = match attribute {
        "supervisor" => "a supervisor",
        "application" => "an application",
        "gen_server" => "a server",
        "gen_event(..)" => "a handler",
        _ => "a machine",
    };
    errors.at(
        lifetime,
        format_args!("{kind} owns its state, and `{lifetime}` would let it borrow"),
        "take the lifetime out: own the data, share it in an `Arc`, or borrow it for `'static`",
    );
}

/// A struct that bears an attribute of ours, or else the tokens as they came and an error.
pub(crate) fn read_struct(item: TokenStream, attribute: &str, errors: &mut Errors) -> Result<ItemStruct, TokenStream> {
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Struct(item)) => match item.generics.lifetimes().next() {
            None => Ok(item),
            Some(parameter) => {
                refuse_lifetime(&parameter.lifetime, attribute, errors);
                Err(quote!(#item))
            }
        },
        Ok(other) => {
            let place = match other {
                syn::Item::Enum(other) => other.ident.into_token_stream(),
                syn::Item::Fn(other) => other.sig.ident.into_token_stream(),
                syn::Item::Trait(other) => other.ident.into_token_stream(),
                syn::Item::Type(other) => other.ident.into_token_stream(),
                syn::Item::Union(other) => other.ident.into_token_stream(),
                _ => item.clone(),
            };
            if attribute == "gen_statem" {
                errors.at(
                    place,
                    "`#[gen_statem(..)]` stands on an enum of states, on a struct, or on its impl",
                    "write `#[gen_statem(state)] enum Light { .. }`, and `#[gen_statem(Light)] struct Name { .. }`",
                );
            } else {
                let places = if attribute == "gen_server" {
                    "a struct, on its impl, or on a trait"
                } else {
                    "a struct or on its impl"
                };
                errors.at(
                    place,
                    format_args!("`#[{attribute}]` stands on {places}"),
                    format_args!("write `#[{attribute}] struct Name {{ .. }}`; an enum can be a field of it"),
                );
            }
            Err(item)
        }
        Err(error) => {
            errors.add(error);
            Err(item)
        }
    }
}

/// `impl Behaviour for Account { .. }`: what both kinds of blocks say of the type. `kind` is the runtime's function that
/// tells how the core reaches it, `held` its type that tells what there is to see of the state.
pub(crate) fn behaviour(
    runtime: &Runtime,
    generics: &Generics,
    names: &Names,
    kind: &str,
    held: Option<&str>,
) -> TokenStream {
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (itself, client) = (&names.itself, &names.client);
    let kind = Ident::new(kind, Span::call_site());
    let lenient = lenient();
    let stateful = held.map(|held| {
        let held = Ident::new(held, Span::call_site());
        quote! {
            #[automatically_derived]
            #lenient
            impl #impl_generics #runtime::Stateful for #itself #where_clause {
                type Held = #runtime::#held;
            }
        }
    });
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #runtime::Behaviour for #itself #where_clause {
            type Client = #client;
            const BEHAVIOUR: #runtime::Kind = #runtime::#kind::<Self>();
        }
        #stateful
    }
}

/// Asks of types that they can travel between processes, each shown where it stands.
///
/// The types are asked for in a signature: it is looked at before any body, so these errors come first.
pub(crate) fn travel<'a>(
    runtime: &Runtime,
    types: impl Iterator<Item = (&'a [Attribute], TokenStream)>,
) -> TokenStream {
    let checks: Vec<_> = types
        .map(|(cfg, ty)| {
            let check = applied(quote!(#runtime::Travels), &ty);
            quote!(#(#cfg)* _: #check,)
        })
        .collect();
    let lenient = lenient();
    if checks.is_empty() { TokenStream::new() } else { quote!(const _: () = { #lenient fn __travel(#(#checks)*) {} };) }
}

/// Asks of the fields of a struct that they can travel; with generics, the bounds say it.
pub(crate) fn travel_fields(item: &ItemStruct, runtime: &Runtime) -> TokenStream {
    if !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    let cfgs: Vec<_> = item.fields.iter().map(|field| carried(&field.attrs, "cfg")).collect();
    let types = item.fields.iter().map(|field| field.ty.to_token_stream());
    travel(runtime, cfgs.iter().map(Vec::as_slice).zip(types))
}
