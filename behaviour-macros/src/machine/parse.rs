//! The first look at a `#[gen_statem(Light)] impl`: which methods are marked, and with what.
//!
//! Here an attribute becomes a [`Kind`]; whether the method fits its kind is
//! the model's to judge.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::of_state;
use crate::block::{Block, Mark};
use crate::errors::Errors;
use crate::options::{Entry, Place, Value, closest, entries, known, words};
use crate::runtime::Runtime;
use crate::tokens::text;
use crate::values;

/// What was written.
pub(super) struct Source {
    pub(super) runtime: Runtime,
    /// The enum of the states; nothing if the attribute does not name it.
    pub(super) states: Option<syn::Path>,
    pub(super) block: Block,
}

/// What a method is marked as.
pub(super) enum Kind {
    Init,
    Event(Event),
    Enter,
    Terminate,
    FormatStatus,
    CodeChange,
}

/// What the mark of an event says.
pub(super) struct Event {
    pub(super) comes: Comes,
    /// The name of a call or a cast, if it is not that of the method.
    pub(super) name: Option<Ident>,
    pub(super) later: bool,
    pub(super) queued: bool,
    pub(super) others: Option<Others>,
    /// The time after which it comes, from the entry to the state, and how it is written.
    pub(super) after: Option<(Duration, String)>,
}

/// How an event comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comes {
    Call,
    Cast,
    Info,
    Internal,
    Timeout,
    StateTimeout,
    EventTimeout,
}

/// `else = ignore`
pub(super) struct Others {
    pub(super) postpone: bool,
    /// The whole of the words; nothing if they are wrong, which was reported.
    pub(super) shown: Option<TokenStream>,
}

impl Comes {
    /// The mark in words, with its article.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Call => "a `#[call]`",
            Self::Cast => "a `#[cast]`",
            Self::Info => "an `#[info]`",
            Self::Internal => "an `#[internal]`",
            Self::Timeout => "a `#[timeout]`",
            Self::StateTimeout => "a `#[state_timeout]`",
            Self::EventTimeout => "an `#[event_timeout]`",
        }
    }

    fn place(self) -> Place {
        match self {
            Self::Call => Place::MachineCall,
            Self::Cast => Place::MachineEvent("`#[cast]`"),
            Self::Info => Place::MachineEvent("`#[info]`"),
            Self::Internal => Place::MachineEvent("`#[internal]`"),
            Self::Timeout => Place::MachineEvent("`#[timeout]`"),
            Self::StateTimeout => Place::MachineEvent("`#[state_timeout]`"),
            Self::EventTimeout => Place::MachineEvent("`#[event_timeout]`"),
        }
    }
}

/// Reads `#[gen_statem(arguments)] item`; fails only where the item is no impl at all.
pub(super) fn parse(arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> syn::Result<Source> {
    let mut runtime = Runtime::default();
    let states = of_state(arguments, errors).map(|of| {
        for entry in entries(Place::GenStatemImpl, of.rest, errors) {
            runtime = values::runtime(&entry, errors).unwrap_or_default();
        }
        of.path
    });
    let block = Block::read(item, errors)?;
    Ok(Source { runtime, states, block })
}

pub(super) fn kind(mark: &Mark, errors: &mut Errors) -> Option<Kind> {
    let event = |comes, errors: &mut Errors| Some(Kind::Event(event(mark, comes, errors)));
    let kind = match mark.name.as_str() {
        "call" => return event(Comes::Call, errors),
        "cast" => return event(Comes::Cast, errors),
        "info" => return event(Comes::Info, errors),
        "internal" => return event(Comes::Internal, errors),
        "timeout" => return event(Comes::Timeout, errors),
        "state_timeout" => return event(Comes::StateTimeout, errors),
        "event_timeout" => return event(Comes::EventTimeout, errors),
        "init" => Kind::Init,
        "enter" => Kind::Enter,
        "terminate" => Kind::Terminate,
        "format_status" => Kind::FormatStatus,
        "code_change" => Kind::CodeChange,
        other => {
            let help = match other {
                "continues" => {
                    "a machine goes on by itself with `cx.next_event(..)`, which an `#[internal]` handler answers"
                }
                "child" => "children belong to a `#[supervisor] impl`",
                "event" => "`#[event]` belongs to a `#[gen_event(..)] impl`",
                _ => "it belongs to an `#[application] impl`",
            };
            errors.at(&mark.attribute, format_args!("a machine has no `#[{other}]`"), help);
            return None;
        }
    };
    mark.no_arguments(errors);
    Some(kind)
}

/// `#[call(press, later, else = postpone)]`, `#[state_timeout(30s)]`
fn event(mark: &Mark, comes: Comes, errors: &mut Errors) -> Event {
    let mut event = Event { comes, name: None, later: false, queued: false, others: None, after: None };
    let (time, rest) = time(mark.arguments(errors));
    if let Some(time) = time {
        event.after = after(comes, &time, errors);
    }
    let mut words = words(rest, errors);
    let named = matches!(comes, Comes::Call | Comes::Cast);
    if named
        && let Some(first) = words.first()
        && is_name(first)
    {
        event.name = name(&words.remove(0), errors);
    }
    if named && event.name.is_none() {
        event.name = late_name(&mut words, errors);
    }
    for entry in known(comes.place(), words, errors) {
        match entry.word().as_str() {
            "else" => event.others = Some(others(&entry, comes, errors)),
            word => {
                // A word with a value is an error, and still means what it says.
                entry.bare(errors);
                match word {
                    "later" => event.later = true,
                    _ => event.queued = true,
                }
            }
        }
    }
    event
}

/// A number at the head of the arguments is a time; the others are words.
fn time(arguments: TokenStream) -> (Option<TokenStream>, TokenStream) {
    let is_number = |tree: &TokenTree| match tree {
        TokenTree::Literal(_) => true,
        TokenTree::Punct(sign) => sign.as_char() == '-',
        TokenTree::Group(group) => syn::parse2::<syn::Lit>(group.stream()).is_ok(),
        TokenTree::Ident(_) => false,
    };
    let mut rest = arguments.into_iter().peekable();
    if !rest.peek().is_some_and(is_number) {
        return (None, rest.collect());
    }
    let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(comma) if comma.as_char() == ',');
    let mut time = TokenStream::new();
    for tree in rest.by_ref() {
        if is_comma(&tree) {
            break;
        }
        time.extend([tree]);
    }
    (Some(time), rest.collect())
}

