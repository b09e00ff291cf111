//! Inline commands: what a person types into `telnet`.
//!
//! A line that does not open with `*` is split at white space, with quotes as in a shell: in `"…"` the escapes `\n`,
//! `\r`, `\t`, `\a`, `\b` and `\xHH` are known and any other escaped byte stands for itself, in `'…'` only `\'` is. A
//! quote that does not close, or that closes in the middle of a word, is an error.

use bytes::Bytes;

/// Quotes that do not balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbalanced;

/// The words of a line.
pub fn words(line: &[u8]) -> Result<Vec<Bytes>, Unbalanced> {
    let mut words = Vec::new();
    let mut rest = line.trim_ascii_start();
    while !rest.is_empty() {
        let (word, after) = word(rest)?;
        words.push(Bytes::from(word));
        rest = after.trim_ascii_start();
    }
    Ok(words)
}

/// The word that a line opens with, and what comes behind it.
fn word(mut line: &[u8]) -> Result<(Vec<u8>, &[u8]), Unbalanced> {
    let mut word = Vec::new();
    loop {
        line = match line {
            [b'"', rest @ ..] => closed(double_quoted(rest, &mut word)?)?,
            [b'\'', rest @ ..] => closed(single_quoted(rest, &mut word)?)?,
            [byte, rest @ ..] if !byte.is_ascii_whitespace() => {
                word.push(*byte);
                rest
            }
            _ => return Ok((word, line)),
        };
    }
}

/// A closing quote ends its word.
fn closed(rest: &[u8]) -> Result<&[u8], Unbalanced> {
    match rest {
        [byte, ..] if !byte.is_ascii_whitespace() => Err(Unbalanced),
        _ => Ok(rest),
    }
}

fn double_quoted<'line>(mut line: &'line [u8], word: &mut Vec<u8>) -> Result<&'line [u8], Unbalanced> {
    loop {
        let (byte, rest) = match line {
            [] => return Err(Unbalanced),
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', b'x', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex(*high) << 4 | hex(*low), rest)
            }
            [b'\\', escaped, rest @ ..] => (unescape(*escaped), rest),
            [byte, rest @ ..] => (*byte, rest),
        };
        word.push(byte);
        line = rest;
    }
}

fn single_quoted<'line>(mut line: &'line [u8], word: &mut Vec<u8>) -> Result<&'line [u8], Unbalanced> {
    loop {
        let (byte, rest) = match line {
            [] => return Err(Unbalanced),
            [b'\'', rest @ ..] => return Ok(rest),
            [b'\\', b'\'', rest @ ..] => (b'\'', rest),
            [byte, rest @ ..] => (*byte, rest),
        };
        word.push(byte);
        line = rest;
    }
}

fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        other => other,
    }
}

/// What a hexadecimal digit stands for.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.to_ascii_lowercase() - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::{Unbalanced, words};

    fn split(line: &str) -> Result<Vec<String>, Unbalanced> {
        Ok(words(line.as_bytes())?.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    #[test]
    fn splits_at_white_space() {
        assert_eq!(split("  set  key\tvalue "), Ok(vec!["set".into(), "key".into(), "value".into()]));
        assert_eq!(split("   "), Ok(vec![]));
    }

    #[test]
    fn knows_quotes_and_escapes() {
        assert_eq!(split(r#"set "a b" 'it\'s'"#), Ok(vec!["set".into(), "a b".into(), "it's".into()]));
        assert_eq!(split(r#""\x41\n\"" """#), Ok(vec!["A\n\"".into(), String::new()]));
        assert_eq!(split(r#"pre"fix ed""#), Ok(vec!["prefix ed".into()]));
    }

    #[test]
    fn refuses_unbalanced_quotes() {
        for line in [r#"get "key"#, "get 'key", r#"get "a"b"#, r#"get "\"#] {
            assert_eq!(split(line), Err(Unbalanced), "{line}");
        }
    }
}
