use crate::ports::{PortResult, Vault};
use async_trait::async_trait;
use backstop_domain::{BatchId, Sealed, Timestamp};
use std::sync::Arc;

/// Two vaults as one: what the first can't keep goes to the second.
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
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        match self.first.put(batch, sealed, now, until).await {
            Ok(()) => Ok(()),
            Err(_) => self.second.put(batch, sealed, now, until).await,
        }
    }

    /// That a copy is gone can only be said when both were asked.
    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        let first = self.first.get(batch, now).await;
        if let Ok(Some(sealed)) = first {
            return Ok(Some(sealed));
        }
        match self.second.get(batch, now).await? {
            None => first,
            found => Ok(found),
        }
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        let first = self.first.remove(batch).await;
        self.second.remove(batch).await.and(first)
    }
}
