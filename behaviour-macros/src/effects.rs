//! What is done with the value of a callback, and how a callback that waits is run.
//!
//! A callback that does not wait runs on the spot. One that does is boxed, so
//! that the loop which drives all processes is compiled once; the box is shown at
//! the callback's name, for it is there that a future that is not `Send` must
//! be mended.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::callback::{Callback, Field, context};
use crate::runtime::Runtime;
use crate::tokens::{call, hidden, moved_to, of_type, shown_as, shown_at};

/// The effect as an arm or a body: on the spot, or as a boxed future.
pub(crate) fn step(runtime: &Runtime, callback: &Callback, effect: &TokenStream) -> TokenStream {
    if callback.waits {
        let boxed = boxed(runtime, callback.name.span(), effect);
        quote! { { #runtime::Some(#boxed) } }
    } else {
        quote! { { #effect #runtime::None } }
    }
}

/// `Box::pin(async move { .. })`, shown at `place`.
pub(crate) fn boxed(runtime: &Runtime, place: Span, body: &TokenStream) -> TokenStream {
    let runtime = runtime.at(place);
    quote_spanned!(shown_at(place)=> #runtime::Box::pin(async move { #body }))
}

/// Lets an `Err` of the callback end the process; `of` is the trait that tells it from a good value.
pub(crate) fn settled(runtime: &Runtime, of: &str, callback: &Callback, called: &TokenStream) -> TokenStream {
    let Some(output) = &callback.output else {
        return quote! { #called; };
    };
    let (cx, value) = (context(), hidden("value"));
    let of = proc_macro2::Ident::new(of, Span::call_site());
    let reason = if output.nameless {
        let shown = shown_as(&value, output.place);
        quote!(#runtime::#of::into_reason(#shown))
    } else {
        call(&of_type(&output.ty, &quote!(#runtime::#of), "into_reason"), quote!(#value), &output.ty)
    };
    quote! { let #value = #called; #cx.settle(#reason); }
}

/// What a callback makes of its process; `of` is the trait of such values, `into` its method.
pub(crate) fn made_of(
    runtime: &Runtime,
    callback: &Callback,
    called: TokenStream,
    of: &TokenStream,
    into: &str,
) -> TokenStream {
    match &callback.output {
        Some(output) if !output.nameless => {
            call(&of_type(&output.ty, &quote!(#runtime::#of), into), called, &output.ty)
        }
        _ => {
            let into = proc_macro2::Ident::new(into, Span::call_site());
            quote!(<_ as #runtime::#of>::#into(#called))
        }
    }
}

/// Takes the place for the reply of the present call, for a callback that replies later.
pub(crate) fn put_by(runtime: &Runtime, ty: &TokenStream) -> TokenStream {
    let cx = context();
    call(&of_type(ty, &quote!(#runtime::IsReply), "put_by"), quote!(&mut *#cx), ty)
}

/// Makes sure that a callback which replies later says so.
pub(crate) fn promised(runtime: &Runtime, value: &proc_macro2::Ident, place: Span) -> TokenStream {
    let (shown, later) = (shown_as(value, place), moved_to(quote!(#runtime::Later), place));
    quote! { let _: #later = #shown; }
}

/// What `#[terminate]` takes by value: the reason.
pub(crate) fn given_reason(runtime: &Runtime, Field { ty, .. }: &Field) -> TokenStream {
    let reason = hidden("reason");
    call(&of_type(ty, &quote!(#runtime::IsReason), "given"), quote!(#reason), ty)
}

/// `fn format_status(&self, ..) -> ..`, under this name; `given` is what else is shown of the process, if it may be changed.
pub(crate) fn status(runtime: &Runtime, callback: &Callback, name: &str, given: Option<&TokenStream>) -> TokenStream {
    let name = proc_macro2::Ident::new(name, Span::call_site());
    let cfg = &callback.cfg;
    let body = if callback.sound {
        let call = callback.invocation(runtime, Some(quote!(self)), Field::local);
        if callback.output.is_some() {
            let value = shown_as(&hidden("value"), callback.output_place());
            quote! { let #value = #call; #runtime::status(#value) }
        } else {
            quote! { #call; #runtime::None }
        }
    } else {
        quote!(::core::unreachable!())
    };
    quote! { #(#cfg)* fn #name(&self, #given) -> #runtime::Option<#runtime::String> { #body } }
}

/// The parameter by which a `#[format_status]` gets what is shown of its process.
pub(crate) fn given_status(runtime: &Runtime) -> TokenStream {
    let status = context();
    quote!(#status: &mut #runtime::Status)
}