fn after(comes: Comes, time: &TokenStream, errors: &mut Errors) -> Option<(Duration, String)> {
    let problem = format!("{} has no time of its own", comes.told());
    let help = match comes {
        // A time that is wrong still arms the timeout, so that no state is reported for not answering it.
        Comes::StateTimeout => return Some((values::time(time, errors).unwrap_or_default(), text(time))),
        Comes::EventTimeout => "arm it where it is needed, by `cx.event_timeout(..)`",
        Comes::Timeout => {
            "arm it where it is needed, by `cx.timer(..)`; what comes some time after the entry to a state is a \
             `#[state_timeout(30s)]`"
        }
        _ => "what comes some time after the entry to a state is a `#[state_timeout(30s)]`",
    };
    errors.at(time, problem, help);
    None
}

/// Whether the first word of a call or a cast is its name; the words of options are none, also where they are wrong.
fn is_name(first: &Entry) -> bool {
    matches!(first.value, Value::Absent) && !Place::MachineCall.knows(&first.word())
}

/// A name that stands behind an option, unless it is rather an option that is misspelt.
fn late_name(words: &mut Vec<Entry>, errors: &mut Errors) -> Option<Ident> {
    let misspelt = |word: &Entry| closest(&word.word(), Place::MachineCall.words()).is_some();
    let place = words.iter().position(|word| is_name(word) && !misspelt(word)).filter(|place| *place > 0)?;
    let word = words.remove(place);
    errors.at(&word, format_args!("the name of the event, `{}`, comes first", word.key), "write it before the options");
    name(&word, errors)
}

fn name(entry: &Entry, errors: &mut Errors) -> Option<Ident> {
    let key = &entry.key;
    let name = syn::parse2::<Ident>(quote::quote!(#key)).ok();
    if name.is_none() {
        let help = match key.to_string().as_str() {
            "self" | "Self" | "super" | "crate" | "_" => "give the event another name".to_owned(),
            word => format!("write `r#{word}`"),
        };
        errors.at(key, format_args!("`{key}` is a word of Rust's, and no name"), help);
    }
    name
}

/// Reads `else = ..`; one that is wrong still answers for the other states, so that these are not reported as well.
fn others(entry: &Entry, comes: Comes, errors: &mut Errors) -> Others {
    let shown = quote::ToTokens::to_token_stream(entry);
    let known: &[_] = if comes == Comes::Call { &["postpone"] } else { &["ignore", "postpone"] };
    if comes == Comes::Call && values::is_word(entry, "ignore") {
        errors.at(
            shown,
            "a call that is ignored leaves its caller without an answer",
            "write `else = postpone`, or answer in every state with a handler that takes the whole enum",
        );
        return Others { postpone: true, shown: None };
    }
    let word = values::choice(entry, known, errors);
    Others { postpone: word != Some("ignore"), shown: word.map(|_| shown) }
}
