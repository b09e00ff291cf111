//! The derives of the enum, which go to its states as well.
//!
//! Two of them would make something else of an enum that holds structs than of
//! one that is them, and are written by the macro: `Debug` shows the struct
//! alone, `Red { waiting: 0 }` and not `Red(Red { waiting: 0 })`, and `Default`
//! makes the struct whose variant bears `#[default]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token};

/// The derives, in their order.
pub(super) struct Derives(Vec<Derive>);

/// One `derive(..)`.
struct Derive {
    /// The condition of a `cfg_attr`.
    condition: Option<TokenStream>,
    paths: Vec<Path>,
}

impl Derives {
    pub(super) fn read(attributes: &[Attribute]) -> Self {
        Self(attributes.iter().flat_map(|attribute| split(attribute).0).collect())
    }

    /// Whether `Default` is derived.
    pub(super) fn make_default(&self) -> bool {
        self.0.iter().flat_map(|derive| &derive.paths).any(is_default)
    }

    /// The conditions under which `Debug` is derived, and `Default`.
    pub(super) fn conditions(&self, of: Own) -> Vec<TokenStream> {
        let derives = self.0.iter().filter(|derive| derive.paths.iter().any(|path| of.is(path)));
        derives.map(|Derive { condition, .. }| condition.as_ref().map_or(quote!(), |is| quote!(#[cfg(#is)]))).collect()
    }

    /// The derives of a struct: all of them, but that only the default state is made by default.
    pub(super) fn of_a_state(&self, default: bool) -> Vec<TokenStream> {
        self.0.iter().map(|derive| derive.keeping(|path| default || !is_default(path))).collect()
    }
}

/// All attributes of the enum, with the derives that it keeps; `default` says whether `Default` is written for it.
pub(super) fn of_the_enum(attributes: &[Attribute], default: bool) -> Vec<TokenStream> {
    let taken = |path: &Path| Own::Debug.is(path) || (default && is_default(path));
    let written = attributes.iter().flat_map(|attribute| {
        let (derives, rest) = split(attribute);
        let derives: Vec<_> = derives.iter().map(|derive| derive.keeping(|path| !taken(path))).collect();
        derives.into_iter().chain(rest)
    });
    written.collect()
}

/// What the macro writes for the enum in place of a derive.
#[derive(Clone, Copy)]
pub(super) enum Own {
    Debug,
    Default,
}

impl Own {
    fn is(self, path: &Path) -> bool {
        let (module, name) = match self {
            Self::Debug => ("fmt", "Debug"),
            Self::Default => ("default", "Default"),
        };
        let words: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [only] => *only == name,
            ["std" | "core", inside, last] => *inside == module && *last == name,
            _ => false,
        }
    }
}

fn is_default(path: &Path) -> bool {
    Own::Default.is(path)
}

impl Derive {
    /// The attribute with some of the derives, or nothing if none is left.
    fn keeping(&self, keeps: impl Fn(&Path) -> bool) -> TokenStream {
        let paths: Vec<_> = self.paths.iter().filter(|path| keeps(path)).collect();
        match &self.condition {
            _ if paths.is_empty() => TokenStream::new(),
            None => quote!(#[derive(#(#paths),*)]),
            Some(condition) => quote!(#[cfg_attr(#condition, derive(#(#paths),*))]),
        }
    }
}

/// The derives in an attribute, `derive(..)` or `cfg_attr(.., derive(..))`, and what else it says.
fn split(attribute: &Attribute) -> (Vec<Derive>, Option<TokenStream>) {
    let as_it_is = || (Vec::new(), Some(attribute.to_token_stream()));
    if let Some(paths) = derived(&attribute.meta) {
        return (vec![Derive { condition: None, paths }], None);
    }
    let Meta::List(list) = &attribute.meta else {
        return as_it_is();
    };
    if !list.path.is_ident("cfg_attr") {
        return as_it_is();
    }
    let Ok(parts) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()) else {
        return as_it_is();
    };
    let mut parts = parts.into_iter();
    let Some(condition) = parts.next().map(Meta::into_token_stream) else {
        return as_it_is();
    };
    let (mut derives, mut others) = (Vec::new(), Vec::new());
    for part in parts {
        match derived(&part) {
            Some(paths) => derives.push(Derive { condition: Some(condition.clone()), paths }),
            None => others.push(part),
        }
    }
    let rest = (!others.is_empty()).then(|| quote!(#[cfg_attr(#condition, #(#others),*)]));
    (derives, rest)
}

/// The paths of `derive(..)`.
fn derived(meta: &Meta) -> Option<Vec<Path>> {
    let list = meta.require_list().ok().filter(|list| list.path.is_ident("derive"))?;
    let paths = Punctuated::<Path, Token![,]>::parse_terminated.parse2(list.tokens.clone()).ok()?;
    Some(paths.into_iter().collect())
}
