use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, BatchChange, Clock, PortResult, Storage},
    use_cases::{ActError, Named, deliveries::Deliveries, notices::Notices, trail::Trail},
};
use backstop_domain::{AccountId, AuditEntry, AuditKind, BatchId};
use std::sync::Arc;

/// Removes a set with all its codes at once, instead of leaving it to the purge. Its owner's history keeps what it was.
pub struct RemoveBatch {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
    notices: Notices,
    trail: Trail,
}

impl RemoveBatch {
    pub(crate) fn new(ports: &Ports, settings: &Settings, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            clock: Arc::clone(&ports.clock),
            deliveries,
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    /// How many rows of codes went.
    pub async fn run(
        &self,
        account: impl Into<Named<'_>> + Send,
        batch: BatchId,
        by: &Administrator,
    ) -> Result<u32, ActError> {
        let account = account.into().find(&*self.accounts, by.caller()).await?.ok_or(ActError::NotFound)?.id;
        let removed = retry_contention!(self.remove(account, batch, by).await)?.ok_or(ActError::NotFound)?;
        self.deliveries.forget(batch).await;
        Ok(removed)
    }

    async fn remove(&self, account: AccountId, batch: BatchId, by: &Administrator) -> PortResult<Option<u32>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let now = self.clock.now();
        // What is live ends as deleted first, so that the counters say of every code how it ended.
        let marked = unit.batches().delete(account, batch, now).await?;
        if let BatchChange::Changed { codes, .. } = marked {
            self.deliveries.recall_mail(&mut *unit, batch).await?;
            if codes > 0 {
                self.notices.tell_few(&mut *unit, account, batch, 0).await?;
            }
            unit.audit().append(self.entry(AuditKind::BatchDeleted, account, batch, codes, by)).await?;
        }
        let Some(removed) = unit.clean_ups().take_batch(account, batch, now).await? else {
            unit.rollback().await?;
            return Ok(None);
        };
        unit.audit().append(self.entry(AuditKind::BatchRemoved, account, batch, removed, by)).await?;
        unit.commit().await?;
        Ok(Some(removed))
    }

    fn entry(&self, kind: AuditKind, account: AccountId, batch: BatchId, codes: u32, by: &Administrator) -> AuditEntry {
        let mut entry = self.trail.entry(kind, by.caller().actor(), by.caller().origin());
        entry.account = Some(account);
        entry.batch = Some(batch);
        entry.count = Some(codes);
        entry
    }
}
