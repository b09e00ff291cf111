//! Bytes to commands.
//!
//! A client sends arrays of bulk strings, as many as it likes before it reads an answer, or lines typed by hand. Frames
//! are decoded by the `redis-protocol` crate; this module stands at its door. It walks the headers as they come in, so
//! that a client that announces too much, or nests what no command nests, is refused before anything is kept for it, and
//! it hands the decoder only what is whole, so that a long command is looked at once, however many reads it takes.

use std::fmt;

use bytes::{Bytes, BytesMut};
use redis_protocol::resp2::{decode::decode_bytes_mut, types::BytesFrame};

use super::inline;

/// How much one client may ask for at once. The defaults are those of Redis.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes in an inline command.
    pub line: usize,
    /// Words in a command.
    pub words: usize,
    /// Bytes in a word.
    pub bulk: usize,
    /// Bytes in a command.
    pub command: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 64 << 10, words: 1 << 20, bulk: 512 << 20, command: 1 << 30 }
    }
}

/// The longest header that can be right, with room to spare: a sign and a count.
const HEADER: usize = 32;

/// What a client sent is not the protocol; nothing behind it can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// The line of an inline command does not end.
    LongLine,
    /// The line that tells the number of words does not end.
    LongCount,
    /// The line that tells the length of a word does not end.
    LongLength,
    /// No number of words, or too great a one.
    Count,
    /// No length of a word, or too great a one.
    Length,
    /// A word opened with this byte and not with `$`.
    Dollar(u8),
    /// A word is longer or shorter than its header says.
    WordEnd,
    /// All words together are too long.
    LongCommand,
    /// An inline command's quotes do not balance.
    Quotes,
    /// The decoder found something else.
    Frame,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ERR Protocol error: ")?;
        match self {
            Self::LongLine => f.write_str("too big inline request"),
            Self::LongCount => f.write_str("too big mbulk count string"),
            Self::LongLength => f.write_str("too big bulk count string"),
            Self::Count => f.write_str("invalid multibulk length"),
            Self::Length => f.write_str("invalid bulk length"),
            Self::Dollar(byte) => write!(f, "expected '$', got '{}'", byte.escape_ascii()),
            Self::WordEnd => f.write_str("expected CRLF behind a bulk string"),
            Self::LongCommand => f.write_str("too big request"),
            Self::Quotes => f.write_str("unbalanced quotes in request"),
            Self::Frame => f.write_str("invalid frame"),
        }
    }
}

/// Cuts what a client sends into commands.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    buffer: BytesMut,
    /// How much of the buffer is known to be sound.
    seen: usize,
    /// How many words of the command are still to come; unknown before its first header.
    missing: Option<usize>,
}

impl Decoder {
    /// A decoder with limits of its own.
    #[cfg(test)]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Where to put what was read.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The words of the next command, at least one; `None` when it is not whole yet.
    pub fn command(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        while let Some(first) = self.buffer.first() {
            let words = if *first == b'*' { self.array()? } else { self.line()? };
            match words {
                // An empty line or array is no command, and no mistake.
                Some(words) if words.is_empty() => {}
                words => return Ok(words),
            }
        }
        Ok(None)
    }

    fn array(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        let Some(length) = self.measure()? else {
            return Ok(None);
        };
        (self.seen, self.missing) = (0, None);
        let mut whole = self.buffer.split_to(length);
        if !whole.contains(&b'$') {
            return Ok(Some(Vec::new()));
        }
        match decode_bytes_mut(&mut whole) {
            Ok(Some((BytesFrame::Array(words), ..))) => words.into_iter().map(word).collect::<Result<_, _>>().map(Some),
            _ => Err(ProtocolError::Frame),
        }
    }

    /// How long the command is that the buffer opens with, as soon as all of it is there.
    fn measure(&mut self) -> Result<Option<usize>, ProtocolError> {
        let mut missing = if let Some(missing) = self.missing {
            missing
        } else {
            let Some((count, end)) = self.header(0, ProtocolError::LongCount)? else {
                return Ok(None);
            };
            self.seen = end;
            // Less than nothing is as good as nothing.
            within(count.ok_or(ProtocolError::Count)?.max(0), self.limits.words).ok_or(ProtocolError::Count)?
        };
        while missing > 0 {
            self.missing = Some(missing);
            match self.buffer.get(self.seen) {
                None => return Ok(None),
                Some(b'$') => {}
                Some(other) => return Err(ProtocolError::Dollar(*other)),
            }
            let Some((length, start)) = self.header(self.seen, ProtocolError::LongLength)? else {
                return Ok(None);
            };
            let length = length.and_then(|length| within(length, self.limits.bulk)).ok_or(ProtocolError::Length)?;
            let end = start + length + 2;
            if end > self.limits.command {
                return Err(ProtocolError::LongCommand);
            }
            match self.buffer.get(end - 2..end) {
                None => return Ok(None),
                Some(b"\r\n") => {}
                Some(_) => return Err(ProtocolError::WordEnd),
            }
            self.seen = end;
            missing -= 1;
        }
        Ok(Some(self.seen))
    }

