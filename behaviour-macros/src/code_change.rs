//! `#[code_change]`: what new code does to a running process.
//!
//! With `&mut self` it changes the state of its own type. Without, it makes a new version of an old one, which is its
//! first parameter: `old: &mut Account`. That version takes the messages of the old one, and so it writes no enum of its
//! own but a name for that of the old: whether it answers them all is for rustc to see in its `match`.
//!
//! What is written is `upgrade`, which describes the change by the other parameters, as `start` describes a start.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Receiver, ReceiverKind};

use crate::block::{Block, Method};
use crate::callback::{Argument, Callback, Field, state};
use crate::effects::made_of;
use crate::errors::Errors;
use crate::frame::Frame;
use crate::runtime::lenient;
use crate::tokens::{hidden, shown_at, text};

/// The name of the function that is written.
const UPGRADE: &str = "upgrade";

/// The callback, without the parameter that it changes.
pub(crate) struct CodeChange {
    pub(crate) callback: Callback,
    /// The type of the old version, if this makes a new one.
    pub(crate) old: Option<TokenStream>,
}

/// The runtime's words for it.
pub(crate) struct Words {
    /// What changes the same type, and what makes another version.
    pub(crate) by: [&'static str; 2],
    /// The trait of what a new version may be returned as.
    pub(crate) version: &'static str,
    /// What that is: `Self`.
    pub(crate) made: &'static str,
    /// How the type of the states of an old machine is found.
    pub(crate) states: Option<&'static str>,
}

impl CodeChange {
    /// Reads the callback; the state of a machine is the first parameter but for the old version.
    pub(crate) fn read(
        method: &Method,
        mark: &str,
        itself: &TokenStream,
        what: &str,
        words: &Words,
        errors: &mut Errors,
    ) -> Self {
        let receiver = method.signature.receiver();
        let takes_state = words.states.is_some();
        let position = takes_state.then_some(usize::from(receiver.is_none()));
        let mut callback = Callback::read_beside(method, mark, itself, position, errors);
        let old = receiver.is_none().then(|| take_old(&mut callback, itself)).flatten();
        let state = if takes_state { "state: &mut State, " } else { "" };
        let form = if receiver.is_some() {
            format!("write `fn code_change(&mut self, {state}..)`, by value what `upgrade` shall take")
        } else {
            format!("write `fn code_change(old: &mut Old, {state}..) -> {}`", words.made)
        };
        let mut wrong = |place: TokenStream, problem: String| {
            errors.at(place, problem, &form);
            callback.sound = false;
        };
        let name = &method.signature.ident;
        if receiver.is_none() && old.is_none() {
            wrong(
                name.to_token_stream(),
                format!(
                    "`{name}` has neither `&mut self`, the {what} to be changed, nor an old version to make a new one of"
                ),
            );
        }
        if receiver.is_none() && callback.output.is_none() {
            wrong(name.to_token_stream(), format!("`{name}` makes a new version of the {what}, and returns nothing"));
        }
        let has_state = callback.arguments.iter().any(|argument| matches!(argument, Argument::State(_)));
        if takes_state && !has_state && (receiver.is_some() || old.is_some()) {
            wrong(name.to_token_stream(), format!("`{name}` changes a machine, and does not take its state"));
        }
        check_change(method, &mut callback, what, &form, errors);
        if let Some(cfg) = callback.cfg.first().filter(|_| old.is_some()) {
            errors.at(
                cfg,
                format_args!("`{name}` says whose messages this {what} takes, so it is there under all conditions"),
                "put the condition on the struct and on the whole impl",
            );
        }
        Self { callback, old }
    }
}

/// Checks what every code change must look like, whatever it changes.
pub(crate) fn check_change(method: &Method, callback: &mut Callback, what: &str, form: &str, errors: &mut Errors) {
    let mut wrong = |place: TokenStream, problem: String| {
        errors.at(place, problem, form);
        callback.sound = false;
    };
    match method.signature.receiver() {
        Some(Receiver { kind: ReceiverKind::Reference(_, _, Some(_)), .. }) | None => {}
        Some(receiver) => wrong(receiver.to_token_stream(), format!("`#[code_change]` changes the {what}")),
    }
    if let Some(waits) = &method.signature.asyncness {
        wrong(
            waits.to_token_stream(),
            "the process stands still while its code is changed, so nothing can wait".into(),
        );
    }
    for argument in &callback.arguments {
        if let Argument::Context(ty) = argument {
            wrong(ty.clone(), "new code is no message, and nothing but what it changes is lent to it".into());
        }
    }
}

/// Takes the old version from the parameters, which stands first: the type that is lent.
fn take_old(callback: &mut Callback, itself: &TokenStream) -> Option<TokenStream> {
    match callback.arguments.first() {
        Some(Argument::Context(ty)) if text(ty) != "Self" && text(ty) != text(itself) => {
            let ty = ty.clone();
            callback.arguments.remove(0);
            Some(ty)
        }
        _ => None,
    }
}

/// The name of the function that is written, among the functions that the user may not write.
pub(crate) fn reserved(block: &Block) -> Option<&'static str> {
    let marked = |method: &Method| method.marks.iter().any(|mark| mark.name == "code_change");
    block.methods().any(marked).then_some(UPGRADE)
}

