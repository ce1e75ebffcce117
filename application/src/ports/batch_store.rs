use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Batch, BatchId, CodeId, LookupTag, Timestamp, Verifier};

/// A code to be stored with its batch.
#[derive(Clone, Debug)]
pub struct NewCode {
    pub id: CodeId,
    pub tag: LookupTag,
    pub verifier: Verifier,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchInserted {
    Done,
    /// The account has a standing batch already.
    AnotherStands,
}

/// The batch that had to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superseded {
    pub batch: BatchId,
    /// How many live codes were invalidated with it.
    pub invalidated: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchChange {
    Changed {
        batch: Batch,
        /// How many live codes went with it.
        codes: u32,
    },
    /// It was so before; nothing changed.
    Already(Batch),
    /// The account has no such batch.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Now,
    Before,
    Missing,
}

/// The ways to hand codes over; each can be gone once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveredBy {
    Download,
    Email,
}

/// How the attempt to hand the codes over ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    Now,
    Before,
    /// The batch does not stand any more, or its owner is suspended.
    Gone,
    /// The account has no such batch.
    Missing,
}

#[async_trait]
pub trait BatchStore: Send {
    /// Stores a batch with all its codes, or neither.
    /// At most one batch of an account stands (neither superseded, invalidated nor deleted): a second one is
    /// `AnotherStands`, decided by the store itself; then nothing is stored and the unit stays usable.
    async fn insert(&mut self, batch: &Batch, codes: &[NewCode]) -> PortResult<BatchInserted>;

    /// The account's newest batch, whatever became of it, also after a clean-up removed it.
    async fn newest(&mut self, account: AccountId) -> PortResult<Option<BatchId>>;

    /// Supersedes the account's standing batch and invalidates its live codes. `None` when no batch stands.
    async fn supersede(&mut self, account: AccountId, at: Timestamp) -> PortResult<Option<Superseded>>;

    /// Revokes a batch: its live codes become invalidated, used and removed ones stay.
    /// A batch that was superseded, invalidated or deleted before is `Already`, and unchanged.
    async fn invalidate(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange>;

    /// Marks a batch for the purge: its live codes become deleted, used and invalidated ones stay.
    /// A batch that was deleted before is `Already`, and unchanged.
    async fn delete(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange>;

    /// Notes that the owner saw the codes. The first time stays.
    async fn mark_viewed(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Marked>;

    /// Notes that the codes were handed over in this way: a single compare-and-set. The other way is left as it is.
    /// Of any number of parallel calls for one batch and way exactly one is `Now`, the others are `Before`, whatever
    /// became of the batch since.
    /// It is `Now` only while the batch stands, its delivery was not ended and its account is not suspended; otherwise it
    /// is `Gone`.
    /// Anything but `Now` changes nothing and leaves the unit usable.
    async fn mark_delivered(
        &mut self,
        account: AccountId,
        batch: BatchId,
        how: DeliveredBy,
        at: Timestamp,
    ) -> PortResult<Delivered>;

    /// Takes the mark back that the codes were e-mailed, if it is the one of that time, so that they can be once more,
    /// and notes when that mail failed. The next mark clears the note.
    /// Otherwise it is `false`, and nothing changes. Nothing else of the batch ever does.
    async fn release_email(
        &mut self,
        account: AccountId,
        batch: BatchId,
        marked_at: Timestamp,
        failed_at: Timestamp,
    ) -> PortResult<bool>;

    /// Ends the delivery of the batch if it stands, of the standing one when none is named, and tells which that was.
    /// `None` when that batch does not stand. The first end stays. Nothing else of the batch changes.
    async fn end_delivery(
        &mut self,
        account: AccountId,
        batch: Option<BatchId>,
        at: Timestamp,
    ) -> PortResult<Option<BatchId>>;
}
