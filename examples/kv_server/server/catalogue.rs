//! Every command that the server knows, one row each: what it is called, how many words it takes, what `COMMAND` tells
//! about it, and how its arguments are read.

use super::{
    arguments::{Arguments, CommandError, Unit},
    command::{ClientCommand, Command, CommandQuery},
};

/// One command as `COMMAND` describes it.
#[derive(Debug)]
pub struct Spec {
    /// In lower case.
    pub name: &'static str,
    /// How many words it takes, its name included; at least that many if negative.
    pub arity: i64,
    /// What it does, in the words of Redis.
    pub flags: &'static [&'static str],
    /// The first key among its words, the last (counted from the end if negative), and the step between them.
    pub keys: [i64; 3],
    /// Reads what follows the name.
    pub read: fn(&mut Arguments) -> Result<Command, CommandError>,
}

const NONE: [i64; 3] = [0, 0, 0];
const ONE: [i64; 3] = [1, 1, 1];
const MANY: [i64; 3] = [1, -1, 1];
const PAIRS: [i64; 3] = [1, -1, 2];

const READ: &[&str] = &["readonly", "fast"];
const WRITE: &[&str] = &["write", "denyoom", "fast"];
const REMOVE: &[&str] = &["write", "fast"];
const SCAN: &[&str] = &["readonly"];
const FAST: &[&str] = &["fast", "loading", "stale"];
const ADMIN: &[&str] = &["admin", "noscript", "loading", "stale"];

/// The catalogue, what is asked most often first.
#[rustfmt::skip]
pub static COMMANDS: &[Spec] = &[
    spec("get", 2, READ, ONE, |words| Ok(Command::Get(words.word()?))),
    spec("set", -3, WRITE, ONE, Command::set),
    spec("incr", 2, WRITE, ONE, |words| Ok(Command::Increment { key: words.word()?, by: 1 })),
    spec("incrby", 3, WRITE, ONE, |words| Ok(Command::Increment { key: words.word()?, by: words.integer()? })),
    spec("append", 3, WRITE, ONE, |words| Ok(Command::Append { key: words.word()?, more: words.word()? })),
    spec("del", -2, REMOVE, MANY, |words| Ok(Command::Delete(words.rest()))),
    spec("exists", -2, READ, MANY, |words| Ok(Command::Exists(words.rest()))),
    spec("mget", -2, READ, MANY, |words| Ok(Command::GetMany(words.rest()))),
    spec("mset", -3, WRITE, PAIRS, Command::set_many),
    spec("expire", -3, REMOVE, ONE, |words| Command::expire(words, Unit::Seconds)),
    spec("pexpire", -3, REMOVE, ONE, |words| Command::expire(words, Unit::Milliseconds)),
    spec("ttl", 2, READ, ONE, |words| Ok(Command::TimeToLive { key: words.word()?, unit: Unit::Seconds })),
    spec("pttl", 2, READ, ONE, |words| Ok(Command::TimeToLive { key: words.word()?, unit: Unit::Milliseconds })),
    spec("keys", 2, SCAN, NONE, |words| Ok(Command::Keys(words.word()?))),
    spec("dbsize", 1, READ, NONE, |_| Ok(Command::Size)),
    spec("flushall", -1, REMOVE, NONE, Command::flush_all),
    spec("ping", -1, FAST, NONE, Command::ping),
    spec("echo", 2, FAST, NONE, |words| Ok(Command::Echo(words.word()?))),
    spec("hello", -1, FAST, NONE, Command::hello),
    spec("select", 2, FAST, NONE, Command::select),
    spec("reset", 1, FAST, NONE, |_| Ok(Command::Reset)),
    spec("quit", -1, FAST, NONE, |_| Ok(Command::Quit)),
    spec("info", -1, FAST, NONE, |words| Ok(Command::Info(words.rest()))),
    spec("client", -2, ADMIN, NONE, |words| ClientCommand::read(words).map(Command::Client)),
    spec("command", -1, FAST, NONE, |words| CommandQuery::read(words).map(Command::Describe)),
    spec("config", -2, ADMIN, NONE, Command::config),
    spec("debug", -2, ADMIN, NONE, Command::debug),
];

/// A row.
const fn spec(
    name: &'static str,
    arity: i64,
    flags: &'static [&'static str],
    keys: [i64; 3],
    read: fn(&mut Arguments) -> Result<Command, CommandError>,
) -> Spec {
    Spec { name, arity, flags, keys, read }
}

impl Spec {
    /// Whether the command takes this many words.
    pub fn takes(&self, words: usize) -> bool {
        let words = i64::try_from(words).unwrap_or(i64::MAX);
        if self.arity < 0 { words >= -self.arity } else { words == self.arity }
    }
}

/// The command of that name, in whatever case.
pub fn find(name: &[u8]) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.name.as_bytes().eq_ignore_ascii_case(name))
}
