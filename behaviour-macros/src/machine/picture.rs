//! What is drawn of a machine: its transitions as a table, as a diagram, and as data.
//!
//! A picture is made of rows, one for each thing that an event does in a state.
//! It shows what the signatures tell: a handler that takes `Red` and returns
//! `Green` is an arrow between the two. A handler that answers for the whole
//! enum answers in each state that has no handler of its own for the event. The
//! arrow is drawn from each of these as long as all states are known here, which
//! they are if each target has a name: a state that nothing leads to is an
//! error, so whichever state there is was named. Where some handler may lead
//! anywhere, or returns the enum, one pseudo state, "any state", stands for what
//! the macro cannot know.
//!
//! What stays where it is, and what is ignored or postponed, is in the table and
//! not in the diagram.

mod text;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Generics};

use self::text::{Line, anywhere, code, docs, label};
pub(super) use self::text::{id, joined};
use super::generics::mentioned;
use crate::runtime::{Runtime, lenient};

/// One side of a transition.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum End {
    /// By the name of its variant.
    State(String),
    /// The whole enum.
    Any,
}

/// Where an event leads.
#[derive(Clone)]
pub(super) enum Leads {
    /// The handler borrows the state.
    Stays,
    /// The handler takes the state and returns one of these.
    To(Vec<End>),
    /// `else = ignore`
    Ignored,
    /// `else = postpone`
    Postponed,
}

/// What one event does in one state.
pub(super) struct Row {
    /// `Any` for a handler of the whole enum and for `else = ..`: the states without a handler of their own.
    pub(super) from: End,
    /// The event as it is told: `go`, `Down`.
    pub(super) event: String,
    /// Which event it is; rows of one event have the same number.
    pub(super) group: usize,
    /// What kind of event it is, `call`, `cast`, `state timeout 30s`.
    pub(super) kind: String,
    pub(super) leads: Leads,
    /// The conditions of the handler.
    pub(super) cfg: Vec<Attribute>,
}

/// All that is drawn of a machine.
pub(super) struct Picture {
    /// Where `#[init]` may lead.
    pub(super) starts: Vec<End>,
    pub(super) rows: Vec<Row>,
    /// The states that handlers name, in order.
    pub(super) known: Vec<String>,
}

