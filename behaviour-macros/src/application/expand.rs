//! The model, written out: `impl Application`, and the promise that the phases are those of the attribute.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

use super::model::{Application, Callback, Kind};
use crate::effects::boxed;
use crate::runtime::{Runtime, lenient};
use crate::tokens::{call, hidden, of_type, place_of, shown_as, shown_at};

/// Everything that stands beside the user's impl.
pub(super) fn expand(application: &Application) -> TokenStream {
    let Application { runtime, names, callbacks } = application;
    let itself = &names.itself;
    let of = |kind| callbacks.iter().filter(move |callback| callback.kind == kind);
    let mut items: TokenStream = of(Kind::Start).map(|start| top(runtime, start)).collect();
    if of(Kind::Start).next().is_none() {
        items.extend(quote!(type Top = #runtime::Tree;));
    } else if of(Kind::Start).all(|start| !start.cfg.is_empty()) {
        // Where all of them are conditional, it may be that none is there.
        let conditions = of(Kind::Start).flat_map(|start| &start.cfg).filter_map(|cfg| match &cfg.meta {
            syn::Meta::List(list) => Some(&list.tokens),
            _ => None,
        });
        items.extend(quote!(#[cfg(not(any(#(#conditions),*)))] type Top = #runtime::Tree;));
    }
    let phases: Vec<_> = of(Kind::Phase).map(|phase| listed(runtime, phase)).collect();
    if !phases.is_empty() {
        items.extend(quote!(const PHASES: &'static [#runtime::Phase<Self>] = &[#(#phases)*];));
    }
    items.extend(of(Kind::PrepStop).map(|callback| method(runtime, callback, "before_stop")));
    items.extend(of(Kind::Stop).map(|callback| method(runtime, callback, "after_stop")));
    items.extend(of(Kind::ConfigChange).map(|callback| method(runtime, callback, "changed")));
    let lenient = lenient();
    let promise = promise(application, of(Kind::Phase));
    quote! {
        #[automatically_derived]
        #lenient
        impl #runtime::Application for #itself {
            #items
        }
        #promise
    }
}

/// `type Top = ..; fn top(&self) -> ..`
fn top(runtime: &Runtime, start: &Callback) -> TokenStream {
    let Callback { cfg, .. } = start;
    let ty = start.output.as_ref().filter(|output| !output.nameless).map(|output| &output.ty);
    let Some(ty) = ty else {
        return quote! { #(#cfg)* type Top = #runtime::Tree; };
    };
    let is_top = quote!(#runtime::IsTop);
    let (of, into) = (of_type(ty, &is_top, "Of"), of_type(ty, &is_top, "into_top"));
    let body = if start.sound {
        let made = call(&into, invocation(runtime, start, &[]), ty);
        let place = place_of(ty);
        let road = runtime.at(place);
        let made = call(&quote_spanned!(shown_at(place)=> #road::or_reason), made, ty);
        boxed(runtime, start.name.span(), &made)
    } else {
        quote!(::core::unreachable!())
    };
    let returned = quote! {
        #runtime::BoxFuture<'_, ::core::result::Result<#runtime::Option<#runtime::AnyChild>, #runtime::ExitReason>>
    };
    quote! {
        #(#cfg)*
        type Top = #of;
        #(#cfg)*
        fn top(&self) -> #returned { #body }
    }
}

/// An entry of `PHASES`.
fn listed(runtime: &Runtime, phase: &Callback) -> TokenStream {
    let Callback { cfg, name, .. } = phase;
    let told = name.unraw().to_string();
    let (app, top) = (hidden("app"), hidden("top"));
    let body = body(runtime, phase, &[&top]);
    let app = if phase.sound { quote!(#app) } else { quote!(_) };
    quote! { #(#cfg)* #runtime::Phase::new(#told, |#app, #top| #body), }
}

/// One of the other callbacks.
fn method(runtime: &Runtime, callback: &Callback, of: &str) -> TokenStream {
    let Callback { cfg, .. } = callback;
    let (app, before, top) = (hidden("app"), hidden("before"), hidden("top"));
    let (parameters, lent) = match callback.kind {
        Kind::PrepStop => (quote!(#top: &'a #runtime::TopClient<Self>), vec![&top]),
        Kind::ConfigChange => (quote!(#before: &'a Self, #top: &'a #runtime::TopClient<Self>), vec![&before, &top]),
        _ => (TokenStream::new(), Vec::new()),
    };
    let body = body(runtime, callback, &lent);
    let of = Ident::new(of, proc_macro2::Span::call_site());
    quote! {
        #(#cfg)*
        fn #of<'a>(&'a self, #parameters) -> #runtime::BoxFuture<'a, #runtime::Option<#runtime::ExitReason>> {
            let #app = self;
            #body
        }
    }
}

/// Calls a callback, and tells the reason that it failed with.
fn body(runtime: &Runtime, callback: &Callback, lent: &[&Ident]) -> TokenStream {
    if !callback.sound {
        return quote!(::core::unreachable!());
    }
    let called = invocation(runtime, callback, lent);
    let body = match &callback.output {
        None => quote! { #called; #runtime::None },
        Some(output) if output.nameless => {
            let value = hidden("value");
            let shown = shown_as(&value, callback.output_place());
            quote! { let #value = #called; #runtime::Outcome::into_reason(#shown) }
        }
        Some(output) => call(&of_type(&output.ty, &quote!(#runtime::Outcome), "into_reason"), called, &output.ty),
    };
    boxed(runtime, callback.name.span(), &body)
}

/// `Self::name(app, ..)`, awaited if need be, with what is lent for what it takes.
fn invocation(runtime: &Runtime, callback: &Callback, lent: &[&Ident]) -> TokenStream {
    let Callback { kind, name, waits, takes, .. } = callback;
    let app = if *kind == Kind::Start { quote!(self) } else { hidden("app").to_token_stream() };
    let arguments = takes.iter().zip(lent).enumerate().map(|(place, (ty, local))| {
        let of = if *kind == Kind::ConfigChange && place == 0 { quote!(IsBefore) } else { quote!(IsTopClient) };
        call(&of_type(ty, &quote!(#runtime::#of<Self>), "lent"), quote!(#local), ty)
    });
    let place = shown_at(name.span());
    let wait = waits.then(|| quote_spanned!(place=> .await));
    quote_spanned!(place=> Self::#name(#app #(, #arguments)*) #wait)
}

/// Asks that the phases which the attribute lists are those that have a callback.
fn promise<'a>(application: &Application, phases: impl Iterator<Item = &'a Callback> + Clone) -> TokenStream {
    let Application { runtime, names, .. } = application;
    let itself = &names.itself;
    let place = shown_at(names.ident.span());
    let known = phases.clone().map(|Callback { cfg, name, .. }| {
        let told = name.unraw().to_string();
        quote!(#(#cfg)* #told,)
    });
    let checks = phases.map(|Callback { cfg, name, .. }| {
        let told = name.unraw().to_string();
        let problem = Literal::string(&format!(
            "`{told}` is a `#[phase]` that `#[application(..)]` on the struct does not list\n\nhelp: write \
             `phases({told})` there, with all phases in their order"
        ));
        let at = shown_at(name.span());
        quote_spanned!(at=> #(#cfg)* const _: () = ::core::assert!(#runtime::lists_phase::<#itself>(#told), #problem);)
    });
    let missing = hidden("missing");
    quote_spanned! {place=>
        #(#checks)*
        const _: () = match #runtime::missing_phase::<#itself>(&[#(#known)*]) {
            #runtime::Some(#missing) => ::core::panic!("{}", #missing),
            #runtime::None => {}
        };
    }
}
