//! The dispatch: one `match` that gives each message to its callback.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::model::{Message, MessageKind, Server};
use crate::callback::{Callback, Field, context};
use crate::effects::{given_reason, promised, put_by, settled, step};
use crate::frame::Frame;
use crate::tokens::{hidden, shown_as};

/// `impl GenServer for Account { .. }` and `impl Receives for Account { .. }`
pub(super) fn implementation(server: &Server) -> TokenStream {
    let items = callbacks(server, &quote!(Self), "handle", "terminate");
    let receives = receives(server, &server.frame.status("format_status"));
    let server = server.frame.implement(&quote!(GenServer), &items);
    quote! { #server #receives }
}

/// The functions that give each message, and the end, to its callback, under these names; `process` is the server.
pub(super) fn callbacks(server: &Server, process: &TokenStream, handle: &str, terminate: &str) -> TokenStream {
    let frame = &server.frame;
    let (runtime, message) = (&frame.runtime, frame.message_type());
    let (taken, cx, handle) = (hidden("message"), context(), Ident::new(handle, Span::call_site()));
    let arms = server.messages.iter().map(|message| arm(frame, message));
    let never = frame.never_arm();
    let terminate = self::terminate(frame, process, terminate);
    quote! {
        fn #handle<'__a>(
            &'__a mut self,
            #taken: #message,
            #cx: &'__a mut #runtime::Context<#process>,
        ) -> #runtime::Step<'__a> {
            match #taken {
                #(#arms)*
                #never
            }
        }

        #terminate
    }
}

/// `impl Receives for Account { .. }`
pub(super) fn receives(server: &Server, status: &TokenStream) -> TokenStream {
    let frame = &server.frame;
    let told: TokenStream = server
        .messages
        .iter()
        .map(|message| {
            let (cfg, variant, told) = (&message.callback.cfg, frame.variant(&message.variant), message.told());
            quote! { #(#cfg)* #variant { .. } => #told, }
        })
        .collect();
    let informed = server.messages.iter().any(|message| matches!(message.kind, MessageKind::Info { .. }));
    let systems: &[&str] = if informed { &["Down", "Exit", "Timeout"] } else { &[] };
    frame.receives(&told, systems, status)
}

fn arm(frame: &Frame, message: &Message) -> TokenStream {
    let Message { callback, variant, kind, fields } = message;
    let (cfg, variant) = (&callback.cfg, frame.variant(variant));
    if !callback.sound {
        return quote! { #(#cfg)* #variant { .. } => ::core::unreachable!(), };
    }
    let fields = fields.iter().map(Field::local).chain(frame.rest());
    let effect = effect(frame, callback, kind);
    let step = step(&frame.runtime, callback, &effect);
    quote! { #(#cfg)* #variant { #(#fields),* } => #step }
}

/// Calls the callback and does with its value what its kind asks for.
fn effect(frame: &Frame, callback: &Callback, kind: &MessageKind) -> TokenStream {
    let runtime = &frame.runtime;
    let (cx, value, reply) = (context(), hidden("value"), hidden("reply"));
    let receiver = Some(quote!(self));
    match kind {
        MessageKind::Call { .. } => {
            let call = callback.invocation(runtime, receiver, Field::local);
            let shown = shown_as(&value, callback.output_place());
            quote! { let #value = #call; #cx.reply(#shown); }
        }
        MessageKind::Later { reply: ty, .. } => {
            let put_by = put_by(runtime, &quote!(#ty));
            let mut first = Some(quote!(#reply));
            let call = callback.invocation(runtime, receiver, |field| first.take().unwrap_or_else(|| field.local()));
            let promised = promised(runtime, &value, callback.output_place());
            quote! { let #reply = #put_by; let #value = #call; #promised }
        }
        MessageKind::Cast | MessageKind::Info { .. } | MessageKind::Continues { .. } => {
            let call = callback.invocation(runtime, receiver, Field::local);
            settled(runtime, "Outcome", callback, &call)
        }
    }
}

fn terminate(frame: &Frame, process: &TokenStream, name: &str) -> TokenStream {
    let Frame { runtime, terminates, .. } = frame;
    let (cx, reason, name) = (context(), hidden("reason"), Ident::new(name, Span::call_site()));
    let written = terminates.iter().map(|callback| {
        let cfg = &callback.cfg;
        let step = if callback.sound {
            let call = callback.invocation(runtime, Some(quote!(self)), |field| given_reason(runtime, field));
            step(runtime, callback, &settled(runtime, "Outcome", callback, &call))
        } else {
            quote! { { ::core::unreachable!() } }
        };
        quote! {
            #(#cfg)*
            fn #name<'__a>(
                &'__a mut self,
                #reason: #runtime::ExitReason,
                #cx: &'__a mut #runtime::Context<#process>,
            ) -> #runtime::Step<'__a> #step
        }
    });
    written.collect()
}
