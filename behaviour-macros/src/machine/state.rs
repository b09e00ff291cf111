//! `#[gen_statem(state)]` on the enum: the states that a machine can be in.
//!
//! Each variant becomes a struct of its own beside the enum, which then holds one
//! of them: `enum Light { Red(Red), .. }`. So a handler can take one state, change
//! it, or return it, and rustc knows which. What was written of a variant goes to
//! its struct, what was written of the enum stays with it, and derives, docs and
//! conditions go to both ([`derives`], [`expand`]).

mod derives;
mod expand;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Fields, Generics, ItemEnum, Token, Variant, Visibility, token};

use self::derives::{Derives, of_the_enum};
use super::generics::mentioned;
use crate::callback::carried;
use crate::client::refuse_lifetime;
use crate::errors::Errors;
use crate::options::{Place, known, words};
use crate::runtime::Runtime;
use crate::tokens::{mentions, without_self};
use crate::values;

/// More states than these do not fit into the sets that the runtime checks.
const MOST: usize = 128;

/// The enum, ready to be written.
struct States {
    runtime: Runtime,
    name: Ident,
    visibility: Visibility,
    keyword: Token![enum],
    braces: token::Brace,
    generics: Generics,
    cfg: Vec<Attribute>,
    /// Lint levels, which hold for the structs as well.
    allowed: Vec<Attribute>,
    /// All attributes of the enum, with the derives that it keeps.
    attributes: Vec<TokenStream>,
    derives: Derives,
    variants: Vec<State>,
}

/// One variant.
struct State {
    name: Ident,
    /// The position in the source, where conditions do not count.
    index: usize,
    terminal: bool,
    /// Whether it is the one that `Default` makes.
    default: bool,
    docs: Vec<Attribute>,
    cfg: Vec<Attribute>,
    others: Vec<Attribute>,
    fields: Fields,
    /// The share of the enum's generics that the fields mention.
    generics: Generics,
}

/// Expands `#[gen_statem(arguments)] enum ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let generated = match syn::parse2::<ItemEnum>(item.clone()) {
        Ok(item) => States::read(arguments, item, &mut errors),
        Err(error) => {
            errors.add(error);
            item
        }
    };
    [generated, errors.finish()].into_iter().collect()
}

impl States {
    /// Reads the enum and writes it out; one that borrows comes back as it is.
    fn read(arguments: TokenStream, item: ItemEnum, errors: &mut Errors) -> TokenStream {
        let runtime = options(arguments, &item.ident, errors);
        if let Some(parameter) = item.generics.lifetimes().next() {
            refuse_lifetime(&parameter.lifetime, "gen_statem", errors);
            return plain(item);
        }
        if item.variants.is_empty() {
            let name = &item.ident;
            errors.at(
                name,
                format_args!("`{name}` has no states"),
                format_args!("write each state as a variant: `enum {name} {{ Red, Green }}`"),
            );
        }
        if let Some(beyond) = item.variants.iter().nth(MOST) {
            errors.at(
                &beyond.ident,
                format_args!("a machine has at most {MOST} states"),
                "put what several states have in common into the fields of one",
            );
        }
        let derives = Derives::read(&item.attrs);
        let (_, type_generics, _) = item.generics.split_for_impl();
        let (name, generics) = (&item.ident, &item.generics);
        let itself = quote!(#name #type_generics);
        let variants = item.variants.iter().enumerate();
        let mut states: Vec<State> = variants
            .filter_map(|(index, variant)| {
                let state = State::read(variant, index.min(MOST - 1), &derives, &itself, generics, errors);
                if variant.ident != *name {
                    return Some(state);
                }
                errors.at(
                    &variant.ident,
                    format_args!("the state `{name}` is called like the enum, and both would be types of this name"),
                    "give one of them another name",
                );
                None
            })
            .collect();
        let mut defaults = states.iter_mut().filter(|state| state.default);
        if defaults.next().is_some() {
            for other in defaults {
                errors.at(&other.name, "a second state is marked `#[default]`", "keep one of the marks");
                other.default = false;
            }
        }
        let attributes = of_the_enum(&item.attrs, states.iter().any(|state| state.default));
        let states = Self {
            runtime,
            cfg: carried(&item.attrs, "cfg"),
            allowed: carried(&item.attrs, "allow"),
            attributes,
            derives,
            name: item.ident,
            visibility: item.vis,
            keyword: item.enum_token,
            braces: item.brace_token,
            generics: item.generics,
            variants: states,
        };
        states.expand()
    }
}

impl State {
    fn read(
        variant: &Variant,
        index: usize,
        derives: &Derives,
        itself: &TokenStream,
        generics: &Generics,
        errors: &mut Errors,
    ) -> Self {
        if let Some((equals, number)) = &variant.discriminant {
            errors.at(
                quote!(#equals #number),
                format_args!("the state `{}` is a type of its own, and cannot be a number", variant.ident),
                "leave the number out, or carry it in a field",
            );
        }
        let mut fields = variant.fields.clone();
        for field in &mut fields {
            let ty = field.ty.to_token_stream();
            // In the struct, `Self` would be the struct.
            if mentions(&ty, "Self") {
                field.ty = syn::Type::Verbatim(without_self(ty, itself));
            }
        }
        let types: TokenStream = fields.iter().map(|field| field.ty.to_token_stream()).collect();
        let generics = mentioned(generics, types);
        let mut state = Self {
            name: variant.ident.clone(),
            index,
            terminal: false,
            default: false,
            docs: carried(&variant.attrs, "doc"),
            cfg: carried(&variant.attrs, "cfg"),
            others: Vec::new(),
            fields,
            generics,
        };
        for attribute in &variant.attrs {
            let path = attribute.path();
            if is_terminal(attribute) {
                state.terminal = true;
                if attribute.meta.require_path_only().is_err() {
                    errors.at(attribute, "`#[terminal]` has no options", "write `#[terminal]` alone");
                }
            } else if path.is_ident("default") && derives.make_default() {
                state.default = true;
            } else if !path.is_ident("doc") && !path.is_ident("cfg") {
                state.others.push(attribute.clone());
            }
        }
        state
    }
}

/// Reads `state, crate = ::path`.
fn options(arguments: TokenStream, name: &Ident, errors: &mut Errors) -> Runtime {
    let (marks, mut entries): (Vec<_>, Vec<_>) =
        words(arguments, errors).into_iter().partition(|entry| entry.word() == "state");
    match marks.as_slice() {
        [] => {
            let help = "write `#[gen_statem(state)]` on the enum of the states; \
                        the struct and its impl name it: `#[gen_statem(Light)]`"
                .replace("Light", &name.to_string());
            errors.at(
                name,
                format_args!("the enum `{name}` is marked as a machine, and not as the states of one"),
                help,
            );
            // What names a machine's states is no option that anyone wanted here.
            entries.retain(|entry| Place::GenStatemStruct.knows(&entry.word()));
        }
        [mark] => drop(mark.bare(errors)),
        [_, again, ..] => errors.at(again, "`state` is given twice", "keep one of the two"),
    }
    let mut runtime = Runtime::default();
    for entry in known(Place::GenStatemEnum, entries, errors) {
        runtime = values::runtime(&entry, errors).unwrap_or_default();
    }
    runtime
}

fn is_terminal(attribute: &Attribute) -> bool {
    attribute.path().is_ident("terminal")
}

/// The enum as it was written, but for our marks.
fn plain(mut item: ItemEnum) -> TokenStream {
    for variant in &mut item.variants {
        variant.attrs.retain(|attribute| !is_terminal(attribute));
    }
    quote!(#item)
}
