//! A marked method: what all behaviours read in it.
//!
//! Nothing hangs on how a type is spelled, for a macro cannot resolve names. A
//! parameter **by reference** is the context, for a message owns its fields;
//! the others are taken from the message, in their order. (A `&'static`
//! reference owns what it points to as far as anyone can tell, so it travels.)
//!
//! A callback that breaks a rule is reported and kept: its name and its types
//! still make a variant and a client method, only nothing is dispatched to it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Generics, Pat, PatType, Receiver, ReceiverKind, ReturnType, Safety, Type, Visibility};

use crate::block::{Block, Mark, Method};
use crate::errors::Errors;
use crate::runtime::Runtime;
use crate::tokens::{call, hidden, mentions, of_type, of_type_at, place_of, shown_as, shown_at, text, without_self};

/// A method that the behaviour calls.
pub(crate) struct Callback {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    /// Always empty if the callback is sound.
    pub(crate) generics: Generics,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) waits: bool,
    /// `&self`, if that is how it looks at the server.
    pub(crate) shares: Option<TokenStream>,
    pub(crate) output: Option<Output>,
    /// Whether it can be called; if not, that was reported.
    pub(crate) sound: bool,
    /// The runtime's trait of the context that it may take.
    pub(crate) lent_by: &'static str,
    /// The trait that it is a method of.
    pub(crate) of_trait: Option<OfTrait>,
}

/// The trait that a callback is a method of, and the server that runs whoever implements it.
#[derive(Clone)]
pub(crate) struct OfTrait {
    pub(crate) name: Ident,
    /// Who may see the trait, and so what stands for its methods.
    pub(crate) visibility: Visibility,
    pub(crate) server: Ident,
}

/// What is passed for a parameter.
pub(crate) enum Argument {
    /// By reference to this type.
    Context(TokenStream),
    Owned(Field),
    /// The state of a machine, of this type.
    State(TokenStream),
}

/// A parameter by value.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: TokenStream,
}

/// A return type.
pub(crate) struct Output {
    /// The type as it is written, but for `Self`.
    pub(crate) ty: TokenStream,
    pub(crate) place: Span,
    /// Whether it is `impl Trait`, which has no name to give to others.
    pub(crate) nameless: bool,
    /// Whether it is a reference into the server.
    pub(crate) borrowed: bool,
}

impl Callback {
    /// Reads a method that bears `#[mark]`, writing `itself` for `Self`.
    pub(crate) fn read(method: &Method, mark: &str, itself: &TokenStream, errors: &mut Errors) -> Self {
        Self::read_beside(method, mark, itself, None, errors)
    }

