//! The states, written out: the structs, the enum, and what the runtime knows of them.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Field, Fields, Visibility, parse_quote, token};

use super::derives::Own;
use super::{State, States};
use crate::callback::carried;
use crate::client::travel;
use crate::machine::picture;
use crate::tokens::{hidden, moved_to, place_of, text};

impl States {
    pub(super) fn expand(&self) -> TokenStream {
        let structs = self.variants.iter().map(|state| self.declare(state));
        let conversions = self.variants.iter().map(|state| self.convert(state));
        let debug = self.derives.conditions(Own::Debug).into_iter().map(|condition| self.debug(&condition));
        let defaults = self.variants.iter().filter(|state| state.default).flat_map(|state| {
            let conditions = self.derives.conditions(Own::Default).into_iter();
            conditions.map(|condition| self.default(state, &condition))
        });
        [self.travel(), structs.collect(), self.enumeration()]
            .into_iter()
            .chain(debug)
            .chain(defaults)
            .chain([self.implementation()])
            .chain(conversions)
            .collect()
    }

    /// `pub struct Red { pub waiting: u32 }`
    fn declare(&self, state: &State) -> TokenStream {
        let Self { cfg, derives, .. } = self;
        let State { name, cfg: own_cfg, others, .. } = state;
        let known: Vec<_> = others.iter().map(text).collect();
        let allowed = self.allowed.iter().filter(|allowed| !known.contains(&text(allowed)));
        let visibility = seen_at(&self.visibility, name.span());
        let (impl_generics, where_clause) = (&state.generics, &state.generics.where_clause);
        let docs = self.docs(state);
        let derives = derives.of_a_state(state.default);
        let fields = state.fields.iter().map(|field| lifted(field, &self.visibility));
        // What rustc has to say of the struct stands at the variant: its first and its last token say where it is.
        let (keyword, end) = (quote_spanned!(name.span()=> struct), quote_spanned!(name.span()=> ;));
        let body = match &state.fields {
            Fields::Unit => quote!(#where_clause #end),
            Fields::Unnamed(_) => quote!((#(#fields),*) #where_clause #end),
            Fields::Named(named) => {
                let fields = braces(&named.brace_token, quote!(#(#fields),*));
                quote!(#where_clause #fields)
            }
        };
        quote! {
            #docs
            #(#cfg)*
            #(#own_cfg)*
            #(#derives)*
            #(#others)*
            #(#allowed)*
            // What rustc asks of a type, but not of a variant.
            #[allow(
                missing_debug_implementations,
                non_camel_case_types,
                unreachable_pub,
                clippy::module_name_repetitions,
                clippy::struct_excessive_bools,
                clippy::struct_field_names,
            )]
            #visibility #keyword #name #impl_generics #body
        }
    }

    /// The user's docs of the variant, for the struct.
    fn docs(&self, state: &State) -> TokenStream {
        if state.docs.is_empty() {
            let docs = format!("`{}`, a state of [`{}`].", state.name.unraw(), self.name.unraw());
            return quote!(#[doc = #docs]);
        }
        // Links that go through `Self` mean the enum.
        let through = format!("{}::", self.name.unraw());
        let docs = state.docs.iter().map(|attribute| {
            let line = match &attribute.meta {
                syn::Meta::NameValue(docs) => syn::parse2::<syn::LitStr>(docs.value.to_token_stream()).ok(),
                _ => None,
            };
            match line.map(|line| line.value()) {
                Some(line) if line.contains("Self::") => {
                    let line = line.replace("Self::", &through);
                    quote!(#[doc = #line])
                }
                _ => attribute.to_token_stream(),
            }
        });
        docs.collect()
    }

    /// `pub enum Light { Red(Red), .. }`
    fn enumeration(&self) -> TokenStream {
        let Self { name, visibility, keyword, generics, attributes, .. } = self;
        let variants = self.variants.iter().map(|state| {
            let State { name, cfg, docs, others, .. } = state;
            let (_, type_generics, _) = state.generics.split_for_impl();
            let allowed = carried(others, "allow");
            let own = docs.is_empty().then(|| {
                let docs = format!("The state [`{}`].", name.unraw());
                quote!(#[doc = #docs])
            });
            quote! { #own #(#docs)* #(#cfg)* #(#allowed)* #name(#name #type_generics), }
        });
        let (where_clause, variants) = (&generics.where_clause, braces(&self.braces, quote!(#(#variants)*)));
        // Who uses a state is told that it is deprecated, not the enum.
        let is_deprecated = |state: &State| state.others.iter().any(|other| other.path().is_ident("deprecated"));
        let forgiven = self.variants.iter().any(is_deprecated).then(|| quote!(#[allow(deprecated)]));
        quote! {
            #(#attributes)*
            #forgiven
            // A machine need not look into each state that it is in.
            #[allow(dead_code)]
            #visibility #keyword #name #generics #where_clause #variants
        }
    }

    /// `impl of for itself { .. }`, with the generics of the enum; shown at the enum or at the `state` that it is of.
    fn implement(
        &self,
        state: Option<&State>,
        more: &TokenStream,
        of: &TokenStream,
        itself: &TokenStream,
        items: TokenStream,
    ) -> TokenStream {
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        let (all, own) = (&self.cfg, state.map(|state| &state.cfg).into_iter().flatten());
        let shown = state.map_or(&self.name, |state| &state.name).span();
        let keyword = quote_spanned!(shown=> impl);
        let mut body = Group::new(Delimiter::Brace, items);
        body.set_span(shown);
        quote! {
            #(#all)*
            #(#own)*
            #more
            #[automatically_derived]
            #[allow(deprecated)]
            #keyword #impl_generics #of for #itself #where_clause #body
        }
    }

    /// The enum with its generics.
    fn itself(&self) -> TokenStream {
        let (name, (_, type_generics, _)) = (&self.name, self.generics.split_for_impl());
        quote!(#name #type_generics)
    }

    /// `Debug`, which shows the struct alone.
    fn debug(&self, condition: &TokenStream) -> TokenStream {
        let (f, inner) = (hidden("f"), hidden("state"));
        let mut generics = self.generics.clone();
        for param in generics.type_params_mut() {
            param.bounds.push(parse_quote!(::core::fmt::Debug));
        }
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let (all, itself) = (&self.cfg, self.itself());
        let shown = self.matched(|_| quote!(::core::fmt::Debug::fmt(#inner, #f)), &quote!(#inner));
        quote! {
            #(#all)*
            #condition
            #[automatically_derived]
            #[allow(deprecated)]
            impl #impl_generics ::core::fmt::Debug for #itself #where_clause {
                fn fmt(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #shown }
            }
        }
    }

    /// `Default`, which makes the state that bears the mark.
    fn default(&self, state: &State, condition: &TokenStream) -> TokenStream {
        let name = &state.name;
        self.implement(
            Some(state),
            &quote!(#condition #[allow(clippy::derivable_impls)]),
            &quote!(::core::default::Default),
            &self.itself(),
            quote! { fn default() -> Self { Self::#name(::core::default::Default::default()) } },
        )
    }

    /// `match *self { .. }` with one value for each state.
    fn matched(&self, value: impl Fn(&State) -> TokenStream, inner: &TokenStream) -> TokenStream {
        if self.variants.is_empty() {
            return quote!(match *self {});
        }
        let arms = self.variants.iter().map(|state| {
            let (State { name, cfg, .. }, value) = (state, value(state));
            quote! { #(#cfg)* Self::#name(#inner) => #value, }
        });
        quote! { match self { #(#arms)* } }
    }

    /// What the runtime knows of the enum.
    fn implementation(&self) -> TokenStream {
        let (runtime, itself) = (&self.runtime, self.itself());
        let infos = self.variants.iter().map(|state| {
            let State { name, index, terminal, cfg, .. } = state;
            let name = name.unraw().to_string();
            quote! { #(#cfg)* #runtime::StateInfo::new(#index, #name, #terminal), }
        });
        let ends = self.variants.iter().filter(|state| state.terminal).map(|state| {
            let line = format!("    {} --> [*]\n", picture::id(&state.name.unraw().to_string()));
            (&state.cfg[..], line.into_token_stream())
        });
        let ends = picture::joined(runtime, &ends.collect::<Vec<_>>());
        let index = self.matched(|state| state.index.to_token_stream(), &quote!(_));
        let state = self.implement(
            None,
            &TokenStream::new(),
            &quote!(#runtime::State),
            &itself,
            quote! {
                const STATES: &'static [#runtime::StateInfo] = &[#(#infos)*];
                const ENDS: &'static str = #ends;
                fn index(&self) -> usize { #index }
            },
        );
        let target = self.implement(
            None,
            &TokenStream::new(),
            &quote!(#runtime::Target<#itself>),
            &itself,
            quote! {
                const TO: #runtime::StateSet = #runtime::StateSet::ALL;
                fn into_state(self) -> ::core::result::Result<#itself, #runtime::ExitReason> {
                    ::core::result::Result::Ok(self)
                }
            },
        );
        quote!(#state #target)
    }

    /// What leads from a struct to the enum.
    fn convert(&self, state: &State) -> TokenStream {
        let (runtime, itself) = (&self.runtime, self.itself());
        let State { name, index, .. } = state;
        let (_, type_generics, _) = state.generics.split_for_impl();
        let (one, from, more) = (quote!(#name #type_generics), hidden("state"), TokenStream::new());
        let from = self.implement(
            Some(state),
            &more,
            &quote!(::core::convert::From<#one>),
            &itself,
            quote! { fn from(#from: #one) -> Self { Self::#name(#from) } },
        );
        let place = self.implement(
            Some(state),
            &more,
            &quote!(#runtime::StateOf<#itself>),
            &one,
            quote! {
                const INDEX: usize = #index;
                fn into_whole(self) -> #itself { <#itself>::#name(self) }
            },
        );
        let target = self.implement(
            Some(state),
            &more,
            &quote!(#runtime::Target<#itself>),
            &one,
            quote! {
                const TO: #runtime::StateSet = #runtime::StateSet::of(#index);
                fn into_state(self) -> ::core::result::Result<#itself, #runtime::ExitReason> {
                    ::core::result::Result::Ok(<#itself>::#name(self))
                }
            },
        );
        quote!(#from #place #target)
    }

    /// Asks of the fields that they can travel; with generics, the bounds say it.
    fn travel(&self) -> TokenStream {
        if !self.generics.params.is_empty() {
            return TokenStream::new();
        }
        let fields: Vec<(Vec<Attribute>, TokenStream)> = self
            .variants
            .iter()
            .flat_map(|state| state.fields.iter().map(move |field| (state, field)))
            .map(|(state, field)| {
                let conditions = self.cfg.iter().chain(&state.cfg);
                let own = field.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
                (conditions.chain(own).cloned().collect(), field.ty.to_token_stream())
            })
            .collect();
        travel(&self.runtime, fields.iter().map(|(cfg, ty)| (&cfg[..], ty.clone())))
    }
}

/// Braces where the user's stand.
fn braces(shown: &token::Brace, inside: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, inside);
    group.set_span(shown.span.join());
    group
}

/// The field of a variant as that of a struct: it can be seen where the enum can.
fn lifted(field: &Field, visibility: &Visibility) -> TokenStream {
    let Field { attrs, ident, ty, .. } = field;
    let place = ident.as_ref().map_or_else(|| place_of(ty), Ident::span);
    let visibility = match &field.vis {
        Visibility::Inherited => seen_at(visibility, place),
        own => own.to_token_stream(),
    };
    let documented = attrs.iter().any(|attribute| attribute.path().is_ident("doc"));
    let docs = ident.as_ref().filter(|_| !documented).map(|name| {
        let docs = format!("Its `{}`.", name.unraw());
        quote!(#[doc = #docs])
    });
    let name = ident.as_ref().map(|name| quote!(#name:));
    quote!(#docs #(#attrs)* #visibility #name #ty)
}

/// The visibility of the enum, shown elsewhere: an error about a field must not begin at the enum.
fn seen_at(visibility: &Visibility, place: Span) -> TokenStream {
    moved_to(visibility.to_token_stream(), place)
}
