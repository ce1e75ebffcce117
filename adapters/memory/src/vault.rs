use async_trait::async_trait;
use backstop_application::ports::{Leftovers, PortResult, Vault};
use backstop_domain::{BatchId, Sealed, Timestamp};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many copies are kept unless something else is asked for: some tens of megabytes.
const CAPACITY: usize = 10_000;

/// Keeps sealed codes in this process: right for a single one, forgotten when it ends.
///
/// It keeps a bounded number of copies. When there are more, those that end first make room.
#[derive(Debug)]
pub struct MemoryVault {
    capacity: usize,
    copies: Mutex<Copies>,
}

#[derive(Debug, Default)]
struct Copies {
    sealed: HashMap<BatchId, (Timestamp, Sealed)>,
    /// From the first to end to the last.
    ends: BTreeSet<(Timestamp, BatchId)>,
}

impl Default for MemoryVault {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl MemoryVault {
    /// A vault that keeps this many copies, at least one.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), copies: Mutex::default() }
    }

    /// How many copies are kept now.
    pub fn kept(&self) -> usize {
        self.copies().sealed.len()
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copies {
    fn remove(&mut self, batch: BatchId) {
        if let Some((until, _)) = self.sealed.remove(&batch) {
            self.ends.remove(&(until, batch));
        }
    }

    fn clear(&mut self, now: Timestamp) -> u64 {
        let mut cleared = 0;
        while let Some(&(until, batch)) = self.ends.first()
            && until <= now
        {
            self.remove(batch);
            cleared += 1;
        }
        cleared
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        let mut copies = self.copies();
        copies.remove(batch);
        copies.clear(now);
        if copies.sealed.len() >= self.capacity
            && let Some(&(_, leaving)) = copies.ends.first()
        {
            copies.remove(leaving);
        }
        copies.sealed.insert(batch, (until, sealed.clone()));
        copies.ends.insert((until, batch));
        Ok(())
    }

    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        let mut copies = self.copies();
        copies.clear(now);
        Ok(copies.sealed.get(&batch).filter(|(until, _)| now < *until).map(|(_, sealed)| sealed.clone()))
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        self.copies().remove(batch);
        Ok(())
    }
}

#[async_trait]
impl Leftovers for MemoryVault {
    async fn clear_away(&self, now: Timestamp) -> PortResult<u64> {
        Ok(self.copies().clear(now))
    }
}
