use super::{ActError, caller::Caller, holders::Holders, trail::Trail};
use crate::{
    Ports,
    ports::{AccountReader, Clock, HistoryReader, Marked, PortResult, Storage},
};
use backstop_domain::{AccountId, AuditKind, BatchId};
use std::sync::Arc;

/// Notes that the owner saw the codes.
pub struct MarkViewed {
    holders: Holders,
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    history: Arc<dyn HistoryReader>,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

impl MarkViewed {
    pub(crate) fn new(ports: &Ports, holders: Holders) -> Self {
        Self {
            holders,
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            history: Arc::clone(&ports.history),
            clock: Arc::clone(&ports.clock),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, batch: BatchId, caller: &Caller) -> Result<(), ActError> {
        let owner = self.history.batch(batch).await?.ok_or(ActError::NotFound)?.account;
        let visible = self.accounts.by_id(owner).await?.is_some_and(|a| self.holders.include(a.role));
        if !visible {
            return Err(ActError::NotFound);
        }
        match retry_contention!(self.mark(owner, batch, caller).await)? {
            Marked::Now | Marked::Before => Ok(()),
            Marked::Missing => Err(ActError::NotFound),
        }
    }

    async fn mark(&self, account: AccountId, batch: BatchId, caller: &Caller) -> PortResult<Marked> {
        let mut unit = self.storage.begin_locking(account).await?;
        let marked = unit.batches().mark_viewed(account, batch, self.clock.now()).await?;
        if marked == Marked::Now {
            let mut entry = self.trail.entry(AuditKind::Viewed, caller.actor(), caller.origin());
            entry.account = Some(account);
            entry.batch = Some(batch);
            unit.audit().append(entry).await?;
            unit.commit().await?;
        } else {
            unit.rollback().await?;
        }
        Ok(marked)
    }
}
