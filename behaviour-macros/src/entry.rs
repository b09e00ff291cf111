//! `#[behaviour::main]` and `#[behaviour::test]`: an `async fn` as the program's first process.
//!
//! The user's function goes into a plain one of the same name, which starts a
//! runtime and runs it there. It stays a function and does not become a block,
//! so that its types, its `?` and its `return` mean what they would anywhere.
//! Its parameter, if it has one, is the process's inbox.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, Signature, Visibility};

use crate::block::braces;
use crate::errors::Errors;
use crate::options::{Entry, Place, entries};
use crate::runtime::Runtime;
use crate::tokens::{hidden, place_of, shown_at};
use crate::values;

/// Expands `#[behaviour::main(arguments)] item`.
pub(crate) fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(Place::Main, arguments, item)
}

/// Expands `#[behaviour::test(arguments)] item`.
pub(crate) fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(Place::Test, arguments, item)
}

/// The function as it was written.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    body: Group,
}

/// The runtime that it runs on.
struct Flavor {
    runtime: Runtime,
    many_threads: bool,
    /// Calls on the runtime's builder, one for each option that was given.
    calls: Vec<TokenStream>,
}

fn expand(place: Place, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let function = match Function::read.parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.add(error);
            return [item, errors.finish()].into_iter().collect();
        }
    };
    let flavor = Flavor::read(place, arguments, &mut errors);
    let sound = function.check(place, &mut errors);
    [function.expand(place, &flavor, sound), errors.finish()].into_iter().collect()
}

impl Function {
    fn read(input: ParseStream) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: braces(input)?,
        })
    }

    /// Whether the function can be run.
    fn check(&self, place: Place, errors: &mut Errors) -> bool {
        let attribute = place.name();
        let Signature { asyncness, generics, inputs, ident, .. } = &self.signature;
        let mut sound = true;
        let mut refuse = |tokens: TokenStream, problem: String, help: &str| {
            sound = false;
            errors.at(tokens, problem, help);
        };
        if asyncness.is_none() {
            refuse(
                quote!(#ident),
                format!("{attribute} runs an `async fn`, and `{ident}` is none"),
                "write `async fn`, or leave the attribute out",
            );
        }
        if !generics.params.is_empty() {
            refuse(generics.params.to_token_stream(), format!("{attribute} cannot be generic"), "name the types");
        }
        if let Some(extra) = inputs.iter().nth(1) {
            refuse(
                quote!(#extra),
                format!("{attribute} takes one parameter at most, its inbox"),
                "write `async fn name()` or `async fn name(mut inbox: Inbox<Message>)`",
            );
        }
        match inputs.first() {
            Some(FnArg::Receiver(receiver)) => {
                refuse(quote!(#receiver), format!("{attribute} stands on a function, not on a method"), "drop `self`");
            }
            Some(FnArg::Typed(parameter)) if matches!(*parameter.ty, syn::Type::Reference(_)) => refuse(
                parameter.ty.to_token_stream(),
                format!("{attribute} owns its inbox"),
                "take it by value: `mut inbox: Inbox<Message>`",
            ),
            _ => {}
        }
        sound
    }

    fn expand(&self, place: Place, flavor: &Flavor, sound: bool) -> TokenStream {
        let Self { attributes, visibility, signature, body } = self;
        let Signature { ident, output, .. } = signature;
        if !sound {
            // A plain `fn` runs as it is; what else is wrong would only be said twice.
            let general = !signature.generics.params.is_empty();
            let output = if general { None } else { Some(output) };
            let body = if signature.inputs.is_empty() && signature.asyncness.is_none() && !general {
                body.to_token_stream()
            } else if signature.receiver().is_some() {
                quote!({ ::core::unreachable!() })
            } else {
                quote!({ #signature #body ::core::unreachable!() })
            };
            return quote! {
                #[allow(unused, clippy::all, clippy::pedantic)]
                #(#attributes)*
                #visibility fn #ident() #output #body
            };
        }
        let Flavor { runtime, many_threads, calls } = flavor;
        let harness = (place == Place::Test).then(|| quote!(#[::core::prelude::v1::test]));
        let flavor = if *many_threads { quote!(multi_thread) } else { quote!(current_thread) };
        let process = if let Some(FnArg::Typed(parameter)) = signature.inputs.first() {
            let place = place_of(&parameter.ty);
            let mut inbox = hidden("inbox");
            inbox.set_span(inbox.span().located_at(place));
            let call = quote_spanned!(shown_at(place)=> #ident(#inbox));
            quote!(move |#inbox: #runtime::Inbox<_>| #call)
        } else {
            quote!(|_: #runtime::Inbox<()>| #ident())
        };
        quote! {
            #harness
            #(#attributes)*
            #[allow(clippy::unused_async)]
            #visibility fn #ident() #output {
                #signature #body
                #runtime::run(#runtime::Runtime::#flavor() #(#calls)*, #process)
            }
        }
    }
}

impl Flavor {
    fn read(place: Place, arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut flavor = Self { runtime: Runtime::default(), many_threads: place == Place::Main, calls: Vec::new() };
        let (mut paused, mut workers) = (None, None);
        for entry in entries(place, arguments, errors) {
            match entry.word().as_str() {
                "crate" => flavor.runtime = values::runtime(&entry, errors).unwrap_or_default(),
                "flavor" => flavor.many_threads = many_threads(&entry, errors).unwrap_or(flavor.many_threads),
                "worker_threads" => {
                    let count = values::number(&entry, 1, "worker_threads = 2", errors);
                    workers = Some((entry, count));
                }
                _ => {
                    let truth = values::truth(&entry, errors);
                    paused = Some((entry, truth));
                }
            }
        }
        if let Some((entry, count)) = workers {
            if flavor.many_threads {
                flavor.calls.extend(count.map(|count| quote!(.worker_threads(#count))));
            } else {
                errors.at(
                    entry,
                    "`worker_threads` needs the flavor `multi_thread`, and this one has a single thread",
                    "write `flavor = \"multi_thread\"` too, or leave `worker_threads` out",
                );
            }
        }
        // The runtime has `start_paused` only with a feature, so it is named only where it is asked for.
        if let Some((entry, Some(true))) = paused {
            if flavor.many_threads {
                errors.at(
                    entry,
                    "`start_paused` needs the flavor `current_thread`, for time stands still on one thread only",
                    "write `flavor = \"current_thread\"` too, or leave `start_paused` out",
                );
            } else {
                flavor.calls.push(quote!(.start_paused(true)));
            }
        }
        flavor
    }
}

fn many_threads(entry: &Entry, errors: &mut Errors) -> Option<bool> {
    let flavor = values::text(entry, "flavor = \"multi_thread\"", errors)?;
    match flavor.value().as_str() {
        "multi_thread" => Some(true),
        "current_thread" => Some(false),
        other => {
            errors.at(
                &flavor,
                format_args!("unknown flavor `{other}`"),
                "it is one of `\"current_thread\"` and `\"multi_thread\"`",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests;
