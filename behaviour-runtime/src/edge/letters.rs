//! The functions by which the core reaches the messages of a behaviour, whose type it does not know.

use crate::process::Timeout;
use crate::process::parcel::{MessageType, Parcel};
use crate::process::signal::System;

use super::behaviour::Receives;

/// Drops a message where it lies.
///
/// # Safety
/// It is one of `S`'s messages, and is not used again.
#[allow(unsafe_code)]
pub(crate) unsafe fn drop_message<S: Receives>(message: *mut u8) {
    // SAFETY: as promised by the caller.
    unsafe { MessageType::of::<S::Message>().drop_message(message) }
}

/// The callback that takes a message.
///
/// # Safety
/// It is one of `S`'s messages.
#[allow(unsafe_code)]
pub(crate) unsafe fn message_name<S: Receives>(message: *const u8) -> &'static str {
    // SAFETY: as promised by the caller.
    S::message_name(unsafe { &*message.cast::<S::Message>() })
}

/// Makes a message of the system's a message of `S`'s, if there is a callback for it.
pub(crate) fn system<S: Receives>(system: System) -> Result<Parcel, System> {
    let message = match &system {
        System::Down(down) => S::DOWN.map(|make| make(down.clone())),
        System::Exit(exit) => S::EXIT.map(|make| make(exit.clone())),
        System::Timeout => S::TIMEOUT.map(|make| make(Timeout)),
        System::Stop(_) | System::Question(_) => None,
    };
    message.map(Parcel::new).ok_or(system)
}
