//! `#[application(..)]` on the struct: what it is called, what it needs, and when.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, ItemStruct, Token, Type, parse_quote};

use super::model::refuse_generics;
use crate::callback::carried;
use crate::client::read_struct;
use crate::errors::{Errors, list};
use crate::options::{Entry, Place, Value, entries};
use crate::runtime::{Runtime, lenient};
use crate::tokens::{applied, call, of_type, shown_at, text};
use crate::values;

/// What the struct says of the application.
struct Declaration {
    runtime: Runtime,
    item: ItemStruct,
    name: String,
    /// Calls on `About::new(..)`, one for each option that was given.
    about: Vec<TokenStream>,
    /// Whether its configuration is read, rather than `Default`.
    is_read: bool,
    required: Vec<Type>,
    optional: Vec<Type>,
    phases: Vec<Ident>,
}

/// Expands `#[application(arguments)] struct ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let generated = match read_struct(item, "application", &mut errors) {
        Ok(item) if !item.generics.params.is_empty() => {
            refuse_generics(&item.generics.params, &mut errors);
            item.into_token_stream()
        }
        Ok(item) => Declaration::read(arguments, item, &mut errors).expand(),
        Err(item) => item,
    };
    [generated, errors.finish()].into_iter().collect()
}

impl Declaration {
    fn read(arguments: TokenStream, item: ItemStruct, errors: &mut Errors) -> Self {
        let name = snake(&item.ident.unraw().to_string());
        let mut read = Self {
            runtime: Runtime::default(),
            item,
            name,
            about: Vec::new(),
            is_read: false,
            required: Vec::new(),
            optional: Vec::new(),
            phases: Vec::new(),
        };
        for entry in entries(Place::ApplicationStruct, arguments, errors) {
            read.option(&entry, errors);
        }
        read.check_depends(errors);
        read
    }

