//! The model, written out.
//!
//! In the order of the output: the check that what is sent can travel, which is
//! the first to fail, the message enum, the dispatch, what turns the handler's own
//! types into messages, the client's methods, `handler` and `successor`. Nothing
//! here can fail.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::dispatch;
use super::model::Handler;
use crate::callback::{Callback, Field};
use crate::effects::made_of;
use crate::frame::Frame;
use crate::runtime::lenient;
use crate::server::expand::{conversion, declared, method};
use crate::starting::{Words, described, described_with};
use crate::tokens::{applied, call, hidden, of_type, of_type_at, place_of, respan, shown_at};

const HANDLER: Words =
    Words { of: "IntoHandler", into: "into_handler", now: "new", future: "future", described: "Handler" };
const SUCCESSOR: Words = Words { described: "Successor", ..HANDLER };

/// Everything that stands beside the user's impl.
pub(super) fn expand(handler: &Handler) -> TokenStream {
    let Handler { frame, messages, swaps, .. } = handler;
    let sent =
        messages.iter().flat_map(|message| message.fields.iter().map(|field| (&message.callback.cfg[..], field)));
    let passed = swaps.iter().filter(|swap| swap.sound);
    let passed = passed.flat_map(|swap| swap.owned().map(|field| (&swap.cfg[..], field)));
    [
        frame.travels(sent.chain(passed)),
        frame.messages(&messages.iter().map(|message| declared(frame, message)).collect()),
        dispatch::implementation(handler),
        messages.iter().map(|message| conversion(frame, message, "InfoForHandler")).collect(),
        frame.client(messages.iter().filter_map(|message| method(frame, message))),
        descriptions(handler),
    ]
    .into_iter()
    .collect()
}

/// `impl Log { pub fn handler(..) -> Handler<Self> .. }`
fn descriptions(handler: &Handler) -> TokenStream {
    let Handler { frame, swaps, .. } = handler;
    let (impl_generics, _, where_clause) = frame.generics.split_for_impl();
    let (itself, lenient) = (&frame.names.itself, lenient());
    let free = |name: &&str| !frame.taken.iter().any(|taken| taken == name);
    let handlers = Some("handler").filter(free).into_iter();
    let handlers = handlers.flat_map(|_| frame.inits.iter().map(|init| description(frame, init)));
    let successors = Some("successor").filter(free).into_iter();
    let successors = successors.flat_map(|_| swaps.iter().map(|swap| succession(frame, swap)));
    let upgrades = Some("upgrade").filter(free).into_iter();
    let upgrades = upgrades.flat_map(|_| frame.changes.iter().map(|change| upgrade(frame, &change.callback)));
    let functions: TokenStream = handlers.chain(successors).chain(upgrades).collect();
    if functions.is_empty() {
        return functions;
    }
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #itself #where_clause {
            #functions
        }
    }
}

fn description(frame: &Frame, init: &Callback) -> TokenStream {
    let (runtime, cfg) = (&frame.runtime, &init.cfg);
    let parameters = init.owned().map(Field::declared);
    let body = described(frame, &HANDLER, init);
    let (docs, more) = (
        format!("Describes {} as a handler, for a manager to add: until then nothing happens.", frame.names.link),
        more_docs(init),
    );
    quote! {
        #[doc = #docs]
        #more
        #(#cfg)*
        pub fn handler(#(#parameters),*) -> #runtime::Handler<Self> { #body }
    }
}

fn succession(frame: &Frame, swap: &Callback) -> TokenStream {
    let (runtime, cfg, left) = (&frame.runtime, &swap.cfg, hidden("left"));
    let parameters = swap.owned().skip(1).map(Field::declared);
    let ty = swap.owned().next().filter(|_| swap.sound).map(|first| &first.ty);
    let returned = ty.map_or_else(
        || quote!(-> #runtime::Successor<Self, ()>),
        |ty| {
            let leaves = of_type(ty, &quote!(#runtime::IsHandover), "Left");
            let itself = respan(quote!(Self,), place_of(ty));
            applied(quote!(-> #runtime::Successor), &quote!(#itself #leaves))
        },
    );
    let mut first = ty.map(|ty| call(&of_type(ty, &quote!(#runtime::IsHandover), "given"), quote!(#left), ty));
    let body =
        described_with(frame, &SUCCESSOR, swap, Some(&left), |field| first.take().unwrap_or_else(|| field.local()));
    let (docs, more) = (
        format!("Describes {} as the handler that takes another's place, and what that leaves.", frame.names.link),
        more_docs(swap),
    );
    quote! {
        #[doc = #docs]
        #more
        #(#cfg)*
        pub fn successor(#(#parameters),*) #returned { #body }
    }
}

/// `pub fn upgrade(..) -> HandlerUpgrade<Self> { .. }`
fn upgrade(frame: &Frame, change: &Callback) -> TokenStream {
    let (runtime, cfg) = (&frame.runtime, &change.cfg);
    let parameters = change.owned().map(Field::declared);
    let body = if change.sound {
        let (place, handler) = (shown_at(change.name.span()), hidden("handler"));
        let called = change.invocation(runtime, Some(quote_spanned!(place=> #handler)), |field| {
            let (local, ty) = (field.local(), &field.ty);
            let (each, given) = (respan(quote!(#runtime::EachHandler), place_of(ty)), quote!(#runtime::IsGiven<#ty>));
            call(&of_type_at(&each, &given, "given", ty), quote!(&#local), ty)
        });
        let value = made_of(runtime, change, called, &quote!(IntoChanged), "into_changed");
        quote_spanned!(place=> #runtime::HandlerUpgrade::new(move |#handler: &mut Self| #value))
    } else {
        quote!(::core::unreachable!())
    };
    let (docs, more) = (
        format!(
            "Describes new code for the handlers {} of a manager, for its client's `sys().change_code(..)`.",
            frame.names.link
        ),
        more_docs(change),
    );
    quote! {
        #[doc = #docs]
        #more
        #(#cfg)*
        pub fn upgrade(#(#parameters),*) -> #runtime::HandlerUpgrade<Self> { #body }
    }
}

fn more_docs(init: &Callback) -> Option<TokenStream> {
    let docs = &init.docs;
    (!docs.is_empty()).then(|| quote!(#[doc = ""] #(#docs)*))
}
