use super::{ActError, deliveries::Deliveries};
use crate::{
    Ports,
    ports::{AccountReader, Clock, HistoryReader, PortResult, Storage},
};
use backstop_domain::{AccountId, BatchId, Role};
use std::sync::Arc;

/// Takes away what could still be delivered, because its holder has signed out or has what they need.
pub struct DestroyDelivery {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
}

impl DestroyDelivery {
    pub(crate) fn new(ports: &Ports, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            history: Arc::clone(&ports.history),
            clock: Arc::clone(&ports.clock),
            deliveries,
        }
    }

    /// It is over once this has been answered, also where the sealed copy can't be taken away.
    pub async fn run(&self, batch: BatchId) -> Result<(), ActError> {
        let owner = self.history.batch(batch).await?.ok_or(ActError::NotFound)?.account;
        let visible = self.accounts.by_id(owner).await?.is_some_and(|a| a.role == Role::User);
        if !visible {
            return Err(ActError::NotFound);
        }
        retry_contention!(self.end(owner, batch).await)?;
        self.deliveries.forget(batch).await;
        Ok(())
    }

    async fn end(&self, owner: AccountId, batch: BatchId) -> PortResult<()> {
        let mut unit = self.storage.begin_locking(owner).await?;
        unit.batches().end_delivery(owner, Some(batch), self.clock.now()).await?;
        unit.commit().await
    }
}