    /// The number in the header at `start`, if it is one, and where the header ends.
    fn header(&self, start: usize, too_long: ProtocolError) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
        let rest = &self.buffer[start..];
        match rest.windows(2).take(HEADER).position(|pair| pair == b"\r\n") {
            Some(length) => Ok(Some((integer(&rest[1..length]), start + length + 2))),
            None if rest.len() > HEADER => Err(too_long),
            None => Ok(None),
        }
    }

    fn line(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        let Some(length) = self.buffer[self.seen..].iter().position(|byte| *byte == b'\n') else {
            self.seen = self.buffer.len();
            return if self.seen > self.limits.line { Err(ProtocolError::LongLine) } else { Ok(None) };
        };
        let length = self.seen + length;
        if length > self.limits.line {
            return Err(ProtocolError::LongLine);
        }
        self.seen = 0;
        let line = self.buffer.split_to(length + 1);
        inline::words(&line).map(Some).map_err(|inline::Unbalanced| ProtocolError::Quotes)
    }
}

/// The bytes of a word.
fn word(frame: BytesFrame) -> Result<Bytes, ProtocolError> {
    match frame {
        BytesFrame::BulkString(word) => Ok(word),
        _ => Err(ProtocolError::Frame),
    }
}

/// A count that is not negative and not above its limit.
fn within(count: i64, limit: usize) -> Option<usize> {
    usize::try_from(count).ok().filter(|count| *count <= limit)
}

/// A number as Redis writes it: no plus sign, no leading zero, no white space.
pub fn integer(digits: &[u8]) -> Option<i64> {
    match digits {
        [b'0'] | [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..] => str::from_utf8(digits).ok()?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(bytes: impl AsRef<[u8]>) -> Decoder {
        let mut decoder = Decoder::new(Limits { line: 100, words: 4, bulk: 50, command: 120 });
        decoder.buffer().extend_from_slice(bytes.as_ref());
        decoder
    }

    fn words(words: &[&'static str]) -> Vec<Bytes> {
        words.iter().map(|word| Bytes::from_static(word.as_bytes())).collect()
    }

    #[test]
    fn pipelines_inline_commands_and_nothing_at_all() {
        let mut decoder =
            decoder("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n\r\n*0\r\n*-1\r\n*-7\r\nPING \"a b\"\n*1\r\n$4\r\nPING\r\n*1\r\n");
        assert_eq!(decoder.command(), Ok(Some(words(&["GET", "k"]))));
        assert_eq!(decoder.command(), Ok(Some(words(&["PING", "a b"]))));
        assert_eq!(decoder.command(), Ok(Some(words(&["PING"]))));
        assert_eq!(decoder.command(), Ok(None));
    }

    #[test]
    fn byte_by_byte() {
        let bytes = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\nPING\r\n";
        let mut decoder = decoder("");
        let mut commands = Vec::new();
        for byte in bytes {
            decoder.buffer().extend_from_slice(&[*byte]);
            commands.extend(decoder.command().unwrap());
        }
        assert_eq!(commands, [words(&["SET", "k", "a\r\nb"]), words(&["PING"])]);
    }

    #[test]
    fn what_is_not_the_protocol() {
        let endless = "x".repeat(101);
        let digits = "1".repeat(40);
        for (bytes, error) in [
            (endless.clone(), ProtocolError::LongLine),
            (endless + "\n", ProtocolError::LongLine),
            (format!("*{digits}"), ProtocolError::LongCount),
            (format!("*1\r\n${digits}"), ProtocolError::LongLength),
            ("*x\r\n".into(), ProtocolError::Count),
            ("*5\r\n".into(), ProtocolError::Count),
            ("*99999999999999999999\r\n".into(), ProtocolError::Count),
            ("*1\r\n*1\r\n".into(), ProtocolError::Dollar(b'*')),
            ("*1\r\n:1\r\n".into(), ProtocolError::Dollar(b':')),
            ("*1\r\n$51\r\n".into(), ProtocolError::Length),
            ("*1\r\n$-1\r\n".into(), ProtocolError::Length),
            ("*1\r\n$+1\r\n".into(), ProtocolError::Length),
            ("*1\r\n$1\r\nabc".into(), ProtocolError::WordEnd),
            (format!("*4\r\n$50\r\n{0}\r\n$50\r\n{0}\r\n$50\r\n", "x".repeat(50)), ProtocolError::LongCommand),
            ("get \"a\r\n".into(), ProtocolError::Quotes),
        ] {
            assert_eq!(decoder(&bytes).command(), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(integer(b"-12"), Some(-12));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        for not in ["", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "9223372036854775808"] {
            assert_eq!(integer(not.as_bytes()), None, "{not:?}");
        }
    }
}
