use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{BatchId, Sealed, Timestamp};

/// Keeps sealed codes for a short while, one copy a batch. What it keeps opens nothing by itself.
///
/// That codes are handed over once is not decided here: a vault may forget, and may be slow to.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Keeps a copy until the instant. An earlier copy of the batch makes room, with its instant.
    /// Copies whose instant has come by `now` may be cleared away meanwhile, others may not.
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()>;

    /// The copy, byte for byte, before its instant; from the instant on `None`.
    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>>;

    /// Removes the copy. When there is none, nothing happens.
    async fn remove(&self, batch: BatchId) -> PortResult<()>;
}