    fn option(&mut self, entry: &Entry, errors: &mut Errors) {
        match entry.word().as_str() {
            "crate" => self.runtime = values::runtime(entry, errors).unwrap_or_default(),
            "name" => {
                if let Some(name) = name(entry, errors) {
                    self.name = name;
                }
            }
            "shutdown_timeout" if values::is_word(entry, "infinity") => {}
            "shutdown_timeout" => {
                let time = values::some_time(entry, &["infinity"], "a stop needs time", errors);
                let time = time.map(values::duration_tokens);
                self.about.extend(time.map(|time| quote!(.shutdown_timeout(#time))));
            }
            "config" => {
                self.is_read = true;
                if !matches!(entry.value, Value::Absent) {
                    let file = values::text(entry, "config = \"bank.toml\"", errors);
                    self.about.extend(file.map(|file| quote!(.file(#file))));
                }
            }
            "phases" => match phases(entry, errors) {
                Some(phases) => self.phases = phases,
                None => self.about.push(quote!(.unread())),
            },
            word => {
                let types = types(entry, errors);
                if word == "depends" { self.required = types } else { self.optional = types }
            }
        }
    }

    /// Reports an application that depends on itself, or on another one twice, as far as the words tell.
    fn check_depends(&mut self, errors: &mut Errors) {
        let mut seen: Vec<String> = Vec::new();
        let ident = &self.item.ident;
        let mut is_sound = |ty: &Type| {
            let told = text(ty);
            let itself = ident == &told;
            let twice = seen.contains(&told);
            if itself {
                errors.at(
                    ty,
                    format_args!("`{told}` cannot depend on itself: nobody would be started first"),
                    "leave it out",
                );
            } else if twice {
                errors.at(ty, format_args!("`{told}` is named twice"), "an application is either required or optional");
            }
            seen.push(told);
            !itself && !twice
        };
        self.required.retain(&mut is_sound);
        self.optional.retain(&mut is_sound);
    }

    fn expand(&self) -> TokenStream {
        let Self { runtime, item, name, about, required, optional, .. } = self;
        let ident = &item.ident;
        let listed = self.phases.iter().map(|phase| {
            let told = phase.unraw().to_string();
            let missing = format!(
                "the phase `{told}` has no callback\n\nhelp: write `#[phase] async fn {told}(&self) -> Result<(), E>` \
                 in the `#[application] impl`, or take it out of `phases(..)`"
            );
            quote!((#told, #missing))
        });
        let phases = (!self.phases.is_empty()).then(|| quote!(.phases(&[#(#listed),*])));
        let source = if self.is_read { quote!(FromConfig) } else { quote!(FromDefault) };
        let dependency = |ty: &Type, of: TokenStream, made: &str| {
            let ty = ty.to_token_stream();
            call(&of_type(&ty, &of, made), TokenStream::new(), &ty)
        };
        let required = required.iter().map(|ty| dependency(ty, quote!(#runtime::Required), "required"));
        let optional = optional.iter().map(|ty| dependency(ty, quote!(#runtime::Optional), "optional"));
        let dependencies: Vec<_> = required.chain(optional).collect();
        let depends = (!dependencies.is_empty()).then(|| {
            quote! {
                fn depends() -> #runtime::Vec<#runtime::Dependency> {
                    #runtime::Vec::from([#(#dependencies),*])
                }
            }
        });
        let fields = item.fields.iter().map(|field| {
            let cfg = carried(&field.attrs, "cfg");
            let check = applied(quote!(#runtime::Part), &field.ty.to_token_stream());
            quote!(#(#cfg)* _: #check,)
        });
        let lenient = lenient();
        let parts = (!item.fields.is_empty()).then(|| quote!(const _: () = { #lenient fn __parts(#(#fields)*) {} };));
        // The promise is broken at the name, where nobody kept it.
        let at = shown_at(ident.span());
        let road = runtime.at(ident.span());
        let promise = quote_spanned!(at=> const _: () = #road::assert_application::<#ident>(););
        let mut item = item.clone();
        item.attrs.extend(self.docs());
        quote! {
            #item
            #parts
            #[automatically_derived]
            #lenient
            impl #runtime::Described for #ident {
                const ABOUT: #runtime::About = #runtime::About::new(#name) #(#about)* #phases;
                type Source = #runtime::#source;
                #depends
            }
            #promise
        }
    }
}

impl Declaration {
    /// What the attribute says, for who reads the documentation.
    fn docs(&self) -> Vec<Attribute> {
        let Self { name, required, optional, phases, .. } = self;
        let told = |words: Vec<String>| list(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let mut lines = Vec::new();
        if !required.is_empty() {
            lines.push(format!("It starts after {}.", told(required.iter().map(text).collect())));
        }
        if !optional.is_empty() {
            let optional = told(optional.iter().map(text).collect());
            lines.push(format!("If the program has loaded them, it starts after {optional}, too."));
        }
        if !phases.is_empty() {
            let phases = told(phases.iter().map(|phase| phase.unraw().to_string()).collect());
            lines.push(format!("Its start phases are {phases}, in this order."));
        }
        if lines.is_empty() {
            return Vec::new();
        }
        let docs = format!("# The application `{name}`\n\n{}", lines.join("\n"));
        vec![parse_quote!(#[doc = ""]), parse_quote!(#[doc = #docs])]
    }
}

/// The name: a word, for it is a table of the file and the beginning of environment variables.
fn name(entry: &Entry, errors: &mut Errors) -> Option<String> {
    const EXAMPLE: &str = "name = \"bank\"";
    let name = values::text(entry, EXAMPLE, errors)?;
    let told = name.value();
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if told.chars().all(is_word) {
        return Some(told);
    }
    errors.at(
        &name,
        format_args!("`{told}` is no name of an application"),
        format_args!(
            "it is made of lower case letters, digits and `_`, for it names a table of its configuration: `{EXAMPLE}`"
        ),
    );
    None
}

/// `phases(warm_up, open)`
fn phases(entry: &Entry, errors: &mut Errors) -> Option<Vec<Ident>> {
    const EXAMPLE: &str = "write `phases(warm_up, open)`, in the order in which they are run";
    let Value::Holds(group) = &entry.value else {
        errors.at(entry, "`phases` has its phases in parentheses", EXAMPLE);
        return None;
    };
    let Ok(words) = Punctuated::<Ident, Token![,]>::parse_terminated.parse2(group.stream()) else {
        errors.at(group.stream(), "a phase is one word, the name of its callback", EXAMPLE);
        return None;
    };
    let mut phases: Vec<Ident> = Vec::new();
    for word in words {
        if phases.contains(&word) {
            errors.at(&word, format_args!("the phase `{word}` is listed twice"), "a phase is run once");
        } else {
            phases.push(word);
        }
    }
    Some(phases)
}

/// `depends(Metrics, log::Log)`
fn types(entry: &Entry, errors: &mut Errors) -> Vec<Type> {
    let key = entry.word();
    let Value::Holds(group) = &entry.value else {
        errors.at(
            entry,
            format_args!("`{key}` has its applications in parentheses"),
            format_args!("write `{key}(Metrics)`, with the types of other applications"),
        );
        return Vec::new();
    };
    let types = Punctuated::<Type, Token![,]>::parse_terminated.parse2(group.stream());
    if types.is_err() {
        errors.at(
            group.stream(),
            format_args!("`{key}` names the types of other applications, with commas between them"),
            format_args!("write `{key}(Metrics, Tracing)`"),
        );
    }
    types.into_iter().flatten().collect()
}

/// `bank_app` for `BankApp`.
fn snake(name: &str) -> String {
    let mut told = String::new();
    let mut before = '_';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = letter.is_uppercase()
            && before != '_'
            && (!before.is_uppercase() || letters.peek().is_some_and(|next| next.is_lowercase()));
        if begins {
            told.push('_');
        }
        told.extend(letter.to_lowercase());
        before = letter;
    }
    told
}
