//! An `impl` block, read only as far as needed.
//!
//! Of a method the attributes, the visibility and the signature are read; its
//! body stays the group of tokens that it came as, and so do constants, types
//! and macros between the methods. This is quick, survives syntax that syn does
//! not know yet, and gives back exactly what was written: also in an editor,
//! where the block is half written most of the time.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Generics, Signature, Token, Type, Visibility, token};

use crate::errors::Errors;
use crate::runtime::form_is_given;

/// Our marks on methods: they are taken off before rustc can look for macros of these names.
const MARKS: &[&str] = &[
    "init",
    "call",
    "cast",
    "event",
    "info",
    "continues",
    "internal",
    "enter",
    "state_timeout",
    "event_timeout",
    "timeout",
    "terminate",
    "format_status",
    "code_change",
    "child",
    "start",
    "phase",
    "prep_stop",
    "stop",
    "config_change",
];

/// Those among them that only a machine has.
pub(crate) const MACHINE_MARKS: &[&str] = &["internal", "enter", "state_timeout", "event_timeout", "timeout"];

/// Those among them that only an application has.
pub(crate) const APPLICATION_MARKS: &[&str] = &["start", "phase", "prep_stop", "stop", "config_change"];

/// `impl<..> Account<..> where .. { .. }`
pub(crate) struct Block {
    head: TokenStream,
    pub(crate) generics: Generics,
    /// The trait of `impl Trait for Account`.
    pub(crate) of_trait: Option<syn::Path>,
    pub(crate) itself: Type,
    inner_attributes: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
    body: Group,
}

/// What stands in a block.
pub(crate) enum Member {
    Method(Box<Method>),
    Other(TokenStream),
}

/// A function, with its marks apart and its body unread.
pub(crate) struct Method {
    pub(crate) marks: Vec<Mark>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// A group in braces; a `;` where the body is not yet written.
    body: TokenTree,
}

/// One of our attributes on a method.
pub(crate) struct Mark {
    pub(crate) name: String,
    pub(crate) attribute: Attribute,
}

impl Block {
    /// Reads a block, reporting the marked methods that cannot be read.
    ///
    /// Gives nothing if not even the head is that of an `impl`.
    pub(crate) fn read(item: TokenStream, errors: &mut Errors) -> syn::Result<Self> {
        let parse = |input: ParseStream| {
            let start = input.cursor();
            let attributes = input.call(Attribute::parse_outer)?;
            let _: Option<Token![default]> = input.parse()?;
            let _: Option<Token![unsafe]> = input.parse()?;
            let _: Token![impl] = input.parse()?;
            let mut generics: Generics =
                if input.peek(Token![<]) && starts_generics(input) { input.parse()? } else { Generics::default() };
            let _: Option<Token![!]> = input.parse()?;
            let mut itself: Type = input.parse()?;
            let mut of_trait = None;
            if input.parse::<Option<Token![for]>>()?.is_some() {
                if let Type::Path(named) = itself {
                    of_trait = Some(named.path);
                }
                itself = input.parse()?;
            }
            generics.where_clause = input.parse()?;
            drop(attributes);
            let head = between(start, input.cursor());
            let body = braces(input)?;
            let (inner_attributes, members) = (|input: ParseStream| members(input, errors)).parse2(body.stream())?;
            Ok(Self { head, generics, of_trait, itself, inner_attributes, members, body })
        };
        parse.parse2(item)
    }

    /// The methods, in the order in which they are written.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.members.iter().filter_map(Member::method)
    }
}

impl Member {
    pub(crate) fn method(&self) -> Option<&Method> {
        match self {
            Self::Method(method) => Some(method),
            Self::Other(_) => None,
        }
    }
}

/// The user's block without our marks, otherwise as it was.
impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.head.to_tokens(tokens);
        let mut inside = TokenStream::new();
        inside.append_all(&self.inner_attributes);
        for member in &self.members {
            match member {
                Member::Method(method) => method.to_tokens(&mut inside),
                Member::Other(other) => other.to_tokens(&mut inside),
            }
        }
        let mut body = Group::new(Delimiter::Brace, inside);
        body.set_span(self.body.span());
        tokens.append(body);
    }
}

