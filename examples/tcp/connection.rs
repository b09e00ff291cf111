//! A connection: the state machine of RFC 9293, section 3.3.2.
//!
//! Each arrow of the RFC's diagram is a method: the state that it leaves is its first parameter, the state that it leads
//! to its return type. What makes it go is its mark: a user's call, something in a segment, or time.
//!
//! A segment comes in as one event, `segment`. It is checked against the state (3.10.7), and what is good about it goes
//! to the front of the queue as events of their own, in the RFC's order: its acknowledgement, its text, its FIN. So a FIN
//! that also acknowledges ours leads from FIN-WAIT-1 through FIN-WAIT-2 to TIME-WAIT; and text that a user sent too early
//! was postponed, and goes out between the ACK that opens the connection and a FIN that closes it.
//!
//! Who opens or closes hears of it when it is done: the states that wait hold the replies. Nothing is sent twice; an end
//! that waits too long for an ACK gives up.

use std::time::Duration;

use behaviour::prelude::*;

use super::{
    segment::{Acked, Control, Fin, Rst, Segment, Seq, Syn, SynAck, Text},
    state::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, State, SynReceived, SynSent,
        TimeWait,
    },
    tcb::Tcb,
    user::{Done, Error, Reading, Waiting},
    wire::Wire,
};

/// How long an ACK of a SYN or a FIN may take.
pub const USER_TIMEOUT: Duration = Duration::from_mins(5);

/// After twice a segment's longest life nothing of a connection is left in the net.
pub const TWO_MSL: Duration = Duration::from_mins(4);

/// What outlives every state: where segments go, the first place to count from, and what has come for the user.
#[gen_statem(State)]
#[derive(Debug)]
pub struct Connection {
    wire: Wire,
    iss: Seq,
    reading: Reading,
}

#[gen_statem(State)]
impl Connection {
    #[init]
    fn init(wire: Wire, iss: u32) -> (Self, Closed) {
        (Self { wire, iss: Seq(iss), reading: Reading::default() }, Closed)
    }

    // OPEN, passive and active.

    /// Waits for the other end to connect.
    #[call(later)]
    pub fn listen(&mut self, _: Closed, reply: Reply<Done>) -> (Listen, Later) {
        (Listen { opened: reply.into() }, Later)
    }

    #[call(listen, later)]
    fn listen_again(&self, _: &State, reply: Reply<Done>) -> Later {
        reply.send(Err(Error::Exists))
    }

    /// Connects to the other end.
    #[call(later)]
    pub fn connect(&mut self, _: Closed, reply: Reply<Done>) -> (SynSent, Later) {
        (self.send_syn(reply.into()), Later)
    }

    #[call(connect, later)]
    fn connect_instead(&mut self, listen: Listen, reply: Reply<Done>) -> (SynSent, Later) {
        (self.send_syn(listen.opened.and(reply)), Later)
    }

    #[call(connect, later)]
    fn connect_again(&self, _: &State, reply: Reply<Done>) -> Later {
        reply.send(Err(Error::Exists))
    }

    // SEND and RECEIVE.

    /// Sends text, as soon as the connection is open.
    #[call]
    pub fn send(&mut self, established: &mut Established, text: String) -> Done {
        established.tcb.send_text(text, &self.wire);
        Ok(())
    }

    #[call(send)]
    fn send_half_closed(&mut self, close_wait: &mut CloseWait, text: String) -> Done {
        close_wait.tcb.send_text(text, &self.wire);
        Ok(())
    }

    #[call(send)]
    fn send_first(&mut self, listen: Listen, cx: &mut Context<Self>, _text: String) -> (SynSent, Done) {
        cx.postpone();
        (self.send_syn(listen.opened), Ok(()))
    }

    #[call(send)]
    fn send_too_early_or_late(&self, state: &State, cx: &mut Context<Self>, _text: String) -> Done {
        if let State::SynSent(_) | State::SynReceived(_) = state {
            cx.postpone(); // and nobody hears of the error
        }
        Err(state.error())
    }

    /// The text that has come since one last asked; waits for some.
    #[call(later)]
    pub fn receive(&mut self, state: &State, reply: Reply<Result<String, Error>>) -> Later {
        match state {
            State::CloseWait(_) if self.reading.has_text() => self.reading.reader(reply),
            State::Closed(_) | State::CloseWait(_) | State::Closing(_) | State::LastAck(_) | State::TimeWait(_) => {
                reply.send(Err(state.error()))
            }
            _ => self.reading.reader(reply),
        }
    }

    // CLOSE, ABORT and STATUS.

    /// Says that no more will be sent; is done when the other end knows.
    #[call(later)]
    pub fn close(&mut self, established: Established, reply: Reply<Done>) -> (FinWait1, Later) {
        (FinWait1 { tcb: established.tcb.send_fin(&self.wire), closed: reply.into() }, Later)
    }

