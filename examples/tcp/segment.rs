//! What goes over the wire, as far as it concerns the connection: sequence numbers, control bits and text.
//!
//! Ports, windows, options and checksums are left out; so are segments that make no sense, such as one with SYN and FIN.

use std::{
    fmt::{self, Display, Formatter},
    ops::Add,
};

use super::wire::Wire;

/// A place in what one end sends. Places are counted in a circle; SYN and FIN have one of their own each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seq(pub u32);

impl Seq {
    /// Whether the way from here to `other` leads forwards, that is less than half around the circle.
    pub fn is_before(self, other: Self) -> bool {
        (1..1 << 31).contains(&other.0.wrapping_sub(self.0))
    }
}

impl Add<u32> for Seq {
    type Output = Self;

    fn add(self, octets: u32) -> Self {
        Self(self.0.wrapping_add(octets))
    }
}

/// What a segment is there for, apart from its text and its acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Nothing else.
    Plain,
    /// The first of a connection, in either direction.
    Syn,
    /// The last that its sender has to say.
    Fin,
    /// The connection is not, or no longer, there.
    Rst,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The place of its first octet.
    pub seq: Seq,
    /// What its sender expects next, if the ACK bit is set.
    pub ack: Option<Seq>,
    pub control: Control,
    pub text: String,
}

impl Segment {
    pub fn new(seq: Seq, control: Control) -> Self {
        Self { seq, ack: None, control, text: String::new() }
    }

    pub fn with_ack(self, ack: Seq) -> Self {
        Self { ack: Some(ack), ..self }
    }

    pub fn with_text(self, text: String) -> Self {
        Self { text, ..self }
    }

    /// The place behind it.
    pub fn end(&self) -> Seq {
        let text = u32::try_from(self.text.len()).expect("no segment is as long as that");
        self.seq + text + u32::from(matches!(self.control, Control::Syn | Control::Fin))
    }

    /// Answers a segment for no connection by a reset that its sender believes.
    pub fn refuse(&self, wire: &Wire) {
        match (self.control, self.ack) {
            (Control::Rst, _) => {}
            (_, Some(ack)) => wire.send(Self::new(ack, Control::Rst)),
            (_, None) => wire.send(Self::new(Seq(0), Control::Rst).with_ack(self.end())),
        }
    }
}

/// Shows a segment as the figures of RFC 9293 do: `<SEQ=300><ACK=101><CTL=SYN,ACK>`.
impl Display for Segment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "<SEQ={}>", self.seq.0)?;
        if let Some(ack) = self.ack {
            write!(f, "<ACK={}>", ack.0)?;
        }
        f.write_str(match (self.control, self.ack) {
            (Control::Plain, None) => "",
            (Control::Plain, Some(_)) => "<CTL=ACK>",
            (Control::Syn, None) => "<CTL=SYN>",
            (Control::Syn, Some(_)) => "<CTL=SYN,ACK>",
            (Control::Fin, None) => "<CTL=FIN>",
            (Control::Fin, Some(_)) => "<CTL=FIN,ACK>",
            (Control::Rst, None) => "<CTL=RST>",
            (Control::Rst, Some(_)) => "<CTL=RST,ACK>",
        })?;
        if self.text.is_empty() { Ok(()) } else { write!(f, "<DATA={}>", self.text) }
    }
}

// What may be good about a segment: the events that a connection makes of it.

/// A SYN, at the other end's first place.
pub struct Syn(pub Seq);

/// A SYN that acknowledges ours.
pub struct SynAck(pub Seq);

/// All that was sent is acknowledged; if a SYN or a FIN was the last, then that one, too.
pub struct Acked;

/// Text, the next in order.
pub struct Text(pub String);

/// No more text will come.
pub struct Fin;

/// There is no connection at the other end.
pub struct Rst;
