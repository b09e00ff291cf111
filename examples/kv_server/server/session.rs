//! What a client says, and what it is answered: one session a connection, apart from sockets.

use std::net::SocketAddr;

use bytes::Bytes;

use super::{
    about,
    command::{ClientCommand, Command},
    keyspace::TimeToLive,
    listener::ListenerClient,
    reply::{self, Frame},
    store::{Store, StoreError},
};

/// What the server knows about one client.
#[derive(Debug)]
pub struct Session {
    id: u64,
    peer: SocketAddr,
    name: Bytes,
    over: bool,
    store: Store,
    listener: ListenerClient,
}

impl Session {
    /// A client has come.
    pub fn new(id: u64, peer: SocketAddr, store: Store, listener: ListenerClient) -> Self {
        Self { id, peer, name: Bytes::new(), over: false, store, listener }
    }

    /// Whether the client said that it leaves.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Answers one command, whatever it is.
    pub async fn answer(&mut self, words: Vec<Bytes>) -> Frame {
        match Command::parse(words) {
            Ok(command) => self.execute(command).await.unwrap_or_else(reply::error),
            Err(error) => reply::error(error),
        }
    }

    async fn execute(&mut self, command: Command) -> Result<Frame, StoreError> {
        let store = &self.store;
        Ok(match command {
            Command::Get(key) => reply::maybe(store.get(key).await?),
            Command::Set(assignment) => {
                if store.set(assignment).await? {
                    reply::ok()
                } else {
                    Frame::Null
                }
            }
            Command::Increment { key, by } => Frame::Integer(store.increment(key, by).await?),
            Command::Append { key, more } => reply::count(store.append(key, more).await?),
            Command::Delete(keys) => reply::count(store.remove(keys).await?),
            Command::Exists(keys) => reply::count(store.count(keys).await?),
            Command::GetMany(keys) => reply::array(store.get_many(keys).await?.into_iter().map(reply::maybe)),
            Command::SetMany(pairs) => {
                store.set_many(pairs).await?;
                reply::ok()
            }
            Command::Expire { key, life } => reply::flag(store.expire(key, life).await?),
            Command::TimeToLive { key, unit } => Frame::Integer(match store.time_to_live(key).await? {
                TimeToLive::Missing => -2,
                TimeToLive::Forever => -1,
                TimeToLive::Left(time) => unit.of(time),
            }),
            Command::Keys(pattern) => reply::array(store.keys(pattern).await?.into_iter().map(reply::bulk)),
            Command::Size => reply::count(store.sizes().await?.iter().map(|size| size.keys).sum()),
            Command::FlushAll => {
                store.clear().await?;
                reply::ok()
            }
            Command::DebugPanic(key) => {
                store.crash(key).await?;
                reply::ok()
            }
            Command::Info(sections) => {
                let clients = self.listener.clients().await?;
                reply::bulk(about::info(&sections, clients, &store.sizes().await?))
            }
            other => self.converse(other),
        })
    }

    /// Commands that ask nothing of the store.
    fn converse(&mut self, command: Command) -> Frame {
        match command {
            Command::Ping(None) => reply::simple("PONG"),
            Command::Ping(Some(message)) | Command::Echo(message) => reply::bulk(message),
            Command::Hello(name) => {
                self.name = name.unwrap_or_else(|| self.name.clone());
                about::hello(self.id)
            }
            Command::ConfigGet(patterns) => about::config(&patterns),
            Command::Describe(query) => about::commands(&query),
            Command::Client(command) => self.client(command),
            Command::Reset => {
                self.name.clear();
                reply::simple("RESET")
            }
            Command::Quit => {
                self.over = true;
                reply::ok()
            }
            // What is left asks for what is so already.
            _ => reply::ok(),
        }
    }

    fn client(&mut self, command: ClientCommand) -> Frame {
        match command {
            ClientCommand::GetName if self.name.is_empty() => Frame::Null,
            ClientCommand::GetName => reply::bulk(self.name.clone()),
            ClientCommand::Id => Frame::Integer(self.id.cast_signed()),
            ClientCommand::Info => {
                let name = String::from_utf8_lossy(&self.name);
                reply::bulk(format!("id={} addr={} name={name} db=0 resp=2\n", self.id, self.peer))
            }
            ClientCommand::SetInfo => reply::ok(),
            ClientCommand::SetName(name) => {
                self.name = name;
                reply::ok()
            }
        }
    }
}
