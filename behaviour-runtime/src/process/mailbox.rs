//! The mailbox: what waits for a process, in order.
//!
//! One queue for messages, calls and system messages, under one short lock. The process swaps it out whole; only a
//! bounded one is taken from one by one, so that its capacity is exact. The bit `WANTED` of the turn says that the
//! queue is not empty; it changes under the lock, so that no message is ever left without a wake-up.

use std::sync::Arc;
use std::task::Waker;

use super::call::Waiter;
use super::cell::{ProcessCell, WhenFull};
use super::error::CallError;
use super::node::Node;
use super::parcel::Parcel;
use super::queue::Queue;
use super::reason::ExitReason;
use super::signal::MonitorRef;

/// What an entry's word says.
#[derive(Debug)]
pub(crate) enum Word {
    /// A message that nobody waits for.
    Message,
    /// A message whose sender waits at this node.
    Call(Arc<Node>),
    /// No message: the process shall end with this reason.
    Stop(Box<ExitReason>),
    /// A `Down` of this monitor, so that `demonitor` with flush finds it.
    Down(MonitorRef),
}

const TAG: usize = 0b11;

impl Word {
    #[allow(unsafe_code)]
    fn into_raw(self) -> usize {
        match self {
            Self::Message => 0,
            Self::Call(node) => Arc::into_raw(node) as usize | 1,
            Self::Stop(reason) => Box::into_raw(reason) as usize | 2,
            Self::Down(monitor) => down_word(monitor),
        }
    }

    /// # Safety
    /// `raw` came from `into_raw` and is used once.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) unsafe fn from_raw(raw: usize) -> Self {
        match raw & TAG {
            0 => Self::Message,
            // SAFETY: the tag says which pointer was made a word; both are aligned to more than the tag's bits.
            1 => Self::Call(unsafe { Arc::from_raw((raw & !TAG) as *const Node) }),
            // SAFETY: as above.
            2 => Self::Stop(unsafe { Box::from_raw((raw & !TAG) as *mut ExitReason) }),
            _ => Self::Down(MonitorRef(raw as u64 >> 2)),
        }
    }
}

fn down_word(monitor: MonitorRef) -> usize {
    (usize::try_from(monitor.0).unwrap_or(usize::MAX) << 2) | 3
}

/// Why a message was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The process has ended.
    Ended,
    /// The mailbox is full.
    Full,
}

/// What waits for a process.
#[derive(Debug)]
pub(crate) struct Mailbox {
    pub(crate) queue: Queue,
    pub(crate) closed: bool,
    /// A node and a timer for the next call that has to wait.
    pub(crate) spare: Option<Box<Waiter>>,
    /// Whoever waits in a plain process's inbox.
    pub(crate) receiver: Option<Waker>,
}

impl Mailbox {
    pub(crate) const fn new() -> Self {
        Self { queue: Queue::new(), closed: false, spare: None, receiver: None }
    }
}

impl ProcessCell {
    /// Puts an entry into the mailbox, and wakes the process if it has to be woken.
    ///
    /// `ordinary` messages obey the capacity; the system's own are always let in. If the message is refused it has not
    /// been moved.
    ///
    /// # Safety
    /// `message` points to a message of this process's type, which is not used again if this succeeds; it is null if
    /// and only if the word carries no message.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) unsafe fn post(&self, word: Word, message: *const u8, ordinary: bool) -> Result<(), Refused> {
        let table = self.table();
        let mut evicted = None;
        let posted = self.mailbox.with(|mailbox| {
            if mailbox.closed {
                return Err((Refused::Ended, word));
            }
            if ordinary && table.capacity != 0 && mailbox.queue.len() >= table.capacity {
                evicted = match table.when_full {
                    WhenFull::Reject | WhenFull::DropNewest => None,
                    WhenFull::DropOldest => mailbox.queue.remove(table.shape, |word| matches!(word & TAG, 0 | 1)),
                };
                if evicted.is_none() {
                    return Err((Refused::Full, word));
                }
            }
            // SAFETY: the mailbox of a process is only used with its own shape; the message is as the caller promised.
            unsafe { mailbox.queue.push(table.shape, word.into_raw(), message) };
            Ok((self.turn.want(), mailbox.receiver.take()))
        });
        if let Some((word, message)) = evicted {
            self.drop_oldest(word, message);
        }
        match posted {
            Ok((wake, receiver)) => {
                if let Some(receiver) = receiver {
                    receiver.wake();
                } else if wake {
                    self.wake();
                }
                Ok(())
            }
            Err((refused, word)) => {
                drop(word);
                Err(refused)
            }
        }
    }

    /// Posts a message that lies in a parcel. A message that is refused is dropped.
    #[allow(unsafe_code)]
    pub(crate) fn post_parcel(&self, word: Word, mut parcel: Parcel, ordinary: bool) -> Result<(), Refused> {
        // SAFETY: parcels for a process are made with its own message type.
        unsafe { self.post(word, parcel.message(), ordinary) }?;
        parcel.moved();
        Ok(())
    }

    /// Tells the process to end in order, after what was sent before.
    #[allow(unsafe_code)]
    pub(crate) fn post_stop(&self, reason: ExitReason) -> Result<(), Refused> {
        // SAFETY: this word carries no message.
        unsafe { self.post(Word::Stop(Box::new(reason)), std::ptr::null(), false) }
    }

    #[cold]
    #[allow(unsafe_code)]
    fn drop_oldest(&self, word: usize, mut message: Vec<u128>) {
        // SAFETY: the entry was taken out of the queue and is used once.
        let word = unsafe { Word::from_raw(word) };
        let message = message.as_mut_ptr().cast::<u8>();
        // SAFETY: the entry held a message of this process's type; it is named, dropped and not used again. The
        // vector's alignment is the largest that a `Shape` allows.
        let name = unsafe { (self.table().message_name)(message) };
        super::report::dropped(self, name, "the oldest message made room");
        if let Word::Call(node) = word {
            node.fail(CallError::Full);
        }
        super::runner::dropping(|| {
            // SAFETY: as above.
            unsafe { (self.table().drop_message)(message) }
        });
    }

    /// Removes a `Down` of this monitor from the mailbox.
    pub(crate) fn flush_down(&self, monitor: MonitorRef) -> bool {
        let table = self.table();
        let wanted = down_word(monitor);
        let found = self.mailbox.with(|mailbox| {
            let found = mailbox.queue.remove(table.shape, |word| word == wanted);
            if found.is_some() && mailbox.queue.is_empty() {
                self.turn.unwant();
            }
            found
        });
        self.drop_removed(found)
    }

    /// Removes a `Down` of this monitor from the messages that were taken out together.
    pub(crate) fn flush_batch(&self, monitor: MonitorRef, batch: &mut Queue) -> bool {
        let wanted = down_word(monitor);
        self.drop_removed(batch.remove(self.table().shape, |word| word == wanted))
    }

    #[allow(unsafe_code)]
    fn drop_removed(&self, found: Option<(usize, Vec<u128>)>) -> bool {
        let Some((_, mut message)) = found else { return false };
        // SAFETY: the entry held a message of this process's type, and it is not used again.
        super::runner::dropping(|| unsafe { (self.table().drop_message)(message.as_mut_ptr().cast()) });
        true
    }
}
