use super::{ActError, Named, caller::Caller, deliveries::Deliveries, trail::Trail};
use crate::{
    Ports,
    ports::{AccountReader, Erased, Ids, PortResult, SessionStore, Storage, WhichSessions, WhichTasks},
};
use backstop_domain::{Account, AccountId, AuditKind, BatchId, Role};
use std::sync::Arc;

/// Erases an account with its codes. The audit trail stays, without the person in it.
pub struct EraseAccount {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    ids: Arc<dyn Ids>,
    sessions: Arc<dyn SessionStore>,
    deliveries: Arc<Deliveries>,
    trail: Trail,
}

impl EraseAccount {
    pub(crate) fn new(ports: &Ports, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            ids: Arc::clone(&ports.ids),
            sessions: Arc::clone(&ports.sessions),
            deliveries,
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, account: impl Into<Named<'_>> + Send, caller: &Caller) -> Result<(), ActError> {
        let account = account.into().find(&*self.accounts, caller).await?.ok_or(ActError::NotFound)?;
        if caller.is(account.id) {
            return Err(ActError::Oneself);
        }
        let tombstone = AccountId::new(self.ids.next());
        let erased = retry_contention!(self.erase(&account, tombstone, caller).await)?;
        let (_, ended) = erased.ok_or(ActError::NotFound)?;
        if let Some(batch) = ended {
            self.deliveries.forget(batch).await;
        }
        // Without its account a session opens nothing, so that nobody is told of a failure after the erasure.
        let _ = self.sessions.revoke(account.id, WhichSessions::All).await;
        Ok(())
    }

    async fn erase(
        &self,
        Account { id: account, role, .. }: &Account,
        tombstone: AccountId,
        caller: &Caller,
    ) -> PortResult<Option<(Erased, Option<BatchId>)>> {
        let account = *account;
        let mut unit = self.storage.begin_locking(account).await?;
        // Of two administrators who erase each other, the second is none any more, so that one is always left.
        if *role == Role::Admin
            && let Some(administrator) = caller.administrator()
            && !unit.accounts().hold_administrator(administrator).await?
        {
            unit.rollback().await?;
            return Ok(None);
        }
        let ended = self.deliveries.end(&mut *unit, account).await?;
        let erased = unit.accounts().erase(account).await?;
        let Some(erased) = erased else {
            unit.rollback().await?;
            return Ok(None);
        };
        unit.tasks().remove(WhichTasks::OfAccount(account)).await?;
        unit.audit().bury(account, tombstone).await?;
        let mut entry = self.trail.entry(AuditKind::AccountErased, caller.actor(), caller.origin());
        entry.account = Some(tombstone);
        entry.count = Some(erased.codes);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Some((erased, ended)))
    }
}
