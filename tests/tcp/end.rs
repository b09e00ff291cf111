//! A connection whose other end is the test: the test's inbox is its wire.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::Event;
use tokio::task::JoinHandle;

use crate::{
    connection::{Connection, ConnectionClient},
    segment::{Control, Segment, Seq},
    user::Error,
};

/// A connection that counts from 100, and what it sends.
pub struct End {
    pub connection: ConnectionClient,
    inbox: Inbox<Segment>,
}

impl End {
    pub async fn start(inbox: Inbox<Segment>) -> Self {
        Self { connection: Connection::start(inbox.process(), 100).await.unwrap(), inbox }
    }

    /// Leads a fresh connection to a state, by the shortest way; to SYN-RECEIVED by listening.
    pub async fn start_in(state: &str, inbox: Inbox<Segment>) -> Self {
        const OPEN: [&str; 2] = ["connect", "<SEQ=300><ACK=101><CTL=SYN,ACK>"];
        const FIN: &str = "<SEQ=301><ACK=101><CTL=FIN,ACK>";
        let mut end = Self::start(inbox).await;
        end.all(match state {
            "Closed" => &[],
            "Listen" => &["listen"],
            "SynSent" => &["connect"],
            "SynReceived" => &["listen", "<SEQ=300><CTL=SYN>"],
            "Established" => &OPEN,
            "FinWait1" => &[OPEN[0], OPEN[1], "close"],
            "FinWait2" => &[OPEN[0], OPEN[1], "close", "<SEQ=301><ACK=102><CTL=ACK>"],
            "CloseWait" => &[OPEN[0], OPEN[1], FIN],
            "Closing" => &[OPEN[0], OPEN[1], "close", FIN],
            "LastAck" => &[OPEN[0], OPEN[1], FIN, "close"],
            "TimeWait" => &[OPEN[0], OPEN[1], "close", "<SEQ=301><ACK=102><CTL=FIN,ACK>"],
            _ => panic!("{state} is no state"),
        })
        .await;
        assert_eq!(end.state().await, state);
        end.sent();
        end
    }

    /// The connection's state.
    pub async fn state(&self) -> &'static str {
        self.connection.state_name().await.unwrap()
    }

    /// A segment arrives.
    pub async fn segment(&self, text: &str) {
        self.connection.segment(read(text));
        settle().await;
    }

    /// What was sent since the last look.
    pub fn sent(&mut self) -> String {
        let mut sent = String::new();
        while let Some(Event::Message(segment)) = self.inbox.try_next() {
            sent += &segment.to_string();
        }
        sent
    }

    /// What a user who asks for something hears, sooner or later. Texts are `hi`.
    pub async fn ask(&self, what: &str) -> Heard {
        let connection = self.connection.clone();
        let heard = match what {
            "listen" => hear(async move { connection.listen().await }),
            "connect" => hear(async move { connection.connect().await }),
            "send" => hear(async move { connection.send("hi".into()).await }),
            "receive" => hear(async move { connection.receive().await }),
            "close" => hear(async move { connection.close().await }),
            "abort" => hear(async move { connection.abort().await }),
            "status" => hear(async move { connection.status().await }),
            _ => panic!("nobody asks for {what}"),
        };
        settle().await;
        heard
    }

    async fn all(&mut self, steps: &[&str]) {
        for step in steps {
            if step.starts_with('<') {
                self.segment(step).await;
            } else {
                self.ask(step).await;
            }
        }
    }
}

/// Lets everything run that can.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// What a user hears.
pub struct Heard(JoinHandle<String>);

impl Heard {
    /// `waits` if it is nothing yet.
    pub async fn now(self) -> String {
        if self.0.is_finished() { self.0.await.unwrap() } else { "waits".into() }
    }
}

fn hear<T>(call: impl Future<Output = Result<Result<T, Error>, CallError>> + Send + 'static) -> Heard
where
    T: Say + Send + 'static,
{
    Heard(tokio::spawn(async move {
        match call.await {
            Ok(Ok(answer)) => answer.say(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => format!("the call failed: {error}"),
        }
    }))
}

/// What is answered, in words.
trait Say {
    fn say(self) -> String;
}

impl Say for () {
    fn say(self) -> String {
        "ok".into()
    }
}

impl Say for &str {
    fn say(self) -> String {
        self.into()
    }
}

impl Say for String {
    fn say(self) -> String {
        self
    }
}

/// Reads what [`Segment`]'s `Display` writes.
pub fn read(text: &str) -> Segment {
    let mut segment = Segment::new(Seq(0), Control::Plain);
    for field in text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).expect("fields").split("><") {
        match field.split_once('=').expect("a field") {
            ("SEQ", seq) => segment.seq = Seq(seq.parse().unwrap()),
            ("ACK", ack) => segment.ack = Some(Seq(ack.parse().unwrap())),
            ("DATA", text) => segment.text = text.into(),
            ("CTL", bits) => {
                segment.control = match bits.trim_end_matches(",ACK") {
                    "SYN" => Control::Syn,
                    "FIN" => Control::Fin,
                    "RST" => Control::Rst,
                    _ => Control::Plain,
                }
            }
            (name, _) => panic!("{name} is no field"),
        }
    }
    assert_eq!(segment.to_string(), text);
    segment
}
