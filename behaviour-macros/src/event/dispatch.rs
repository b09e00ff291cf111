//! The dispatch: what gives the event and each message to its callback.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use super::model::Handler;
use crate::callback::{Argument, Callback, Field, context, state};
use crate::effects::{boxed, settled, status, step};
use crate::frame::Frame;
use crate::server::model::{Message, MessageKind};
use crate::tokens::{call, hidden, of_type, shown_as};

/// `impl EventHandler for Log { .. }`
pub(super) fn implementation(handler: &Handler) -> TokenStream {
    let frame = &handler.frame;
    let (runtime, message) = (&frame.runtime, frame.message_type());
    let events_wait = handler.events.iter().any(|callback| callback.waits);
    let messages_wait = handler.messages.iter().any(|message| message.callback.waits);
    let statuses = frame.statuses.iter().map(|callback| status(runtime, callback, "format_status", None));
    let parts: TokenStream =
        [event(handler), handle(handler), inform(handler), names(handler), terminate(handler)].into_iter().collect();
    let client = &frame.names.client;
    let items = quote! {
        type Client = #client;
        type Message = #message;
        const EVENTS_WAIT: bool = #events_wait;
        const MESSAGES_WAIT: bool = #messages_wait;

        #parts
        #(#statuses)*
    };
    frame.implement(&quote!(EventHandler), &items)
}

