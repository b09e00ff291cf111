//! The model of a supervisor: its children, in the order of their start.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, Generics, PatType, Receiver, ReceiverKind, ReturnType, Visibility};

use super::words::Words;
use crate::block::{APPLICATION_MARKS, Block, MACHINE_MARKS, Mark, Method};
use crate::callback::{STARTS, carried, reference, refuse_modifiers, refuse_reserved, require_one_mark};
use crate::client::Names;
use crate::errors::Errors;
use crate::runtime::Runtime;
use crate::tokens::{mentions, pascal, without_self};

/// A supervisor, ready to be written.
pub(super) struct Supervisor {
    pub(super) runtime: Runtime,
    pub(super) generics: Generics,
    pub(super) names: Names,
    /// The enum of the children's names.
    pub(super) enumeration: Ident,
    pub(super) children: Vec<Child>,
    /// Functions of the user's that stand where `start` and its kin would.
    pub(super) taken: Vec<String>,
}

/// A method that describes the start of a child.
pub(super) struct Child {
    pub(super) name: Ident,
    /// Its name among the children.
    pub(super) variant: Ident,
    pub(super) docs: Vec<Attribute>,
    pub(super) cfg: Vec<Attribute>,
    pub(super) visibility: Visibility,
    /// The return type as written; `None` where there is none to be used.
    pub(super) described: Option<Described>,
    pub(super) words: Words,
    /// The type of the supervisor's client, if it takes that to find its siblings.
    pub(super) siblings: Option<TokenStream>,
    /// Whether it can be called; if not, that was reported.
    pub(super) sound: bool,
}

/// What a child's method returns.
pub(super) struct Described {
    pub(super) ty: TokenStream,
}

impl Supervisor {
    /// Reads the model; gives nothing where no skeleton can stand.
    pub(super) fn read(runtime: Runtime, block: &Block, errors: &mut Errors) -> Option<Self> {
        let names = Names::read(block, "supervisor", errors)?;
        let mut children: Vec<Child> = Vec::new();
        let mut marked = false;
        for method in block.methods() {
            require_one_mark(method, errors);
            let Some(mark) = method.marks.first() else {
                continue;
            };
            marked = true;
            if mark.name != "child" {
                let name = &mark.name;
                if APPLICATION_MARKS.contains(&name.as_str()) {
                    errors.at(
                        &mark.attribute,
                        format_args!("a supervisor has no `#[{name}]`"),
                        "it belongs to an `#[application] impl`, whose `#[start]` starts the supervisor",
                    );
                    continue;
                }
                let home = if MACHINE_MARKS.contains(&name.as_str()) { "gen_statem(..)" } else { "gen_server" };
                errors.at(
                    &mark.attribute,
                    format_args!("a supervisor has no `#[{name}]`"),
                    format_args!(
                        "it only looks after its children: put the callback on a `#[{home}]` and that in a `#[child]`"
                    ),
                );
                continue;
            }
            let mut child = Child::read(method, mark, &names.itself, errors);
            let twin = children.iter().find(|other| other.name == child.name);
            if twin.is_some_and(|twin| twin.cfg.is_empty() || child.cfg.is_empty()) {
                errors.at(&child.name, format_args!("two children are called `{}`", child.name), "rename one of them");
                continue;
            }
            child.refuse_variant(&children, errors);
            children.push(child);
        }
        if !marked {
            errors.at(
                &block.itself,
                format_args!("the supervisor `{}` has no children", names.ident),
                "add `#[child] fn name(&self) -> Child<Server> { Server::child(..) }`",
            );
        }
        let taken = refuse_reserved(block, STARTS, errors);
        let enumeration = format_ident!("{}Child", names.ident, span = names.ident.span());
        Some(Self { runtime, generics: block.generics.clone(), names, enumeration, children, taken })
    }
}

impl Child {
    fn read(method: &Method, mark: &Mark, itself: &TokenStream, errors: &mut Errors) -> Self {
        let signature = &method.signature;
        let mut sound = refuse_modifiers(method, "child", errors);
        sound &= check_parameters(method, errors);
        if let Some(waits) = &signature.asyncness {
            errors.at(
                waits,
                "`#[child]` describes a start, and does not wait for it",
                "write a plain `fn`: what has to be awaited belongs in the `#[init]` of the child",
            );
            sound = false;
        }
        if signature.ident == "clone" {
            errors.at(
                &signature.ident,
                "a client has a `clone` already, which makes another handle to the same supervisor",
                "give the child another name",
            );
            sound = false;
        }
        let described = match &signature.output {
            // A type parameter of the method would mean nothing to the client; it was reported.
            ReturnType::Type(..) if !signature.generics.params.is_empty() => None,
            ReturnType::Type(_, ty) if !mentions(ty, "impl") => {
                Some(Described { ty: without_self(quote!(#ty), itself) })
            }
            ReturnType::Type(_, ty) => {
                errors.at(ty, "`#[child]` names what it starts", "write `-> Child<Server>` with the server's type");
                None
            }
            ReturnType::Default => {
                errors.at(
                    &signature.ident,
                    format_args!("the child `{}` does not say what it is", signature.ident),
                    "return the description of a start: `-> Child<Server>`",
                );
                None
            }
        };
        let words = Words::read(mark, errors);
        Self {
            name: signature.ident.clone(),
            variant: pascal(&signature.ident),
            docs: carried(&method.attributes, "doc"),
            cfg: carried(&method.attributes, "cfg"),
            visibility: method.visibility.clone(),
            siblings: method.signature.inputs.iter().find_map(|input| match input {
                FnArg::Typed(PatType { ty, .. }) => reference(ty).map(|to| to.elem.to_token_stream()),
                FnArg::Receiver(_) => None,
            }),
            sound: sound && described.is_some(),
            described,
            words,
        }
    }
}

impl Child {
    /// Two names may differ, and yet be the same among the children.
    fn refuse_variant(&mut self, others: &[Self], errors: &mut Errors) {
        if let Some(twin) = others.iter().find(|other| other.name != self.name && other.variant == self.variant) {
            let Self { name, variant, .. } = self;
            errors.at(
                &*name,
                format_args!("`{}` and `{name}` would both be `{variant}` among the children", twin.name),
                "give one of the children another name",
            );
            self.variant = format_ident!("{variant}_");
            self.sound = false;
        }
    }
}

/// Checks that a child looks at its supervisor and takes nothing else.
fn check_parameters(method: &Method, errors: &mut Errors) -> bool {
    let mut sound = true;
    match method.signature.receiver() {
        Some(Receiver { kind: ReceiverKind::Reference(_, _, None), .. }) => {}
        Some(receiver) => {
            errors.at(receiver, "`#[child]` only looks at the supervisor", "write `&self`");
            sound = false;
        }
        None => {
            let name = &method.signature.ident;
            errors.at(name, format_args!("the child `{name}` is a method, and has no `self`"), "write `&self`");
            sound = false;
        }
    }
    let parameters: Vec<_> = method.signature.inputs.iter().filter(|input| matches!(input, FnArg::Typed(_))).collect();
    let is_client = |input: &FnArg| matches!(input, FnArg::Typed(typed) if reference(&typed.ty).is_some());
    let sound_parameters = match parameters.as_slice() {
        [] => true,
        [only] => is_client(only),
        _ => false,
    };
    if !sound_parameters {
        errors.at(
            quote!(#(#parameters),*),
            "`#[child]` takes nothing but `&self` and the supervisor's client, for it is run anew at each restart",
            "make this a field of the supervisor; to reach a sibling, take `bank: &BankClient`",
        );
        sound = false;
    }
    sound
}
