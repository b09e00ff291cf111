//! A queue of messages whose type only the two ends know.
//!
//! The core is compiled once, so its queues hold raw memory: each entry is one tagged word (who waits for an answer, or
//! what kind of system message it is) and the bytes of one message. A server's [`Shape`] says how large a message is.
//! The queue moves bytes and never reads, clones or drops a message: whoever takes an entry out owns it.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;

/// How many entries the first memory of a queue holds.
const FIRST: u32 = 4;
/// A drained queue with room for more entries than this gives its memory back.
const KEPT: u32 = 64;

/// The shape of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bytes of a message.
    size: usize,
    /// Where the message begins, behind the word.
    offset: usize,
    /// Bytes from one entry to the next.
    stride: usize,
    /// Alignment of an entry.
    align: usize,
    /// Words of a message that is copied by hand; `MANY` are not.
    words: usize,
}

/// More words of a message than are copied by hand, for then `memcpy` is faster.
const MANY: usize = 8;

impl Shape {
    /// The shape of entries that carry an `M`.
    pub(crate) const fn of<M>() -> Self {
        assert!(align_of::<M>() <= align_of::<u128>(), "a message may be aligned to at most 16 bytes");
        let align = if align_of::<M>() > align_of::<usize>() { align_of::<M>() } else { align_of::<usize>() };
        let stride = (align + size_of::<M>()).next_multiple_of(align);
        let (size, word) = (size_of::<M>(), size_of::<u64>());
        let words = if size % word == 0 && size / word < MANY { size / word } else { MANY };
        Self { size, offset: align, stride, align, words }
    }
}

impl Shape {
    /// Bytes of a message.
    pub(crate) const fn size(self) -> usize {
        self.size
    }
}

/// A ring of entries.
#[derive(Debug)]
pub(crate) struct Queue {
    memory: *mut u8,
    /// Entries that fit; 0 or a power of two.
    capacity: u32,
    head: u32,
    len: u32,
}

// SAFETY: the queue owns its memory; the messages in it are `Send`, which every way in asks for.
#[allow(unsafe_code)]
unsafe impl Send for Queue {}
// SAFETY: nothing is reachable through a shared reference but its length.
#[allow(unsafe_code)]
unsafe impl Sync for Queue {}

#[allow(unsafe_code)]
#[allow(clippy::cast_ptr_alignment, reason = "a slot begins at a word's alignment, by its `Shape`")]
impl Queue {
    pub(crate) const fn new() -> Self {
        Self { memory: std::ptr::null_mut(), capacity: 0, head: 0, len: 0 }
    }

    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn slot(&self, shape: Shape, index: u32) -> *mut u8 {
        let place = (self.head.wrapping_add(index) & (self.capacity - 1)) as usize;
        // SAFETY: `place` is below `capacity`, and the memory holds `capacity` entries of `stride` bytes.
        unsafe { self.memory.add(place * shape.stride) }
    }

