use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, Batch, BatchId, CodeId, CodeStatus, StoredCode, Timestamp};

/// One code to be used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumption {
    pub account: AccountId,
    pub code: CodeId,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumed {
    Won {
        batch: BatchId,
        remaining: u32,
    },
    AlreadyUsed,
    /// Invalidated or deleted.
    Inactive,
    Expired,
    Suspended,
    /// The account has no such code, or is gone.
    Missing,
}

/// The two ways to take a code back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    Invalidate,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeChange {
    Changed {
        status: CodeStatus,
        batch: Batch,
    },
    /// The act leaves a code of this status as it is.
    Already {
        status: CodeStatus,
        batch: Batch,
    },
    /// The account has no such code.
    Missing,
}

#[async_trait]
pub trait CodeStore: Send {
    /// The account's code as this unit sees it. A code of another account is not found.
    async fn get(&mut self, account: AccountId, code: CodeId) -> PortResult<Option<StoredCode>>;

    /// Uses up one code: a single compare-and-set from active to used.
    /// Of any number of parallel calls for one code exactly one is `Won`.
    /// It is won only while the account exists and is not suspended, the code is active, and `at` lies before the
    /// batch's expiry; from the expiry instant on it is `Expired`.
    /// The batch's counter `used` moves with it, and `remaining` is what is then left.
    /// Anything but `Won` changes nothing and leaves the unit usable.
    async fn consume(&mut self, consumption: &Consumption) -> PortResult<Consumed>;

    /// Invalidates a live code, or deletes a live or invalidated one; the batch's counters move with it.
    /// Any other code is `Already`, and unchanged. A code of another account is `Missing`.
    async fn revoke(
        &mut self,
        account: AccountId,
        code: CodeId,
        how: Revocation,
        at: Timestamp,
    ) -> PortResult<CodeChange>;
}
