//! Words to typed commands.
//!
//! Nothing here touches a key: a command that parses is known to be sound before any shard hears of it.

use std::time::Duration;

use bytes::Bytes;

use super::{
    arguments::{Arguments, CommandError, Unit},
    catalogue,
    keyspace::Condition,
    protocol::integer,
};

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `APPEND`
    Append {
        /// Whose value grows.
        key: Bytes,
        /// What it grows by.
        more: Bytes,
    },
    /// `CLIENT`
    Client(ClientCommand),
    /// `COMMAND`
    Describe(CommandQuery),
    /// `CONFIG GET` with its patterns.
    ConfigGet(Vec<Bytes>),
    /// `DEBUG PANIC`, in the shard that owns this key or in the first.
    DebugPanic(Option<Bytes>),
    /// `DEL`
    Delete(Vec<Bytes>),
    /// `ECHO`
    Echo(Bytes),
    /// `EXISTS`
    Exists(Vec<Bytes>),
    /// `EXPIRE`, `PEXPIRE`
    Expire {
        /// What expires.
        key: Bytes,
        /// After how long.
        life: Duration,
    },
    /// `FLUSHALL`
    FlushAll,
    /// `GET`
    Get(Bytes),
    /// `MGET`
    GetMany(Vec<Bytes>),
    /// `HELLO 2`, perhaps with the client's name.
    Hello(Option<Bytes>),
    /// `INCR`, `INCRBY`
    Increment {
        /// Whose value is counted up.
        key: Bytes,
        /// How far.
        by: i64,
    },
    /// `INFO` with its sections.
    Info(Vec<Bytes>),
    /// `KEYS` with its pattern.
    Keys(Bytes),
    /// `PING`, perhaps with what to answer.
    Ping(Option<Bytes>),
    /// `QUIT`
    Quit,
    /// `RESET`
    Reset,
    /// `SELECT 0`
    Select,
    /// `SET`
    Set(Assignment),
    /// `MSET`
    SetMany(Vec<(Bytes, Bytes)>),
    /// `DBSIZE`
    Size,
    /// `TTL`, `PTTL`
    TimeToLive {
        /// Whose time is asked for.
        key: Bytes,
        /// What it is told in.
        unit: Unit,
    },
}

/// `SET` with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// What to set.
    pub key: Bytes,
    /// What to set it to.
    pub value: Bytes,
    /// `EX`, `PX`: for how long.
    pub life: Option<Duration>,
    /// `NX`, `XX`: in which case.
    pub condition: Condition,
}

/// `CLIENT` with its subcommands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCommand {
    /// What this client calls itself.
    GetName,
    /// Its number.
    Id,
    /// All that is known about it.
    Info,
    /// Which library it uses: accepted, and not kept.
    SetInfo,
    /// What it would like to be called.
    SetName(Bytes),
}

/// `COMMAND` with its subcommands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandQuery {
    /// How many commands there are.
    Count,
    /// What they are for: told elsewhere.
    Docs,
    /// What these commands take, or all of them.
    Info(Option<Vec<Bytes>>),
    /// What they are called.
    List,
}

impl Command {
    /// Reads one command from its name and its arguments.
    pub fn parse(words: Vec<Bytes>) -> Result<Self, CommandError> {
        match words.first().and_then(|name| catalogue::find(name)) {
            None => Err(CommandError::Unknown(words)),
            Some(spec) if !spec.takes(words.len()) => Err(CommandError::Arity(spec.name.into())),
            Some(spec) => (spec.read)(&mut Arguments::new(spec, words)),
        }
    }

    pub(super) fn ping(words: &mut Arguments) -> Result<Self, CommandError> {
        match words.left() {
            0 | 1 => Ok(Self::Ping(words.optional())),
            _ => Err(words.arity()),
        }
    }

