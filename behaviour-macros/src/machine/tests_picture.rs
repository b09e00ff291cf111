//! What is drawn of a machine's rows.

use quote::quote;
use syn::{Attribute, parse_quote};

use super::picture::{End, Leads, Picture, Row, id};
use crate::runtime::Runtime;

fn state(name: &str) -> End {
    End::State(name.to_owned())
}

fn row(from: End, group: usize, event: &str, kind: &str, leads: Leads) -> Row {
    Row { from, event: event.to_owned(), group, kind: kind.to_owned(), leads, cfg: Vec::new() }
}

fn to(names: &[&str]) -> Leads {
    Leads::To(names.iter().map(|name| if *name == "*" { End::Any } else { state(name) }).collect())
}

fn crossing() -> Picture {
    Picture {
        starts: vec![state("Red")],
        rows: vec![
            row(state("Red"), 0, "car", "cast", Leads::Stays),
            row(End::Any, 0, "car", "cast", Leads::Ignored),
            row(End::Any, 1, "served", "call", Leads::Stays),
            row(state("Red"), 2, "go", "state timeout 30s", to(&["Green"])),
            row(state("Green"), 2, "slow", "state timeout 20s", to(&["Amber"])),
            row(state("Amber"), 2, "halt", "state timeout 3s", to(&["Red", "Broken"])),
        ],
        known: ["Red", "Green", "Amber"].map(str::to_owned).to_vec(),
    }
}

/// The expansion as text to be read.
fn drawn(picture: &Picture, generics: &syn::Generics, path: &syn::Path) -> String {
    let tokens = picture.expand(&Runtime::default(), path, "[`Crossing`]", generics);
    let file = syn::parse2(tokens).expect("the expansion is an item");
    let text = prettyplease::unparse(&file);
    let (_, after) = text.split_once(")]\n").expect("what is forgiven stands first");
    after.to_owned()
}

fn light(picture: &Picture) -> String {
    drawn(picture, &syn::Generics::default(), &parse_quote!(crate::light::Light))
}

#[test]
fn a_picture_is_a_table_a_diagram_and_data() {
    insta::assert_snapshot!(light(&crossing()));
}

#[test]
fn a_handler_of_the_enum_counts_where_there_is_no_other() {
    let mut picture = crossing();
    picture.rows.push(row(state("Amber"), 3, "reset", "cast", Leads::Postponed));
    picture.rows.push(row(End::Any, 3, "reset", "cast", to(&["Green"])));
    insta::assert_snapshot!(light(&picture));
}

#[test]
fn what_may_lead_anywhere_leads_to_a_state_of_its_own() {
    let mut picture = crossing();
    picture.rows.push(row(state("Red"), 3, "jump", "info", to(&["*"])));
    picture.rows.push(row(End::Any, 4, "reset", "cast", to(&["Green"])));
    insta::assert_snapshot!(light(&picture));
}

#[test]
fn conditions_hold_for_lines() {
    let mut picture = crossing();
    let cfg: Attribute = parse_quote!(#[cfg(unix)]);
    picture.rows[3].cfg = vec![cfg.clone(), parse_quote!(#[cfg(feature = "go")])];
    picture.rows[5].cfg = vec![cfg];
    insta::assert_snapshot!(light(&picture));
}

#[test]
fn a_generic_machine_has_a_picture_of_its_states() {
    let mut generics: syn::Generics = parse_quote!(<K: Ord + Into<V>, V>);
    generics.where_clause = Some(parse_quote!(where K: Copy, V: Clone));
    let picture = Picture { starts: vec![End::Any], rows: Vec::new(), known: Vec::new() };
    insta::assert_snapshot!(drawn(&picture, &generics, &parse_quote!(Cache<K>)));
}

#[test]
fn names_and_labels_are_told_from_the_words_of_mermaid() {
    let picture = Picture {
        starts: vec![state("Note")],
        rows: vec![row(state("Note"), 0, "io::Error", "info", to(&["Default", "any_state"]))],
        known: vec!["Note".to_owned()],
    };
    insta::assert_snapshot!(light(&picture));
    assert_eq!(id("Notes"), "Notes");
    assert_eq!(id("State"), "State_");
}

#[test]
fn the_table_is_docs() {
    let table = crossing().table();
    let item: syn::ItemImpl = parse_quote!(#table impl Crossing {});
    assert_eq!(item.attrs.len(), 8);
    assert!(quote!(#table).to_string().contains(r"| any other | `car`, cast | ignored |"), "{table}");
}