    #[call(close, later)]
    fn close_half_open(&mut self, syn_received: SynReceived, reply: Reply<Done>) -> (FinWait1, Later) {
        syn_received.opened.tell(Err(Error::Closing));
        (FinWait1 { tcb: syn_received.tcb.send_fin(&self.wire), closed: reply.into() }, Later)
    }

    #[call(close, later)]
    fn close_half_closed(&mut self, close_wait: CloseWait, reply: Reply<Done>) -> (LastAck, Later) {
        (LastAck { tcb: close_wait.tcb.send_fin(&self.wire), closed: reply.into() }, Later)
    }

    #[call(close, later)]
    fn close_listening(&mut self, listen: Listen, reply: Reply<Done>) -> (Closed, Later) {
        (self.end(listen, Error::Closing), reply.send(Ok(())))
    }

    #[call(close, later)]
    fn close_connecting(&mut self, syn_sent: SynSent, reply: Reply<Done>) -> (Closed, Later) {
        (self.end(syn_sent, Error::Closing), reply.send(Ok(())))
    }

    #[call(close, later)]
    fn close_again(&self, state: &State, reply: Reply<Done>) -> Later {
        reply.send(Err(state.error()))
    }

    /// Ends the connection at once, and tells the other end.
    #[call]
    pub fn abort(&mut self, state: State) -> (Closed, Done) {
        if let State::SynReceived(SynReceived { tcb, .. })
        | State::Established(Established { tcb })
        | State::FinWait1(FinWait1 { tcb, .. })
        | State::FinWait2(FinWait2 { tcb })
        | State::CloseWait(CloseWait { tcb }) = &state
        {
            self.wire.send(Segment::new(tcb.next, Control::Rst));
        }
        (self.end(state, Error::Reset), Ok(()))
    }

    #[call(abort)]
    fn abort_nothing(&self, _: &Closed) -> Done {
        Err(Error::NoConnection)
    }

