//! A trait that bears an attribute of ours, read only as far as needed.
//!
//! As of an [`impl`](crate::block), the head and the signatures are read, and
//! bodies stay tokens. It comes out as it went in, but for what a process asks
//! of its callbacks: they may run on any thread, so whoever implements the trait
//! is `Sized + Send + 'static`, and an `async fn` becomes a function that returns a
//! future which is `Send`. (Whoever implements it writes a plain `async fn`.)

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Generics, ReturnType, Token, Visibility};

use crate::block::{Member, Method, braces, members};
use crate::errors::Errors;
use crate::runtime::form_is_given;
use crate::tokens::{place_of, shown_at};

/// `pub trait Account: Debug { .. }`
pub(crate) struct Interface {
    attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    unsafety: Option<Token![unsafe]>,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    supertraits: TokenStream,
    inner_attributes: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
    body: Group,
}

impl Interface {
    /// Reads a trait, reporting the marked methods that cannot be read.
    ///
    /// Gives nothing if not even the head is that of a trait.
    pub(crate) fn read(item: TokenStream, errors: &mut Errors) -> syn::Result<Self> {
        let parse = |input: ParseStream| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            let unsafety = input.parse()?;
            let _: Token![trait] = input.parse()?;
            let ident = input.parse()?;
            let mut generics: Generics = input.parse()?;
            let mut supertraits = TokenStream::new();
            if input.parse::<Option<Token![:]>>()?.is_some() {
                while !input.is_empty() && !input.peek(Token![where]) && !input.peek(syn::token::Brace) {
                    supertraits.append(input.parse::<proc_macro2::TokenTree>()?);
                }
            }
            generics.where_clause = input.parse()?;
            let body = braces(input)?;
            let (inner_attributes, members) = (|input: ParseStream| members(input, errors)).parse2(body.stream())?;
            Ok(Self { attributes, visibility, unsafety, ident, generics, supertraits, inner_attributes, members, body })
        };
        parse.parse2(item)
    }

    /// The methods, in the order in which they are written.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.members.iter().filter_map(Member::method)
    }

    /// The trait without our marks, `told` above it and `more` at its end.
    pub(crate) fn written(&self, told: &TokenStream, more: &TokenStream) -> TokenStream {
        let Self { attributes, visibility, unsafety, ident, generics, supertraits, inner_attributes, members, body } =
            self;
        let (params, where_clause) = (&generics.params, &generics.where_clause);
        let general = (!params.is_empty()).then(|| quote!(<#params>));
        let plus = (!supertraits.is_empty()).then(|| quote!(#supertraits +));
        let members = members.iter().map(|member| match member {
            Member::Method(method) => callback(method),
            Member::Other(other) => other.clone(),
        });
        let mut inside = Group::new(Delimiter::Brace, quote!(#(#inner_attributes)* #(#members)* #more));
        inside.set_span(body.span());
        quote! {
            #(#attributes)*
            #told
            #visibility #unsafety trait #ident #general: #plus ::core::marker::Sized + ::core::marker::Send + 'static
            #where_clause #inside
        }
    }
}

/// A method of the trait; an `async fn` as a function that returns a future.
fn callback(method: &Method) -> TokenStream {
    let mut signature = method.signature.clone();
    let Some(waits) = signature.asyncness.take() else {
        return method.to_token_stream();
    };
    let given = match &signature.output {
        ReturnType::Default => quote_spanned!(shown_at(signature.ident.span())=> ()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    let place = shown_at(place_of(&waits));
    let future = quote_spanned!(place=> impl ::core::future::Future<Output = #given> + ::core::marker::Send);
    signature.output = syn::parse_quote!(-> #future);
    let (attributes, visibility, form) = (&method.attributes, &method.visibility, form_is_given());
    let body = match method.body() {
        Ok(body) => quote_spanned!(place=> { async move #body }),
        Err(end) => end.to_token_stream(),
    };
    quote! {
        #(#attributes)*
        #form
        #[allow(clippy::manual_async_fn)]
        #visibility #signature #body
    }
}