impl ToTokens for Method {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attributes);
        if !self.marks.is_empty() {
            tokens.extend(form_is_given());
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

impl Method {
    /// The body, or the `;` in its place.
    pub(crate) fn body(&self) -> Result<&Group, &TokenTree> {
        match &self.body {
            TokenTree::Group(body) => Ok(body),
            end => Err(end),
        }
    }

    /// Where the body calls a method of this name, as far as the tokens tell: `.name(`.
    pub(crate) fn calls(&self, name: &str) -> Option<Ident> {
        calls(self.body.clone().into(), name)
    }
}

fn calls(tokens: TokenStream, name: &str) -> Option<Ident> {
    let mut rest = tokens.into_iter().peekable();
    let mut dot = false;
    while let Some(tree) = rest.next() {
        match &tree {
            TokenTree::Group(group) => {
                if let Some(found) = calls(group.stream(), name) {
                    return Some(found);
                }
            }
            TokenTree::Ident(word) if dot && word == name => {
                let called = |next: &TokenTree| matches!(next, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
                if rest.peek().is_some_and(called) {
                    return Some(word.clone());
                }
            }
            _ => {}
        }
        dot = matches!(&tree, TokenTree::Punct(sign) if sign.as_char() == '.');
    }
    None
}

impl Mark {
    /// The words in the mark's brackets.
    pub(crate) fn arguments(&self, errors: &mut Errors) -> TokenStream {
        match &self.attribute.meta {
            syn::Meta::Path(_) => TokenStream::new(),
            syn::Meta::List(list) => list.tokens.clone(),
            syn::Meta::NameValue(_) => {
                let name = &self.name;
                errors.at(
                    &self.attribute,
                    format_args!("`#[{name}]` takes no value"),
                    format_args!("write `#[{name}]`, or its options in parentheses: `#[{name}(..)]`"),
                );
                TokenStream::new()
            }
        }
    }

    /// Reports words in a mark that takes none.
    pub(crate) fn no_arguments(&self, errors: &mut Errors) {
        let arguments = self.arguments(errors);
        if !arguments.is_empty() {
            let name = &self.name;
            errors.at(arguments, format_args!("`#[{name}]` has no options"), format_args!("write `#[{name}]` alone"));
        }
    }
}

/// Whether `<` opens the generics of the block, rather than a path such as `<T as Trait>::Type`.
fn starts_generics(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<Generics>().is_ok() && !ahead.peek(Token![::])
}

/// What stands between the braces of an impl or of a trait.
pub(crate) fn members(input: ParseStream, errors: &mut Errors) -> syn::Result<(Vec<Attribute>, Vec<Member>)> {
    let inner_attributes = input.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        members.push(member(input, errors)?);
    }
    Ok((inner_attributes, members))
}

fn member(input: ParseStream, errors: &mut Errors) -> syn::Result<Member> {
    let ahead = input.fork();
    let (marks, attributes) = match ahead.call(Attribute::parse_outer) {
        Ok(attributes) => {
            input.advance_to(&ahead);
            marks(attributes)
        }
        Err(_) => (Vec::new(), Vec::new()),
    };
    let ahead = input.fork();
    match ahead.call(function) {
        Ok((visibility, signature, body)) => {
            input.advance_to(&ahead);
            Ok(Member::Method(Box::new(Method { marks, attributes, visibility, signature, body })))
        }
        Err(error) => {
            // What bears no mark of ours is rustc's to judge.
            if !marks.is_empty() {
                errors.add(error);
            }
            let rest = up_to_the_next(input)?;
            Ok(Member::Other(quote!(#(#attributes)* #rest)))
        }
    }
}

fn function(input: ParseStream) -> syn::Result<(Visibility, Signature, TokenTree)> {
    let visibility = input.parse()?;
    let signature = input.parse()?;
    let body = if input.peek(Token![;]) { input.parse()? } else { braces(input)?.into() };
    Ok((visibility, signature, body))
}

/// Tells our marks from the user's attributes.
fn marks(attributes: Vec<Attribute>) -> (Vec<Mark>, Vec<Attribute>) {
    let mut marks = Vec::new();
    let mut others = Vec::new();
    for attribute in attributes {
        let name = attribute.path().get_ident().map(Ident::to_string);
        match name {
            Some(name) if MARKS.contains(&name.as_str()) => marks.push(Mark { name, attribute }),
            _ => others.push(attribute),
        }
    }
    (marks, others)
}

/// The tokens of a member that is no function: up to its `;` or braces, or to the attributes of the next.
fn up_to_the_next(input: ParseStream) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && (tokens.is_empty() || !input.peek(Token![#])) {
        let tree: TokenTree = input.parse()?;
        let ends = match &tree {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(sign) => sign.as_char() == ';',
            _ => false,
        };
        tokens.append(tree);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

/// A group in braces, unread.
pub(crate) fn braces(input: ParseStream) -> syn::Result<Group> {
    if input.peek(token::Brace) { Group::parse(input) } else { Err(input.error("expected curly braces")) }
}

/// Whether the item is an `impl`, as far as its first words tell.
pub(crate) fn is_impl(item: &TokenStream) -> bool {
    is(item, "impl")
}

/// Whether the item is a `trait`, as far as its first words tell.
pub(crate) fn is_trait(item: &TokenStream) -> bool {
    is(item, "trait")
}

fn is(item: &TokenStream, keyword: &str) -> bool {
    let mut rest = item.clone().into_iter().peekable();
    while let Some(tree) = rest.next() {
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == '#' => drop(rest.next()),
            TokenTree::Ident(word) if word == "default" || word == "unsafe" => {}
            TokenTree::Ident(word) if word == "pub" => {
                let scope = |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
                drop(rest.next_if(scope));
            }
            // What `macro_rules` hand on as a `$vis`.
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {}
            TokenTree::Ident(word) => return word == keyword,
            _ => return false,
        }
    }
    false
}

fn between(start: syn::buffer::Cursor, end: syn::buffer::Cursor) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut cursor = start;
    while cursor != end {
        let Some((tree, next)) = cursor.token_tree() else {
            break;
        };
        tokens.append(tree);
        cursor = next;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::{Block, Member};
    use crate::errors::Errors;

    fn read(item: proc_macro2::TokenStream) -> (Block, String) {
        let mut errors = Errors::new();
        let block = Block::read(item, &mut errors).expect("the head of the block is sound");
        (block, errors.finish().to_string())
    }

    #[test]
    fn a_block_comes_back_without_marks() {
        let (block, errors) = read(quote! {
            /// Docs.
            impl<K: Ord> Cache<K> where K: Copy {
                #![allow(dead_code)]
                const SIZE: Point = Point { x: 1 };
                #[call(later)]
                #[inline]
                pub(crate) fn get(&self) -> [u8; { 3 }] { what? is this }
                helper!(a; b);
            }
        });
        let form = crate::runtime::form_is_given();
        let expected = quote! {
            /// Docs.
            impl<K: Ord> Cache<K> where K: Copy {
                #![allow(dead_code)]
                const SIZE: Point = Point { x: 1 };
                #[inline]
                #form
                pub(crate) fn get(&self) -> [u8; { 3 }] { what? is this }
                helper!(a; b);
            }
        };
        assert_eq!(block.to_token_stream().to_string(), expected.to_string());
        assert_eq!(errors, "");
        assert_eq!(block.methods().count(), 1);
    }

    #[test]
    fn a_call_of_a_method_is_seen_in_depth() {
        let (block, _) = read(quote! {
            impl Lock {
                fn a(&mut self) { if busy { cx.postpone(); } }
                fn b(&mut self) { let postpone = self.postpone; postpone() }
                fn c(&mut self);
            }
        });
        let calls: Vec<_> = block.methods().map(|method| method.calls("postpone").is_some()).collect();
        assert_eq!(calls, [true, false, false]);
    }

    #[test]
    fn a_half_written_method_leaves_the_others_alone() {
        let (block, errors) = read(quote! {
            impl Counter {
                #[call]
                pub fn get(&self, by:) -> i64 { 0 }
                #[call]
                pub fn
                #[cast]
                pub fn add(&mut self, by: i64) {}
            }
        });
        assert_eq!(block.methods().count(), 1);
        assert!(errors.contains("compile_error"), "{errors}");
        let others = block.members.iter().filter(|member| matches!(member, Member::Other(_))).count();
        assert_eq!(others, 2);
    }
}
