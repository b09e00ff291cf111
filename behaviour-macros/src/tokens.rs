//! Small work on tokens: where they stand, what they say, how they are named.
//!
//! A span holds two things: where an error is shown, and how a name resolves.
//! What a user may have got wrong is shown at the user's tokens, while the
//! keywords and paths that the macro adds always resolve as the macro's own.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// A span that shows errors at `place` and resolves as the macro's own.
pub(crate) fn shown_at(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// The same local, with errors about it shown at `place`.
pub(crate) fn shown_as(local: &Ident, place: Span) -> Ident {
    let mut shown = local.clone();
    shown.set_span(local.span().located_at(place));
    shown
}

/// A local name that no user's name can meet.
pub(crate) fn hidden(name: &str) -> Ident {
    Ident::new(&format!("__{name}"), Span::mixed_site())
}

/// The same tokens, with their errors shown at `place`.
pub(crate) fn moved_to(tokens: TokenStream, place: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut tree| {
            let span = tree.span().located_at(place);
            if let TokenTree::Group(group) = &tree {
                tree = Group::new(group.delimiter(), moved_to(group.stream(), place)).into();
            }
            tree.set_span(span);
            tree
        })
        .collect()
}

/// The spans of the first and of the last token.
fn ends(tokens: &TokenStream) -> (Span, Span) {
    let last = tokens.clone().into_iter().last().map(|tree| match tree {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    });
    (tokens.span(), last.unwrap_or_else(|| tokens.span()))
}

/// `<ty as of>::item`, shown at the whole of the type.
///
/// rustc shows what has several tokens from the span of the first to that of the last, and says twice what it finds
/// in two places; so all that is asked of a type stands in the very same place.
pub(crate) fn of_type(ty: &TokenStream, of: &TokenStream, item: &str) -> TokenStream {
    of_type_at(ty, of, item, ty)
}

