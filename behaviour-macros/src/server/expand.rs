//! The model, written out.
//!
//! In the order of the output: the check that what is sent can travel, which is
//! the first to fail, the message enum, the dispatch, what turns the server's own
//! types into messages, the client's methods, `start` and its kin. Nothing here
//! can fail.

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::dispatch::{self, boxed, has_never};
use super::model::{Message, MessageKind, Server};
use crate::callback::{Callback, Field, context};
use crate::client::{self, behaviour};
use crate::runtime::lenient;
use crate::tokens::{applied, call, of_type, place_of, shown_at};

/// Everything that stands beside the user's impl.
pub(super) fn expand(server: &Server) -> TokenStream {
    [
        travels(server),
        messages(server),
        dispatch::implementation(server),
        behaviour(&server.runtime, &server.generics, &server.names, "server_kind"),
        server.messages.iter().map(|message| conversion(server, message)).collect(),
        client(server),
        starts(server),
    ]
    .into_iter()
    .collect()
}

/// `pub enum AccountMessage { .. }`
fn messages(server: &Server) -> TokenStream {
    let Server { generics, names, message, .. } = server;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let docs = format!("Every message that {} takes.", names.link);
    let variants = server.messages.iter().map(|message| {
        let Message { callback, variant, fields, .. } = message;
        let cfg = &callback.cfg;
        let told = message.told();
        let docs = match message.kind {
            MessageKind::Call { .. } | MessageKind::Later { .. } => {
                format!("A call of [`{told}`]({}::{told}).", names.client_link)
            }
            MessageKind::Cast => format!("A cast to [`{told}`]({}::{told}).", names.client_link),
            MessageKind::Info { .. } => format!("What the callback `{told}` takes."),
            MessageKind::Continues { .. } => format!("What the server goes on with in `{told}`."),
        };
        let fields = fields.iter().map(|Field { name, ty }| {
            let docs = format!("Its parameter `{name}`.");
            quote!(#[doc = #docs] #name: #ty)
        });
        quote! { #(#cfg)* #[doc = #docs] #variant { #(#fields),* }, }
    });
    let never = has_never(server).then(|| {
        let params = generics.type_params().map(|param| &param.ident);
        quote! {
            #[doc(hidden)]
            __Never(::core::convert::Infallible, ::core::marker::PhantomData<fn() -> (#(*const #params,)*)>),
        }
    });
    let lenient = lenient();
    quote! {
        #[doc = #docs]
        #lenient
        pub enum #message #impl_generics #where_clause {
            #(#variants)*
            #never
        }
    }
}

/// `impl InfoFor<Account> for Interest { .. }`
fn conversion(server: &Server, message: &Message) -> TokenStream {
    let Server { runtime, generics, names, message: enumeration, .. } = server;
    let (of, from) = match &message.kind {
        MessageKind::Info { from: Some(from) } => (quote!(InfoFor), from),
        MessageKind::Continues { from: Some(from) } => (quote!(ContinueFor), from),
        _ => return TokenStream::new(),
    };
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let Message { callback, variant, fields, .. } = message;
    let (cfg, itself) = (&callback.cfg, &names.itself);
    let made = if callback.sound {
        let fields = fields.iter().map(|Field { name, .. }| quote!(#name: self));
        quote!(#enumeration::#variant { #(#fields),* })
    } else {
        quote!(::core::unreachable!())
    };
    let lenient = lenient();
    // Two callbacks for one type, by two names of it, are shown both at the type.
    let keyword = Ident::new("impl", place_of(from));
    let into_message = quote! { fn into_message(self) -> #enumeration #type_generics { #made } };
    let mut body = Group::new(Delimiter::Brace, into_message);
    body.set_span(place_of(from));
    quote! {
        #(#cfg)*
        #[automatically_derived]
        #lenient
        #keyword #impl_generics #runtime::#of<#itself> for #from #where_clause #body
    }
}

/// `impl AccountClient { .. }`
fn client(server: &Server) -> TokenStream {
    let Server { generics, names, .. } = server;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let client = &names.client;
    let methods: TokenStream = server.messages.iter().map(|message| method(server, message)).collect();
    if methods.is_empty() {
        return methods;
    }
    let lenient = lenient();
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #client #where_clause {
            #methods
        }
    }
}

fn method(server: &Server, message: &Message) -> TokenStream {
    let Server { runtime, message: enumeration, .. } = server;
    let Message { callback, variant, kind, fields } = message;
    let Callback { name, docs, cfg, visibility, generics, .. } = callback;
    let value = match (kind, &callback.output) {
        (MessageKind::Info { .. } | MessageKind::Continues { .. }, _) => return TokenStream::new(),
        (MessageKind::Cast, _) => None,
        (MessageKind::Later { reply: Some(reply), .. }, _) => Some(of_type(reply, &quote!(#runtime::IsReply), "Value")),
        (MessageKind::Call { .. }, Some(output)) if !output.nameless && !output.borrowed => Some(output.ty.clone()),
        _ => Some(quote!(())),
    };
    if name == "clone" {
        return TokenStream::new();
    }
    let returned = value.map(|value| applied(quote!(-> #runtime::Call), &value));
    let locals = fields.iter().map(Field::local);
    let sent = quote!(#enumeration::#variant { #(#locals),* });
    let body = match kind {
        _ if !callback.sound => quote!(::core::unreachable!()),
        MessageKind::Call { queued: true } | MessageKind::Later { queued: true, .. } => {
            quote!(#runtime::Call::queued(&self.0, #sent))
        }
        MessageKind::Call { .. } | MessageKind::Later { .. } => quote!(#runtime::Call::new(&self.0, #sent)),
        _ => quote!(#runtime::Client::cast(&self.0, #sent)),
    };
    let parameters = message.parameters().map(declared);
    let (params, bounds) = (&generics.params, &generics.where_clause);
    let generics = (!params.is_empty()).then(|| quote!(<#params>));
    let told = docs.is_empty().then(|| format!("Asks for the callback `{}`.", message.told()));
    let told = told.map(|told| quote!(#[doc = #told]));
    quote! {
        #told
        #(#docs)*
        #(#cfg)*
        #visibility fn #name #generics (&self, #(#parameters),*) #returned #bounds { #body }
    }
}

/// `impl Account { pub fn start(..) .. }`
fn starts(server: &Server) -> TokenStream {
    let Server { generics, names, inits, .. } = server;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let itself = &names.itself;
    let functions: TokenStream = inits.iter().map(|init| start(server, init)).collect();
    if functions.is_empty() {
        return functions;
    }
    let lenient = lenient();
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #itself #where_clause {
            #functions
        }
    }
}

fn start(server: &Server, init: &Callback) -> TokenStream {
    let Server { runtime, names, taken, .. } = server;
    if taken.iter().any(|name| name == "start") {
        return TokenStream::new();
    }
    let (cfg, init_docs) = (&init.cfg, &init.docs);
    let generics = &init.generics;
    let (params, bounds) = (&generics.params, &generics.where_clause);
    let general = (!params.is_empty()).then(|| quote!(<#params>));
    let parameters: Vec<_> = init.owned().map(declared).collect();
    let locals: Vec<_> = init.owned().map(Field::local).collect();
    let described = described(server, init);
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
            let name = proc_macro2::Ident::new(name, proc_macro2::Span::call_site());
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
fn described(server: &Server, init: &Callback) -> TokenStream {
    let runtime = &server.runtime;
    if !init.sound {
        return quote!(::core::unreachable!());
    }
    let cx = context();
    let made = init.invocation(runtime, None, Field::local);
    let made = match &init.output {
        Some(output) if !output.nameless => {
            call(&of_type(&output.ty, &quote!(#runtime::IntoInit<Self>), "into_init"), made, &output.ty)
        }
        _ => quote!(#runtime::IntoInit::<Self>::into_init(#made)),
    };
    let place = shown_at(init.name.span());
    if init.waits {
        let boxed = boxed(server, init.name.span(), &made);
        quote_spanned!(place=> #runtime::Start::future(move |#cx| #boxed))
    } else {
        quote_spanned!(place=> #runtime::Start::new(move |#cx| #made))
    }
}

/// Asks of every type that is sent that it can travel, at the type itself.
fn travels(server: &Server) -> TokenStream {
    if !server.generics.params.is_empty() {
        return TokenStream::new();
    }
    let sent = server.messages.iter().flat_map(|message| message.fields.iter().map(|field| (&message.callback, field)));
    let inits = server.inits.iter().filter(|init| init.sound);
    let passed = inits.flat_map(|init| init.owned().map(move |field| (init, field)));
    client::travel(&server.runtime, sent.chain(passed).map(|(callback, field)| (&callback.cfg[..], field.ty.clone())))
}

fn declared(field: &Field) -> TokenStream {
    let Field { name, ty } = field;
    quote!(#name: #ty)
}
