//! The house: who is in it, in which order it opens and closes, and what is left standing when something falls.
//!
//! ```text
//! Chat (application)
//! └── House (one_for_one)
//!     ├── rooms (dynamic)   a Room each: opened by the first who enters, ends with the last who leaves
//!     ├── users (dynamic)   a User each: lives and dies with its connection
//!     └── door              accepts, and has a user started for whoever comes
//! ```
//!
//! Users need rooms and the door needs users, so they start in this order, and stop in the reverse: first nobody comes
//! in any more, then everybody is told goodbye, then the rooms close. But nobody keeps what another one knows. Who is
//! called what, and which rooms there are, stands in two registries, which lose an entry when its process ends;
//! supervisors are reached through clients that follow them through restarts; and who depends on a single process, a
//! room on its users, a user on its room, monitors it. So nobody need be restarted because somebody else was, and the
//! strategy is `one_for_one`.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

pub mod door;
pub mod protocol;
pub mod room;
pub mod user;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::registry::Registry;
use behaviour::supervisor::{DynamicSupervisorClient, Restart, Shutdown, StartChildError};
use serde::Deserialize;

use self::{
    door::Door,
    room::{Room, RoomClient},
    user::User,
};

/// The chat as a program; its field is its configuration, from `chat.toml` or `CHAT_ADDRESS`.
#[application(config = "chat.toml", phases(announce), shutdown_timeout = 10s)]
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// Where to listen; port 0 is any that is free.
    pub address: SocketAddr,
}

impl Default for Chat {
    fn default() -> Self {
        Self { address: (Ipv4Addr::LOCALHOST, 6667).into() }
    }
}

#[application]
impl Chat {
    #[start]
    fn start(&self) -> Child<House> {
        House { address: self.address, names: Registry::new(), signs: Registry::new() }.child()
    }

    #[phase]
    async fn announce(&self, house: &HouseClient) -> Result<(), CallError> {
        println!("chat: open at {}", house.door().address().await?);
        Ok(())
    }

    #[stop]
    fn stop(&self) {
        println!("chat: closed");
    }
}

/// The rooms, the users, and the door.
#[supervisor(one_for_one, intensity = 3, period = 5s)]
#[derive(Debug)]
pub struct House {
    /// Where the door is.
    pub address: SocketAddr,
    /// What users are called.
    pub names: Registry<String, User>,
    /// What is written on the doors of the rooms.
    pub signs: Registry<String, Room>,
}

#[supervisor]
impl House {
    /// Nobody but those who were in a room that has crashed can say whether it is still wanted, and they open it again
    /// if it is. So it is temporary, and however often it crashes, nobody else is harmed.
    #[child]
    pub fn rooms(&self) -> Child<DynamicSupervisor<Room>> {
        DynamicSupervisor::child().restart(Restart::Temporary)
    }

    /// Whoever does not take a goodbye within a second goes without.
    #[child]
    pub fn users(&self) -> Child<DynamicSupervisor<User>> {
        DynamicSupervisor::child()
            .restart(Restart::Temporary)
            .max_children(10_000)
            .shutdown(Shutdown::Timeout(Duration::from_secs(1)))
    }

    #[child]
    pub fn door(&self, house: &HouseClient) -> Child<Door> {
        let directory = Directory { names: self.names.clone(), signs: self.signs.clone(), rooms: house.rooms() };
        Door::child(self.address, house.users(), directory)
    }
}

/// How users find each other, and rooms.
#[derive(Clone, Debug)]
pub struct Directory {
    pub names: Registry<String, User>,
    pub signs: Registry<String, Room>,
    rooms: DynamicSupervisorClient<Room>,
}

impl Directory {
    /// Finds a room, or opens it.
    ///
    /// A start under a key that is taken fails, so of two who open the same room one looks again, and finds the other's.
    pub async fn room(&self, name: &str) -> Result<RoomClient, StartChildError> {
        loop {
            if let Some(room) = self.signs.lookup(name) {
                return Ok(room);
            }
            match self.rooms.start_child(()).via(&self.signs, name.to_owned()).await {
                Ok(_) | Err(StartChildError::Start(StartError::AlreadyStarted(_))) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
