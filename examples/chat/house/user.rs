//! A user: the process of one connection. It writes to the socket; a linked process reads from it.
//!
//! That one waits until a line has been dealt with before it reads the next, so nobody floods the house. When the
//! connection ends, it ends, and because the user traps exits, that is a message. Whichever way a user goes, orderly or
//! not, its name is free again and its room knows.
//!
//! A user in a room monitors it, and opens it again if it crashes.

use std::error::Error;
use std::sync::Arc;

use behaviour::prelude::*;
use behaviour::process::Monitor;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{
    TcpStream,
    tcp::{OwnedReadHalf, OwnedWriteHalf},
};

use super::{
    Directory,
    protocol::{self, Command, LineError},
    room::RoomClient,
};

/// Somebody at a terminal.
#[gen_server]
#[derive(Debug)]
pub struct User {
    directory: Directory,
    socket: OwnedWriteHalf,
    /// None until it has said one that is free.
    name: Option<String>,
    place: Option<Place>,
}

/// Where a user is.
#[derive(Debug)]
struct Place {
    name: String,
    room: RoomClient,
    monitor: Monitor,
}

/// How often a user tries to get into a room that ends again and again.
const ATTEMPTS: u32 = 10;

/// Why a user does not get what it asked for. It is told.
type Trouble = Box<dyn Error + Send + Sync>;

#[gen_server]
impl User {
    #[init]
    async fn init(cx: &mut Context<Self>, stream: TcpStream, directory: Directory) -> Self {
        cx.trap_exit(true);
        // Lines are short, and wanted at once; if it cannot be had they come late.
        let _ = stream.set_nodelay(true);
        let (reader, socket) = stream.into_split();
        cx.spawn(listen(reader, cx.client()));
        let mut user = Self { directory, socket, name: None, place: None };
        user.tell("* what is your name?").await;
        user
    }

    /// The user has typed a line.
    #[call]
    pub async fn typed(&mut self, cx: &mut Context<Self>, line: Result<String, LineError>) {
        let done = match (line, self.name.clone()) {
            (Err(error), _) => Err(error.into()),
            (Ok(name), None) => self.introduce(cx, &name).await,
            (Ok(line), Some(name)) => self.obey(cx, &line, name).await,
        };
        if let Err(trouble) = done {
            self.tell(&format!("* {trouble}")).await;
        }
    }

    /// There is something to read.
    #[cast]
    pub async fn show(&mut self, line: Arc<str>) {
        self.tell(&line).await;
    }

    #[info]
    async fn room_ended(&mut self, cx: &mut Context<Self>, _: Down) {
        if let (Some(Place { name: room, .. }), Some(name)) = (self.place.take(), self.name.clone()) {
            let back = self.enter(cx, &room, name).await;
            let outcome = back.map_or_else(|trouble| trouble.to_string(), |()| "you are back".into());
            self.tell(&format!("* `{room}` broke down: {outcome}")).await;
        }
    }

    #[info]
    fn hung_up(&mut self, cx: &mut Context<Self>, exit: Exit) {
        cx.stop(exit.reason);
    }

    #[terminate]
    async fn goodbye(&mut self) {
        self.tell("* goodbye").await;
    }

    async fn introduce(&mut self, cx: &mut Context<Self>, name: &str) -> Result<(), Trouble> {
        let name = protocol::name(name)?;
        let taken = self.directory.names.register(name.clone(), &cx.client()).is_err();
        if taken {
            return Err("somebody is called that; what else?".into());
        }
        self.tell(&format!("* hello, {name}; /join a room")).await;
        self.name = Some(name);
        Ok(())
    }

    async fn obey(&mut self, cx: &mut Context<Self>, line: &str, name: String) -> Result<(), Trouble> {
        match Command::parse(line)? {
            Command::Join(room) => {
                self.leave(cx).await;
                self.enter(cx, &room, name.clone()).await?;
                self.tell(&format!("* you are in `{room}`")).await;
                self.room()?.say(format!("* {name} has come")).await?;
            }
            Command::Leave => {
                self.room()?;
                self.leave(cx).await;
                self.tell("* you are out").await;
            }
            Command::Who => {
                let who = self.room()?.who().await?;
                self.tell(&format!("* here: {}", who.join(", "))).await;
            }
            Command::Rooms => {
                let mut rooms = self.directory.signs.select(|room, _, ()| Some(room.clone()));
                rooms.sort_unstable();
                self.tell(&format!("* rooms: {}", rooms.join(", "))).await;
            }
            Command::Quit => cx.stop(ExitReason::Normal),
            Command::Say(words) => {
                let said = self.room()?.say(format!("<{name}> {words}")).await;
                said.map_err(|_| "the room did not hear that")?;
            }
        }
        Ok(())
    }

    fn room(&self) -> Result<&RoomClient, Trouble> {
        self.place.as_ref().map(|place| &place.room).ok_or_else(|| "you are in no room; /join one".into())
    }

    async fn enter(&mut self, cx: &mut Context<Self>, name: &str, me: String) -> Result<(), Trouble> {
        for _ in 0..ATTEMPTS {
            let room = self.directory.room(name).await?;
            if room.enter(me.clone(), cx.client()).await.is_ok() {
                let monitor = cx.monitor(room.pid());
                self.place = Some(Place { name: name.to_owned(), room, monitor });
                return Ok(());
            }
            // It has ended meanwhile: the last one has left it, or it has crashed again.
        }
        Err("nobody gets in".into())
    }

    async fn leave(&mut self, cx: &mut Context<Self>) {
        if let Some(Place { room, monitor, .. }) = self.place.take() {
            cx.demonitor(&monitor);
            // If it has just crashed, that is one way of being out of it.
            let _ = room.leave(cx.pid()).await;
        }
    }

    /// Writes a line, and waits while the socket is full. That a connection is broken is for the reader to find out.
    async fn tell(&mut self, line: &str) {
        let _ = self.socket.write_all(format!("{line}\n").as_bytes()).await;
    }
}

/// Reads lines until there are no more.
async fn listen(socket: OwnedReadHalf, user: UserClient) {
    let mut socket = BufReader::new(socket);
    while let Ok(Some(line)) = protocol::read(&mut socket).await
        && user.typed(line).forever().await.is_ok()
    {}
}