    /// Takes the entries of another queue of the same shape, and leaves it the memory of this one, which is empty.
    ///
    /// Not a swap, which reads in one go what was just written in two, and has to wait for that.
    #[inline]
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        debug_assert!(self.is_empty(), "only an empty queue takes over another");
        let (memory, capacity) = (self.memory, self.capacity);
        *self = Self { memory: other.memory, capacity: other.capacity, head: other.head, len: other.len };
        *other = Self { memory, capacity, head: 0, len: 0 };
    }

    /// Puts the entries of another queue of the same shape before those that are in this one; the other is left empty.
    pub(crate) fn put_before(&mut self, shape: Shape, other: &mut Self) {
        while let Some((word, message)) = self.pop(shape) {
            // SAFETY: both are queues of this shape, as the caller says; the entry was taken out of the one and is not
            // used there again.
            unsafe { other.push(shape, word, message) };
        }
        self.take_over(other);
    }

    /// Appends an entry, moving the message out of `message`.
    ///
    /// # Safety
    /// `shape` is the one that this queue was always used with. `message` points to a message of that shape, which is
    /// not used again; or it is null, and the entry carries no message.
    #[inline]
    pub(crate) unsafe fn push(&mut self, shape: Shape, word: usize, message: *const u8) {
        if self.len == self.capacity {
            self.resize(shape, (self.capacity * 2).max(FIRST));
        }
        let slot = self.slot(shape, self.len);
        // SAFETY: the slot is inside the memory, aligned for a word and, behind `offset`, for a message; it is vacant.
        unsafe {
            slot.cast::<usize>().write(word);
            copy(message, slot.add(shape.offset), shape);
        }
        self.len += 1;
    }

    /// Takes the first entry out: its word, and where its message lies until the queue is used again.
    #[inline]
    pub(crate) fn pop(&mut self, shape: Shape) -> Option<(usize, *mut u8)> {
        if self.len == 0 {
            return None;
        }
        let slot = self.slot(shape, 0);
        self.head = self.head.wrapping_add(1) & (self.capacity - 1);
        self.len -= 1;
        // SAFETY: the slot held an entry, so its word was written, and its message lies inside the memory.
        Some(unsafe { (slot.cast::<usize>().read(), slot.add(shape.offset)) })
    }

    /// Takes the first entry out whose word is one that is looked for.
    pub(crate) fn remove(&mut self, shape: Shape, mut wanted: impl FnMut(usize) -> bool) -> Option<(usize, Vec<u128>)> {
        let found = (0..self.len).find(|&index| {
            // SAFETY: the slot holds an entry, so its word was written.
            wanted(unsafe { self.slot(shape, index).cast::<usize>().read() })
        })?;
        let slot = self.slot(shape, found);
        let mut message = vec![0_u128; shape.size.div_ceil(size_of::<u128>())];
        // SAFETY: the slot holds an entry; `message` has room for it. The entries before it move up by one, each into
        // the slot of an entry that has been copied away.
        let word = unsafe {
            std::ptr::copy_nonoverlapping(slot.add(shape.offset), message.as_mut_ptr().cast(), shape.size);
            let word = slot.cast::<usize>().read();
            for index in (0..found).rev() {
                std::ptr::copy_nonoverlapping(self.slot(shape, index), self.slot(shape, index + 1), shape.stride);
            }
            word
        };
        self.head = self.head.wrapping_add(1) & (self.capacity - 1);
        self.len -= 1;
        Some((word, message))
    }

    /// How many entries have a word that is counted.
    pub(crate) fn count(&self, shape: Shape, counted: impl Fn(usize) -> bool) -> usize {
        // SAFETY: the slots hold entries, so their words were written.
        (0..self.len).filter(|&index| counted(unsafe { self.slot(shape, index).cast::<usize>().read() })).count()
    }

    /// Gives the memory back if a burst made it large. The queue must be empty.
    pub(crate) fn shrink(&mut self, shape: Shape, keep: u32) {
        if self.len == 0 && self.capacity > keep {
            self.release(shape);
        }
    }

    /// Whether a drained queue of this size should be shrunk.
    pub(crate) fn is_large(&self) -> bool {
        self.capacity > KEPT
    }

    #[cold]
    #[inline(never)]
    fn resize(&mut self, shape: Shape, capacity: u32) {
        let layout = Self::layout(shape, capacity);
        // SAFETY: an entry has at least the size of its word, so the layout is not empty.
        let memory = unsafe { alloc(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        for index in 0..self.len {
            // SAFETY: both sides hold at least `len` entries and do not overlap.
            unsafe {
                let from = self.slot(shape, index);
                std::ptr::copy_nonoverlapping(from, memory.add(index as usize * shape.stride), shape.stride);
            }
        }
        let len = self.len;
        self.release(shape);
        *self = Self { memory, capacity, head: 0, len };
    }

    /// Frees the memory; entries that were still in it are forgotten, not dropped.
    pub(crate) fn release(&mut self, shape: Shape) {
        if self.capacity != 0 {
            // SAFETY: the memory was allocated with this layout.
            unsafe { dealloc(self.memory, Self::layout(shape, self.capacity)) };
        }
        *self = Self::new();
    }

    fn layout(shape: Shape, capacity: u32) -> Layout {
        Layout::from_size_align(shape.stride * capacity as usize, shape.align).expect("a queue is smaller than memory")
    }
}

/// Copies a message, if there is one: a few words by hand, for a call of `memcpy` costs more than they do.
///
/// # Safety
/// As for `ptr::copy_nonoverlapping`, unless `from` is null.
#[allow(unsafe_code)]
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, shape: Shape) {
    type Word = MaybeUninit<[u8; size_of::<u64>()]>;
    if from.is_null() {
        return;
    }
    // SAFETY: as promised by the caller; words may hold padding, so they are never read as numbers.
    unsafe {
        if shape.words < MANY {
            let (from, to) = (from.cast::<Word>(), to.cast::<Word>());
            let mut word = 0;
            while word < shape.words {
                to.add(word).write(from.add(word).read());
                word += 1;
            }
        } else {
            std::ptr::copy_nonoverlapping(from, to, shape.size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, Shape};
    use std::collections::VecDeque;

    #[allow(unsafe_code)]
    fn push(queue: &mut Queue, value: u64) {
        // SAFETY: the queue is only used with this shape, and a `u64` may be copied.
        unsafe { queue.push(Shape::of::<u64>(), usize::try_from(value).unwrap(), (&raw const value).cast()) }
    }

    #[allow(unsafe_code)]
    #[allow(clippy::cast_ptr_alignment, reason = "a slot is aligned for its message")]
    fn pop(queue: &mut Queue) -> Option<u64> {
        // SAFETY: every entry of these tests holds a `u64`.
        queue.pop(Shape::of::<u64>()).map(|(_, message)| unsafe { message.cast::<u64>().read() })
    }

    proptest::proptest! {
        #[test]
        fn a_queue_is_first_in_first_out(steps in proptest::collection::vec(0_u8..5, 0..400)) {
            let (mut queue, mut model, mut next) = (Queue::new(), VecDeque::new(), 0);
            for step in steps {
                match step {
                    0 | 1 => {
                        push(&mut queue, next);
                        model.push_back(next);
                        next += 1;
                    }
                    2 => proptest::prop_assert_eq!(pop(&mut queue), model.pop_front()),
                    3 => {
                        let mut first = Queue::new();
                        for value in next..next + 3 {
                            push(&mut first, value);
                            model.insert(usize::try_from(value - next).unwrap(), value);
                        }
                        next += 3;
                        queue.put_before(Shape::of::<u64>(), &mut first);
                        proptest::prop_assert!(first.is_empty());
                        first.release(Shape::of::<u64>());
                    }
                    _ => {
                        let wanted = model.get(model.len() / 2).copied();
                        let removed = queue.remove(Shape::of::<u64>(), |word| Some(word as u64) == wanted);
                        proptest::prop_assert_eq!(removed.map(|(word, _)| word as u64), wanted);
                        model.retain(|value| Some(*value) != wanted);
                    }
                }
                proptest::prop_assert_eq!(queue.len() as usize, model.len());
            }
            while let Some(value) = pop(&mut queue) {
                proptest::prop_assert_eq!(Some(value), model.pop_front());
            }
            queue.release(Shape::of::<u64>());
            proptest::prop_assert!(model.is_empty());
        }
    }
}
