//! `start`, `start_link` and `child`: how a server or a machine is started.
//!
//! All three describe the same start, by the parameters of `#[init]`; the first
//! says how the process makes its state, the others what is done with that. The
//! same once more with the parameters as one value is what `StartsWith` asks for.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::callback::{Callback, Field, context};
use crate::effects::{boxed, made_of};
use crate::frame::Frame;
use crate::runtime::lenient;
use crate::tokens::shown_at;

/// The runtime's words for a start.
pub(crate) struct Words {
    /// What the value of `#[init]` is, `IntoInit`.
    pub(crate) of: &'static str,
    /// Its method.
    pub(crate) into: &'static str,
    /// The start of an `#[init]` that does not wait.
    pub(crate) now: &'static str,
    /// The start of one that does.
    pub(crate) future: &'static str,
    /// What is described, `Start`.
    pub(crate) described: &'static str,
}

/// `impl Account { pub fn start(..) .. }`; `docs` stand at the block.
pub(crate) fn starts(frame: &Frame, words: &Words, docs: Option<&TokenStream>) -> TokenStream {
    let (impl_generics, _, where_clause) = frame.generics.split_for_impl();
    let itself = &frame.names.itself;
    let functions: TokenStream = frame.inits.iter().map(|init| start(frame, words, init)).collect();
    if functions.is_empty() {
        return functions;
    }
    let lenient = lenient();
    let starts_with = frame.inits.iter().filter_map(|init| starts_with(frame, init));
    quote! {
        #docs
        #[automatically_derived]
        #lenient
        impl #impl_generics #itself #where_clause {
            #functions
        }
        #(#starts_with)*
    }
}

/// `impl StartsWith<u64> for Account { .. }`, where the parameters of `#[init]` are known without it.
fn starts_with(frame: &Frame, init: &Callback) -> Option<TokenStream> {
    if !init.sound || !init.generics.params.is_empty() {
        return None;
    }
    let (runtime, cfg) = (&frame.runtime, &init.cfg);
    let (types, locals): (Vec<_>, Vec<_>) = init.owned().map(|field| (&field.ty, field.local())).unzip();
    let (args, taken) = match (&types[..], &locals[..]) {
        ([of], [local]) => (quote!(#of), quote!(#local)),
        _ => (quote!((#(#types),*)), quote!((#(#locals),*))),
    };
    let items = quote! {
        type Args = #args;

        fn start_with(#taken: Self::Args) -> #runtime::Start<Self> {
            Self::start(#(#locals),*)
        }
    };
    let implementation = frame.implement(&quote!(StartsWith<#args>), &items);
    Some(quote! { #(#cfg)* #implementation })
}

fn start(frame: &Frame, words: &Words, init: &Callback) -> TokenStream {
    let Frame { runtime, names, taken, .. } = frame;
    if taken.iter().any(|name| name == "start") {
        return TokenStream::new();
    }
    let (cfg, init_docs) = (&init.cfg, &init.docs);
    let generics = &init.generics;
    let (params, bounds) = (&generics.params, &generics.where_clause);
    let general = (!params.is_empty()).then(|| quote!(<#params>));
    let parameters: Vec<_> = init.owned().map(Field::declared).collect();
    let locals: Vec<_> = init.owned().map(Field::local).collect();
    let described = described(frame, words, init);
    let start_docs =
        format!("Describes the start of {}: `.await` starts it, and until then nothing happens.", names.link);
    let more = (!init_docs.is_empty()).then(|| quote!(#[doc = ""] #(#init_docs)*));
    let mut written = quote! {
        #[doc = #start_docs]
        #more
        #(#cfg)*
        pub fn start #general (#(#parameters),*) -> #runtime::Start<Self> #bounds { #described }
    };
    let others = [
        (
            "start_link",
            format!("Describes the start of {}, linked to whoever starts it.", names.link),
            quote!(#runtime::Start<Self>),
            quote!(#runtime::Start::link(Self::start(#(#locals),*))),
        ),
        (
            "child",
            format!("Describes {} as the child of a supervisor.", names.link),
            quote!(#runtime::Child<Self>),
            quote!(#runtime::Child::new(Self::start(#(#locals),*))),
        ),
    ];
    for (name, docs, returned, body) in others {
        if !taken.iter().any(|taken| taken == name) {
            let name = Ident::new(name, Span::call_site());
            written.extend(quote! {
                #[doc = #docs]
                #(#cfg)*
                pub fn #name #general (#(#parameters),*) -> #returned #bounds { #body }
            });
        }
    }
    written
}

/// The body of `start`: what runs `#[init]` in the new process.
pub(crate) fn described(frame: &Frame, words: &Words, init: &Callback) -> TokenStream {
    described_with(frame, words, init, None, Field::local)
}

/// The same, of a function that is given `more`, too, and makes its parameters by `owned`.
pub(crate) fn described_with(
    frame: &Frame,
    words: &Words,
    init: &Callback,
    more: Option<&Ident>,
    owned: impl FnMut(&Field) -> TokenStream,
) -> TokenStream {
    let runtime = &frame.runtime;
    if !init.sound {
        return quote!(::core::unreachable!());
    }
    let cx = context();
    let [now, future, describes] =
        [words.now, words.future, words.described].map(|word| Ident::new(word, Span::call_site()));
    let more = more.map(|more| quote!(#more,));
    let made = init.invocation(runtime, None, owned);
    let of = Ident::new(words.of, Span::call_site());
    let made = made_of(runtime, init, made, &quote!(#of<Self>), words.into);
    let place = shown_at(init.name.span());
    if init.waits {
        let boxed = boxed(runtime, init.name.span(), &made);
        let future = shown(&future, place);
        quote_spanned!(place=> #runtime::#describes::#future(move |#more #cx| #boxed))
    } else {
        let now = shown(&now, place);
        quote_spanned!(place=> #runtime::#describes::#now(move |#more #cx| #made))
    }
}

fn shown(word: &Ident, place: Span) -> Ident {
    Ident::new(&word.to_string(), place)
}
