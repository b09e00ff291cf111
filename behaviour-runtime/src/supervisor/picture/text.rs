//! A picture as text: lines for people, Mermaid for browsers.

use std::fmt::{self, Write};

use super::Picture;
use crate::process::functions::ProcessKind;
use crate::supervisor::client::ChildState;

/// A type's name without the paths of modules, also of its generics.
pub(super) fn short(name: &str) -> String {
    let mut short = String::new();
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else if letter == ':' {
            word.clear();
        } else {
            short.push_str(&word);
            short.push(letter);
            word.clear();
        }
    }
    short + &word
}

/// What is said of one process: a part for its name, and the parts behind.
fn parts(picture: &Picture) -> (String, Vec<String>) {
    let Picture { id, behaviour, name, state, mailbox_len, strategy, is_busy, children, more, .. } = picture;
    let mut head = match id {
        Some(id) if behaviour.is_empty() => id.to_string(),
        Some(id) => format!("{id}: {behaviour}"),
        None => behaviour.clone(),
    };
    let mut parts = Vec::new();
    match state {
        ChildState::Running(pid) => {
            let _ = write!(head, " {pid}");
        }
        ChildState::Restarting => parts.push("restarting".to_owned()),
        ChildState::Undefined => parts.push("does not run".to_owned()),
    }
    parts.extend(name.as_ref().map(|name| format!("\"{name}\"")));
    parts.extend(strategy.as_ref().map(ToString::to_string));
    if *more > 0 {
        parts.push(format!("{} children", children.len() + more));
    }
    if *is_busy {
        parts.push("busy".to_owned());
    }
    match mailbox_len {
        0 => {}
        1 => parts.push("1 message waits".to_owned()),
        waiting => parts.push(format!("{waiting} messages wait")),
    }
    (head, parts)
}

/// Writes a line for each process; `margin` stands before all but the first.
pub(super) fn lines(picture: &Picture, margin: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (head, parts) = parts(picture);
    f.write_str(&head)?;
    parts.iter().try_for_each(|part| write!(f, ", {part}"))?;
    let last = picture.children.len() + usize::from(picture.more > 0);
    for (number, child) in (1..).zip(&picture.children) {
        let (branch, below) = if number == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        write!(f, "\n{margin}{branch}")?;
        lines(child, &format!("{margin}{below}"), f)?;
    }
    if picture.more > 0 {
        write!(f, "\n{margin}└─ .. {} more", picture.more)?;
    }
    Ok(())
}

/// Draws boxes and arrows.
pub(super) fn mermaid(picture: &Picture) -> String {
    let mut text = "flowchart TD\n".to_owned();
    let mut nodes = 0;
    node(picture, &mut nodes, &mut text);
    text
}

/// Draws one process and those below it; its number.
fn node(picture: &Picture, nodes: &mut usize, text: &mut String) -> usize {
    let number = *nodes;
    *nodes += 1;
    let (head, parts) = parts(picture);
    let label: Vec<_> = std::iter::once(head).chain(parts).map(|part| escaped(&part)).collect();
    let (open, close) = match picture.kind {
        ProcessKind::Supervisor => ('[', ']'),
        ProcessKind::Worker => ('(', ')'),
    };
    let _ = writeln!(text, "    n{number}{open}\"{}\"{close}", label.join("<br/>"));
    for child in &picture.children {
        let below = node(child, nodes, text);
        let _ = writeln!(text, "    n{number} --> n{below}");
    }
    if picture.more > 0 {
        let _ = writeln!(text, "    n{nodes}(\".. {} more\")\n    n{number} --> n{nodes}", picture.more);
        *nodes += 1;
    }
    number
}

/// Writes the signs that would end a label, or be taken for HTML, as entities.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '"' => escaped.push_str("#quot;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '#' => escaped.push_str("#35;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Picture, escaped, short};
    use crate::process::functions::ProcessKind;
    use crate::supervisor::client::ChildState;
    use crate::supervisor::pure::{Restart, Strategy};

    fn child(id: &str, kind: ProcessKind, state: ChildState) -> Picture {
        Picture {
            id: Some(id.into()),
            behaviour: "Account".into(),
            name: None,
            kind,
            state,
            restart: Some(Restart::Permanent),
            mailbox_len: 0,
            strategy: None,
            is_busy: false,
            children: Vec::new(),
            more: 0,
        }
    }

    fn bank() -> Picture {
        let (worker, supervisor) = (ProcessKind::Worker, ProcessKind::Supervisor);
        let restarting = Picture { mailbox_len: 2, ..child("a", worker, ChildState::Restarting) };
        let many = Picture {
            children: vec![child("x", worker, ChildState::Undefined), child("y", worker, ChildState::Restarting)],
            more: 7,
            is_busy: true,
            ..child("many", supervisor, ChildState::Undefined)
        };
        Picture {
            id: None,
            behaviour: "Bank<u8>".into(),
            name: Some("the bank".into()),
            strategy: Some(Strategy::RestForOne),
            mailbox_len: 1,
            children: vec![restarting, many, child("last", worker, ChildState::Undefined)],
            ..child("", supervisor, ChildState::Restarting)
        }
    }

    #[test]
    fn a_tree_is_drawn_with_lines() {
        let expected = [
            "Bank<u8>, restarting, \"the bank\", rest_for_one, 1 message waits",
            "├─ a: Account, restarting, 2 messages wait",
            "├─ many: Account, does not run, 9 children, busy",
            "│  ├─ x: Account, does not run",
            "│  ├─ y: Account, restarting",
            "│  └─ .. 7 more",
            "└─ last: Account, does not run",
        ];
        assert_eq!(bank().to_string().lines().collect::<Vec<_>>(), expected);
        assert_eq!(bank().iter().count(), 6);
    }

    #[test]
    fn a_tree_is_drawn_with_boxes_and_arrows() {
        let expected = [
            "flowchart TD",
            "    n0[\"Bank#lt;u8#gt;<br/>restarting<br/>#quot;the bank#quot;<br/>rest_for_one<br/>1 message waits\"]",
            "    n1(\"a: Account<br/>restarting<br/>2 messages wait\")",
            "    n0 --> n1",
            "    n2[\"many: Account<br/>does not run<br/>9 children<br/>busy\"]",
            "    n3(\"x: Account<br/>does not run\")",
            "    n2 --> n3",
            "    n4(\"y: Account<br/>restarting\")",
            "    n2 --> n4",
            "    n5(\".. 7 more\")",
            "    n2 --> n5",
            "    n0 --> n2",
            "    n6(\"last: Account<br/>does not run\")",
            "    n0 --> n6",
        ];
        assert_eq!(bank().mermaid().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_are_shown_without_their_modules() {
        assert_eq!(short("bank::accounts::Account"), "Account");
        assert_eq!(short("a::Cache<alloc::string::String, (b::K, &c::V)>"), "Cache<String, (K, &V)>");
        assert_eq!(short("[u8; 3]"), "[u8; 3]");
        assert_eq!(short(""), "");
        assert_eq!(escaped("a#b"), "a#35;b");
    }
}
