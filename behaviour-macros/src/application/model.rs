//! The model of an application: its callbacks, by what they are for.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Receiver, ReceiverKind, ReturnType};

use crate::block::{Block, Mark, Method};
use crate::callback::{Output, carried, reference, refuse_modifiers, require_one_mark, typed};
use crate::client::Names;
use crate::errors::Errors;
use crate::runtime::Runtime;
use crate::tokens::without_self;

/// An application, ready to be written.
pub(super) struct Application {
    pub(super) runtime: Runtime,
    pub(super) names: Names,
    pub(super) callbacks: Vec<Callback>,
}

/// What a callback is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Phase,
    PrepStop,
    Stop,
    ConfigChange,
}

/// A method that the application controller calls.
pub(super) struct Callback {
    pub(super) kind: Kind,
    pub(super) name: Ident,
    pub(super) cfg: Vec<Attribute>,
    pub(super) waits: bool,
    /// The types that it takes by reference, in their order.
    pub(super) takes: Vec<TokenStream>,
    pub(super) output: Option<Output>,
    /// Whether it can be called; if not, that was reported.
    pub(super) sound: bool,
}

impl Kind {
    fn of(mark: &str) -> Option<Self> {
        Some(match mark {
            "start" => Self::Start,
            "phase" => Self::Phase,
            "prep_stop" => Self::PrepStop,
            "stop" => Self::Stop,
            "config_change" => Self::ConfigChange,
            _ => return None,
        })
    }

    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Phase => "phase",
            Self::PrepStop => "prep_stop",
            Self::Stop => "stop",
            Self::ConfigChange => "config_change",
        }
    }

    /// What it may take beside `&self`: how many references, what that is in words, and how it is written.
    fn takes(self) -> (usize, &'static str, &'static str) {
        const TOP: &str = "the client of what `#[start]` starts, by reference,";
        const WRITE: &str = "write `async fn name(&self, top: &TopClient)`: what else it needs is a field";
        match self {
            Self::Start => {
                (0, "nothing", "write `fn start(&self) -> Child<Top>`: what it needs are the fields of the application")
            }
            Self::Phase | Self::PrepStop => (1, TOP, WRITE),
            Self::Stop => (0, "nothing", "write `fn stop(&self)`: the tree has ended by then"),
            Self::ConfigChange => (
                2,
                "the application as it was before, and the client of what `#[start]` starts, by reference,",
                "write `fn name(&self, before: &Self)`, and `top: &TopClient` behind that if need be",
            ),
        }
    }
}

impl Application {
    /// Reads the model; gives nothing where no skeleton can stand.
    pub(super) fn read(runtime: Runtime, block: &Block, errors: &mut Errors) -> Option<Self> {
        let names = Names::read(block, "application", errors)?;
        if !block.generics.params.is_empty() {
            refuse_generics(&block.generics.params, errors);
            return None;
        }
        let mut callbacks: Vec<Callback> = Vec::new();
        for method in block.methods() {
            require_one_mark(method, errors);
            let Some(mark) = method.marks.first() else { continue };
            let Some(kind) = Kind::of(&mark.name) else {
                let name = &mark.name;
                errors.at(
                    &mark.attribute,
                    format_args!("an application has no `#[{name}]`"),
                    "it starts and stops a tree: put the callback on a behaviour, and start that in `#[start]`, or in a \
                     `#[child]` of what `#[start]` starts",
                );
                continue;
            };
            let callback = Callback::read(kind, method, mark, &names.itself, errors);
            let twin = callbacks.iter().find(|other| other.kind == kind && kind != Kind::Phase);
            match twin {
                Some(twin) if twin.cfg.is_empty() || callback.cfg.is_empty() => errors.at(
                    &callback.name,
                    format_args!("`{}` is a second `#[{}]` beside `{}`", callback.name, kind.mark(), twin.name),
                    format_args!("an application has one `#[{}]`: join the two", kind.mark()),
                ),
                _ => callbacks.push(callback),
            }
        }
        Some(Self { runtime, names, callbacks })
    }
}

impl Callback {
    fn read(kind: Kind, method: &Method, mark: &Mark, itself: &TokenStream, errors: &mut Errors) -> Self {
        mark.no_arguments(errors);
        let signature = &method.signature;
        let mut sound = refuse_modifiers(method, kind.mark(), errors);
        sound &= check_self(kind, method, errors);
        let (most, what, help) = kind.takes();
        let mut takes = Vec::new();
        for parameter in signature.inputs.iter().filter_map(typed) {
            match reference(&parameter.ty) {
                Some(to) if to.mutability.is_none() && takes.len() < most => {
                    takes.push(without_self(to.elem.to_token_stream(), itself));
                }
                _ => {
                    let and = if most == 0 { "" } else { " and nothing else" };
                    errors.at(parameter, format_args!("beside `&self`, `#[{}]` takes {what}{and}", kind.mark()), help);
                    sound = false;
                }
            }
        }
        if kind == Kind::ConfigChange && takes.is_empty() {
            errors.at(
                &signature.ident,
                "`#[config_change]` is told what the configuration was before, and this does not take it",
                help,
            );
            sound = false;
        }
        let output = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(Output::read(ty, itself)),
        };
        if kind == Kind::Start {
            sound &= check_start(method, output.as_ref(), errors);
        }
        Self {
            kind,
            name: signature.ident.clone(),
            cfg: carried(&method.attributes, "cfg"),
            waits: signature.asyncness.is_some(),
            takes,
            output,
            sound,
        }
    }

    /// Where a promise about the returned value is shown.
    pub(super) fn output_place(&self) -> Span {
        self.output.as_ref().map_or(self.name.span(), |output| output.place)
    }
}

/// Checks that a callback only looks at the application.
fn check_self(kind: Kind, method: &Method, errors: &mut Errors) -> bool {
    match method.signature.receiver() {
        Some(Receiver { kind: ReceiverKind::Reference(_, _, None), .. }) => true,
        Some(receiver) => {
            errors.at(
                receiver,
                format_args!("`#[{}]` only looks at the application, which is its configuration", kind.mark()),
                "write `&self`: what changes is the state of a server in the tree",
            );
            false
        }
        None => {
            let name = &method.signature.ident;
            errors.at(
                name,
                format_args!("a `#[{}]` callback is a method, and `{name}` has no `self`", kind.mark()),
                "write `&self`",
            );
            false
        }
    }
}

fn check_start(method: &Method, output: Option<&Output>, errors: &mut Errors) -> bool {
    const HELP: &str = "return the description of its top: `-> Child<Top>`, or `-> Result<Child<Top>, E>`";
    match output {
        None => {
            let name = &method.signature.ident;
            errors.at(name, format_args!("`#[start]` says what to start, and `{name}` returns nothing"), HELP);
            false
        }
        Some(output) if output.nameless => {
            errors.at(&output.ty, "`#[start]` names what it starts", HELP);
            false
        }
        Some(_) => true,
    }
}

/// Reports generics: an application is known by its type, and has one name.
pub(super) fn refuse_generics(params: &impl ToTokens, errors: &mut Errors) {
    errors.at(
        quote!(#params),
        "an application cannot be generic, for there is one of it in a program",
        "name the types; what its tree is made of may well be generic",
    );
}
