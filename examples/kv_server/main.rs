//! A key-value server that real Redis clients can use: a supervision tree on a TCP port.
//!
//! ```text
//! cargo run --release --example kv_server -- --port 6380 --shards 4
//! redis-cli -p 6380 set greeting hello
//! redis-cli -p 6380 debug panic greeting     # crashes the shard that owns the key; try what is left
//! redis-benchmark -p 6380 -t ping,set,get,incr,mset -P 16 -q
//! ```
//!
//! Start reading at `server/mod.rs`, the tree; `shard.rs` and `listener.rs` are its servers, `connection.rs` and
//! `session.rs` what one client sees. Everything else is plain data: bytes to commands (`protocol.rs`, `inline.rs`,
//! `catalogue.rs`, `command.rs`), commands to effects (`keyspace.rs`), effects to bytes (`reply.rs`).

mod server;

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
};

use lexopt::{Arg, Parser, ValueExt as _};

use server::Server;

const HELP: &str = "\
A key-value server that Redis clients can use.

Usage: kv_server [--port PORT] [--shards NUMBER]

  --port PORT      the port to listen on, 0 for any that is free [6380]
  --shards NUMBER  how many processes share the keys [4]
  --help           this text";

/// What the command line says.
struct Options {
    port: u16,
    shards: usize,
}

impl Options {
    /// Reads the command line; `None` if it asks for help.
    fn read() -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self { port: 6380, shards: 4 };
        let mut arguments = Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("port") => options.port = arguments.value()?.parse()?,
                Arg::Long("shards") => options.shards = arguments.value()?.parse_with(at_least_one)?,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("there must be at least one shard".into()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Some(Options { port, shards }) = Options::read()? else {
        println!("{HELP}");
        return Ok(());
    };
    let server = Server { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), shards }.start().await?;
    println!("listening on {} with {shards} shards; Ctrl-C stops", server.listener().address().await?);
    tokio::signal::ctrl_c().await?;
    println!("stopping");
    server.stop().await?;
    Ok(())
}
