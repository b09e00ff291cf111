//! Asking a supervisor, whatever its incarnation.

use tokio::sync::oneshot;

use crate::process::address::Address;
use crate::process::ended::Ended;
use crate::process::inbox::Protocol;
use crate::process::mailbox::Word;
use crate::process::parcel::Parcel;
use crate::process::{CallError, current};

/// Sends a letter and waits for its answer. If the supervisor is being restarted, the new one is asked.
///
/// The address must be that of a supervisor which is sent such letters.
pub(super) async fn ask<L: Protocol, T>(
    address: &Address,
    letter: impl FnOnce(oneshot::Sender<T>) -> L,
) -> Result<T, CallError> {
    let process = address.reach().await.ok_or(CallError::NoProcess)?;
    let (sender, answer) = oneshot::channel();
    let posted = process.post_parcel(Word::Message, Parcel::new(letter(sender)), false);
    match answer.await {
        Ok(answer) => Ok(answer),
        // It is ending, or had ended when the letter came.
        Err(_) => match (posted, Ended::new(Some(process)).await) {
            (Ok(()), reason) => Err(CallError::Exited(reason)),
            (Err(_), _) => Err(CallError::NoProcess),
        },
    }
}

/// As [`ask`], of a supervisor that serves nobody while a child of it starts: such a child, and whoever is started below
/// it meanwhile, is told that it would wait for itself.
pub(super) async fn ask_in_turn<L: Protocol, T>(
    address: &Address,
    letter: impl FnOnce(oneshot::Sender<T>) -> L,
) -> Result<T, CallError> {
    match current::is_started_under(address) {
        Some(ring) => Err(CallError::Deadlock(ring.into())),
        None => ask(address, letter).await,
    }
}
