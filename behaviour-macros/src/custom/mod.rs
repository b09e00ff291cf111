//! `#[behaviour]`: the callbacks of a behaviour of the user's own.
//!
//! Such a behaviour is a generic server over a trait, which is plain Rust. What
//! the attribute adds is what OTP's compiler does for `-callback`s: whoever lacks
//! them is told so, with what to write; the docs list them; and what a process
//! asks of them, that they can be run on any thread, is not left to the user.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{FnArg, Generics, Path, ReturnType, Signature, TraitItemType};

use crate::block::{Member, is_impl, is_trait};
use crate::errors::Errors;
use crate::interface::Interface;
use crate::tokens::text;

/// Expands `#[behaviour(arguments)] trait ..`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let behaviour = named(arguments, &mut errors);
    let written = match Interface::read(item.clone(), &mut errors) {
        Ok(mut interface) => {
            let callbacks = Callbacks::read(&mut interface, &mut errors);
            interface.written(&callbacks.told(&interface, behaviour.as_ref()), &TokenStream::new())
        }
        Err(error) => {
            refuse(&item, error, &mut errors);
            item
        }
    };
    [written, errors.finish()].into_iter().collect()
}

/// The server that the callbacks are for: `#[behaviour(LeaderFollower)]`.
fn named(arguments: TokenStream, errors: &mut Errors) -> Option<Path> {
    if arguments.is_empty() {
        return None;
    }
    let path = syn::parse2(arguments.clone()).ok();
    if path.is_none() {
        errors.at(
            arguments,
            "`#[behaviour(..)]` takes one name, that of the server which calls these callbacks",
            "write `#[behaviour(LeaderFollower)]`, or `#[behaviour]` alone",
        );
    }
    path
}

/// Says where the attribute stands, if not on a trait.
fn refuse(item: &TokenStream, error: syn::Error, errors: &mut Errors) {
    if is_trait(item) {
        errors.add(error);
    } else if is_impl(item) {
        errors.at(
            TokenStream::new(),
            "`#[behaviour]` stands on the trait of the callbacks, and an `impl` of that is plain Rust",
            "leave the attribute out here",
        );
    } else {
        errors.at(
            TokenStream::new(),
            "`#[behaviour]` stands on a trait of callbacks",
            "write `#[behaviour] trait Callbacks { .. }`, and a server over it: `#[gen_server] struct Name<C: Callbacks>`",
        );
    }
}

/// What an implementation has to write, and what it may, as a person would.
#[derive(Default)]
struct Callbacks {
    required: Vec<String>,
    optional: Vec<String>,
}

impl Callbacks {
    fn read(interface: &mut Interface, errors: &mut Errors) -> Self {
        let mut callbacks = Self::default();
        for member in &mut interface.members {
            match member {
                Member::Method(method) => {
                    for mark in &method.marks {
                        errors.at(
                            &mark.attribute,
                            format_args!("a callback of a behaviour of one's own bears no `#[{}]`", mark.name),
                            "messages belong to the server over this trait: `#[gen_server] impl<C: Callbacks> Name<C>`\n\
                             help: a trait whose methods are the messages themselves is a `#[gen_server] trait`",
                        );
                    }
                    let list = if method.body().is_ok() { &mut callbacks.optional } else { &mut callbacks.required };
                    list.push(sketch(&method.signature));
                }
                Member::Other(other) => {
                    if let Some((written, sketch)) = associated(other) {
                        *other = written;
                        callbacks.required.push(sketch);
                    } else if let Some(name) = constant(other) {
                        callbacks.required.push(name);
                    }
                }
            }
        }
        callbacks
    }

    /// What stands above the trait: a list for the docs, and what rustc says of a type without the callbacks.
    fn told(&self, interface: &Interface, behaviour: Option<&Path>) -> TokenStream {
        let name = interface.ident.unraw();
        let of = behaviour.map_or_else(|| name.to_string(), text);
        let (_, generics, _) = interface.generics.split_for_impl();
        let written = format!("{name}{}", text(generics));
        let mut docs = match behaviour {
            Some(_) => format!("\n\nThe callbacks of the behaviour [`{of}`].\n"),
            None => "\n\nThe callbacks of a behaviour.\n".to_owned(),
        };
        for (words, list) in [("Required", &self.required), ("Optional", &self.optional)] {
            if !list.is_empty() {
                docs.extend(["\n", words, ":\n\n"]);
                docs.extend(list.iter().map(|line| format!("- `{line}`\n")));
            }
        }
        let plain = |text: &str| text.replace('{', "{{").replace('}', "}}");
        let listed =
            |list: &[String]| list.iter().map(|line| format!("`{}`", plain(line))).collect::<Vec<_>>().join(", ");
        let message = format!("`{{Self}}` lacks the callbacks of the behaviour `{}`", plain(&of));
        let label = format!("`{{Self}}` does not implement `{}`", plain(&name.to_string()));
        let written = plain(&written);
        let required = listed(&self.required);
        let note = if required.is_empty() {
            format!("write `impl {written} for {{Self}} {{{{}}}}`")
        } else {
            format!("write `impl {written} for {{Self}}`, with {required}")
        };
        let optional = listed(&self.optional);
        let optional = (!optional.is_empty()).then(|| {
            let note = format!("it may have {optional} as well");
            quote!(note = #note,)
        });
        quote! {
            #[doc = #docs]
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note, #optional)]
        }
    }
}

/// `async fn work(&mut self, task: Self::Task) -> u64`
fn sketch(signature: &Signature) -> String {
    let inputs = signature.inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => text(receiver),
        FnArg::Typed(parameter) => format!("{}: {}", text(&parameter.pat), text(&parameter.ty)),
    });
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => format!(" -> {}", text(ty)),
    };
    let waits = if signature.asyncness.is_some() { "async " } else { "" };
    let Generics { params, .. } = &signature.generics;
    let general = if params.is_empty() { String::new() } else { format!("<{}>", text(params)) };
    format!("{waits}fn {}{general}({}){output}", signature.ident, inputs.collect::<Vec<_>>().join(", "))
}

/// An associated type, which may travel between processes as all that it is passed to may.
fn associated(member: &TokenStream) -> Option<(TokenStream, String)> {
    let mut item: TraitItemType = syn::parse2(member.clone()).ok()?;
    let sketch = format!("type {}", item.ident);
    if item.generics.params.is_empty() {
        item.bounds.push(syn::parse_quote!(::core::marker::Send));
        item.bounds.push(syn::parse_quote!('static));
        item.colon_token.get_or_insert_with(Default::default);
    }
    Some((item.into_token_stream(), sketch))
}

/// A constant without a value.
fn constant(member: &TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = member.clone().into_iter().collect();
    let is = |tree: &TokenTree, sign: char| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign);
    let (TokenTree::Ident(word), name) = (tokens.first()?, tokens.get(1)?) else { return None };
    (word == "const" && !tokens.iter().any(|tree| is(tree, '='))).then(|| format!("const {name}"))
}

#[cfg(test)]
mod tests;
