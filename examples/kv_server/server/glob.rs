//! Glob patterns as Redis reads them, for `KEYS` and `CONFIG GET`.
//!
//! `*` stands for any bytes, `?` for one, `[a-c]` for one of a class, `[^x]` for one outside of it, and `\` takes the
//! meaning off the byte behind it. A star that has matched too little takes one byte more; only the last star is ever
//! asked to, so that no pattern, however many stars it has, costs more than the product of the two lengths.

/// Whether `pattern` stands for the whole of `text`.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut last_star: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            last_star = Some((rest, text));
            pattern = rest;
        } else if pattern.is_empty() && text.is_empty() {
            return true;
        } else if let [byte, after @ ..] = text
            && let Some(rest) = step(pattern, *byte)
        {
            (pattern, text) = (rest, after);
        } else if let Some((rest, [_, after @ ..])) = last_star {
            last_star = Some((rest, after));
            (pattern, text) = (rest, after);
        } else {
            return false;
        }
    }
}

/// What is left of `pattern` when its first element, which is no star, stands for `byte`.
fn step(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (matched, rest) = match pattern {
        [] => return None,
        [b'?', rest @ ..] => (true, rest),
        [b'[', class @ ..] => in_class(class, byte),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => (*literal == byte, rest),
    };
    matched.then_some(rest)
}

/// Whether `byte` is in the class that opens here, and what comes behind it. An unclosed class ends with the pattern.
fn in_class(class: &[u8], byte: u8) -> (bool, &[u8]) {
    let (negated, mut class) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    loop {
        class = match class {
            [] => return (found != negated, class),
            [b']', rest @ ..] => return (found != negated, rest),
            [b'\\', literal, rest @ ..] => {
                found |= *literal == byte;
                rest
            }
            [a, b'-', b, rest @ ..] => {
                found |= (*a.min(b)..=*a.max(b)).contains(&byte);
                rest
            }
            [literal, rest @ ..] => {
                found |= *literal == byte;
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn all(pattern: &str, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} should match {text}");
        }
        for text in no {
            assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn stars_and_question_marks() {
        all("*", &["", "a", "abc"], &[]);
        all("", &[""], &["a"]);
        all("h?llo", &["hello", "hallo"], &["hllo", "heello"]);
        all("h*llo", &["hllo", "heeeello"], &["hell", "hllox"]);
        all("*a*b", &["ab", "xaxb", "aabb"], &["ba", "a", "abx"]);
    }

    #[test]
    fn classes() {
        all("[a-c]x", &["ax", "bx", "cx"], &["dx", "x", "a"]);
        all("[c-a]x", &["bx"], &["dx"]);
        all("h[^e]llo", &["hallo"], &["hello", "hllo"]);
        all("[ab\\]]", &["a", "]"], &["\\", "c"]);
        all("[ab", &["a", "b"], &["c", "[ab"]);
    }

    #[test]
    fn escapes() {
        all("\\*", &["*"], &["a", "\\*"]);
        all("a\\?c", &["a?c"], &["abc"]);
        all("a\\", &["a\\"], &["a"]);
    }

    #[test]
    fn many_stars_take_no_longer() {
        let pattern = "a*".repeat(5_000) + "b";
        assert!(!matches(pattern.as_bytes(), "a".repeat(10_000).as_bytes()));
    }
}
