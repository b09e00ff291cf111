//! A connection: one process that reads commands, has them answered in order, and writes the answers.
//!
//! All commands that came in one read are answered in one write; that is all there is to pipelining. What is not the
//! protocol gets an error and ends this connection. So does a panic. Nobody else notices, for the listener, which is
//! linked to every connection, traps exits.

use std::{io, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{
    protocol::{Decoder, ProtocolError},
    reply,
    session::Session,
};

/// Answers go out when there are so many bytes of them, even if more commands wait: a pipeline of large reads must not
/// be held in memory as a whole.
const FLUSH: usize = 1 << 20;

/// How much room a read gets.
const READ: usize = 16 << 10;

/// How long a client that broke the protocol may go on talking, so that it gets to read why it was cut off.
const LINGER: Duration = Duration::from_millis(500);

/// Serves one client until one of the two hangs up.
pub async fn serve(mut socket: TcpStream, mut session: Session) {
    // A client that goes away in the middle of an answer is no news.
    let _ = converse(&mut socket, &mut session).await;
}

async fn converse(socket: &mut TcpStream, session: &mut Session) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut decoder = Decoder::default();
    let mut out = BytesMut::new();
    loop {
        let answered = answer(&mut decoder, session, &mut out).await;
        if let Err(error) = answered {
            reply::write(&reply::error(error), &mut out);
        }
        socket.write_all_buf(&mut out).await?;
        match answered {
            Ok(Pace::More) => {}
            Ok(Pace::Read) => {
                decoder.buffer().reserve(READ);
                if socket.read_buf(decoder.buffer()).await? == 0 {
                    return Ok(());
                }
            }
            Ok(Pace::Over) => return socket.shutdown().await,
            Err(_) => return hang_up(socket).await,
        }
    }
}

/// What to do once the answers are out.
#[derive(Clone, Copy)]
enum Pace {
    /// Answer the commands that are here already.
    More,
    /// Read on.
    Read,
    /// Hang up.
    Over,
}

/// Answers the commands that are here.
async fn answer(decoder: &mut Decoder, session: &mut Session, out: &mut BytesMut) -> Result<Pace, ProtocolError> {
    while let Some(words) = decoder.command()? {
        reply::write(&session.answer(words).await, out);
        if session.is_over() {
            return Ok(Pace::Over);
        }
        if out.len() >= FLUSH {
            return Ok(Pace::More);
        }
    }
    Ok(Pace::Read)
}

/// Closes a connection on which there is more to read. If it were just dropped, the system would reset it and the
/// client might never see the last answer.
async fn hang_up(socket: &mut TcpStream) -> io::Result<()> {
    socket.shutdown().await?;
    let mut rest = vec![0; READ];
    let drain = async {
        while socket.read(&mut rest).await? > 0 {}
        Ok(())
    };
    timeout(LINGER, drain).await.unwrap_or(Ok(()))
}
