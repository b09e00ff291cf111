//! The texts of a picture: names as Mermaid reads them, and lines under their conditions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use crate::lines::conditions;
pub(super) use crate::lines::{Line, code, docs, label};
use crate::runtime::Runtime;
use crate::tokens::hidden;

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