fn event(handler: &Handler) -> TokenStream {
    let runtime = &handler.frame.runtime;
    let (cx, told, state) = (context(), hidden("event"), state());
    let known = quote!(<Self as #runtime::Handles>::Event);
    // The struct names the events, too.
    let (event, same) = match &handler.event {
        Some(event) => {
            (event, call(&of_type(event, &quote!(#runtime::SameEvents<#known>), "same"), quote!(#told), event))
        }
        None => (&known, quote!(#told)),
    };
    let functions = handler.events.iter().map(|callback| {
        let cfg = &callback.cfg;
        let body = match seen(callback) {
            Some(ty) if callback.sound => {
                let shown = call(&of_type(ty, &quote!(#runtime::IsEvent<#event>), "shown"), quote!(#told), ty);
                let called = callback.invocation(runtime, Some(quote!(self)), Field::local);
                let effect = settled(runtime, "Outcome", callback, &called);
                step(runtime, callback, &quote! { let #told = #same; let #state = #shown; #effect })
            }
            _ => quote! { { ::core::unreachable!() } },
        };
        quote! {
            #(#cfg)*
            fn event<'__a>(
                &'__a mut self,
                #told: &'__a #known,
                #cx: &'__a mut #runtime::HandlerContext<Self>,
            ) -> #runtime::Step<'__a> #body
        }
    });
    functions.collect()
}

/// The type of the event, as an `#[event]` names it.
fn seen(callback: &Callback) -> Option<&TokenStream> {
    callback.arguments.iter().find_map(|argument| match argument {
        Argument::State(ty) => Some(ty),
        _ => None,
    })
}

fn handle(handler: &Handler) -> TokenStream {
    let frame = &handler.frame;
    let (runtime, message, taken, cx) = (&frame.runtime, frame.message_type(), hidden("message"), context());
    let arms = handler.messages.iter().map(|message| arm(frame, message));
    let never = frame.never_arm();
    quote! {
        fn handle<'__a>(
            &'__a mut self,
            #taken: #message,
            #cx: &'__a mut #runtime::HandlerContext<Self>,
        ) -> #runtime::Step<'__a> {
            match #taken {
                #(#arms)*
                #never
            }
        }
    }
}

fn arm(frame: &Frame, message: &Message) -> TokenStream {
    let Message { callback, variant, kind, fields } = message;
    let (runtime, cfg, enumeration) = (&frame.runtime, &callback.cfg, &frame.message);
    if !callback.sound {
        return quote! { #(#cfg)* #enumeration::#variant { .. } => ::core::unreachable!(), };
    }
    let fields = fields.iter().map(Field::local);
    let called = callback.invocation(runtime, Some(quote!(self)), Field::local);
    let effect = if let MessageKind::Call { .. } = kind {
        let (cx, value) = (context(), hidden("value"));
        let shown = shown_as(&value, callback.output_place());
        quote! { let #value = #called; #cx.reply(#shown); }
    } else {
        settled(runtime, "Outcome", callback, &called)
    };
    let step = step(runtime, callback, &effect);
    quote! { #(#cfg)* #enumeration::#variant { #(#fields),* } => #step }
}

/// The messages that all handlers are shown, found by type and not by name.
fn inform(handler: &Handler) -> TokenStream {
    let Frame { runtime, .. } = &handler.frame;
    let (shown, message, taken) = (hidden("shown"), handler.frame.message_type(), hidden("taken"));
    let infos: TokenStream = handler
        .messages
        .iter()
        .filter_map(|message| match &message.kind {
            MessageKind::Info { from: Some(from) } if message.callback.sound => Some((&message.callback.cfg, from)),
            _ => None,
        })
        .map(|(cfg, from)| {
            quote! {
                #(#cfg)*
                if let #runtime::Some(#taken) = #runtime::taken::<#from>(#shown) {
                    return #runtime::Some(#runtime::InfoForHandler::<Self>::into_message(#taken));
                }
            }
        })
        .collect();
    if infos.is_empty() {
        return infos;
    }
    quote! {
        fn inform(#shown: &mut dyn ::core::any::Any) -> #runtime::Option<#message> {
            #infos
            #runtime::None
        }
    }
}

fn names(handler: &Handler) -> TokenStream {
    let frame = &handler.frame;
    let (enumeration, message, taken) = (&frame.message, frame.message_type(), hidden("message"));
    let told = handler.messages.iter().map(|message| {
        let (cfg, variant, told) = (&message.callback.cfg, &message.variant, message.told());
        quote! { #(#cfg)* #enumeration::#variant { .. } => #told, }
    });
    let never = frame.never_arm();
    quote! {
        fn message_name(#taken: &#message) -> &'static str {
            match *#taken {
                #(#told)*
                #never
            }
        }
    }
}

/// `type Left = Vec<String>; fn terminate(self, ..) -> BoxFuture<..> { .. }`, of which there is always one.
fn terminate(handler: &Handler) -> TokenStream {
    let Frame { runtime, terminates, .. } = &handler.frame;
    let (cx, reason) = (context(), hidden("reason"));
    let function = |cfg: &TokenStream, left: &TokenStream, body: &TokenStream| {
        quote! {
            #cfg
            type Left = #left;

            #cfg
            fn terminate(
                self,
                #reason: #runtime::Removed,
                #cx: &mut #runtime::HandlerContext<Self>,
            ) -> #runtime::BoxFuture<'_, Self::Left> { #body }
        }
    };
    let itself = hidden("itself");
    let nothing = quote!(#runtime::Box::pin(async move { let #itself = self; }));
    let mut written = TokenStream::new();
    for (callback, by_value) in terminates.iter().zip(&handler.ends) {
        let cfg = &callback.cfg;
        let left = match &callback.output {
            Some(output) if !output.nameless && !output.borrowed => output.ty.clone(),
            _ => quote!(()),
        };
        let body = if callback.sound {
            let (binding, receiver) = match &callback.shares {
                _ if *by_value => (None, quote!(self)),
                Some(_) => (Some(quote! { let #itself = self; }), quote!(&#itself)),
                None => (Some(quote! { let mut #itself = self; }), quote!(&mut #itself)),
            };
            let called = callback.invocation(runtime, Some(receiver), |field| {
                call(&of_type(&field.ty, &quote!(#runtime::IsRemoved), "given"), quote!(#reason), &field.ty)
            });
            boxed(runtime, callback.name.span(), &quote! { #binding #called })
        } else {
            quote!(::core::unreachable!())
        };
        written.extend(function(&quote!(#(#cfg)*), &left, &body));
    }
    if let Some(cfg) = in_no_case(terminates) {
        written.extend(function(&cfg, &quote!(()), &nothing));
    }
    written
}

/// The `#[cfg(..)]` for where none of these is there; nothing where one of them always is.
fn in_no_case(callbacks: &[Callback]) -> Option<TokenStream> {
    if callbacks.is_empty() {
        return Some(TokenStream::new());
    }
    let condition = |attribute: &Attribute| attribute.meta.require_list().ok().map(|list| list.tokens.clone());
    let cases = callbacks.iter().map(|callback| {
        let all: Vec<_> = callback.cfg.iter().filter_map(condition).collect();
        (!all.is_empty()).then(|| quote!(all(#(#all),*)))
    });
    let cases = cases.collect::<Option<Vec<_>>>()?;
    Some(quote!(#[cfg(not(any(#(#cases),*)))]))
}
