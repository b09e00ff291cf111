//! The listener: it owns the port, and it is linked to every connection.
//!
//! A server cannot wait for a socket and answer calls at the same time, so it has a process that does nothing but accept
//! and hand over. Connections are linked processes as well. Because the listener traps exits, the end of a connection,
//! however it came about, is a message to it; and because links work both ways, the end of the listener ends them all.

use std::{collections::HashSet, io, net::SocketAddr, time::Duration};

use behaviour::prelude::*;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::{about::MAX_CLIENTS, connection, session::Session, store::Store};

/// Who waits at the door.
#[gen_server]
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    store: Store,
    acceptor: Pid,
    connections: HashSet<Pid>,
    /// How many clients have ever come.
    count: u64,
}

#[gen_server]
impl Listener {
    #[init]
    async fn init(cx: &mut Context<Self>, address: SocketAddr, store: Store) -> io::Result<Self> {
        cx.trap_exit(true);
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let acceptor = cx.spawn(accept(socket, cx.client()));
        Ok(Self { address, store, acceptor, connections: HashSet::new(), count: 0 })
    }

    /// Where clients connect to.
    #[call]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many clients are connected.
    #[call]
    pub fn clients(&self) -> usize {
        self.connections.len()
    }

    /// A client has come.
    #[cast]
    pub fn accepted(&mut self, cx: &mut Context<Self>, socket: TcpStream, peer: SocketAddr) {
        if self.connections.len() >= MAX_CLIENTS {
            // As much as a fresh socket takes without waiting is more than this.
            let _ = socket.try_write(b"-ERR max number of clients reached\r\n");
            return;
        }
        self.count += 1;
        let session = Session::new(self.count, peer, self.store.clone(), cx.client());
        self.connections.insert(cx.spawn(connection::serve(socket, session)));
    }

    /// A client has gone; or nobody accepts any more, and then a new listener must.
    #[info]
    fn gone(&mut self, exit: Exit) -> Result<(), ExitReason> {
        if exit.pid == self.acceptor {
            return Err(exit.reason);
        }
        self.connections.remove(&exit.pid);
        Ok(())
    }
}

/// Hands every client that comes to the listener.
async fn accept(socket: TcpListener, listener: ListenerClient) {
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => listener.accepted(stream, peer),
            // Out of file descriptors, most likely: some client has to go first.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
