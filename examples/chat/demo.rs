//! A scene for two, played in a house of its own: what each of them sees is printed, and then all is over.
//!
//! Nobody waits for a while and hopes: an actor goes on when a certain line has been seen.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use behaviour::application;
use tokio::io::{self, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::house::Chat;

/// A client that prints what it sees.
struct Actor {
    name: &'static str,
    socket: BufReader<TcpStream>,
}

impl Actor {
    async fn enter(name: &'static str, address: SocketAddr) -> io::Result<Self> {
        let mut actor = Self { name, socket: BufReader::new(TcpStream::connect(address).await?) };
        actor.says(&format!("{name}\n/join tea")).await?;
        actor.sees(&format!("{name} has come")).await?;
        Ok(actor)
    }

    async fn says(&mut self, line: &str) -> io::Result<()> {
        self.socket.write_all(format!("{line}\n").as_bytes()).await
    }

    /// Reads on, up to a line that holds this.
    async fn sees(&mut self, text: &str) -> io::Result<()> {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            if self.socket.read_line(&mut line).await? == 0 {
                return Err(io::Error::other(format!("{} never saw `{text}`", self.name)));
            }
            print!("{} | {line}", self.name);
        }
        Ok(())
    }
}

/// Plays the scene.
#[behaviour::main]
pub async fn play() -> Result<(), Box<dyn Error + Send + Sync>> {
    let chat = application::ensure_all_started(Chat { address: (Ipv4Addr::LOCALHOST, 0).into() }).await?;
    let address = chat.door().address().await?;
    let mut ann = Actor::enter("ann", address).await?;
    let mut bob = Actor::enter("bob", address).await?;
    ann.sees("bob has come").await?;
    ann.says("Who would like some tea?").await?;
    bob.sees("<ann>").await?;

    // The room crashes, and is opened again by those who were in it.
    for room in chat.rooms().children().await? {
        room.kill();
    }
    ann.sees("you are back").await?;
    bob.sees("you are back").await?;
    bob.says("I would.").await?;
    ann.sees("<bob>").await?;

    ann.says("/quit").await?;
    ann.sees("goodbye").await?;
    bob.sees("ann has left").await?;

    // Whoever is left is told when the house closes.
    application::shut_down().await;
    bob.sees("goodbye").await?;
    Ok(())
}
