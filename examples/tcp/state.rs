//! The eleven states of a connection (RFC 9293, 3.3.2), each with what it knows: where both ends are, and who waits.

use behaviour::prelude::*;

use super::{
    segment::Seq,
    tcb::Tcb,
    user::{Error, Waiting},
};

/// The state of a connection.
#[gen_statem(state)]
#[derive(Debug)]
pub enum State {
    /// There is no connection.
    Closed,
    /// Somebody may connect.
    Listen { opened: Waiting },
    /// The own SYN is sent.
    SynSent { iss: Seq, opened: Waiting },
    /// The other end's SYN has come, and is answered.
    SynReceived { tcb: Tcb, opened: Waiting, passive: bool },
    /// Text flows in both directions.
    Established { tcb: Tcb },
    /// The own FIN is sent.
    FinWait1 { tcb: Tcb, closed: Waiting },
    /// The own FIN is acknowledged; the other end may still send.
    FinWait2 { tcb: Tcb },
    /// The other end's FIN has come; the own user may still send.
    CloseWait { tcb: Tcb },
    /// Both have sent a FIN at the same time; the own one is not acknowledged yet.
    Closing { tcb: Tcb, closed: Waiting },
    /// The other end's FIN has come, the own one is sent.
    LastAck { tcb: Tcb, closed: Waiting },
    /// All is said; the last ACK may have been lost.
    TimeWait { tcb: Tcb },
}

impl State {
    /// Where both ends are, as soon as both are known.
    pub fn tcb(&self) -> Option<&Tcb> {
        match self {
            Self::Closed(_) | Self::Listen(_) | Self::SynSent(_) => None,
            Self::SynReceived(SynReceived { tcb, .. })
            | Self::Established(Established { tcb })
            | Self::FinWait1(FinWait1 { tcb, .. })
            | Self::FinWait2(FinWait2 { tcb })
            | Self::CloseWait(CloseWait { tcb })
            | Self::Closing(Closing { tcb, .. })
            | Self::LastAck(LastAck { tcb, .. })
            | Self::TimeWait(TimeWait { tcb }) => Some(tcb),
        }
    }

    /// Who waits for the connection to open or to close.
    pub fn into_waiting(self) -> Option<Waiting> {
        match self {
            Self::Listen(Listen { opened: waiting })
            | Self::SynSent(SynSent { opened: waiting, .. })
            | Self::SynReceived(SynReceived { opened: waiting, .. })
            | Self::FinWait1(FinWait1 { closed: waiting, .. })
            | Self::Closing(Closing { closed: waiting, .. })
            | Self::LastAck(LastAck { closed: waiting, .. }) => Some(waiting),
            _ => None,
        }
    }

    /// What a user hears who asks for what this state does not do.
    pub fn error(&self) -> Error {
        if matches!(self, Self::Closed(_)) { Error::NoConnection } else { Error::Closing }
    }
}
