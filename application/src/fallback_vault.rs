use crate::ports::{PortResult, Vault};
use async_trait::async_trait;
use backstop_domain::{BatchId, Sealed, Timestamp};
use std::sync::Arc;

/// Two vaults as one: the second keeps every copy, the first answers sooner and may forget all it has.
pub struct FallbackVault {
    first: Arc<dyn Vault>,
    second: Arc<dyn Vault>,
}

impl FallbackVault {
    pub fn new(first: Arc<dyn Vault>, second: Arc<dyn Vault>) -> Self {
        Self { first, second }
    }
}

#[async_trait]
impl Vault for FallbackVault {
    /// A fault only when neither keeps it.
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        let second = self.second.put(batch, sealed, now, until).await;
        self.first.put(batch, sealed, now, until).await.or(second)
    }

    /// A first vault that is out or was emptied is no reason to ask somebody to come again.
    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        match self.first.get(batch, now).await {
            Ok(Some(sealed)) => Ok(Some(sealed)),
            Ok(None) | Err(_) => self.second.get(batch, now).await,
        }
    }

    /// What a first vault that is out still has, the batch's state refuses to deliver.
    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        let _ = self.first.remove(batch).await;
        self.second.remove(batch).await
    }
}
