//! A struct that bears `#[gen_server]` or `#[gen_statem(..)]`: what both say of it.
//!
//! The struct comes out as it went in, but for `#[secret]` on its fields; beside
//! it stand the client type, the options, and a promise that an impl with the
//! same attribute keeps.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Field, Fields, ItemStruct};

use crate::client;
use crate::errors::Errors;
use crate::options::{Entry, Place, Value, entries};
use crate::runtime::Runtime;
use crate::tokens::{hidden, shown_at};
use crate::values;

/// What the struct says of the process.
pub(crate) struct Declaration {
    pub(crate) runtime: Runtime,
    pub(crate) item: ItemStruct,
    /// Calls on `Options`, one for each option that was given.
    options: Vec<TokenStream>,
    fields: Vec<Shown>,
}

/// A field as crash reports show it.
struct Shown {
    cfg: Vec<Attribute>,
    /// The name or the number of the field.
    member: syn::Member,
    secret: bool,
}

/// The words of a behaviour.
pub(crate) struct Words {
    /// What the client names.
    pub(crate) what: &'static str,
    /// What the client wraps.
    pub(crate) client: &'static str,
    /// What the options are before any is given, a function of `Options`.
    pub(crate) options: &'static str,
    /// The promise that an impl keeps.
    pub(crate) promise: &'static str,
}

impl Declaration {
    pub(crate) fn read(place: Place, arguments: TokenStream, mut item: ItemStruct, errors: &mut Errors) -> Self {
        let (runtime, options) = read_options(place, arguments, errors);
        let fields = shown(&mut item.fields, errors);
        Self { runtime, item, options, fields }
    }

    /// Everything that stands in place of the struct; `more` stands before the promise.
    pub(crate) fn expand(&self, words: &Words, more: Option<&TokenStream>) -> TokenStream {
        let Self { runtime, item, options, .. } = self;
        let ItemStruct { ident, generics, .. } = item;
        let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
        let client = client::declare(item, words.what, words.client, runtime);
        let report = self.report();
        let travel = client::travel_fields(item, runtime);
        let unchanged = Ident::new(words.options, Span::call_site());
        let promise = generics.params.is_empty().then(|| {
            // The promise is broken at the name, where nobody kept it.
            let runtime = runtime.at(ident.span());
            let promise = Ident::new(words.promise, shown_at(ident.span()));
            quote_spanned!(shown_at(ident.span())=> const _: () = #runtime::#promise::<#ident>();)
        });
        quote! {
            #item
            #travel
            #client
            #[automatically_derived]
            impl #impl_generics #runtime::Declared for #ident #type_generics #where_clause {
                const OPTIONS: #runtime::Options = #runtime::Options::#unchanged() #(#options)*;
                #report
            }
            #more
            #promise
        }
    }