    pub(super) fn set(words: &mut Arguments) -> Result<Self, CommandError> {
        let (key, value) = (words.word()?, words.word()?);
        let (mut condition, mut life) = (Condition::Always, None);
        while let Some(option) = words.keyword() {
            match (option.as_slice(), condition, &life) {
                (b"NX", Condition::Always | Condition::Absent, _) => condition = Condition::Absent,
                (b"XX", Condition::Always | Condition::Present, _) => condition = Condition::Present,
                (b"EX", _, None | Some((_, Unit::Seconds))) => life = Some((words.option_value()?, Unit::Seconds)),
                (b"PX", _, None | Some((_, Unit::Milliseconds))) => {
                    life = Some((words.option_value()?, Unit::Milliseconds));
                }
                _ => return Err(CommandError::Syntax),
            }
        }
        // Redis reads numbers only once all options make sense.
        let life = life.map(|(number, unit)| words.life(&number, unit)).transpose()?;
        Ok(Self::Set(Assignment { key, value, life, condition }))
    }

    pub(super) fn set_many(words: &mut Arguments) -> Result<Self, CommandError> {
        let mut pairs = Vec::with_capacity(words.left() / 2);
        while let Some(key) = words.optional() {
            pairs.push((key, words.word()?));
        }
        Ok(Self::SetMany(pairs))
    }

    pub(super) fn expire(words: &mut Arguments, unit: Unit) -> Result<Self, CommandError> {
        let (key, number) = (words.word()?, words.integer()?);
        if let Some(option) = words.optional() {
            return Err(CommandError::Option(option));
        }
        let milliseconds = unit.milliseconds(number).ok_or_else(|| words.expire_time())?;
        // What lies in the past is due at once.
        Ok(Self::Expire { key, life: Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0)) })
    }

    pub(super) fn flush_all(words: &mut Arguments) -> Result<Self, CommandError> {
        match (words.keyword().as_deref(), words.left()) {
            (None | Some(b"ASYNC" | b"SYNC"), 0) => Ok(Self::FlushAll),
            _ => Err(CommandError::Syntax),
        }
    }

    pub(super) fn hello(words: &mut Arguments) -> Result<Self, CommandError> {
        if let Some(version) = words.optional()
            && integer(&version).ok_or(CommandError::ProtocolVersionNumber)? != 2
        {
            return Err(CommandError::ProtocolVersion);
        }
        let mut name = None;
        while let Some(option) = words.optional() {
            if !option.eq_ignore_ascii_case(b"SETNAME") || words.left() == 0 {
                return Err(CommandError::HelloOption(option));
            }
            name = Some(words.client_name()?);
        }
        Ok(Self::Hello(name))
    }

    pub(super) fn select(words: &mut Arguments) -> Result<Self, CommandError> {
        match words.integer()? {
            0 => Ok(Self::Select),
            _ => Err(CommandError::DatabaseIndex),
        }
    }

    pub(super) fn config(words: &mut Arguments) -> Result<Self, CommandError> {
        match (words.subcommand()?.as_slice(), words.left()) {
            (b"GET", 0) => Err(words.arity()),
            (b"GET", _) => Ok(Self::ConfigGet(words.rest())),
            _ => Err(words.unknown_subcommand()),
        }
    }

    pub(super) fn debug(words: &mut Arguments) -> Result<Self, CommandError> {
        match (words.subcommand()?.as_slice(), words.left()) {
            (b"PANIC", 0 | 1) => Ok(Self::DebugPanic(words.optional())),
            (b"PANIC", _) => Err(words.arity()),
            _ => Err(words.unknown_subcommand()),
        }
    }
}

impl ClientCommand {
    pub(super) fn read(words: &mut Arguments) -> Result<Self, CommandError> {
        match (words.subcommand()?.as_slice(), words.left()) {
            (b"GETNAME", 0) => Ok(Self::GetName),
            (b"ID", 0) => Ok(Self::Id),
            (b"INFO", 0) => Ok(Self::Info),
            (b"SETINFO", 2) => Ok(Self::SetInfo),
            (b"SETNAME", 1) => words.client_name().map(Self::SetName),
            (b"GETNAME" | b"ID" | b"INFO" | b"SETINFO" | b"SETNAME", _) => Err(words.arity()),
            _ => Err(words.unknown_subcommand()),
        }
    }
}

