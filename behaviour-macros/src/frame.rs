//! What a server and a machine have in common, and how it is written.
//!
//! Both take messages, have a client, start by `#[init]`, and may say how they
//! end and how they show themselves. What a message does is each one's own; what
//! carries it is written here, once: the enum, the impls that turn the user's
//! types into messages, the client's methods. How both start stands in
//! [`starting`](crate::starting).

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, GenericParam, Generics, Visibility};

use crate::block::Block;
use crate::callback::{Callback, Field, STARTS, refuse_reserved};
use crate::client::{self, Names};
use crate::code_change::{self, CodeChange};
use crate::effects::{given_status, status};
use crate::errors::Errors;
use crate::runtime::{Runtime, lenient};
use crate::tokens::{applied, hidden, place_of};

/// What takes messages, but for the messages.
pub(crate) struct Frame {
    pub(crate) runtime: Runtime,
    pub(crate) generics: Generics,
    pub(crate) names: Names,
    /// The enum of the messages.
    pub(crate) message: Ident,
    /// One; more only under exclusive `cfg`s; none after an error.
    pub(crate) inits: Vec<Callback>,
    pub(crate) terminates: Vec<Callback>,
    pub(crate) statuses: Vec<Callback>,
    pub(crate) changes: Vec<CodeChange>,
    /// Functions of the user's that stand where `start` and its kin would.
    pub(crate) taken: Vec<String>,
    /// The runtime's call, which a method of the client returns.
    pub(crate) call: &'static str,
}

/// A method of the client.
pub(crate) struct Method<'a> {
    /// The callback that gives it its docs and its visibility.
    pub(crate) like: &'a Callback,
    pub(crate) name: &'a Ident,
    pub(crate) cfg: &'a [Attribute],
    /// What is said of it where there are no docs.
    pub(crate) told: String,
    pub(crate) parameters: Vec<&'a Field>,
    pub(crate) sends: Sends,
    /// The message; nothing after an error.
    pub(crate) sent: Option<TokenStream>,
}

/// How a method sends its message.
pub(crate) enum Sends {
    Cast,
    /// With the type of the reply.
    Call {
        queued: bool,
        reply: TokenStream,
    },
}

impl Frame {
    /// Reads what an impl says of its type; gives nothing where no skeleton can stand.
    pub(crate) fn read(runtime: &Runtime, block: &Block, attribute: &str, errors: &mut Errors) -> Option<Self> {
        Self::read_with(runtime, block, attribute, STARTS, errors)
    }

    /// The same, where the macro writes other functions than those by which a process starts.
    pub(crate) fn read_with(
        runtime: &Runtime,
        block: &Block,
        attribute: &str,
        reserved: &[&str],
        errors: &mut Errors,
    ) -> Option<Self> {
        let names = Names::read(block, attribute, errors)?;
        let ident = names.ident.clone();
        let frame = Self::new(runtime, block.generics.clone(), &ident, names);
        let reserved: Vec<_> = reserved.iter().copied().chain(code_change::reserved(block)).collect();
        Some(Self { taken: refuse_reserved(block, &reserved, errors), ..frame })
    }

    /// A frame without callbacks, whose messages are called after `ident`.
    pub(crate) fn new(runtime: &Runtime, generics: Generics, ident: &Ident, names: Names) -> Self {
        Self {
            runtime: runtime.clone(),
            generics,
            names,
            message: format_ident!("{ident}Message", span = ident.span()),
            inits: Vec::new(),
            terminates: Vec::new(),
            statuses: Vec::new(),
            changes: Vec::new(),
            taken: Vec::new(),
            call: "Call",
        }
    }

