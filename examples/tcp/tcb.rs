//! Where both ends are: as much of the transmission control block as one needs who sends nothing twice.

use super::{
    segment::{Control, Segment, Seq},
    wire::Wire,
};

/// How far ahead the other end may send (RCV.WND).
const WINDOW: u32 = 1 << 16;

/// The next place of either end.
#[derive(Debug)]
pub struct Tcb {
    /// What is sent next (SND.NXT).
    pub next: Seq,
    /// What is expected next (RCV.NXT).
    pub expected: Seq,
}

impl Tcb {
    /// Answers the other end's SYN by the own one.
    pub fn answer(iss: Seq, irs: Seq, wire: &Wire) -> Self {
        let mut tcb = Self { next: iss, expected: irs + 1 };
        tcb.send(Segment::new(iss, Control::Syn), wire);
        tcb
    }

    /// Answers the other end's SYN, which acknowledges the own one, by an ACK.
    pub fn complete(iss: Seq, irs: Seq, wire: &Wire) -> Self {
        let tcb = Self { next: iss + 1, expected: irs + 1 };
        tcb.acknowledge(wire);
        tcb
    }

    /// Whether a place lies where the other end may send.
    pub fn is_in_window(&self, seq: Seq) -> bool {
        !seq.is_before(self.expected) && seq.is_before(self.expected + WINDOW)
    }

    /// Acknowledges all that has come.
    pub fn acknowledge(&self, wire: &Wire) {
        wire.send(Segment::new(self.next, Control::Plain).with_ack(self.expected));
    }

    pub fn send_text(&mut self, text: String, wire: &Wire) {
        self.send(Segment::new(self.next, Control::Plain).with_text(text), wire);
    }

    pub fn send_fin(mut self, wire: &Wire) -> Self {
        self.send(Segment::new(self.next, Control::Fin), wire);
        self
    }

    pub fn take_text(&mut self, text: &str, wire: &Wire) {
        self.expected = Segment::new(self.expected, Control::Plain).with_text(text.into()).end();
        self.acknowledge(wire);
    }

    pub fn take_fin(mut self, wire: &Wire) -> Self {
        self.expected = self.expected + 1;
        self.acknowledge(wire);
        self
    }

    fn send(&mut self, segment: Segment, wire: &Wire) {
        self.next = segment.end();
        wire.send(segment.with_ack(self.expected));
    }
}
