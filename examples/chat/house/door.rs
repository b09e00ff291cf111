//! The door: it owns the port, and has a user started for everybody who comes.
//!
//! A server cannot wait for a socket and for messages at the same time, so it has a linked process that does nothing but
//! accept. They end together: if that one crashes the supervisor restarts both.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::supervisor::DynamicSupervisorClient;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::{Directory, user::User};

/// Where users come in.
#[gen_server]
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
}

#[gen_server]
impl Door {
    #[init]
    async fn init(
        cx: &mut Context<Self>,
        address: SocketAddr,
        users: DynamicSupervisorClient<User>,
        directory: Directory,
    ) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        cx.spawn(accept(socket, users, directory));
        Ok(Self { address })
    }

    /// Where users connect to.
    #[call]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

// ANCHOR: accept
async fn accept(socket: TcpListener, users: DynamicSupervisorClient<User>, directory: Directory) {
    loop {
        match socket.accept().await {
            // If the house is full, or its users are being restarted, that ends the connection.
            Ok((stream, _)) => drop(users.start_temporary((stream, directory.clone())).await),
            // Out of file descriptors, most likely: somebody has to go first.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
// ANCHOR_END: accept