    /// Reads a method of which the parameter at `state` is the state of a machine.
    pub(crate) fn read_beside(
        method: &Method,
        mark: &str,
        itself: &TokenStream,
        state: Option<usize>,
        errors: &mut Errors,
    ) -> Self {
        let signature = &method.signature;
        let mut callback = Self {
            name: signature.ident.clone(),
            docs: carried(&method.attributes, "doc"),
            cfg: carried(&method.attributes, "cfg"),
            visibility: method.visibility.clone(),
            generics: signature.generics.clone(),
            arguments: Vec::new(),
            waits: signature.asyncness.is_some(),
            shares: match signature.receiver() {
                Some(receiver @ Receiver { kind: ReceiverKind::Reference(_, _, None), .. }) => Some(quote!(#receiver)),
                _ => None,
            },
            output: match &signature.output {
                ReturnType::Default => None,
                ReturnType::Type(_, ty) => Some(Output::read(ty, itself)),
            },
            sound: refuse_modifiers(method, mark, errors),
            lent_by: "IsContext",
            of_trait: None,
        };
        for (position, parameter) in signature.inputs.iter().filter_map(typed).enumerate() {
            callback.refuse_condition(parameter, mark, errors);
            match state {
                Some(state) if state == position => {
                    let ty = reference(&parameter.ty).map_or(&*parameter.ty, |to| &*to.elem);
                    callback.arguments.push(Argument::State(ty.to_token_stream()));
                }
                Some(state) if state < position => callback.read_parameter(parameter, position - 1, itself, errors),
                _ => callback.read_parameter(parameter, position, itself, errors),
            }
        }
        callback
    }

    fn refuse_condition(&mut self, parameter: &PatType, mark: &str, errors: &mut Errors) {
        if let Some(condition) = parameter.attrs.iter().find(|attribute| attribute.path().is_ident("cfg")) {
            errors.at(
                condition,
                format_args!("a parameter of a `#[{mark}]` callback cannot be conditional"),
                "put the `#[cfg(..)]` on the method",
            );
            self.sound = false;
        }
    }

    fn read_parameter(&mut self, parameter: &PatType, position: usize, itself: &TokenStream, errors: &mut Errors) {
        if mentions(&parameter.ty, "impl") {
            errors.at(
                &parameter.ty,
                "`impl Trait` is no type that a message can carry",
                "name the type, or send a `Box<dyn Trait + Send>`",
            );
            self.sound = false;
        }
        if reference(&parameter.ty).is_none()
            && let Some(lifetime) = elided(&parameter.ty)
        {
            errors.at(
                lifetime,
                format_args!("a message owns its fields, and `{}` borrows", text(&parameter.ty)),
                "take owned data, such as `String`, an `Arc<str>`, or what lives for `'static`",
            );
            self.sound = false;
        }
        match reference(&parameter.ty) {
            Some(to) if !lives_for_ever(to) => {
                if self.arguments.iter().any(|argument| matches!(argument, Argument::Context(_))) {
                    let stateful = self.arguments.iter().any(|argument| matches!(argument, Argument::State(_)));
                    let beside = if stateful { "beside the state, " } else { "" };
                    errors.at(
                        parameter,
                        format_args!("{beside}only the context is passed by reference, and here are two references"),
                        "a message owns its fields: take this parameter by value, such as `String` for `&str`",
                    );
                    self.sound = false;
                    // The client's method keeps it, so that calls of it do not fail as well.
                    self.add_owned(parameter, position, itself);
                } else {
                    self.arguments.push(Argument::Context(to.elem.to_token_stream()));
                }
            }
            _ => self.add_owned(parameter, position, itself),
        }
    }

    fn add_owned(&mut self, parameter: &PatType, position: usize, itself: &TokenStream) {
        let name = self.free_name(&parameter.pat, position);
        let ty = without_self(parameter.ty.to_token_stream(), itself);
        self.arguments.push(Argument::Owned(Field { name, ty }));
    }

    /// The parameter's own name, or one after its position if it is a pattern, such as `Timeout: Timeout`.
    fn free_name(&self, pattern: &Pat, position: usize) -> Ident {
        if let Pat::Ident(named) = pattern
            && named.by_ref.is_none()
            && named.subpat.is_none()
            && !named.ident.to_string().starts_with(char::is_uppercase)
        {
            return named.ident.clone();
        }
        let mut name = format_ident!("arg{position}", span = pattern.span());
        while self.owned().any(|field| field.name == name) {
            name = format_ident!("{name}_");
        }
        name
    }

    /// The parameters that a message must bring.
    pub(crate) fn owned(&self) -> impl Iterator<Item = &Field> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Owned(field) => Some(field),
            Argument::Context(_) | Argument::State(_) => None,
        })
    }

    /// Where a promise about the returned value is shown.
    pub(crate) fn output_place(&self) -> Span {
        self.output.as_ref().map_or(self.name.span(), |output| output.place)
    }

    /// `Self::name(receiver, ..)`, awaited if need be, with `owned` for the parameters by value.
    pub(crate) fn invocation(
        &self,
        runtime: &Runtime,
        receiver: Option<TokenStream>,
        mut owned: impl FnMut(&Field) -> TokenStream,
    ) -> TokenStream {
        let process = self.of_trait.as_ref().map_or_else(|| quote!(Self), |OfTrait { server, .. }| quote!(#server));
        let arguments = self.arguments.iter().map(|argument| match argument {
            Argument::Owned(field) => owned(field),
            Argument::State(ty) => {
                let state = shown_as(&state(), place_of(ty));
                quote!(#state)
            }
            Argument::Context(ty) => {
                let cx = context();
                let of = Ident::new(self.lent_by, Span::call_site());
                call(&of_type(ty, &quote!(#runtime::#of<#process>), "lent"), quote!(#cx), ty)
            }
        });
        let arguments = receiver.into_iter().chain(arguments);
        let name = &self.name;
        let place = shown_at(name.span());
        let wait = self.waits.then(|| quote_spanned!(place=> .await));
        // Where the state cannot be shared, the type is not found, and the future is not looked at.
        let itself = match (&self.of_trait, &self.shares) {
            // What a future of a trait may hold is asked of it by the trait.
            (Some(OfTrait { name, .. }), _) => quote_spanned!(place=> <Self as #name>),
            (None, Some(receiver)) if self.waits => {
                let ty = quote_spanned!(place_of(receiver)=> Self);
                let itself = of_type_at(&ty, &quote!(#runtime::Shared), "Itself", receiver);
                quote!(<#itself>)
            }
            _ => quote_spanned!(place=> Self),
        };
        quote_spanned!(place=> #itself::#name(#(#arguments),*) #wait)
    }
}

impl Output {
    /// Reads a return type, writing `itself` for `Self`.
    pub(crate) fn read(ty: &Type, itself: &TokenStream) -> Self {
        Self {
            ty: without_self(ty.to_token_stream(), itself),
            place: place_of(ty),
            nameless: mentions(ty, "impl"),
            borrowed: matches!(reference(ty), Some(to) if !lives_for_ever(to)) || elided(ty).is_some(),
        }
    }
}

impl Field {
    /// The field as a parameter.
    pub(crate) fn declared(&self) -> TokenStream {
        let Self { name, ty } = self;
        quote!(#name: #ty)
    }

    /// A name for the field inside generated functions.
    pub(crate) fn local(&self) -> TokenStream {
        let name = &self.name;
        quote!(#name)
    }
}

/// Checks that a callback looks at its server or machine, `what`, through `&self` or `&mut self`.
pub(crate) fn require_self(method: &Method, mark: &str, what: &str, errors: &mut Errors) -> bool {
    let help = "write `&self`, or `&mut self` to change the state";
    match method.signature.receiver() {
        None => {
            let name = &method.signature.ident;
            errors.at(name, format_args!("a `#[{mark}]` callback is a method, and `{name}` has no `self`"), help);
            false
        }
        Some(Receiver { kind: ReceiverKind::Reference(..), .. }) => true,
        Some(receiver) => {
            errors.at(
                receiver,
                format_args!("a `#[{mark}]` callback borrows its {what}, and `{}` does not", method.signature.ident),
                help,
            );
            false
        }
    }
}

/// The marked methods with what their marks mean; a method with two marks is what the first one says.
pub(crate) fn marked<'a, K>(
    methods: impl Iterator<Item = &'a Method>,
    kind: impl Fn(&Mark, &mut Errors) -> Option<K>,
    errors: &mut Errors,
) -> Vec<(K, &'a str, &'a Method)> {
    let mut marked = Vec::new();
    for method in methods {
        require_one_mark(method, errors);
        if let Some(mark) = method.marks.first()
            && let Some(kind) = kind(mark, errors)
        {
            marked.push((kind, mark.name.as_str(), method));
        }
    }
    marked
}

/// Reports a second mark on a method.
pub(crate) fn require_one_mark(method: &Method, errors: &mut Errors) {
    if let [first, others @ ..] = method.marks.as_slice() {
        for other in others {
            let (first, second) = (&first.name, &other.name);
            errors.at(
                &other.attribute,
                format_args!("`{}` is marked twice, `#[{first}]` and `#[{second}]`", method.signature.ident),
                "a method answers to one mark: keep one, and write another method for the other",
            );
        }
    }
}

/// Reports what a callback may not be: `const`, `unsafe`, `extern`, variadic, generic.
pub(crate) fn refuse_modifiers(method: &Method, mark: &str, errors: &mut Errors) -> bool {
    let signature = &method.signature;
    let mut refused: Vec<(TokenStream, &str)> = Vec::new();
    if let Some(constness) = &signature.constness {
        refused.push((quote!(#constness), "`const`"));
    }
    match &signature.safety {
        Safety::Default => {}
        Safety::Unsafe(unsafety) => refused.push((quote!(#unsafety), "`unsafe`")),
        Safety::Safe(safety) => refused.push((quote!(#safety), "`safe`")),
    }
    if let Some(abi) = &signature.abi {
        refused.push((quote!(#abi), "`extern`"));
    }
    if let Some(variadic) = &signature.variadic {
        refused.push((quote!(#variadic), "variadic"));
    }
    let name = &signature.ident;
    for (tokens, what) in &refused {
        errors.at(
            tokens,
            format_args!("the `#[{mark}]` callback `{name}` cannot be {what}"),
            "write a plain `fn` or `async fn`",
        );
    }
    let generics = &signature.generics;
    let general = !generics.params.is_empty() || generics.where_clause.is_some();
    if let Some(lifetime) = generics.lifetimes().next()
        && generics.lifetimes().count() == generics.params.len()
    {
        errors.at(
            &lifetime.lifetime,
            format_args!("the `#[{mark}]` callback `{name}` cannot have a lifetime, for a message owns its fields"),
            "leave it out: `&self`, `&mut self` and `cx: &mut Context<Self>` need none",
        );
    } else if general {
        let (params, bounds) = (&generics.params, &generics.where_clause);
        errors.at(
            if params.is_empty() { quote!(#bounds) } else { quote!(#params) },
            format_args!(
                "the `#[{mark}]` callback `{name}` cannot be generic, for nobody chooses a type when it is called"
            ),
            "put the parameter on the `impl` and on the struct, or name the type",
        );
    }
    refused.is_empty() && !general
}

/// The user's attributes of one name, which go to what is generated.
pub(crate) fn carried(attributes: &[Attribute], name: &str) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident(name)).cloned().collect()
}

pub(crate) fn typed(argument: &FnArg) -> Option<&PatType> {
    match argument {
        FnArg::Typed(parameter) => Some(parameter),
        FnArg::Receiver(_) => None,
    }
}

/// The reference that a type is, seen through parentheses and the groups that `macro_rules` leave.
pub(crate) fn reference(ty: &Type) -> Option<&syn::TypeReference> {
    match ty {
        Type::Reference(to) => Some(to),
        Type::Group(group) => reference(&group.elem),
        Type::Paren(group) => reference(&group.elem),
        _ => None,
    }
}

fn lives_for_ever(reference: &syn::TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}

/// The lifetime `'_` in a type, but for those of functions in it.
fn elided(ty: &Type) -> Option<TokenStream> {
    let mut before: Option<TokenTree> = None;
    for tree in ty.to_token_stream() {
        if let (Some(TokenTree::Punct(tick)), TokenTree::Ident(name)) = (&before, &tree)
            && tick.as_char() == '\''
            && name == "_"
        {
            return Some([before?, tree].into_iter().collect());
        }
        before = Some(tree);
    }
    None
}

/// The names of the locals that dispatch works with.
pub(crate) fn context() -> Ident {
    hidden("cx")
}

/// The local that holds the state of a machine, or lends it.
pub(crate) fn state() -> Ident {
    hidden("state")
}

/// The functions by which a process is started.
pub(crate) const STARTS: &[&str] = &["start", "start_link", "child"];

/// Reports functions that stand where the macro puts `reserved` ones of its own, and gives their names.
pub(crate) fn refuse_reserved(block: &Block, reserved: &[&str], errors: &mut Errors) -> Vec<String> {
    let mut taken = Vec::new();
    for method in block.methods() {
        let name = &method.signature.ident;
        if reserved.iter().any(|reserved| name == reserved) {
            errors.at(
                name,
                format_args!("the macro writes a function `{name}` of its own here"),
                "give this one another name",
            );
            taken.push(name.to_string());
        }
    }
    taken
}
