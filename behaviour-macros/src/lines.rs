//! Lines of docs: tables and diagrams, each line under its conditions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

/// A line of a text with the conditions under which it stands there.
pub(crate) type Line<'a> = (&'a [Attribute], String);

/// Writes the signs that would end a label, or be taken for HTML, as entities.
pub(crate) fn label(text: &str) -> String {
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
pub(crate) fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// What stands in the brackets of `cfg`s.
pub(crate) fn conditions(cfg: &[Attribute]) -> Vec<&TokenStream> {
    cfg.iter().filter_map(|cfg| cfg.meta.require_list().ok()).map(|list| &list.tokens).collect()
}

/// Lines of docs, each under its conditions.
pub(crate) fn docs(lines: &[Line<'_>]) -> TokenStream {
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
