//! The tree: the shards first, for clients need them, then the listener, with a process for every connection.
//!
//! ```text
//! Server (one_for_one)
//! ├── shards (one_for_one)
//! │   ├── shard-0   a gen_server with its share of the keys
//! │   ├── shard-1
//! │   └── …
//! └── listener      a gen_server with the port
//!     ├── acceptor    a linked process
//!     ├── connection  a linked process for each client
//!     └── …
//! ```
//!
//! It stops in the reverse order: no more clients, then the connections, then the shards.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

pub mod about;
pub mod arguments;
pub mod catalogue;
pub mod command;
pub mod connection;
pub mod glob;
pub mod inline;
pub mod keyspace;
pub mod listener;
pub mod protocol;
pub mod reply;
pub mod session;
pub mod shard;
pub mod store;

use std::{net::SocketAddr, time::Duration};

use behaviour::{
    prelude::*,
    supervisor::{Strategy, Tree},
};

use self::{listener::Listener, shard::Shard, store::Store};

/// A key-value server and all that it needs, started in this order.
#[supervisor(one_for_one, intensity = 3, period = 10s)]
#[derive(Debug)]
pub struct Server {
    /// Where to listen; port 0 is any that is free.
    pub address: SocketAddr,
    /// How many processes share the keys, at least one.
    pub shards: usize,
}

#[supervisor]
impl Server {
    /// Where the keys are. How many shards there are is known at run time only, so their supervisor is built by hand.
    #[child(shutdown = infinity)]
    pub fn shards(&self) -> Child<Tree> {
        let tree = Tree::new(Strategy::OneForOne).intensity(10).period(Duration::from_secs(10));
        (0..self.shards).fold(tree, |tree, number| tree.child(name(number), Shard::child)).into_child()
    }

    /// Where the clients come in. It finds the shards through the server's own client: each of their clients names a
    /// shard, and reaches it after every restart.
    #[child]
    pub fn listener(&self, server: &ServerClient) -> Child<Listener> {
        let shards = server.shards();
        let store = Store::new((0..self.shards).map(|number| shards.child::<Shard>(&name(number))));
        Listener::child(self.address, store)
    }
}

/// What a shard is called.
fn name(shard: usize) -> String {
    format!("shard-{shard}")
}