    /// The function that shows the state in crash reports.
    ///
    /// `(&Show(&x)).show()` finds `Debug` where there is one and falls back to `_`, without a bound.
    fn report(&self) -> TokenStream {
        let Self { runtime, item, fields, .. } = self;
        let name = syn::ext::IdentExt::unraw(&item.ident).to_string();
        let (f, report) = (hidden("f"), hidden("report"));
        let head = quote!(fn report(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result);
        let named = match &item.fields {
            Fields::Unit => return quote! { #head { #f.write_str(#name) } },
            Fields::Named(_) => true,
            Fields::Unnamed(_) => false,
        };
        let builder = if named { quote!(debug_struct) } else { quote!(debug_tuple) };
        let shown = fields.iter().map(|Shown { cfg, member, secret }| {
            let value =
                if *secret { quote!(&#runtime::Secret) } else { quote!((&#runtime::Show(&self.#member)).show()) };
            let label = match member {
                syn::Member::Named(name) => {
                    let name = syn::ext::IdentExt::unraw(name).to_string();
                    Some(quote!(#name,))
                }
                syn::Member::Unnamed(_) => None,
            };
            quote! { #(#cfg)* #report.field(#label #value); }
        });
        quote! {
            #[allow(unused_imports, unused_mut)]
            #head {
                use #runtime::{ShowDebug as _, ShowOpaque as _};
                let mut #report = #f.#builder(#name);
                #(#shown)*
                #report.finish()
            }
        }
    }
}

/// The road to the runtime, and the calls on `Options`, one for each option that was given.
pub(crate) fn read_options(place: Place, arguments: TokenStream, errors: &mut Errors) -> (Runtime, Vec<TokenStream>) {
    let mut runtime = Runtime::default();
    let mut options = Vec::new();
    for entry in entries(place, arguments, errors) {
        match entry.word().as_str() {
            "crate" => runtime = values::runtime(&entry, errors).unwrap_or_default(),
            _ => options.push(entry),
        }
    }
    let options = options.iter().filter_map(|entry| option(entry, &runtime, errors)).collect();
    (runtime, options)
}

/// Takes the `#[secret]` marks off the fields and notes how each field is shown.
fn shown(fields: &mut Fields, errors: &mut Errors) -> Vec<Shown> {
    fields.iter_mut().zip(0..).map(|(field, index)| show(field, index, errors)).collect()
}

fn show(field: &mut Field, index: u32, errors: &mut Errors) -> Shown {
    let is_secret = |attribute: &Attribute| attribute.path().is_ident("secret");
    for attribute in field.attrs.iter().filter(|attribute| is_secret(attribute)) {
        if attribute.meta.require_path_only().is_err() {
            errors.at(attribute, "`#[secret]` has no options", "write `#[secret]` alone");
        }
    }
    let secret = field.attrs.iter().any(is_secret);
    field.attrs.retain(|attribute| !is_secret(attribute));
    let member = match &field.ident {
        Some(name) => syn::Member::Named(name.clone()),
        None => syn::Member::Unnamed(syn::Index { index, span: proc_macro2::Span::call_site() }),
    };
    let cfg = field.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect();
    Shown { cfg, member, secret }
}

/// One option as a call on `Options::new()`.
fn option(entry: &Entry, runtime: &Runtime, errors: &mut Errors) -> Option<TokenStream> {
    match entry.word().as_str() {
        "name" => values::text(entry, "name = \"account\"", errors).map(|name| quote!(.name(#name))),
        "inline" => values::truth(entry, errors).map(|inline| quote!(.inline(#inline))),
        "call_timeout" if values::is_word(entry, "infinity") => Some(quote!(.call_timeout(#runtime::None))),
        "call_timeout" => {
            let time = values::some_time(entry, &["infinity"], "a call needs time to be answered", errors)?;
            Some(call_timeout(time, runtime))
        }
        _ => mailbox(entry, runtime, errors),
    }
}

fn call_timeout(time: Duration, runtime: &Runtime) -> TokenStream {
    let time = values::duration_tokens(time);
    quote!(.call_timeout(#runtime::Some(#time)))
}

/// `mailbox(capacity = 1024, when_full = reject)`
fn mailbox(entry: &Entry, runtime: &Runtime, errors: &mut Errors) -> Option<TokenStream> {
    const EXAMPLE: &str = "write `mailbox(capacity = 1024)`, or `mailbox(capacity = 1024, when_full = drop_oldest)`";
    let Value::Holds(group) = &entry.value else {
        errors.at(entry, "`mailbox` has its options in parentheses", EXAMPLE);
        return None;
    };
    let mut capacity: Option<TokenTree> = None;
    let mut missing = true;
    let mut when_full = "reject";
    for entry in entries(Place::Mailbox, group.stream(), errors) {
        if entry.word() == "capacity" {
            missing = false;
            capacity = values::number(&entry, 1, "capacity = 1024", errors).map(Literal::into);
        } else {
            let known = ["reject", "drop_newest", "drop_oldest"];
            when_full = values::choice(&entry, &known, errors).unwrap_or("reject");
        }
    }
    if missing {
        errors.at(&entry.key, "a mailbox with options needs a capacity", EXAMPLE);
    }
    let policy = match when_full {
        "drop_newest" => quote!(DropNewest),
        "drop_oldest" => quote!(DropOldest),
        _ => quote!(Reject),
    };
    let capacity = capacity?.into_token_stream();
    Some(quote!(.mailbox(#capacity, #runtime::WhenFull::#policy)))
}
