//! `#[gen_server]` on a trait: an interface with several implementations.
//!
//! There is one server for all of them. It holds whoever implements the trait in
//! a box, behind a trait of the macro's own, whose one method takes a message:
//! so a message costs one virtual call, and the `match` behind it is written for
//! each implementation, which it calls without another.
//!
//! ```text
//! trait Account               AccountMessage, AccountClient
//!   impl for Savings            AccountServer(Box<dyn __AccountImplementation>)
//!   impl for Mock                 handle(message) ──► __handle(message) ──► <Savings as Account>::balance(..)
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Generics, ItemStruct};

use super::dispatch::{callbacks, receives};
use super::expand::talk;
use super::model::Server;
use super::parse::{Kind, kind};
use crate::block::{Member, Method};
use crate::callback::{OfTrait, context, marked};
use crate::client::{self, Names};
use crate::declared::read_options;
use crate::effects::given_status;
use crate::errors::Errors;
use crate::frame::Frame;
use crate::interface::Interface;
use crate::options::Place;
use crate::runtime::{Runtime, lenient};
use crate::tokens::{hidden, text};

/// Expands `#[gen_server(arguments)] trait ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let interface = match Interface::read(item.clone(), &mut errors) {
        Ok(interface) => interface,
        Err(error) => {
            errors.add(error);
            return [item, errors.finish()].into_iter().collect();
        }
    };
    let (runtime, options) = read_options(Place::GenServerTrait, arguments, &mut errors);
    let written = match read(&interface, &runtime, &mut errors) {
        Some(server) => {
            let serve = serve(&interface, &server, &mut errors);
            let trait_itself = interface.written(&TokenStream::new(), &serve);
            let process = process(&interface, &server, &options);
            quote! { #trait_itself #process }
        }
        None => interface.written(&TokenStream::new(), &TokenStream::new()),
    };
    [written, errors.finish()].into_iter().collect()
}

/// Reads the model; gives nothing where no skeleton can stand.
fn read(interface: &Interface, runtime: &Runtime, errors: &mut Errors) -> Option<Server> {
    let marked = marked(interface.methods(), kind, errors);
    for member in &interface.members {
        check_member(member, errors);
    }
    if !check_generics(interface, errors) {
        return None;
    }
    let name = &interface.ident;
    let process = format_ident!("{name}Server", span = name.span());
    let client = client::name(name);
    let names = Names {
        itself: process.to_token_stream(),
        ident: process.clone(),
        link: format!("[`{name}`]"),
        client_link: client.to_string(),
        client: client.to_token_stream(),
    };
    let mut server = Server {
        frame: Frame::new(runtime, Generics::default(), name, names),
        messages: Vec::new(),
        of_trait: Some(OfTrait {
            name: name.clone(),
            visibility: interface.visibility.clone(),
            server: process.clone(),
        }),
    };
    for (kind, mark, method) in marked {
        if kind == Kind::Init {
            errors.at(
                &method.signature.ident,
                format_args!(
                    "each implementation of `{name}` is made in a way of its own, so the trait has no `#[init]`"
                ),
                format_args!(
                    "write a plain `fn new(..) -> Self` for each, and start it by `Savings::new(..).serve()`\n\
                     help: or have the new process make it: `{process}::start(async || Savings::open().await)`"
                ),
            );
        } else if kind == Kind::CodeChange {
            errors.at(
                &method.signature.ident,
                format_args!("new code for `{process}` is another implementation of `{name}`, and no method makes it"),
                "drop it, and write `client.sys().change_code(|old: &mut Old| Ok(New { .. }))`",
            );
        } else {
            server.add(kind, mark, method, errors);
        }
    }
    Some(server)
}

