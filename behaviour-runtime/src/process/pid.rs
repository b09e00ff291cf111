//! Process identifiers.
//!
//! A pid names one incarnation of one process, for ever: pids are never used twice. It is opaque, 16 bytes, and has
//! room for a node and that node's incarnation, both 0 here: one day a process may live on another node.

use std::fmt;

/// The identifier of a process (Erlang's pid).
///
/// ```
/// # #[derive(Debug)] struct Nothing;
/// use behaviour_runtime::process;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let worker = process::spawn(|_inbox: process::Inbox<()>| std::future::pending::<()>());
/// assert!(process::is_alive(worker.pid()));
/// # });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid {
    /// The node and its incarnation; 0 is this one.
    node: u64,
    /// Slot in the process table (low half) and how often it was used (high half).
    id: u64,
}

impl Pid {
    /// The pid of no process.
    pub(crate) const NOBODY: Self = Self::local(u32::MAX, 0);

    pub(crate) const fn local(slot: u32, generation: u32) -> Self {
        Self { node: 0, id: (generation as u64) << 32 | slot as u64 }
    }

    /// The half that tells the processes of this node apart. This pid is one of them.
    pub(crate) const fn to_local(self) -> LocalPid {
        LocalPid(self.id)
    }

    /// The slot in the process table.
    pub(crate) const fn slot(self) -> u32 {
        (self.id & 0xFFFF_FFFF) as u32
    }

    /// How often the slot was used.
    pub(crate) const fn generation(self) -> u32 {
        (self.id >> 32) as u32
    }

    /// A well-spread number for hash tables.
    pub(crate) const fn spread(self) -> u64 {
        self.id.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// The pid of a process of this node, without the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalPid(u64);

impl LocalPid {
    /// The whole pid.
    #[inline]
    pub(crate) const fn to_pid(self) -> Pid {
        Pid { node: 0, id: self.0 }
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}.{}.{}>", self.node, self.slot(), self.generation())
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
