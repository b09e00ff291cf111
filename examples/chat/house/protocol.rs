//! What users type: bytes to lines, lines to commands. Plain data, and no process.
//!
//! The first line is a name. From then on a line is a command if it begins with `/`, and is said to the room if not.

use std::fmt;

use tokio::io::{self, AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// How many bytes a line may have, its end included.
pub const LONGEST: usize = 1024;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To go into this room.
    Join(String),
    /// To go out of it.
    Leave,
    /// Who is in the room.
    Who,
    /// Which rooms there are.
    Rooms,
    /// To go home.
    Quit,
    /// To say this.
    Say(String),
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is longer than [`LONGEST`].
    TooLong,
    /// It is not UTF-8.
    NotText,
    /// There is no such command.
    Unknown,
    /// Neither a user nor a room can be called that.
    Name,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "a line has at most {LONGEST} bytes"),
            Self::NotText => f.write_str("that is not UTF-8"),
            Self::Unknown => f.write_str("there are /join room, /leave, /who, /rooms and /quit"),
            Self::Name => f.write_str("a name has 1 to 20 letters and digits"),
        }
    }
}

impl std::error::Error for LineError {}

impl Command {
    /// Reads a line.
    pub fn parse(line: &str) -> Result<Self, LineError> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, rest.trim()) {
            ("/join", room) => Ok(Self::Join(name(room)?)),
            ("/leave", "") => Ok(Self::Leave),
            ("/who", "") => Ok(Self::Who),
            ("/rooms", "") => Ok(Self::Rooms),
            ("/quit", "") => Ok(Self::Quit),
            _ if word.starts_with('/') => Err(LineError::Unknown),
            _ => Ok(Self::Say(line.to_owned())),
        }
    }
}

/// What a user or a room may be called.
pub fn name(word: &str) -> Result<String, LineError> {
    let fits = (1..=20).contains(&word.chars().count()) && word.chars().all(char::is_alphanumeric);
    if fits { Ok(word.to_owned()) } else { Err(LineError::Name) }
}

/// The next line, without its end; none if there is no more. Never holds more of a line than fits one.
pub async fn read(socket: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Result<String, LineError>>> {
    let mut bytes = Vec::new();
    let mut pieces = 0;
    while !bytes.ends_with(b"\n") {
        bytes.clear();
        pieces += 1;
        if (&mut *socket).take(LONGEST as u64).read_until(b'\n', &mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(if pieces > 1 { Err(LineError::TooLong) } else { text(bytes) }))
}

/// A line as text, without what a terminal would take for orders.
fn text(bytes: Vec<u8>) -> Result<String, LineError> {
    let mut line = String::from_utf8(bytes).map_err(|_| LineError::NotText)?;
    line.retain(|letter| !letter.is_control());
    Ok(line)
}
