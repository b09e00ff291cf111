//! A chat over TCP: rooms and users, each of them a process under a supervisor.
//!
//! ```text
//! cargo run --example chat                     opens at 127.0.0.1:6667
//! nc 127.0.0.1 6667                            comes in, from as many terminals as you like; telnet will do, too
//! CHAT_ADDRESS=0.0.0.0:7000 cargo run --example chat
//! cargo run --example chat -- --demo           plays a short scene on a free port, and ends
//! ```
//!
//! Ctrl-C says goodbye to everybody and closes. Start reading at `house/mod.rs`, the tree; `door.rs`, `user.rs` and
//! `room.rs` are its processes, `protocol.rs` is plain data: bytes to lines, lines to commands.

mod demo;
mod house;

use std::error::Error;
use std::process::ExitCode;

use behaviour::prelude::*;

use self::house::Chat;

fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    if std::env::args().any(|argument| argument == "--demo") {
        demo::play()?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(behaviour::run(Chat::configured()))
}