    /// The state of the connection, if there is one.
    #[call]
    pub fn status(&self, state: &State, cx: &mut Context<Self>) -> Result<&'static str, Error> {
        if let State::Closed(_) = state { Err(Error::NoConnection) } else { Ok(cx.state_name()) }
    }

    // SEGMENT ARRIVES: what is good about it?

    /// A segment has come.
    #[cast]
    pub fn segment(&mut self, state: &State, cx: &mut Context<Self>, segment: Segment) {
        let Some(tcb) = state.tcb() else { return };
        if segment.seq != tcb.expected {
            // It came before, perhaps because our ACK was lost; or another one was lost.
            if segment.control != Control::Rst || tcb.is_in_window(segment.seq) {
                tcb.acknowledge(&self.wire);
            }
            if let (State::TimeWait(_), Control::Fin) = (state, segment.control) {
                cx.state_timeout(TWO_MSL);
            }
            return;
        }
        match (segment.control, segment.ack) {
            (Control::Rst, _) => cx.next_event(Rst),
            (Control::Syn, _) => tcb.acknowledge(&self.wire),
            (_, None) => {}
            (_, Some(ack)) if ack != tcb.next && matches!(state, State::SynReceived(_)) => segment.refuse(&self.wire),
            (_, Some(ack)) if tcb.next.is_before(ack) => tcb.acknowledge(&self.wire),
            (control, Some(ack)) => {
                if ack == tcb.next {
                    cx.next_event(Acked);
                }
                if !segment.text.is_empty() {
                    cx.next_event(Text(segment.text));
                }
                if control == Control::Fin {
                    cx.next_event(Fin);
                }
            }
        }
    }

    #[cast(segment)]
    fn segment_for_nobody(&self, _: &Closed, segment: Segment) {
        segment.refuse(&self.wire);
    }

    #[cast(segment)]
    fn segment_listening(&self, _: &Listen, cx: &mut Context<Self>, segment: Segment) {
        match (segment.control, segment.ack) {
            (_, Some(_)) => segment.refuse(&self.wire),
            (Control::Syn, None) => cx.next_event(Syn(segment.seq)),
            _ => {}
        }
    }

    #[cast(segment)]
    fn segment_connecting(&self, syn_sent: &SynSent, cx: &mut Context<Self>, segment: Segment) {
        match (segment.control, segment.ack) {
            (_, Some(ack)) if ack != syn_sent.iss + 1 => segment.refuse(&self.wire),
            (Control::Rst, Some(_)) => cx.next_event(Rst),
            (Control::Syn, Some(_)) => cx.next_event(SynAck(segment.seq)),
            (Control::Syn, None) => cx.next_event(Syn(segment.seq)),
            _ => {}
        }
    }

    // SYN.

    #[internal(else = ignore)]
    fn syn(&mut self, listen: Listen, Syn(irs): Syn) -> SynReceived {
        SynReceived { tcb: Tcb::answer(self.iss, irs, &self.wire), opened: listen.opened, passive: true }
    }

    #[internal]
    fn syn_of_both(&mut self, syn_sent: SynSent, Syn(irs): Syn) -> SynReceived {
        SynReceived { tcb: Tcb::answer(syn_sent.iss, irs, &self.wire), opened: syn_sent.opened, passive: false }
    }

    #[internal(else = ignore)]
    fn syn_ack(&mut self, syn_sent: SynSent, SynAck(irs): SynAck) -> Established {
        let tcb = Tcb::complete(syn_sent.iss, irs, &self.wire);
        syn_sent.opened.tell(Ok(()));
        Established { tcb }
    }

    // ACK of SYN, ACK of FIN.

    #[internal(else = ignore)]
    fn ack_of_syn(&mut self, syn_received: SynReceived, _: Acked) -> Established {
        syn_received.opened.tell(Ok(()));
        Established { tcb: syn_received.tcb }
    }

    #[internal]
    fn ack_of_fin(&mut self, fin_wait_1: FinWait1, _: Acked) -> FinWait2 {
        fin_wait_1.closed.tell(Ok(()));
        FinWait2 { tcb: fin_wait_1.tcb }
    }

    #[internal]
    fn ack_of_crossing_fin(&mut self, closing: Closing, _: Acked) -> TimeWait {
        closing.closed.tell(Ok(()));
        TimeWait { tcb: closing.tcb }
    }

    #[internal]
    fn ack_of_last_fin(&mut self, last_ack: LastAck, _: Acked) -> Closed {
        last_ack.closed.tell(Ok(()));
        Closed
    }

    // Text.

    #[internal(else = ignore)]
    fn text(&mut self, established: &mut Established, Text(text): Text) {
        established.tcb.take_text(&text, &self.wire);
        self.reading.text(&text);
    }

    #[internal]
    fn text_in_fin_wait_1(&mut self, fin_wait_1: &mut FinWait1, Text(text): Text) {
        fin_wait_1.tcb.take_text(&text, &self.wire);
        self.reading.text(&text);
    }

    #[internal]
    fn text_in_fin_wait_2(&mut self, fin_wait_2: &mut FinWait2, Text(text): Text) {
        fin_wait_2.tcb.take_text(&text, &self.wire);
        self.reading.text(&text);
    }

    // FIN.

    #[internal(else = ignore)]
    fn fin(&mut self, established: Established, _: Fin) -> CloseWait {
        self.reading.end(Error::Closing);
        CloseWait { tcb: established.tcb.take_fin(&self.wire) }
    }

    #[internal]
    fn fin_of_both(&mut self, fin_wait_1: FinWait1, _: Fin) -> Closing {
        self.reading.end(Error::Closing);
        Closing { tcb: fin_wait_1.tcb.take_fin(&self.wire), closed: fin_wait_1.closed }
    }

    #[internal]
    fn last_fin(&mut self, fin_wait_2: FinWait2, _: Fin) -> TimeWait {
        self.reading.end(Error::Closing);
        TimeWait { tcb: fin_wait_2.tcb.take_fin(&self.wire) }
    }

    // RST.

    #[internal]
    fn rst(&mut self, state: State, _: Rst) -> Closed {
        self.end(state, Error::Reset)
    }

    #[internal]
    fn rst_half_open(&mut self, syn_received: SynReceived, _: Rst) -> Next<(Listen, Closed)> {
        if syn_received.passive {
            return Next::to(Listen { opened: syn_received.opened });
        }
        Next::to(self.end(syn_received, Error::Refused))
    }

    // Time.

    #[state_timeout(4m)]
    fn two_msl(&mut self, _: TimeWait) -> Closed {
        Closed
    }

    #[state_timeout]
    fn user_timeout(&mut self, state: State) -> Closed {
        self.end(state, Error::TimedOut)
    }

    #[enter]
    fn enter(&mut self, state: &State, cx: &mut Context<Self>, from: &'static str) {
        if let Some(name) = cx.name() {
            println!("{name}: {from} -> {}", cx.state_name());
        }
        match state {
            State::SynSent(_) | State::SynReceived(_) | State::FinWait1(_) | State::Closing(_) | State::LastAck(_) => {
                cx.state_timeout(USER_TIMEOUT);
            }
            State::Closed(_) => self.reading = Reading::default(),
            _ => {}
        }
    }

    // What several of them do.

    fn send_syn(&self, opened: Waiting) -> SynSent {
        self.wire.send(Segment::new(self.iss, Control::Syn));
        SynSent { iss: self.iss, opened }
    }

    fn end(&mut self, state: impl Into<State>, error: Error) -> Closed {
        if let Some(waiting) = state.into().into_waiting() {
            waiting.tell(Err(error));
        }
        self.reading.end(error);
        Closed
    }
}
