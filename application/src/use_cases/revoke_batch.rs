use super::{ActError, Named, caller::Caller, deliveries::Deliveries, notices::Notices, trail::Trail};
use crate::{
    Ports, Settings,
    ports::{AccountReader, BatchChange, Clock, PortResult, Revocation, Storage},
};
use backstop_domain::{AccountId, AuditKind, Batch, BatchId};
use std::sync::Arc;

/// Invalidates or deletes a whole set of codes. Doing it again gives the same answer and changes nothing.
pub struct RevokeBatch {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
    notices: Notices,
    trail: Trail,
}

impl RevokeBatch {
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

    pub async fn run(
        &self,
        account: impl Into<Named<'_>> + Send,
        batch: BatchId,
        how: Revocation,
        caller: &Caller,
    ) -> Result<Batch, ActError> {
        let account = account.into().find(&*self.accounts, caller).await?.ok_or(ActError::NotFound)?.id;
        let revoked = retry_contention!(self.revoke(account, batch, how, caller).await)?.ok_or(ActError::NotFound)?;
        self.deliveries.forget(batch).await;
        Ok(revoked)
    }

    async fn revoke(
        &self,
        account: AccountId,
        batch: BatchId,
        how: Revocation,
        caller: &Caller,
    ) -> PortResult<Option<Batch>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let now = self.clock.now();
        let (kind, change) = match how {
            Revocation::Invalidate => {
                (AuditKind::BatchInvalidated, unit.batches().invalidate(account, batch, now).await?)
            }
            Revocation::Delete => (AuditKind::BatchDeleted, unit.batches().delete(account, batch, now).await?),
        };
        match change {
            BatchChange::Changed { batch, codes } => {
                self.deliveries.recall_mail(&mut *unit, batch.id).await?;
                if codes > 0 {
                    self.notices.tell_few(&mut *unit, account, batch.id, 0).await?;
                }
                let mut entry = self.trail.entry(kind, caller.actor(), caller.origin());
                entry.account = Some(account);
                entry.batch = Some(batch.id);
                entry.count = Some(codes);
                unit.audit().append(entry).await?;
                unit.commit().await?;
                Ok(Some(batch))
            }
            BatchChange::Already(batch) => {
                unit.rollback().await?;
                Ok(Some(batch))
            }
            BatchChange::Missing => {
                unit.rollback().await?;
                Ok(None)
            }
        }
    }
}