/// `<ty as of>::item`, shown at other tokens than the type.
pub(crate) fn of_type_at(ty: &TokenStream, of: &TokenStream, item: &str, shown: &TokenStream) -> TokenStream {
    let (first, last) = ends(shown);
    let of = respan(quote!(as #of), first);
    let item = Ident::new(item, last);
    quote_spanned!(first=> <#ty #of>::#item)
}

/// `generic<argument>`, shown at the whole of the argument.
pub(crate) fn applied(generic: TokenStream, argument: &TokenStream) -> TokenStream {
    let (first, last) = ends(argument);
    let (generic, end) = (respan(generic, first), respan(quote!(>), last));
    quote_spanned!(first=> #generic < #argument #end)
}

/// `path(arguments)`, with the whole call shown at `shown`.
pub(crate) fn call(path: &TokenStream, arguments: TokenStream, shown: &TokenStream) -> TokenStream {
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(ends(shown).1);
    quote!(#path #arguments)
}

/// The same tokens, at another place in every respect.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let respanned = tokens.into_iter().map(|mut tree| {
        tree.set_span(span);
        tree
    });
    respanned.collect()
}

/// Writes `itself` in place of every `Self`, for tokens that move to an impl of another type.
pub(crate) fn without_self(tokens: TokenStream, itself: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(tree) = rest.next() {
        match tree {
            TokenTree::Ident(word) if word == "Self" => {
                let itself = moved_to(itself.clone(), word.span());
                // `Self::LEN` may stand among expressions, where `Cache<K>::LEN` does not parse.
                let qualifies = matches!(rest.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                out.extend(if qualifies { quote!(<#itself>) } else { itself });
            }
            TokenTree::Group(group) => {
                let mut changed = Group::new(group.delimiter(), without_self(group.stream(), itself));
                changed.set_span(group.span());
                out.extend([TokenTree::from(changed)]);
            }
            other => out.extend([other]),
        }
    }
    out
}

/// Whether `word` stands anywhere in `tokens`.
pub(crate) fn mentions(tokens: impl ToTokens, word: &str) -> bool {
    tokens.into_token_stream().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// The first lifetime in `tokens` that is not `'static`.
pub(crate) fn lifetime(tokens: impl ToTokens) -> Option<syn::Lifetime> {
    let mut rest = tokens.into_token_stream().into_iter();
    while let Some(tree) = rest.next() {
        let found = match tree {
            TokenTree::Punct(tick) if tick.as_char() == '\'' && tick.spacing() == Spacing::Joint => {
                rest.next().and_then(|name| {
                    let text = format!("'{name}");
                    (text != "'static").then(|| syn::Lifetime::new(&text, name.span()))
                })
            }
            TokenTree::Group(group) => lifetime(group.stream()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Tokens as a person would write them, for messages and for docs.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    for tree in tokens.into_token_stream() {
        let word = match &tree {
            TokenTree::Group(group) => {
                let inner = self::text(group.stream());
                match group.delimiter() {
                    Delimiter::Parenthesis => format!("({inner})"),
                    Delimiter::Bracket => format!("[{inner}]"),
                    Delimiter::Brace => format!("{{ {inner} }}"),
                    Delimiter::None => inner,
                }
            }
            other => other.to_string(),
        };
        let follows_a_word = text.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let starts_a_word = word.starts_with(|first: char| first.is_alphanumeric() || first == '_');
        if text.ends_with([',', ';', '+', '=']) || (follows_a_word && (starts_a_word || word == "+" || word == "=")) {
            text.push(' ');
        }
        text.push_str(&word);
    }
    text
}

/// `Withdraw` for `withdraw`, `IsOpen` for `is_open`.
pub(crate) fn pascal(name: &Ident) -> Ident {
    let plain = name.unraw().to_string();
    let mut text = String::new();
    for word in plain.split('_') {
        let mut letters = word.chars();
        text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        text.push_str(letters.as_str());
    }
    if text == "Self" || text.is_empty() {
        text.push('_');
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) || text == "_" {
        text.insert(0, '_');
    }
    Ident::new(&text, name.span())
}

/// The span of the first token, for what must be shown at a type.
pub(crate) fn place_of(tokens: &impl Spanned) -> Span {
    tokens.span()
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Ident, Span};
    use quote::quote;

    use super::{lifetime, mentions, pascal, text, without_self};

    fn named(name: &str) -> String {
        let name: Ident = syn::parse_str(name).expect("the test writes an identifier");
        pascal(&name).to_string()
    }

    #[test]
    fn variants_are_named_after_methods() {
        assert_eq!(named("withdraw"), "Withdraw");
        assert_eq!(named("is_open"), "IsOpen");
        assert_eq!(named("r#type"), "Type");
        assert_eq!(named("_x2"), "X2");
    }

    #[test]
    fn awkward_names_still_make_identifiers() {
        assert_eq!(named("self_"), "Self_");
        assert_eq!(named("_1st"), "_1st");
        assert_eq!(named("__"), "__");
        Ident::new(&named("__"), Span::call_site());
    }

    #[test]
    fn self_is_written_out() {
        let tokens = quote!((Vec<Self>, [u8; Self::LEN]));
        let changed = without_self(tokens, &quote!(Cache<K>));
        assert_eq!(text(changed), "(Vec<Cache<K>>, [u8; <Cache<K>>::LEN])");
    }

    #[test]
    fn lifetimes_are_seen_in_depth() {
        assert!(lifetime(quote!(Vec<(u8, &'a str)>)).is_some());
        assert!(lifetime(quote!(Cache<'_>)).is_some());
        assert!(lifetime(quote!(&'static str)).is_none());
    }

    #[test]
    fn words_are_seen_in_depth() {
        assert!(mentions(quote!(Vec<(u8, impl Sized)>), "impl"));
        assert!(!mentions(quote!(Vec<(u8, implement)>), "impl"));
    }

    #[test]
    fn text_is_spaced_as_by_hand() {
        assert_eq!(text(quote!(Result<Vec<u8>, std::io::Error>)), "Result<Vec<u8>, std::io::Error>");
        assert_eq!(text(quote!(&mut dyn Fn(u8))), "&mut dyn Fn(u8)");
        assert_eq!(text(quote!([u8; 3])), "[u8; 3]");
    }
}
