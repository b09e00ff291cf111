//! The words behind a command's name, taken one at a time, and everything that can be wrong with them: the errors are
//! Redis' own, to the letter, for there are clients that compare.

use std::{fmt, time::Duration, vec};

use bytes::Bytes;

use super::{catalogue::Spec, protocol::integer};

/// Why words are no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// Too few words or too many, for this command or subcommand.
    Arity(String),
    /// A client cannot be called that.
    ClientName,
    /// There is one database, and its number is 0.
    DatabaseIndex,
    /// The time to live that this command gives would be none, or out of range.
    ExpireTime(&'static str),
    /// `HELLO` has no such option.
    HelloOption(Bytes),
    /// A number was asked for.
    NotAnInteger,
    /// `EXPIRE` has no such option.
    Option(Bytes),
    /// The client would like another protocol than RESP2.
    ProtocolVersion,
    /// The protocol that the client would like is no number.
    ProtocolVersionNumber,
    /// The options make no sense.
    Syntax,
    /// There is no such command; all its words.
    Unknown(Vec<Bytes>),
    /// The command has no such subcommand.
    UnknownSubcommand(&'static str, Bytes),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arity(command) => write!(f, "ERR wrong number of arguments for '{command}' command"),
            Self::ClientName => f.write_str("ERR Client names cannot contain spaces, newlines or special characters."),
            Self::DatabaseIndex => f.write_str("ERR DB index is out of range"),
            Self::ExpireTime(command) => write!(f, "ERR invalid expire time in '{command}' command"),
            Self::HelloOption(option) => write!(f, "ERR Syntax error in HELLO option '{}'", text(option)),
            Self::NotAnInteger => f.write_str("ERR value is not an integer or out of range"),
            Self::Option(option) => write!(f, "ERR Unsupported option {}", text(option)),
            Self::ProtocolVersion => f.write_str("NOPROTO unsupported protocol version"),
            Self::ProtocolVersionNumber => f.write_str("ERR Protocol version is not an integer or out of range"),
            Self::Syntax => f.write_str("ERR syntax error"),
            Self::Unknown(words) => unknown(words, f),
            Self::UnknownSubcommand(command, name) => {
                let command = command.to_uppercase();
                write!(f, "ERR unknown subcommand '{}'. Try {command} HELP.", text(name))
            }
        }
    }
}

/// Quotes as much of an unknown command as Redis does: arguments until 128 bytes of them are told.
fn unknown(words: &[Bytes], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = words.first().map(text).unwrap_or_default();
    write!(f, "ERR unknown command '{name}', with args beginning with: ")?;
    let mut left = QUOTED;
    for word in words.iter().skip(1) {
        let quoted = format!("'{}' ", text(&word.slice(..word.len().min(left))));
        f.write_str(&quoted)?;
        left = left.saturating_sub(quoted.len());
        if left == 0 {
            break;
        }
    }
    Ok(())
}

/// How much of what a client sent is sent back.
const QUOTED: usize = 128;

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(QUOTED)]).into_owned()
}

/// What a time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `EX`, `EXPIRE`, `TTL`
    Seconds,
    /// `PX`, `PEXPIRE`, `PTTL`
    Milliseconds,
}

/// What Redis adds to a time to live, in milliseconds, give or take some years.
const SINCE_1970: i64 = 1 << 41;

impl Unit {
    /// So many of this unit, unless that is out of range: the deadline must fit into Redis' 64 bits.
    pub fn milliseconds(self, number: i64) -> Option<i64> {
        let milliseconds = match self {
            Self::Seconds => number.checked_mul(1000)?,
            Self::Milliseconds => number,
        };
        milliseconds.checked_add(SINCE_1970).and(Some(milliseconds))
    }

    /// A time in this unit, rounded.
    pub fn of(self, time: Duration) -> i64 {
        let milliseconds = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        match self {
            Self::Seconds => milliseconds.saturating_add(500) / 1000,
            Self::Milliseconds => milliseconds,
        }
    }
}

/// The words behind a command's name.
#[derive(Debug)]
pub struct Arguments {
    command: &'static str,
    subcommand: Option<Bytes>,
    words: vec::IntoIter<Bytes>,
}

impl Arguments {
    /// The arguments among a command's words.
    pub fn new(spec: &Spec, words: Vec<Bytes>) -> Self {
        let mut words = words.into_iter();
        words.next();
        Self { command: spec.name, subcommand: None, words }
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.words.len()
    }

    /// The next word, if there is one more.
    pub fn optional(&mut self) -> Option<Bytes> {
        self.words.next()
    }

    /// The next word, in capitals, if there is one more.
    pub fn keyword(&mut self) -> Option<Vec<u8>> {
        self.optional().map(|word| word.to_ascii_uppercase())
    }

    /// The next word.
    pub fn word(&mut self) -> Result<Bytes, CommandError> {
        self.optional().ok_or_else(|| self.arity())
    }

    /// The next word, which is a number.
    pub fn integer(&mut self) -> Result<i64, CommandError> {
        integer(&self.word()?).ok_or(CommandError::NotAnInteger)
    }

    /// The next word, which belongs to an option.
    pub fn option_value(&mut self) -> Result<Bytes, CommandError> {
        self.optional().ok_or(CommandError::Syntax)
    }

    /// A time to live, which is longer than none.
    pub fn life(&self, number: &[u8], unit: Unit) -> Result<Duration, CommandError> {
        let number = integer(number).ok_or(CommandError::NotAnInteger)?;
        match unit.milliseconds(number).and_then(|number| u64::try_from(number).ok()) {
            None | Some(0) => Err(self.expire_time()),
            Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        }
    }

    /// The next word, which is what a client calls itself.
    pub fn client_name(&mut self) -> Result<Bytes, CommandError> {
        let name = self.word()?;
        if name.iter().all(u8::is_ascii_graphic) { Ok(name) } else { Err(CommandError::ClientName) }
    }

    /// The next word, in capitals, which chooses between subcommands.
    pub fn subcommand(&mut self) -> Result<Vec<u8>, CommandError> {
        let name = self.word()?;
        self.subcommand = Some(name.clone());
        Ok(name.to_ascii_uppercase())
    }

    /// All words that are left.
    pub fn rest(&mut self) -> Vec<Bytes> {
        self.words.by_ref().collect()
    }

    /// The error for too few words or too many.
    pub fn arity(&self) -> CommandError {
        CommandError::Arity(match &self.subcommand {
            None => self.command.into(),
            Some(subcommand) => format!("{}|{}", self.command, text(subcommand).to_lowercase()),
        })
    }

    /// The error for a subcommand that there is not.
    pub fn unknown_subcommand(&self) -> CommandError {
        CommandError::UnknownSubcommand(self.command, self.subcommand.clone().unwrap_or_default())
    }

    /// The error for a time to live that cannot be.
    pub fn expire_time(&self) -> CommandError {
        CommandError::ExpireTime(self.command)
    }
}
