//! What lies between two ends.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Process};

use super::{connection::Connection, segment::Segment};

/// Where a connection's segments go.
pub type Wire = Process<Segment>;

/// How long a segment is on its way.
pub const LATENCY: Duration = Duration::from_millis(5);

/// A wire to the connection of that name, if there is one when a segment arrives. It shows what goes through.
pub fn cable(to: &str) -> Wire {
    let to = to.to_owned();
    process::spawn(|mut inbox: Inbox<Segment>| async move {
        loop {
            let segment = inbox.recv().await;
            println!("    to {to}: {segment}");
            tokio::time::sleep(LATENCY).await;
            if let Some(end) = Connection::find(&to) {
                end.segment(segment);
            }
        }
    })
}