/// Reports what a trait with one server for all its implementations cannot have.
fn check_generics(interface: &Interface, errors: &mut Errors) -> bool {
    let Interface { ident, generics, .. } = interface;
    let (params, bounds) = (&generics.params, &generics.where_clause);
    if params.is_empty() && bounds.is_none() {
        return true;
    }
    errors.at(
        if params.is_empty() { quote!(#bounds) } else { quote!(#params) },
        format_args!("`{ident}` has one message enum and one client for every implementation, and cannot be generic"),
        "name the type, or write a generic server: `#[gen_server] struct Name<T> { .. }`",
    );
    false
}

fn check_member(member: &Member, errors: &mut Errors) {
    match member {
        Member::Method(method) if method.marks.is_empty() && method.body().is_err() => {
            let name = &method.signature.ident;
            errors.at(
                name,
                format_args!("`{name}` bears no mark, so no message stands for it"),
                "mark it: `#[call]` if it replies, `#[cast]` if not\n\
                 help: a helper that every implementation writes belongs into a trait of its own, to be named after the `:`",
            );
        }
        Member::Other(other) => {
            let mut words = other.clone().into_iter().filter_map(|tree| match tree {
                proc_macro2::TokenTree::Ident(word) => Some(word),
                _ => None,
            });
            let first = words.next();
            if first.is_some_and(|word| word == "type")
                && let Some(name) = words.next()
            {
                errors.at(
                    &name,
                    format_args!(
                        "`{name}` would be another type for each implementation, and all of them share a client"
                    ),
                    "name a type that is the same for all, such as an enum or a `Box<dyn Error + Send + Sync>`",
                );
            }
        }
        Member::Method(_) => {}
    }
}

/// `fn serve(self) -> Start<AccountServer>`
fn serve(interface: &Interface, server: &Server, errors: &mut Errors) -> TokenStream {
    let (runtime, process) = (&server.frame.runtime, &server.frame.names.itself);
    if let Some(Method { signature, .. }) = interface.methods().find(|method| method.signature.ident == "serve") {
        errors.at(
            &signature.ident,
            "the macro writes a function `serve` of its own here",
            "give this one another name",
        );
        return TokenStream::new();
    }
    let docs = format!("Describes the start of the [`{process}`] that runs this: `.await` starts it.");
    let lenient = lenient();
    quote! {
        #[doc = #docs]
        #lenient
        fn serve(self) -> #runtime::Start<#process> {
            #process::start(self)
        }
    }
}

/// The server, and all by which it is one.
fn process(interface: &Interface, server: &Server, options: &[TokenStream]) -> TokenStream {
    let Server { frame, .. } = server;
    let Frame { runtime, names, .. } = frame;
    let (name, process, visibility) = (&interface.ident, &names.ident, &interface.visibility);
    let inner = format_ident!("__{name}Implementation", span = Span::call_site());
    let (f, lenient) = (hidden("f"), lenient());
    let docs = format!(
        "The process behind {link}, whoever implements it.\n\n\
         Supervisors, registries and the like are typed by it: `Child<{process}>`, `Registry<u64, {process}>`.",
        link = names.link
    );
    let declared: ItemStruct = syn::parse_quote! {
        #[doc = #docs]
        #lenient
        #visibility struct #process(#runtime::Box<dyn #inner>);
    };
    let client = client::declare_for(name, &declared, "server", "Client", runtime);
    let talk = talk(server, &dispatch(name, server, &inner));
    let starts = starts(name, server);
    quote! {
        #declared
        #client
        #[automatically_derived]
        impl #runtime::Declared for #process {
            const OPTIONS: #runtime::Options = #runtime::Options::new() #(#options)*;
            fn report(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #inner::__report(&*self.0, #f)
            }
        }
        #talk
        #starts
    }
}