/// `impl Account { pub fn upgrade(..) -> Upgrade<AccountMessage> { .. } }`
pub(crate) fn upgrades(frame: &Frame, words: &Words) -> TokenStream {
    let changes = &frame.changes;
    if changes.is_empty() || frame.taken.iter().any(|taken| taken == UPGRADE) {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = frame.generics.split_for_impl();
    let (itself, lenient) = (&frame.names.itself, lenient());
    let functions = changes.iter().map(|change| upgrade(frame, change, words));
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #itself #where_clause {
            #(#functions)*
        }
    }
}

fn upgrade(frame: &Frame, CodeChange { callback, old }: &CodeChange, words: &Words) -> TokenStream {
    let (runtime, message, link) = (&frame.runtime, frame.message_type(), &frame.names.link);
    let Callback { cfg, docs, .. } = callback;
    let told = match old {
        None => format!("Describes new code for a running {link}, for its client's `sys().change_code(..)`."),
        Some(old) => {
            let old = text(old);
            format!("Describes how {link} takes over from a running `{old}`, for its client's `sys().change_code(..)`.")
        }
    };
    let more = (!docs.is_empty()).then(|| quote!(#[doc = ""] #(#docs)*));
    let parameters = callback.owned().map(Field::declared);
    let body = if callback.sound {
        let place = shown_at(callback.name.span());
        let (by, of, into) = if old.is_some() {
            let of = Ident::new(words.version, Span::call_site());
            (words.by[1], quote!(#of<Self>), "into_version")
        } else {
            (words.by[0], quote!(IntoChanged), "into_changed")
        };
        let (changed, by) = (hidden("old"), Ident::new(by, place));
        let called = callback.invocation(runtime, Some(quote_spanned!(place=> #changed)), Field::local);
        let value = made_of(runtime, callback, called, &of, into);
        let ty = old.clone().unwrap_or_else(|| quote!(Self));
        let state = words.states.map(|of| {
            let (state, of) = (state(), Ident::new(of, Span::call_site()));
            quote!(, #state: &mut <#ty as #runtime::#of>::State)
        });
        let upgrade = Ident::new("Upgrade", place);
        quote_spanned!(place=> #runtime::#upgrade::#by(move |#changed: &mut #ty #state| #value))
    } else {
        quote!(::core::unreachable!())
    };
    quote! {
        #[doc = #told]
        #more
        #(#cfg)*
        pub fn upgrade(#(#parameters),*) -> #runtime::Upgrade<#message> { #body }
    }
}
