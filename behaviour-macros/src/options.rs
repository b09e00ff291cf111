//! The words in an attribute's brackets.
//!
//! An attribute holds words and numbers; code lives in methods. So its content
//! is always a list of entries, `word`, `key = value` or `key(..)`, split at the
//! commas. An entry that cannot be read is reported and left out, the others
//! still count.
//!
//! Which word is at home where stands in one table, [`Place`]. It serves to
//! name the right words after a wrong one, and the right place for a word
//! that stands in the wrong one.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use crate::errors::{Errors, list};

/// An attribute that takes words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    GenServerStruct,
    /// Has the options of the struct, which stands for both.
    GenServerTrait,
    Mailbox,
    GenServerImpl,
    Call,
    GenStatemEnum,
    GenStatemStruct,
    GenStatemImpl,
    /// `#[call]` of a machine
    MachineCall,
    /// Another mark of a machine's event, as it is written.
    MachineEvent(&'static str),
    GenEventStruct,
    GenEventImpl,
    /// `#[init]` of a handler
    HandlerInit,
    /// `#[call]` of a handler
    HandlerCall,
    SupervisorStruct,
    SupervisorImpl,
    Child,
    ApplicationStruct,
    ApplicationImpl,
    Backoff,
    Main,
    Test,
}

impl Place {
    const ALL: [Self; 15] = [
        Self::GenServerStruct,
        Self::Mailbox,
        Self::GenServerImpl,
        Self::Call,
        Self::GenStatemEnum,
        Self::GenStatemStruct,
        Self::GenStatemImpl,
        Self::SupervisorStruct,
        Self::SupervisorImpl,
        Self::Child,
        Self::ApplicationStruct,
        Self::ApplicationImpl,
        Self::Backoff,
        Self::Main,
        Self::Test,
    ];

    /// The place in words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GenServerStruct => "`#[gen_server]` on a struct",
            Self::GenServerTrait => "`#[gen_server]` on a trait",
            Self::Mailbox => "`mailbox(..)`",
            Self::GenServerImpl => "`#[gen_server]` on an impl",
            Self::Call | Self::MachineCall | Self::HandlerCall => "`#[call]`",
            Self::GenEventStruct => "`#[gen_event(..)]` on a struct",
            Self::GenEventImpl => "`#[gen_event(..)]` on an impl",
            Self::HandlerInit => "`#[init]`",
            Self::MachineEvent(mark) => mark,
            Self::GenStatemEnum => "`#[gen_statem(state)]` on an enum",
            Self::GenStatemStruct => "`#[gen_statem(..)]` on a struct",
            Self::GenStatemImpl => "`#[gen_statem(..)]` on an impl",
            Self::SupervisorStruct => "`#[supervisor]` on a struct",
            Self::SupervisorImpl => "`#[supervisor]` on an impl",
            Self::Child => "`#[child]`",
            Self::ApplicationStruct => "`#[application]` on a struct",
            Self::ApplicationImpl => "`#[application]` on an impl",
            Self::Backoff => "`backoff(..)`",
            Self::Main => "`#[behaviour::main]`",
            Self::Test => "`#[behaviour::test]`",
        }
    }

    /// The behaviour that the place belongs to.
    fn family(self) -> &'static str {
        match self {
            Self::GenServerStruct | Self::GenServerTrait | Self::Mailbox | Self::GenServerImpl | Self::Call => {
                "gen_server"
            }
            Self::GenStatemEnum
            | Self::GenStatemStruct
            | Self::GenStatemImpl
            | Self::MachineCall
            | Self::MachineEvent(_) => "gen_statem",
            Self::GenEventStruct | Self::GenEventImpl | Self::HandlerInit | Self::HandlerCall => "gen_event",
            Self::ApplicationStruct | Self::ApplicationImpl => "application",
            Self::SupervisorStruct | Self::SupervisorImpl | Self::Child | Self::Backoff => "supervisor",
            Self::Main | Self::Test => "entry",
        }
    }

    /// Whether the word is at home there.
    pub(crate) fn knows(self, word: &str) -> bool {
        self.words().contains(&word)
    }

    /// The words that are at home there.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::GenServerStruct | Self::GenServerTrait | Self::GenStatemStruct => {
                &["name", "mailbox", "call_timeout", "inline", "crate"]
            }
            Self::Mailbox => &["capacity", "when_full"],
            Self::GenServerImpl
            | Self::GenStatemEnum
            | Self::GenStatemImpl
            | Self::GenEventStruct
            | Self::GenEventImpl
            | Self::SupervisorImpl
            | Self::ApplicationImpl => &["crate"],
            Self::HandlerInit => &["swap"],
            Self::HandlerCall => &["queued"],
            Self::Call => &["later", "queued"],
            Self::MachineCall => &["later", "queued", "else"],
            Self::MachineEvent(_) => &["else"],
            Self::SupervisorStruct => {
                &["one_for_one", "one_for_all", "rest_for_one", "intensity", "period", "auto_shutdown", "name", "crate"]
            }
            Self::ApplicationStruct => {
                &["name", "config", "depends", "optional", "phases", "shutdown_timeout", "crate"]
            }
            Self::Child => &["permanent", "transient", "temporary", "significant", "shutdown", "backoff"],
            Self::Backoff => &["initial", "max", "factor", "jitter"],
            Self::Main | Self::Test => &["flavor", "worker_threads", "start_paused", "crate"],
        }
    }
}

/// One word of an attribute, with what is said of it.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What is said of a word.
pub(crate) enum Value {
    /// `word`
    Absent,
    /// `key = value`
    Is(TokenStream),
    /// `key(..)`
    Holds(Group),
}

impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let key = &self.key;
        match &self.value {
            Value::Absent => key.to_tokens(tokens),
            Value::Is(value) => tokens.extend(quote!(#key = #value)),
            Value::Holds(group) => tokens.extend(quote!(#key #group)),
        }
    }
}

impl Entry {
    /// The key as it is spelled.
    pub(crate) fn word(&self) -> String {
        self.key.unraw().to_string()
    }

    /// The value of `key = value`; anything else is an error that shows `example`.
    pub(crate) fn assigned(&self, example: &str, errors: &mut Errors) -> Option<&TokenStream> {
        if let Value::Is(value) = &self.value {
            return Some(value);
        }
        errors.at(self, format_args!("`{}` needs a value", self.key), format_args!("write `{example}`"));
        None
    }

    /// Makes sure that nothing is said of the word.
    pub(crate) fn bare(&self, errors: &mut Errors) -> bool {
        let bare = matches!(self.value, Value::Absent);
        if !bare {
            errors.at(self, format_args!("`{}` takes no value", self.key), format_args!("write `{}` alone", self.key));
        }
        bare
    }
}

/// Reads the entries of an attribute, keeping those that are known in `place`, each once.
pub(crate) fn entries(place: Place, tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let words = words(tokens, errors);
    known(place, words, errors)
}

/// Keeps the entries that are known in `place`, each once.
pub(crate) fn known(place: Place, words: Vec<Entry>, errors: &mut Errors) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for entry in words {
        let word = entry.word();
        if !place.knows(&word) {
            unknown(place, &entry, errors);
        } else if entries.iter().any(|known| known.word() == word) {
            errors.at(&entry, format_args!("`{word}` is given twice"), "keep one of the two");
        } else {
            entries.push(entry);
        }
    }
    entries
}

/// Reads the entries of an attribute, whatever their words.
pub(crate) fn words(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while rest.peek().is_some() {
        let tokens: TokenStream = std::iter::from_fn(|| {
            rest.next().filter(|tree| !matches!(tree, TokenTree::Punct(comma) if comma.as_char() == ','))
        })
        .collect();
        match entry(tokens.clone()) {
            Some(entry) => entries.push(entry),
            None => errors.at(
                tokens,
                "this is no option",
                "an option is `word`, `key = value` or `key(..)`, with commas between them",
            ),
        }
    }
    entries
}

fn entry(tokens: TokenStream) -> Option<Entry> {
    let mut rest = tokens.into_iter();
    let Some(TokenTree::Ident(key)) = rest.next() else {
        return None;
    };
    let value = match rest.next() {
        None => Value::Absent,
        Some(TokenTree::Punct(sign)) if sign.as_char() == '=' => {
            let value: TokenStream = rest.by_ref().collect();
            if value.is_empty() {
                return None;
            }
            Value::Is(value)
        }
        Some(TokenTree::Group(group)) => Value::Holds(group),
        Some(_) => return None,
    };
    rest.next().is_none().then_some(Entry { key, value })
}

/// Says what to write in place of a word that is not known in `place`.
fn unknown(place: Place, entry: &Entry, errors: &mut Errors) {
    let word = entry.word();
    let known = place.words();
    let mut help = match closest(&word, known) {
        Some(close) => format!("did you mean `{close}`? "),
        None => String::new(),
    };
    if help.is_empty() {
        let at_home = |other: &Place| other.knows(&word) && other.name() != place.name();
        let mut homes: Vec<_> = Place::ALL.into_iter().filter(at_home).collect();
        if homes.iter().any(|home| home.family() == place.family()) {
            homes.retain(|home| home.family() == place.family());
        } else {
            // A machine has the options of a server, which stands for both.
            let elsewhere = homes.iter().any(|home| home.family() != "gen_statem");
            homes.retain(|home| !elsewhere || home.family() != "gen_statem");
        }
        if let [first, others @ ..] = homes.as_slice() {
            let others: String = others.iter().flat_map(|other| [" and ", other.name()]).collect();
            help = format!("`{word}` belongs to {}{others}\nhelp: ", first.name());
        }
    }
    let verb = if known.len() == 1 { "takes only" } else { "takes" };
    errors.at(
        &entry.key,
        format_args!("{} has no option `{word}`", place.name()),
        format_args!("{help}{} {verb} {}", place.name(), list(known)),
    );
}

/// The word that was probably meant: one with at most two letters changed, added or left out.
pub(crate) fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, close) = known.iter().map(|candidate| (distance(word, candidate), *candidate)).min()?;
    (distance <= 2 && distance < close.len()).then_some(close)
}

/// The edit distance between two words.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.bytes().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, other) in to.bytes().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::{Place, closest, entries};
    use crate::errors::Errors;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(closest("latr", &["later", "queued"]), Some("later"));
        assert_eq!(closest("call_timeuot", &["name", "call_timeout"]), Some("call_timeout"));
        assert_eq!(closest("restart", &["name", "call_timeout"]), None);
    }

    #[test]
    fn good_options_count_beside_bad_ones() {
        let mut errors = Errors::new();
        let tokens = quote!(name = "a", 5, name = "b", period = 5s, inline = true,);
        let read = entries(Place::GenServerStruct, tokens, &mut errors);
        let keys: Vec<_> = read.iter().map(super::Entry::word).collect();
        assert_eq!(keys, ["name", "inline"]);
        let text = errors.finish().to_string();
        for part in ["this is no option", "`name` is given twice", "`period` belongs to `#[supervisor]` on a struct"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
