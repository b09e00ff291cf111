//! The dispatch: one `match` that gives each message to its callback.
//!
//! A callback that does not wait runs on the spot. One that does is boxed, so
//! that the loop which drives all servers is compiled once; the box is shown at
//! the callback's name, for it is there that a future that is not `Send` must
//! be mended.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::model::{Message, MessageKind, Server};
use crate::callback::{Callback, Field, context};
use crate::runtime::{Runtime, lenient};
use crate::tokens::{self, hidden, moved_to, of_type, shown_at};

/// `impl GenServer for Account { .. }`
pub(super) fn implementation(server: &Server) -> TokenStream {
    let Server { runtime, generics, names, message, .. } = server;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let itself = &names.itself;
    let (taken, cx) = (hidden("message"), context());
    let arms = server.messages.iter().map(|message| arm(server, message));
    let told = server.messages.iter().map(|message| {
        let (cfg, variant, told) = (&message.callback.cfg, &message.variant, message.told());
        let enumeration = &server.message;
        quote! { #(#cfg)* #enumeration::#variant { .. } => #told, }
    });
    let never = hidden("never");
    let (never, never_told) = if has_never(server) {
        (
            Some(quote! { #message::__Never(#never, _) => match #never {}, }),
            Some(quote! { #message::__Never(#never, _) => match *#never {}, }),
        )
    } else {
        (None, None)
    };
    // An empty enum is matched by place, where references are not seen to be empty.
    let (seen, never_told) = match &never_told {
        None => (quote!(*#taken), None),
        Some(arm) => (quote!(#taken), Some(arm)),
    };
    let terminate = terminate(server);
    let systems = systems(server);
    let status = status(server);
    let lenient = lenient();
    quote! {
        #[automatically_derived]
        #lenient
        impl #impl_generics #runtime::GenServer for #itself #where_clause {
            type Message = #message #type_generics;

            fn handle<'__a>(
                &'__a mut self,
                #taken: #message #type_generics,
                #cx: &'__a mut #runtime::Context<Self>,
            ) -> #runtime::Step<'__a> {
                match #taken {
                    #(#arms)*
                    #never
                }
            }

            fn message_name(#taken: &#message #type_generics) -> &'static str {
                match #seen {
                    #(#told)*
                    #never_told
                }
            }

            #terminate
            #systems
            #status
        }
    }
}

/// Whether the enum needs a variant to use its type parameters.
pub(super) fn has_never(server: &Server) -> bool {
    server.generics.type_params().next().is_some()
}

fn arm(server: &Server, message: &Message) -> TokenStream {
    let Message { callback, variant, kind, fields } = message;
    let (cfg, enumeration) = (&callback.cfg, &server.message);
    if !callback.sound {
        return quote! { #(#cfg)* #enumeration::#variant { .. } => ::core::unreachable!(), };
    }
    let fields = fields.iter().map(Field::local);
    let effect = effect(server, callback, kind);
    let step = step(server, callback, &effect);
    quote! { #(#cfg)* #enumeration::#variant { #(#fields),* } => #step }
}

/// Calls the callback and does with its value what its kind asks for.
fn effect(server: &Server, callback: &Callback, kind: &MessageKind) -> TokenStream {
    let runtime = &server.runtime;
    let (cx, value, reply) = (context(), hidden("value"), hidden("reply"));
    let receiver = Some(quote!(self));
    match kind {
        MessageKind::Call { .. } => {
            let call = callback.invocation(runtime, receiver, Field::local);
            let shown = shown_as(&value, callback.output_place());
            quote! { let #value = #call; #cx.reply(#shown); }
        }
        MessageKind::Later { reply: ty, .. } => {
            let ty = quote!(#ty);
            let put_by = tokens::call(&of_type(&ty, &quote!(#runtime::IsReply), "put_by"), quote!(&mut *#cx), &ty);
            let mut first = Some(quote!(#reply));
            let call = callback.invocation(runtime, receiver, |field| first.take().unwrap_or_else(|| field.local()));
            let place = callback.output_place();
            let (shown, later) = (shown_as(&value, place), moved_to(quote!(#runtime::Later), place));
            quote! { let #reply = #put_by; let #value = #call; let _: #later = #shown; }
        }
        MessageKind::Cast | MessageKind::Info { .. } | MessageKind::Continues { .. } => {
            let call = callback.invocation(runtime, receiver, Field::local);
            settled(runtime, callback, &call)
        }
    }
}

/// Lets an `Err` of the callback end the process.
fn settled(runtime: &Runtime, callback: &Callback, call: &TokenStream) -> TokenStream {
    let Some(output) = &callback.output else {
        return quote! { #call; };
    };
    let (cx, value) = (context(), hidden("value"));
    let reason = if output.nameless {
        let shown = shown_as(&value, output.place);
        quote!(#runtime::Outcome::into_reason(#shown))
    } else {
        tokens::call(&of_type(&output.ty, &quote!(#runtime::Outcome), "into_reason"), quote!(#value), &output.ty)
    };
    quote! { let #value = #call; #cx.settle(#reason); }
}

/// The same local, with errors about it shown at `place`.
fn shown_as(local: &Ident, place: Span) -> Ident {
    Ident::new(&local.to_string(), local.span().located_at(place))
}

/// The effect as an arm or a body: on the spot, or as a boxed future.
fn step(server: &Server, callback: &Callback, effect: &TokenStream) -> TokenStream {
    let runtime = &server.runtime;
    if callback.waits {
        let boxed = boxed(server, callback.name.span(), effect);
        quote! { { #runtime::Some(#boxed) } }
    } else {
        quote! { { #effect #runtime::None } }
    }
}

/// `Box::pin(async move { .. })`, shown at `place`.
pub(super) fn boxed(server: &Server, place: Span, body: &TokenStream) -> TokenStream {
    let runtime = server.runtime.at(place);
    quote_spanned!(shown_at(place)=> #runtime::Box::pin(async move { #body }))
}

fn terminate(server: &Server) -> TokenStream {
    let Server { runtime, terminates, .. } = server;
    let (cx, reason) = (context(), hidden("reason"));
    let written = terminates.iter().map(|callback| {
        let cfg = &callback.cfg;
        let step = if callback.sound {
            let call = callback.invocation(runtime, Some(quote!(self)), |Field { ty, .. }| {
                tokens::call(&of_type(ty, &quote!(#runtime::IsReason), "given"), quote!(#reason), ty)
            });
            step(server, callback, &settled(runtime, callback, &call))
        } else {
            quote! { { ::core::unreachable!() } }
        };
        quote! {
            #(#cfg)*
            fn terminate<'__a>(
                &'__a mut self,
                #reason: #runtime::ExitReason,
                #cx: &'__a mut #runtime::Context<Self>,
            ) -> #runtime::Step<'__a> #step
        }
    });
    written.collect()
}

/// Which messages of the system the server takes, found by type and not by name.
fn systems(server: &Server) -> TokenStream {
    let runtime = &server.runtime;
    if !server.messages.iter().any(|message| matches!(message.kind, MessageKind::Info { .. })) {
        return TokenStream::new();
    }
    let message = server.message_type();
    let written = ["Down", "Exit", "Timeout"].map(|ty| {
        let name = Ident::new(&ty.to_uppercase(), Span::call_site());
        let ty = Ident::new(ty, Span::call_site());
        quote! {
            const #name: #runtime::Option<fn(#runtime::#ty) -> #message> = {
                use #runtime::Unhandled as _;
                #runtime::Probe::<Self, #runtime::#ty>::HANDLER
            };
        }
    });
    written.into_iter().collect()
}

fn status(server: &Server) -> TokenStream {
    let Server { runtime, statuses, .. } = server;
    let written = statuses.iter().map(|callback| {
        let cfg = &callback.cfg;
        let body = if callback.sound {
            let call = callback.invocation(runtime, Some(quote!(self)), Field::local);
            let value = shown_as(&hidden("value"), callback.output_place());
            quote! { let #value = #call; #runtime::status(#value) }
        } else {
            quote!(::core::unreachable!())
        };
        quote! { #(#cfg)* fn format_status(&self) -> #runtime::Option<#runtime::String> { #body } }
    });
    written.collect()
}
