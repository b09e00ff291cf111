//! The page "From Elixir and Erlang" against the sources: what its tables name on this side exists.
//!
//! A name that is called is a function, one with a capital is a type or a variant, and one in an attribute is a word that
//! the macros know. What belongs to the servers of the page itself, to std or to tokio is listed here.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// The types of the page's own servers, and generic parameters.
const OF_THE_PAGE: &[&str] = &[
    "Account",
    "Alarm",
    "BankApp",
    "Bank",
    "Connection",
    "Crossing",
    "Game",
    "LeaderFollower",
    "Light",
    "Log",
    "M",
    "New",
    "Red",
    "S",
    "Savings",
    "Shard",
];
/// The methods of their clients.
const OF_THEIR_CLIENTS: &[&str] = &[
    "balance",
    "deposit",
    "lines",
    "vault",
    "handler",
    "successor",
    "start",
    "start_link",
    "child",
    "find",
    "upgrade",
];
/// What is not ours.
const OF_OTHERS: &[&str] = &[
    "Arc",
    "Err",
    "Instant",
    "None",
    "Option",
    "Result",
    "Self",
    "env",
    "include_bytes",
    "join",
    "matches",
    "panic",
    "sleep",
    "spawn_blocking",
    "task_local",
    "timeout",
];

/// All Rust code below a folder.
fn code(folder: &Path) -> String {
    let mut paths: Vec<_> = read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts = paths.iter().map(|path| match path.extension() {
        _ if path.is_dir() => code(path),
        Some(extension) if extension == "rs" => read_to_string(path).unwrap(),
        _ => String::new(),
    });
    texts.collect()
}

fn is_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The names in a piece of code, each with what stands before and behind it.
fn names(code: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let begins = move |at: &usize| {
        let name = |char: Option<char>| char.is_some_and(is_name);
        name(code[*at..].chars().next()) && !name(code[..*at].chars().next_back())
    };
    code.char_indices().map(|(at, _)| at).filter(begins).map(move |at| {
        let end = code[at..].find(|char| !is_name(char)).map_or(code.len(), |len| at + len);
        (&code[..at], &code[at..end], &code[end..])
    })
}

/// What the second column of each table names.
fn our_side(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| in "));
    let cells = rows.map(|row| row.replace("\\|", "¦").split('|').nth(2).unwrap_or_default().to_owned());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn whatever_the_page_names_on_this_side_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = read_to_string(root.join("book/src/from_otp.md")).unwrap();
    let (runtime, macros) = (code(&root.join("behaviour-runtime/src")), code(&root.join("behaviour-macros/src")));
    let is_known = |text: &str, before: &str, name: &str| {
        text.match_indices(&format!("{before}{name}")).any(|(at, found)| !text[at + found.len()..].starts_with(is_name))
    };

    let mut seen = 0;
    let mut unknown = BTreeSet::new();
    for piece in our_side(&page).into_iter().filter(|piece| !piece.starts_with("tokio::")) {
        let is_attribute = piece.starts_with("#[");
        for (before, name, behind) in names(&piece) {
            let first = name.chars().next().unwrap();
            let exists = if [OF_THE_PAGE, OF_THEIR_CLIENTS, OF_OTHERS].concat().contains(&name) {
                true
            } else if first.is_uppercase() {
                let ways = ["struct ", "enum ", "trait ", "type ", "\n    "];
                ways.iter().any(|way| is_known(&runtime, way, name))
            } else if is_attribute && !before.contains('"') && !first.is_numeric() {
                is_known(&macros, "\"", name) || is_known(&macros, "fn ", name)
            } else if behind.starts_with('(') || before.ends_with("::") {
                ["fn ", "mod "].iter().any(|way| is_known(&runtime, way, name))
            } else if piece == name {
                is_known(&runtime, "fn ", name) || is_known(&macros, "\"", name)
            } else {
                continue;
            };
            seen += 1;
            if !exists {
                unknown.insert(format!("{name} in {piece}"));
            }
        }
    }
    assert!(seen > 300, "only {seen} names were found");
    assert!(unknown.is_empty(), "{unknown:#?}");
}