    /// The enum with the generics of the impl, `CacheMessage<K>`; of a new version those that its old one has.
    pub(crate) fn message_type(&self) -> TokenStream {
        let message = &self.message;
        let Some(old) = self.old() else {
            let (_, generics, _) = self.generics.split_for_impl();
            return quote!(#message #generics);
        };
        let generics = self.generics_of(old).map(|param| match param {
            GenericParam::Type(param) => param.ident.to_token_stream(),
            GenericParam::Const(param) => param.ident.to_token_stream(),
            GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
        });
        quote!(#message<#(#generics),*>)
    }

    /// `AccountMessage::Deposit`; shown at the callback, if that of an old version is meant, which may not have it.
    pub(crate) fn variant(&self, variant: &Ident) -> TokenStream {
        let message = &self.message;
        if !self.is_version() {
            return quote!(#message::#variant);
        }
        let message = Ident::new(&message.to_string(), variant.span());
        quote_spanned!(variant.span()=> #message::#variant)
    }

    /// The arm for the variant that is never there, and which every enum has, as a version need not be generic because
    /// another is.
    pub(crate) fn never_arm(&self) -> TokenStream {
        let (message, never) = (&self.message, hidden("never"));
        quote! { #message::__Never(#never, _) => match #never {}, }
    }

    /// `impl of for Account { .. }`
    pub(crate) fn implement(&self, of: &TokenStream, items: &TokenStream) -> TokenStream {
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        let (runtime, itself, lenient) = (&self.runtime, &self.names.itself, lenient());
        quote! {
            #[automatically_derived]
            #lenient
            impl #impl_generics #runtime::#of for #itself #where_clause {
                #items
            }
        }
    }

    /// `pub enum AccountMessage { .. }`; of a new version, another name for that of the old one.
    pub(crate) fn messages(&self, variants: &TokenStream) -> TokenStream {
        let Self { generics, names, message, .. } = self;
        if let Some(old) = self.old() {
            // A type alias has no bounds.
            let params = self.generics_of(old).map(|param| match param {
                GenericParam::Type(param) => param.ident.to_token_stream(),
                param => param.to_token_stream(),
            });
            let runtime = &self.runtime;
            let docs = format!("Every message that {} takes, which are those of its old version.", names.link);
            let lenient = lenient();
            return quote! {
                #[doc = #docs]
                #lenient
                pub type #message<#(#params),*> = <#old as #runtime::Receives>::Message;
            };
        }
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let docs = format!("Every message that {} takes.", names.link);
        let params = generics.type_params().map(|param| &param.ident);
        let lenient = lenient();
        quote! {
            #[doc = #docs]
            #lenient
            pub enum #message #impl_generics #where_clause {
                #variants
                #[doc(hidden)]
                __Never(::core::convert::Infallible, ::core::marker::PhantomData<fn() -> (#(*const #params,)*)>),
            }
        }
    }

    /// `impl Receives for Account { .. }`; `told` are the arms of the names, `systems` the runtime's messages that may be
    /// taken, found by type and not by name, `status` how it shows itself if that is said.
    pub(crate) fn receives(&self, told: &TokenStream, systems: &[&str], status: &TokenStream) -> TokenStream {
        let Self { runtime, .. } = self;
        let (message, taken) = (self.message_type(), hidden("message"));
        let never = self.never_arm();
        let systems = systems.iter().map(|ty| {
            let name = Ident::new(&ty.to_uppercase(), Span::call_site());
            let ty = Ident::new(ty, Span::call_site());
            quote! {
                const #name: #runtime::Option<fn(#runtime::#ty) -> #message> = {
                    use #runtime::Unhandled as _;
                    #runtime::Probe::<Self, #runtime::#ty>::HANDLER
                };
            }
        });
        let items = quote! {
            type Message = #message;

            fn message_name(#taken: &#message) -> &'static str {
                match *#taken {
                    #told
                    #never
                }
            }

            #(#systems)*
            #status
        };
        self.implement(&quote!(Receives), &items)
    }

    /// `fn format_status(&self) -> ..`, under this name, if there is a callback for it.
    pub(crate) fn status(&self, name: &str) -> TokenStream {
        let given = given_status(&self.runtime);
        self.statuses.iter().map(|callback| status(&self.runtime, callback, name, Some(&given))).collect()
    }

    /// `impl InfoFor<Account> for Interest { .. }`: makes a message of one of the user's types.
    pub(crate) fn conversion(
        &self,
        of: &str,
        from: &TokenStream,
        cfg: &[Attribute],
        made: &TokenStream,
    ) -> TokenStream {
        let Self { runtime, generics, names, .. } = self;
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let (of, itself, message) = (Ident::new(of, Span::call_site()), &names.itself, self.message_type());
        let lenient = lenient();
        // Two callbacks for one type, by two names of it, are shown both at the type.
        let keyword = Ident::new("impl", place_of(from));
        let into_message = quote! { fn into_message(self) -> #message { #made } };
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
    pub(crate) fn client<'a>(&self, methods: impl Iterator<Item = Method<'a>>) -> TokenStream {
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        let client = &self.names.client;
        // The clone of a client is another handle, which a callback of this name was told.
        let methods: Vec<_> = methods.filter(|method| method.name != "clone").collect();
        if methods.is_empty() {
            return TokenStream::new();
        }
        let lenient = lenient();
        let methods = methods.iter().map(|method| self.method(method));
        quote! {
            #[automatically_derived]
            #lenient
            impl #impl_generics #client #where_clause {
                #(#methods)*
            }
        }
    }

    fn method(&self, method: &Method<'_>) -> TokenStream {
        let runtime = &self.runtime;
        let Method { like, name, cfg, told, parameters, sends, sent } = method;
        let Callback { docs, visibility, generics, .. } = like;
        let call = Ident::new(self.call, Span::call_site());
        let returned = match sends {
            Sends::Cast => None,
            Sends::Call { reply, .. } => Some(applied(quote!(-> #runtime::#call), reply)),
        };
        let body = match (sent, sends) {
            (None, _) => quote!(::core::unreachable!()),
            (Some(sent), Sends::Cast) => quote!(#runtime::Client::cast(&self.0, #sent)),
            (Some(sent), Sends::Call { queued: true, .. }) => quote!(#runtime::#call::queued(&self.0, #sent)),
            (Some(sent), Sends::Call { queued: false, .. }) => quote!(#runtime::#call::new(&self.0, #sent)),
        };
        let visibility: &Visibility = visibility;
        let parameters = parameters.iter().map(|field| field.declared());
        let (params, bounds) = (&generics.params, &generics.where_clause);
        let generics = (!params.is_empty()).then(|| quote!(<#params>));
        let told = docs.is_empty().then(|| quote!(#[doc = #told]));
        quote! {
            #told
            #(#docs)*
            #(#cfg)*
            #visibility fn #name #generics (&self, #(#parameters),*) #returned #bounds { #body }
        }
    }

    /// Asks of every type that is sent that it can travel, at the type itself.
    pub(crate) fn travels<'a>(&'a self, sent: impl Iterator<Item = (&'a [Attribute], &'a Field)>) -> TokenStream {
        if !self.generics.params.is_empty() {
            return TokenStream::new();
        }
        let inits = self.inits.iter().filter(|init| init.sound);
        let changes = self.changes.iter().map(|change| &change.callback).filter(|change| change.sound);
        let passed = inits.chain(changes).flat_map(|init| init.owned().map(move |field| (&init.cfg[..], field)));
        client::travel(&self.runtime, sent.chain(passed).map(|(cfg, field)| (cfg, field.ty.clone())))
    }
}

/// A variant of the enum of the messages.
pub(crate) fn variant(cfg: &[Attribute], docs: &str, name: &Ident, fields: &[Field]) -> TokenStream {
    let fields = fields.iter().map(|field| {
        let docs = format!("Its parameter `{}`.", field.name);
        let field = field.declared();
        quote!(#[doc = #docs] #field)
    });
    quote! { #(#cfg)* #[doc = #docs] #name { #(#fields),* }, }
}

/// Keeps the first of the code changes, as of callbacks.
pub(crate) fn only_change(
    known: &mut Vec<CodeChange>,
    change: CodeChange,
    mark: &str,
    what: &str,
    errors: &mut Errors,
) {
    match known.first() {
        Some(first) if first.callback.cfg.is_empty() || change.callback.cfg.is_empty() => {
            report_second(&change.callback, &first.callback, mark, what, errors);
        }
        _ => known.push(change),
    }
}

/// Keeps the first of callbacks that there may be one of, or several under `cfg`s.
pub(crate) fn only_one(known: &mut Vec<Callback>, callback: Callback, mark: &str, what: &str, errors: &mut Errors) {
    match known.first() {
        Some(first) if first.cfg.is_empty() || callback.cfg.is_empty() => {
            report_second(&callback, first, mark, what, errors);
        }
        _ => known.push(callback),
    }
}

fn report_second(second: &Callback, first: &Callback, mark: &str, what: &str, errors: &mut Errors) {
    errors.at(
        &second.name,
        format_args!("`{}` is a second `#[{mark}]` beside `{}`", second.name, first.name),
        format_args!("a {what} has one `#[{mark}]`: join the two"),
    );
}
