//! The mailbox: what waits for a process, in order.
//!
//! One queue for messages, calls and system messages, under one short lock. The process swaps it out whole; only a
//! bounded one is taken from one by one, so that its capacity is exact. The bit `WANTED` of the turn says that the
//! queue is not empty; it changes under the lock, so that no message is ever left without a wake-up.

use std::sync::Arc;
use std::task::Waker;

use super::cell::ProcessCell;
use super::error::CallError;
use super::functions::WhenFull;
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
    /// No message: the process shall end with this reason; without one in order.
    Stop(Option<Box<ExitReason>>),
    /// A `Down` of this monitor, so that `demonitor` with flush finds it.
    Down(MonitorRef),
    /// No message: here the process answers the system request of this number, which is not 0.
    System(u32),
}

const TAG: usize = 0b11;

impl Word {
    fn stop(reason: ExitReason) -> Self {
        Self::Stop(if let ExitReason::Normal = reason { None } else { Some(Box::new(reason)) })
    }

    #[allow(unsafe_code)]
    #[inline]
    fn into_raw(self) -> usize {
        match self {
            Self::Message => 0,
            Self::Call(node) => Arc::into_raw(node) as usize | 1,
            Self::Stop(reason) => reason.map_or(0, |reason| Box::into_raw(reason) as usize) | 2,
            Self::Down(monitor) => down_word(monitor),
            Self::System(request) => (request as usize) << 2,
        }
    }

    /// Whether this is the word of a message that nobody waits for.
    #[inline]
    pub(crate) fn is_message(raw: usize) -> bool {
        raw == 0
    }

    /// Whether this is the word of an order to end.
    pub(crate) fn is_stop(raw: usize) -> bool {
        raw & TAG == 2
    }

    /// Whether this is the word of a system request.
    pub(crate) fn is_system(raw: usize) -> bool {
        raw != 0 && raw & TAG == 0
    }

    /// # Safety
    /// `raw` came from `into_raw` and is used once.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) unsafe fn from_raw(raw: usize) -> Self {
        match raw & TAG {
            0 if raw == 0 => Self::Message,
            0 => Self::System(u32::try_from(raw >> 2).unwrap_or_default()),
            // SAFETY: the tag says which pointer was made a word; both are aligned to more than the tag's bits.
            1 => Self::Call(unsafe { Arc::from_raw((raw & !TAG) as *const Node) }),
            // SAFETY: as above.
            2 => Self::Stop((raw != 2).then(|| unsafe { Box::from_raw((raw & !TAG) as *mut ExitReason) })),
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
    /// How many entries are let in without a second look: the capacity, or none at all once the process has ended.
    limit: u32,
    /// Whoever waits in a plain process's inbox.
    receiver: Option<Box<Waker>>,
    /// Whether anybody waits there: who left no waker is the process's own task.
    listening: bool,
}

impl Mailbox {
    /// A mailbox of this capacity; 0 is unbounded.
    pub(crate) const fn new(capacity: u32) -> Self {
        Self { queue: Queue::new(), limit: Self::limit_of(capacity), receiver: None, listening: false }
    }

    const fn limit_of(capacity: u32) -> u32 {
        if capacity == 0 { u32::MAX } else { capacity }
    }

    /// Lets in as much as this from now on, if it lets in anything; what is in it stays.
    pub(super) fn set_capacity(&mut self, capacity: u32) {
        if !self.is_closed() {
            self.limit = Self::limit_of(capacity);
        }
    }

    /// Somebody waits in the inbox, for whom there is a waker unless it is the process's own task. What is to be dropped.
    #[must_use]
    pub(crate) fn listen(&mut self, receiver: Option<Box<Waker>>) -> Option<Box<Waker>> {
        self.listening = true;
        std::mem::replace(&mut self.receiver, receiver)
    }

    /// Whom to wake for a message.
    fn receiver(&mut self, task: bool) -> Put {
        Put { task: task || std::mem::take(&mut self.listening), receiver: self.receiver.take() }
    }

    /// Lets nothing in any more.
    pub(crate) fn close(&mut self) {
        self.limit = 0;
    }

    fn is_closed(&self) -> bool {
        self.limit == 0
    }
}

/// What a message of the system's own is on its way into the mailbox.
#[derive(Debug)]
pub(crate) struct Entry {
    word: Word,
    message: Option<Parcel>,
}

impl Entry {
    pub(crate) fn new(word: Word, message: Parcel) -> Self {
        Self { word, message: Some(message) }
    }

    pub(crate) fn stop(reason: ExitReason) -> Self {
        Self { word: Word::stop(reason), message: None }
    }

    pub(crate) fn system(request: u32) -> Self {
        Self { word: Word::System(request), message: None }
    }
}

/// Who is to be woken for an entry that was put into the mailbox.
#[derive(Debug)]
#[must_use]
pub(crate) struct Put {
    task: bool,
    receiver: Option<Box<Waker>>,
}

/// What is owed for an entry that went into the mailbox.
enum Owed {
    Nothing,
    /// The process must be woken.
    Wake,
    /// Nothing happened yet: the mailbox is full or closed, or somebody waits in an inbox.
    Look,
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
    pub(crate) unsafe fn post(&self, word: Word, message: *const u8, ordinary: bool) -> Result<(), Refused> {
        // SAFETY: as promised by the caller.
        unsafe { self.post_raw(word.into_raw(), message, ordinary) }
    }

