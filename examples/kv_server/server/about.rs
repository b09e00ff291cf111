//! What the server tells about itself: `INFO`, `CONFIG GET`, `COMMAND`, `HELLO`. Clients ask before they do anything
//! else, so it answers as a Redis would that is set up like this.

use std::fmt::Write as _;

use bytes::Bytes;

use super::{
    catalogue::{self, COMMANDS, Spec},
    command::CommandQuery,
    glob,
    keyspace::Size,
    protocol::Limits,
    reply::{self, Frame},
};

/// The Redis whose commands and errors are spoken here.
const REDIS: &str = "7.0.15";

/// How many clients may be connected at once.
pub const MAX_CLIENTS: usize = 10_000;

/// The answer to `HELLO`.
pub fn hello(id: u64) -> Frame {
    let entries = [
        ("server", reply::bulk("redis")),
        ("version", reply::bulk(REDIS)),
        ("proto", Frame::Integer(2)),
        ("id", Frame::Integer(id.cast_signed())),
        ("mode", reply::bulk("standalone")),
        ("role", reply::bulk("master")),
        ("modules", reply::array([])),
    ];
    reply::array(entries.into_iter().flat_map(|(name, value)| [reply::bulk(name), value]))
}

/// The answer to `INFO`: these sections, or all of them.
pub fn info(sections: &[Bytes], clients: usize, shards: &[Size]) -> String {
    let known = [
        ("Server", server(shards.len())),
        ("Clients", format!("connected_clients:{clients}\r\n")),
        ("Shards", each(shards)),
        ("Keyspace", keyspace(shards)),
    ];
    let asked = |section: &str| {
        let names = [section, "all", "default", "everything"];
        sections.is_empty() || sections.iter().any(|word| names.iter().any(|name| same(word, name)))
    };
    let known = known.into_iter().filter(|(section, _)| asked(section));
    let texts: Vec<_> = known.map(|(section, body)| format!("# {section}\r\n{body}")).collect();
    texts.join("\r\n")
}

fn same(word: &Bytes, name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

fn server(shards: usize) -> String {
    let (version, process) = (env!("CARGO_PKG_VERSION"), std::process::id());
    format!(
        "redis_version:{REDIS}\r\nredis_mode:standalone\r\nbehaviour_version:{version}\r\nprocess_id:{process}\r\n\
         shards:{shards}\r\n"
    )
}

fn each(shards: &[Size]) -> String {
    let mut text = String::new();
    for (number, Size { keys, expiring }) in shards.iter().enumerate() {
        let _ = write!(text, "shard_{number}:keys={keys},expires={expiring}\r\n");
    }
    text
}

fn keyspace(shards: &[Size]) -> String {
    let keys: usize = shards.iter().map(|size| size.keys).sum();
    let expiring: usize = shards.iter().map(|size| size.expiring).sum();
    if keys == 0 { String::new() } else { format!("db0:keys={keys},expires={expiring},avg_ttl=0\r\n") }
}

/// The answer to `CONFIG GET`: every parameter that one of the patterns stands for. None of them can be changed.
pub fn config(patterns: &[Bytes]) -> Frame {
    let limits = Limits::default();
    let parameters = [
        ("appendonly", "no".into()),
        ("databases", "1".into()),
        ("maxclients", MAX_CLIENTS.to_string()),
        ("maxmemory", "0".into()),
        ("proto-max-bulk-len", limits.bulk.to_string()),
        ("client-query-buffer-limit", limits.command.to_string()),
        ("save", String::new()),
        ("timeout", "0".into()),
    ];
    let asked =
        |name: &str| patterns.iter().any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes()));
    let entries = parameters.into_iter().filter(|(name, _)| asked(name));
    reply::array(entries.flat_map(|(name, value)| [reply::bulk(name), reply::bulk(value)]))
}

/// The answer to `COMMAND`.
pub fn commands(query: &CommandQuery) -> Frame {
    match query {
        CommandQuery::Count => reply::count(COMMANDS.len()),
        CommandQuery::Docs => reply::array([]),
        CommandQuery::Info(None) => reply::array(COMMANDS.iter().map(describe)),
        CommandQuery::Info(Some(names)) => {
            reply::array(names.iter().map(|name| catalogue::find(name).map_or(Frame::Null, describe)))
        }
        CommandQuery::List => reply::array(COMMANDS.iter().map(|spec| reply::bulk(spec.name))),
    }
}

fn describe(spec: &Spec) -> Frame {
    let [first, last, step] = spec.keys.map(Frame::Integer);
    let flags = reply::array(spec.flags.iter().map(|flag| reply::simple(flag)));
    reply::array([reply::bulk(spec.name), Frame::Integer(spec.arity), flags, first, last, step])
}
