//! Errors, gathered.
//!
//! One mistake must not hide the next, so nothing here returns early: whoever
//! finds a mistake writes it down with the tokens that are at fault and goes
//! on with something sensible in its place. At the end all of them become
//! `compile_error!`s beside the user's own item.
//!
//! Every error has the same form: a first line in lower case that says what is
//! wrong, an empty line, and `help:` with what to write instead.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far, in the order of their finding.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<(String, syn::Error)>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes that `problem` stands at `tokens`, and what to write instead.
    ///
    /// Without tokens the error stands at the attribute itself.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, problem: impl Display, help: impl Display) {
        // Made into a stream here, so that `new_spanned` is compiled once.
        let tokens = tokens.into_token_stream();
        let message = format!("{problem}\n\nhelp: {help}");
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Notes what syn found unreadable.
    pub(crate) fn add(&mut self, error: syn::Error) {
        let key = format!("{:?}: {error}", error.span());
        if self.found.iter().all(|(known, _)| *known != key) {
            self.found.push((key, error));
        }
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The errors as `compile_error!`s, nothing if there are none.
    pub(crate) fn finish(self) -> TokenStream {
        self.found.into_iter().map(|(_, error)| error.into_compile_error()).collect()
    }
}

/// Writes "`a`, `b` and `c`".
pub(crate) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} and `{last}`", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::{Errors, list};

    #[test]
    fn an_error_that_is_found_twice_is_told_once() {
        let mut errors = Errors::new();
        errors.at(quote!(here), "this is wrong", "write that");
        errors.at(quote!(here), "this is wrong", "write that");
        errors.at(quote!(here), "this is wrong too", "write that");
        assert_eq!(errors.found.len(), 2);
    }

    #[test]
    fn a_message_has_a_line_of_help() {
        let mut errors = Errors::new();
        errors.at(quote!(here), "this is wrong", "write that");
        let text = errors.finish().to_string();
        assert!(text.contains(r"this is wrong\n\nhelp: write that"), "{text}");
    }

    #[test]
    fn a_list_reads_like_a_sentence() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
