//! The book's snippets: each chapter is the documentation of a module, so that `cargo test` compiles and runs them.

macro_rules! chapters {
    ($($name:ident: $path:literal),+ $(,)?) => {$(
        #[cfg(doctest)]
        #[doc = include_str!($path)]
        mod $name {}
    )+

    /// The chapters that are tested, as the table of contents names them.
    #[cfg(test)]
    const CHAPTERS: &[&str] = &[$($path),+];
    };
}

chapters! {
    why: "src/why.md",
    getting_started: "src/getting_started.md",
    gen_server: "src/gen_server.md",
    starting: "src/gen_server/starting.md",
    replies: "src/gen_server/replies.md",
    time: "src/gen_server/time.md",
    endings: "src/gen_server/endings.md",
    in_place: "src/gen_server/in_place.md",
    traits: "src/gen_server/traits.md",
    gen_statem: "src/gen_statem.md",
    states: "src/gen_statem/states.md",
    events: "src/gen_statem/events.md",
    code_lock: "src/gen_statem/code_lock.md",
    timeouts: "src/gen_statem/time.md",
    waiting: "src/gen_statem/waiting.md",
    entering: "src/gen_statem/entering.md",
    whole: "src/gen_statem/whole.md",
    ends_of_machines: "src/gen_statem/endings.md",
    testing: "src/gen_statem/testing.md",
    otp: "src/gen_statem/otp.md",
    which: "src/gen_statem/which.md",
    gen_event: "src/gen_event.md",
    agent: "src/agent.md",
    task: "src/task.md",
    processes: "src/processes.md",
    pg: "src/pg.md",
    supervision: "src/supervision.md",
    trees: "src/supervision/trees.md",
    dynamic: "src/supervision/dynamic.md",
    design: "src/supervision/design.md",
    reports: "src/supervision/reports.md",
    pool: "src/pool.md",
    registries: "src/registries.md",
    applications: "src/applications.md",
    sys: "src/sys.md",
    custom: "src/custom.md",
    patterns: "src/patterns.md",
    tests: "src/testing.md",
    when_not: "src/when_not.md",
    from_otp: "src/from_otp.md",
    conformance: "src/conformance.md",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::read_to_string;
    use std::path::{Path, PathBuf};

    use super::CHAPTERS;

    fn book() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }

    fn read(path: &Path) -> String {
        read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// What stands between `open` and `close`, each time.
    fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(found, _)| found)
    }

    #[test]
    fn each_chapter_of_the_contents_is_tested() {
        let contents = read(&book().join("src/SUMMARY.md"));
        let contents: BTreeSet<_> = between(&contents, "](", ")").map(|path| format!("src/{path}")).collect();
        assert_eq!(contents, CHAPTERS.iter().map(ToString::to_string).collect());
    }

    #[test]
    fn each_included_file_and_anchor_exists() {
        for chapter in CHAPTERS {
            let chapter = book().join(chapter);
            let text = read(&chapter);
            for included in between(&text, "{{#include ", "}}") {
                let (path, anchor) = included.split_once(':').map_or((included, None), |(path, at)| (path, Some(at)));
                let included = read(&chapter.parent().unwrap().join(path));
                // Digits are line numbers.
                if let Some(anchor) = anchor.filter(|anchor| !anchor.starts_with(|char: char| char.is_ascii_digit())) {
                    for mark in ["ANCHOR: ", "ANCHOR_END: "] {
                        let mark = format!("{mark}{anchor}");
                        assert!(included.lines().any(|line| line.trim_end().ends_with(&mark)), "{path}: no {mark}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_link_leads_to_a_page_and_a_heading() {
        for chapter in CHAPTERS {
            let chapter = book().join(chapter);
            for link in between(&read(&chapter), "](", ")").filter(|link| !link.starts_with("http")) {
                let (path, heading) = link.split_once('#').unwrap_or((link, ""));
                let text = read(&chapter.parent().unwrap().join(path));
                let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
                    let words = line.trim_start_matches('#').trim().to_lowercase();
                    let kept = words.chars().filter(|char| char.is_alphanumeric() || "-_ ".contains(*char));
                    kept.collect::<String>().replace(' ', "-")
                });
                assert!(heading.is_empty() || headings.into_iter().any(|found| found == heading), "{link}");
            }
        }
    }

    #[test]
    fn the_readme_shows_the_smallest_example() {
        let root = book().join("..");
        let (_, code) =
            read(&root.join("examples/counter.rs")).split_once("\n\n").map(|(a, b)| (a.len(), b.to_owned())).unwrap();
        assert!(read(&root.join("README.md")).contains(&format!("```rust\n{code}```\n")));
    }
}
