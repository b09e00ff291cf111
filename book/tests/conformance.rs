//! The page "Conformance" against the tests: what it calls covered is named above a test, and the other way round.
//!
//! The page is kept by hand. Where it is wrong, the failure tells what belongs there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

/// A case: its suite, and its number in it.
type Case = (String, u32);

/// Where the comments are that name cases.
const TESTED: &[&str] = &["tests", "behaviour-runtime/src", "behaviour-runtime/tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    read_to_string(root().join("book/src/conformance.md")).unwrap()
}

/// The cells of the table below a heading, row by row; none if there is no such heading.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let below = page.split_once(&format!("{heading}\n")).map_or("", |(_, below)| below);
    let rows = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

/// What a cell lists: `GS 05, 07; SM 12`.
fn listed(cell: &str) -> Vec<Case> {
    let of_a_suite = |part: &str| {
        let (suite, numbers) = part.split_once(' ').unwrap_or_else(|| panic!("`{part}` is no list of cases"));
        let case = |number: &str| (suite.to_owned(), number.parse().unwrap_or_else(|_| panic!("`{part}`")));
        numbers.split(", ").map(case).collect::<Vec<_>>()
    };
    cell.split("; ").flat_map(of_a_suite).collect()
}

/// Cases as a cell lists them.
fn shown(cases: &BTreeSet<Case>) -> String {
    let mut suites = BTreeMap::<_, Vec<_>>::new();
    for (suite, number) in cases {
        let width = if suite == "XTK" { 3 } else { 2 };
        suites.entry(suite).or_default().push(format!("{number:0width$}"));
    }
    suites.iter().map(|(suite, numbers)| format!("{suite} {}", numbers.join(", "))).collect::<Vec<_>>().join("; ")
}

/// What a comment line above a test names: `// GS-05, 07 and SM-12: why`. Nothing, if it is another comment.
fn named(line: &str, suites: &BTreeSet<String>) -> Vec<Case> {
    let Some(comment) = line.trim_start().strip_prefix("// ") else { return Vec::new() };
    let comment = comment.split(':').next().unwrap_or_default().replace([',', ';'], " ");
    let (mut suite, mut cases) = (String::new(), Vec::new());
    for word in comment.split_whitespace().filter(|word| *word != "and") {
        let number = match word.split_once('-') {
            Some((of, number)) => {
                of.clone_into(&mut suite);
                number
            }
            None => word,
        };
        match number.parse() {
            Ok(number) if suites.contains(&suite) => cases.push((suite.clone(), number)),
            _ => break,
        }
    }
    cases
}

/// All Rust files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The cases that comments name, by file.
fn tested(page: &str) -> BTreeMap<String, BTreeSet<Case>> {
    let suites = table(page, "# Conformance").into_iter().map(|row| row[0].clone()).collect();
    let all = TESTED.iter().flat_map(|folder| files(&root().join(folder)));
    let cases = all.map(|path| {
        let text = read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        (name, text.lines().flat_map(|line| named(line, &suites)).collect::<BTreeSet<_>>())
    });
    cases.filter(|(_, cases)| !cases.is_empty()).collect()
}

/// The cases that the second column of a table lists.
fn column(rows: &[Vec<String>]) -> Vec<Case> {
    rows.iter().flat_map(|row| listed(&row[1])).collect()
}

/// What is covered, what does not apply, what comes later, what is open.
fn parts(page: &str) -> [Vec<Case>; 4] {
    let mut covered = column(&table(page, "## Where each is covered"));
    covered.sort();
    // One case may be shown in several files.
    covered.dedup();
    let others = ["## What does not apply", "## What comes with later features", "## Open"];
    let [never, later, open] = others.map(|heading| column(&table(page, heading)));
    [covered, never, later, open]
}

#[test]
fn a_row_of_a_file_lists_what_its_tests_name() {
    let page = page();
    let rows = table(&page, "## Where each is covered");
    let rows: BTreeMap<_, _> = rows.iter().map(|row| (row[0].trim_matches('`').to_owned(), listed(&row[1]))).collect();
    let tested = tested(&page);
    let mut wrong = Vec::new();
    for file in rows.keys().chain(tested.keys()).collect::<BTreeSet<_>>() {
        let (row, names) = (rows.get(file).cloned().unwrap_or_default(), tested.get(file).cloned().unwrap_or_default());
        if row.len() != names.len() || row.into_iter().collect::<BTreeSet<_>>() != names {
            wrong.push(format!("| `{file}` | {} |", shown(&names)));
        }
    }
    assert!(
        wrong.is_empty(),
        "the comments above the tests say (no row for a file that names none):\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_case_is_listed_twice() {
    let mut seen = BTreeSet::new();
    let all = parts(&page()).into_iter().flatten();
    let twice: BTreeSet<_> = all.filter(|case| !seen.insert(case.clone())).collect();
    assert!(twice.is_empty(), "listed twice, or covered and listed elsewhere as well: {}", shown(&twice));
}

#[test]
fn the_figures_are_those_of_the_rows() {
    let page = page();
    let parts = parts(&page);
    for row in table(&page, "# Conformance") {
        let counted = parts.each_ref().map(|cases| cases.iter().filter(|(suite, _)| *suite == row[0]).count());
        let [covered, never, later, open] = counted;
        let rows = counted.iter().sum::<usize>();
        let expected = format!("| {} | {} | {rows} | {covered} | {never} | {later} | {open} |", row[0], row[1]);
        assert_eq!(format!("| {} |", row.join(" | ")), expected);
    }
}
