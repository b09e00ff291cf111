//! The texts of a picture: names and labels as Mermaid reads them, and lines under their conditions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use crate::runtime::Runtime;
use crate::tokens::hidden;

/// A line of a text with the conditions under which it stands there.
pub(super) type Line<'a> = (&'a [Attribute], String);

/// What stands for a state in Mermaid's text: its name, unless that is a word of Mermaid's own, in any case of letters.
pub(in crate::machine) fn id(name: &str) -> String {
    const WORDS: &[&str] = &[
        "accdescr",
        "acctitle",
        "class",
        "classdef",
        "click",
        "default",
        "href",
        "note",
        "root",
        "scale",
        "state",
        "statediagram",
        "style",
    ];
    let taken = WORDS.contains(&name.to_lowercase().as_str());
    if taken { format!("{name}_") } else { name.to_owned() }
}

/// The pseudo state for what the macro cannot know, under a name that no state has.
pub(super) fn anywhere(names: &[&str]) -> String {
    let mut id = "any_state".to_owned();
    while names.contains(&id.as_str()) {
        id.push('_');
    }
    id
}

/// Writes the signs that would end a label, or be taken for HTML, as entities.
pub(super) fn label(text: &str) -> String {
    let mut label = String::new();
    for letter in text.chars() {
        match letter {
            ':' => label.push_str("#58;"),
            ';' => label.push_str("#59;"),
            '<' => label.push_str("#lt;"),
            '>' => label.push_str("#gt;"),
            other => label.push(other),
        }
    }
    label
}

/// Code in a cell of a table.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// One text made of several while compiling, each under its conditions.
pub(in crate::machine) fn joined(runtime: &Runtime, parts: &[(&[Attribute], TokenStream)]) -> TokenStream {
    let (whole, rest) = match parts {
        [([], text), rest @ ..] => (text.clone(), rest),
        _ => (quote!(""), parts),
    };
    rest.iter().fold(whole, |before, (cfg, text)| {
        let (conditions, joined) = (conditions(cfg), hidden("joined"));
        let absent = (!cfg.is_empty()).then(|| {
            quote! {
                #[cfg(not(all(#(#conditions),*)))]
                const __SECOND: &str = "";
            }
        });
        quote! {{
            const __FIRST: &str = #before;
            #(#cfg)*
            const __SECOND: &str = #text;
            #absent
            const __TEXT: [u8; __FIRST.len() + __SECOND.len()] = #runtime::join(__FIRST, __SECOND);
            match ::core::str::from_utf8(&__TEXT) {
                ::core::result::Result::Ok(#joined) => #joined,
                ::core::result::Result::Err(_) => "",
            }
        }}
    })
}

/// What stands in the brackets of `cfg`s.
fn conditions(cfg: &[Attribute]) -> Vec<&TokenStream> {
    cfg.iter().filter_map(|cfg| cfg.meta.require_list().ok()).map(|list| &list.tokens).collect()
}

/// Lines of docs, each under its conditions.
pub(super) fn docs(lines: &[Line<'_>]) -> TokenStream {
    let docs = lines.iter().map(|(cfg, line)| {
        let conditions = conditions(cfg);
        if conditions.is_empty() {
            quote!(#[doc = #line])
        } else {
            quote!(#[cfg_attr(all(#(#conditions),*), doc = #line)])
        }
    });
    docs.collect()
}