impl Picture {
    /// The `impl Light { .. }` that holds the picture.
    ///
    /// `state` is the enum as the attribute names it, `machine` a link to the machine in docs, and `generics` are those
    /// of the machine.
    pub(super) fn expand(
        &self,
        runtime: &Runtime,
        state: &syn::Path,
        machine: &str,
        generics: &Generics,
    ) -> TokenStream {
        let generics = mentioned(generics, state);
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let told = format!("How {machine} goes from state to state, as a [Mermaid](https://mermaid.js.org) diagram.");
        let (table, fenced) = (self.table(), docs(&self.fenced()));
        let lines = self.mermaid();
        let mut parts: Vec<_> = lines.iter().map(|(cfg, line)| (*cfg, line.to_token_stream())).collect();
        // With generics, the length of the text would be known too late.
        if generics.params.is_empty() {
            parts.push((&[], quote!(<#state as #runtime::State>::ENDS)));
        }
        let diagram = joined(runtime, &parts);
        let lines = self.transitions();
        let transitions =
            lines.iter().map(|(cfg, from, to, event)| quote!(#(#cfg)* #runtime::Transition::new(#from, #to, #event),));
        let lenient = lenient();
        quote! {
            #[automatically_derived]
            #lenient
            impl #impl_generics #state #where_clause {
                #[doc = #told]
                #[doc = ""]
                #table
                #[doc = ""]
                #fenced
                pub const DIAGRAM: &'static str = #diagram;
                /// The same as data: which state an event leaves, and where it leads.
                ///
                /// `*` stands for any state, where the handler returns the whole enum.
                pub const TRANSITIONS: &'static [#runtime::Transition] = &[#(#transitions)*];
            }
        }
    }

    /// A table of what each event does in each state, as lines of docs.
    pub(super) fn table(&self) -> TokenStream {
        let head = ["| state | event | leads to |", "|---|---|---|"].map(|line| (&[][..], line.to_owned()));
        let rows = self.rows.iter().map(|row| {
            let from = match &row.from {
                End::State(name) => code(name),
                End::Any if self.has_own(row.group) => "any other".to_owned(),
                End::Any => "any".to_owned(),
            };
            let leads = match &row.leads {
                Leads::Stays => "stays".to_owned(),
                Leads::Ignored => "ignored".to_owned(),
                Leads::Postponed => "postponed".to_owned(),
                Leads::To(ends) => {
                    let ends: Vec<_> = ends.iter().map(|end| end.name().map_or("any state".to_owned(), code)).collect();
                    ends.join(" or ")
                }
            };
            (&row.cfg[..], format!("| {from} | {}, {} | {leads} |", code(&row.event), row.kind))
        });
        docs(&head.into_iter().chain(rows).collect::<Vec<_>>())
    }

    /// The lines of the diagram, but for the ends of terminal states.
    fn mermaid(&self) -> Vec<Line<'_>> {
        let mut lines: Vec<Line<'_>> = vec![(&[], "stateDiagram-v2\n".to_owned())];
        let transitions = self.transitions();
        let names = self.states();
        let anywhere = anywhere(&names);
        let node = |name: &str| if name == "*" { anywhere.clone() } else { id(name) };
        if self.starts.contains(&End::Any) || transitions.iter().any(|(_, from, to, _)| [from, to].contains(&&"*")) {
            lines.push((&[], format!("    state \"any state\" as {anywhere}\n")));
        }
        for name in names.into_iter().filter(|name| id(name) != *name) {
            lines.push((&[], format!("    state \"{name}\" as {}\n", id(name))));
        }
        for start in &self.starts {
            lines.push((&[], format!("    [*] --> {}\n", node(start.name().unwrap_or("*")))));
        }
        for (row, from, to) in self.arrows() {
            let mut told = row.event.clone();
            if row.kind.contains("timeout") {
                told = format!("{told} ({})", row.kind);
            }
            lines.push((&row.cfg, format!("    {} --> {}: {}\n", node(from), node(to), label(&told))));
        }
        // What stands there in any case is one text from condition to condition, and so is what one row says.
        lines.dedup_by(|next, last| {
            let joined = std::ptr::eq(next.0, last.0) || (next.0.is_empty() && last.0.is_empty());
            if joined {
                last.1.push_str(&next.1);
            }
            joined
        });
        lines
    }

    /// The diagram as docs show it.
    fn fenced(&self) -> Vec<Line<'_>> {
        let fence = |text: &str| (&[][..], text.to_owned());
        let mut lines = vec![fence("```mermaid")];
        for (cfg, text) in self.mermaid() {
            lines.extend(text.lines().map(|line| (cfg, line.to_owned())));
        }
        lines.push(fence("```"));
        lines
    }

    /// From, to, event; `*` for any state.
    fn transitions(&self) -> Vec<(&[Attribute], &str, &str, &str)> {
        self.arrows().into_iter().map(|(row, from, to)| (&row.cfg[..], from, to, &row.event[..])).collect()
    }

    /// The rows that lead to another state, with those of the whole enum written out where that is possible.
    fn arrows(&self) -> Vec<(&Row, &str, &str)> {
        let mut arrows = Vec::new();
        let all = self.is_complete().then(|| self.states());
        for row in &self.rows {
            let Leads::To(ends) = &row.leads else {
                continue;
            };
            let others: Vec<&str> = match (&row.from, &all) {
                (End::State(name), _) => vec![name],
                (End::Any, None) => vec!["*"],
                (End::Any, Some(all)) => all.iter().copied().filter(|name| !self.has(row.group, name)).collect(),
            };
            for from in others {
                for to in ends {
                    let to = to.name().unwrap_or("*");
                    // Whoever answers for all states does not mean the one that it leads to.
                    if row.from != End::Any || from == "*" || from != to {
                        arrows.push((row, from, to));
                    }
                }
            }
        }
        arrows
    }

    /// Whether each state that the machine can be in has its name here.
    fn is_complete(&self) -> bool {
        let leads_anywhere = |row: &Row| matches!(&row.leads, Leads::To(ends) if ends.contains(&End::Any));
        !self.starts.contains(&End::Any) && !self.rows.iter().any(leads_anywhere)
    }

    /// All states that have a name here, in the order of their first mention.
    fn states(&self) -> Vec<&str> {
        let targets = self.rows.iter().flat_map(|row| match &row.leads {
            Leads::To(ends) => &ends[..],
            _ => &[],
        });
        let mut names = Vec::new();
        let starts = self.starts.iter().filter_map(End::name);
        for name in starts.chain(self.known.iter().map(String::as_str)).chain(targets.filter_map(End::name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether a handler of the event names the state.
    fn has(&self, group: usize, state: &str) -> bool {
        self.rows.iter().any(|row| row.group == group && row.from.name() == Some(state))
    }

    /// Whether a handler of the event names any state.
    fn has_own(&self, group: usize) -> bool {
        self.rows.iter().any(|row| row.group == group && row.from != End::Any)
    }
}

impl End {
    fn name(&self) -> Option<&str> {
        match self {
            Self::State(name) => Some(name),
            Self::Any => None,
        }
    }
}
