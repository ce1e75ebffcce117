use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What a worker has done so far, for people to see.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) busy: AtomicU32,
    pub(crate) done: AtomicU64,
    pub(crate) failed: AtomicU64,
}

impl Tally {
    pub(crate) fn begin(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }
}

/// Counts a task as in hand, also when whoever does it is cut off.
pub(crate) struct Busy<'a>(&'a Tally);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