impl CommandQuery {
    pub(super) fn read(words: &mut Arguments) -> Result<Self, CommandError> {
        if words.left() == 0 {
            return Ok(Self::Info(None));
        }
        match (words.subcommand()?.as_slice(), words.left()) {
            (b"COUNT", 0) => Ok(Self::Count),
            (b"DOCS", _) => Ok(Self::Docs),
            (b"INFO", 0) => Ok(Self::Info(None)),
            (b"INFO", _) => Ok(Self::Info(Some(words.rest()))),
            (b"LIST", 0) => Ok(Self::List),
            (b"COUNT" | b"LIST", _) => Err(words.arity()),
            _ => Err(words.unknown_subcommand()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &'static str) -> Result<Command, String> {
        let words = line.split(' ').map(|word| Bytes::from_static(word.as_bytes())).collect();
        Command::parse(words).map_err(|error| error.to_string())
    }

    fn set(life: Option<Duration>, condition: Condition) -> Command {
        let (key, value) = (Bytes::from_static(b"k"), Bytes::from_static(b"v"));
        Command::Set(Assignment { key, value, life, condition })
    }

    #[test]
    fn set_takes_its_options_in_any_order_and_case() {
        let life = Some(Duration::from_secs(2));
        assert_eq!(parse("SET k v"), Ok(set(None, Condition::Always)));
        assert_eq!(parse("set k v ex 2 nx"), Ok(set(life, Condition::Absent)));
        assert_eq!(parse("set k v XX px 2000"), Ok(set(life, Condition::Present)));
        for line in ["set k v NX XX", "set k v EX 1 PX 1", "set k v EX", "set k v nonsense"] {
            assert_eq!(parse(line), Err("ERR syntax error".into()), "{line}");
        }
        for line in
            ["set k v EX 0", "set k v PX -1", "set k v EX 9223372036854775807", "set k v PX 9223372036854775807"]
        {
            assert_eq!(parse(line), Err("ERR invalid expire time in 'set' command".into()), "{line}");
        }
        assert_eq!(parse("set k v EX 1s"), Err("ERR value is not an integer or out of range".into()));
    }

    #[test]
    fn every_error_is_the_one_of_redis() {
        for (line, error) in [
            ("get", "ERR wrong number of arguments for 'get' command"),
            ("GET a b", "ERR wrong number of arguments for 'get' command"),
            ("mset a 1 b", "ERR wrong number of arguments for 'mset' command"),
            ("ping a b", "ERR wrong number of arguments for 'ping' command"),
            ("incrby a 1.5", "ERR value is not an integer or out of range"),
            ("expire a 9223372036854775807", "ERR invalid expire time in 'expire' command"),
            ("expire a 1 ZZ", "ERR Unsupported option ZZ"),
            ("select 1", "ERR DB index is out of range"),
            ("config get", "ERR wrong number of arguments for 'config|get' command"),
            ("config nope", "ERR unknown subcommand 'nope'. Try CONFIG HELP."),
            ("client id 1", "ERR wrong number of arguments for 'client|id' command"),
            ("hello 3", "NOPROTO unsupported protocol version"),
            ("hello x", "ERR Protocol version is not an integer or out of range"),
            ("hello 2 AUTH", "ERR Syntax error in HELLO option 'AUTH'"),
            ("nope a b", "ERR unknown command 'nope', with args beginning with: 'a' 'b' "),
            ("nope", "ERR unknown command 'nope', with args beginning with: "),
        ] {
            assert_eq!(parse(line), Err(error.into()), "{line}");
        }
    }

    #[test]
    fn a_time_in_the_past_is_now() {
        let expire = |life| Ok(Command::Expire { key: Bytes::from_static(b"k"), life });
        assert_eq!(parse("expire k -5"), expire(Duration::ZERO));
        assert_eq!(parse("pexpire k 5"), expire(Duration::from_millis(5)));
    }

    #[test]
    fn every_row_of_the_catalogue_is_in_lower_case() {
        for spec in catalogue::COMMANDS {
            assert_eq!(spec.name, spec.name.to_lowercase());
        }
    }
}