/// The trait behind which an implementation is boxed, and how the server reaches it.
fn dispatch(name: &Ident, server: &Server, inner: &Ident) -> TokenStream {
    let frame = &server.frame;
    let (runtime, process, message) = (&frame.runtime, &frame.names.itself, frame.message_type());
    let [f, taken, reason] = ["f", "message", "reason"].map(hidden);
    let (cx, lenient, shown) = (context(), lenient(), text(process));
    let handles = callbacks(server, process, "__handle", "__terminate");
    let (given, status) = (given_status(runtime), frame.status("__format_status"));
    let of_process = frame.implement(
        &quote!(GenServer),
        &quote! {
            fn handle<'__a>(
                &'__a mut self,
                #taken: #message,
                #cx: &'__a mut #runtime::Context<Self>,
            ) -> #runtime::Step<'__a> {
                #inner::__handle(&mut *self.0, #taken, #cx)
            }

            fn terminate<'__a>(
                &'__a mut self,
                #reason: #runtime::ExitReason,
                #cx: &'__a mut #runtime::Context<Self>,
            ) -> #runtime::Step<'__a> {
                #inner::__terminate(&mut *self.0, #reason, #cx)
            }
        },
    );
    let receives = receives(
        server,
        &quote! {
            fn format_status(&self, #given) -> #runtime::Option<#runtime::String> {
                #inner::__format_status(&*self.0, #cx)
            }
        },
    );
    quote! {
        #[doc(hidden)]
        #lenient
        trait #inner: ::core::any::Any + ::core::marker::Send {
            fn __handle<'__a>(
                &'__a mut self,
                #taken: #message,
                #cx: &'__a mut #runtime::Context<#process>,
            ) -> #runtime::Step<'__a>;

            fn __terminate<'__a>(
                &'__a mut self,
                #reason: #runtime::ExitReason,
                #cx: &'__a mut #runtime::Context<#process>,
            ) -> #runtime::Step<'__a> {
                #runtime::None
            }

            fn __format_status(&self, #given) -> #runtime::Option<#runtime::String> {
                #runtime::None
            }

            fn __report(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result;
        }

        #[automatically_derived]
        #lenient
        impl<__T: #name> #inner for __T {
            #handles
            #status

            fn __report(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #runtime::{ShowDebug as _, ShowOpaque as _};
                #f.debug_struct(#shown)
                    .field("implementation", &::core::format_args!("{}", ::core::any::type_name::<Self>()))
                    .field("state", (&#runtime::Show(self)).show())
                    .finish()
            }
        }

        #of_process
        #receives
    }
}

/// `start`, `start_link` and `child`, by an implementation or by what makes one.
fn starts(name: &Ident, server: &Server) -> TokenStream {
    let Frame { runtime, names, .. } = &server.frame;
    let (process, link, implementation) = (&names.itself, &names.link, hidden("implementation"));
    let lenient = lenient();
    let functions = [
        (
            "start",
            "Start",
            format!("Describes the start of {link}: `.await` starts it, and until then nothing happens."),
        ),
        ("start_link", "Start", format!("Describes the start of {link}, linked to whoever starts it.")),
        ("child", "Child", format!("Describes {link} as the child of a supervisor.")),
    ];
    let functions = functions.map(|(name, given, docs)| {
        let body = match name {
            "start" => quote!(#runtime::Starts::described(#implementation)),
            "start_link" => quote!(#runtime::Start::link(Self::start(#implementation))),
            _ => quote!(#runtime::Child::new(Self::start(#implementation))),
        };
        let [name, given] = [name, given].map(|word| Ident::new(word, Span::call_site()));
        quote! {
            #[doc = #docs]
            #[doc = ""]
            #[doc = "It takes an implementation, or a closure, plain or `async`, that makes one, or a `Result` of one."]
            pub fn #name<__By>(#implementation: impl #runtime::Starts<Self, __By>) -> #runtime::#given<Self> {
                #body
            }
        }
    });
    quote! {
        #[automatically_derived]
        #lenient
        impl #process {
            #(#functions)*
        }

        #[automatically_derived]
        impl<__T: #name> #runtime::Runs<__T> for #process {
            fn run(#implementation: __T) -> Self {
                Self(#runtime::Box::new(#implementation))
            }

            fn running(&mut self) -> #runtime::Option<&mut __T> {
                (&mut *self.0 as &mut dyn ::core::any::Any).downcast_mut()
            }
        }

        #[automatically_derived]
        impl<__T: #name> #runtime::StartsWith<__T> for #process {
            type Args = __T;

            fn start_with(#implementation: __T) -> #runtime::Start<Self> {
                Self::start(#implementation)
            }
        }
    }
}