    /// Puts an entry into the mailbox, whose word is made already.
    ///
    /// # Safety
    /// As for `post`; the word came from `into_raw` and is not used again.
    #[allow(unsafe_code)]
    #[inline]
    unsafe fn post_raw(&self, word: usize, message: *const u8, ordinary: bool) -> Result<(), Refused> {
        let owed = self.mailbox.with(|mailbox| {
            let waiting = mailbox.queue.len();
            if waiting >= mailbox.limit || mailbox.listening {
                return Owed::Look;
            }
            // SAFETY: the mailbox of a process is only used with its own shape; the message is as the caller promised.
            unsafe { mailbox.queue.push(self.table().shape, word, message) };
            // A queue that was not empty is wanted already.
            if waiting == 0 && self.turn.want() { Owed::Wake } else { Owed::Nothing }
        });
        match owed {
            Owed::Nothing => Ok(()),
            Owed::Wake => {
                self.wake();
                Ok(())
            }
            // SAFETY: as promised by the caller.
            Owed::Look => unsafe { self.post_slowly(word, message, ordinary) },
        }
    }

    /// Puts an entry into a mailbox that is full or closed, or whose process waits in its inbox.
    ///
    /// # Safety
    /// As for `post`.
    #[allow(unsafe_code)]
    #[inline(never)]
    unsafe fn post_slowly(&self, word: usize, message: *const u8, ordinary: bool) -> Result<(), Refused> {
        let mut evicted = None;
        let posted = self.mailbox.with(|mailbox| {
            if mailbox.is_closed() {
                return Err(Refused::Ended);
            }
            // New code brings limit and policy together, under this lock.
            let table = self.table();
            if ordinary && mailbox.queue.len() >= mailbox.limit {
                if let WhenFull::DropOldest = table.when_full {
                    evicted = mailbox.queue.remove(table.shape, |word| word == 0 || word & TAG == 1);
                }
                if evicted.is_none() {
                    return Err(Refused::Full);
                }
            }
            // SAFETY: the mailbox of a process is only used with its own shape; the message is as the caller promised.
            unsafe { mailbox.queue.push(table.shape, word, message) };
            Ok(mailbox.receiver(self.turn.want()))
        });
        if let Some((word, message)) = evicted {
            self.drop_oldest(word, message);
        }
        match posted {
            Ok(put) => self.wake_for(put),
            Err(refused) => {
                // SAFETY: the word was made by `post` and did not get into the queue.
                drop(unsafe { Word::from_raw(word) });
                return Err(refused);
            }
        }
        Ok(())
    }

    fn wake_for(&self, put: Put) {
        match put {
            Put { receiver: Some(receiver), .. } => receiver.wake_by_ref(),
            Put { task: true, receiver: None } => self.wake(),
            Put { task: false, receiver: None } => {}
        }
    }

    /// Posts a message that nobody waits for. This is what a cast costs, so it is a copy of its own.
    ///
    /// # Safety
    /// As for `post`.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) unsafe fn post_message(&self, message: *const u8) -> Result<(), Refused> {
        // SAFETY: as promised by the caller.
        unsafe { self.post_raw(Word::Message.into_raw(), message, true) }
    }

    /// Posts a message that lies in a parcel. A message that is refused is dropped.
    #[allow(unsafe_code)]
    pub(crate) fn post_parcel(&self, word: Word, mut parcel: Parcel, ordinary: bool) -> Result<(), Refused> {
        // SAFETY: parcels for a process are made with its own message type.
        unsafe { self.post(word, parcel.message(), ordinary) }?;
        parcel.forget();
        Ok(())
    }

    /// Puts an entry into the mailbox, whatever the capacity, for somebody who holds the lock of the relations: it wakes
    /// nobody, and a refused entry comes back to be dropped when that lock is open.
    #[allow(unsafe_code)]
    pub(crate) fn put(&self, entry: Entry) -> Result<Put, Entry> {
        self.mailbox.with(|mailbox| {
            if mailbox.is_closed() {
                return Err(entry);
            }
            let Entry { word, mut message } = entry;
            let place = message.as_mut().map_or(std::ptr::null(), |message| message.message().cast_const());
            // SAFETY: parcels for a process are made with its own message type, and only a word that carries no message
            // comes without one.
            unsafe { mailbox.queue.push(self.table().shape, word.into_raw(), place) };
            if let Some(message) = message {
                message.forget();
            }
            Ok(mailbox.receiver(self.turn.want()))
        })
    }

    /// Wakes whoever is to be woken for an entry, or drops the one that was refused.
    pub(crate) fn after_put(&self, put: Result<Put, Entry>) {
        if let Ok(put) = put {
            self.wake_for(put);
        }
    }

    /// Tells the process to end in order, after what was sent before.
    #[allow(unsafe_code)]
    pub(crate) fn post_stop(&self, reason: ExitReason) -> Result<(), Refused> {
        // SAFETY: this word carries no message.
        unsafe { self.post(Word::stop(reason), std::ptr::null(), false) }
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
        super::end::dropping(|| {
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
        super::end::dropping(|| unsafe { (self.table().drop_message)(message.as_mut_ptr().cast()) });
        true
    }
}
