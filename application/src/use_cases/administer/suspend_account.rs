use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, PortResult, Storage},
    use_cases::{ActError, Named, deliveries::Deliveries, notices::Notices, trail::Trail},
};
use backstop_domain::{Account, AuditKind, BatchId, LinkPurpose, Notice, SuspensionReason};
use std::sync::Arc;

/// Lets nobody redeem for an account until somebody lifts it. Its owner is told.
pub struct SuspendAccount {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
    notices: Notices,
    trail: Trail,
}

impl SuspendAccount {
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

    /// An account that an administrator suspended before leaves no entry in the trail; one that is suspended for another
    /// reason is from now on suspended for this one, which no mailed link lifts.
    pub async fn run(&self, account: impl Into<Named<'_>> + Send, by: &Administrator) -> Result<Account, ActError> {
        let account = account.into().find(&*self.accounts, by.caller()).await?.ok_or(ActError::NotFound)?;
        if by.caller().is(account.id) {
            return Err(ActError::Oneself);
        }
        if let Some(batch) = retry_contention!(self.suspend(&account, by).await)? {
            self.deliveries.forget(batch).await;
        }
        Ok(account)
    }

    /// The set, if there is one, that can't be delivered any more.
    async fn suspend(&self, account: &Account, by: &Administrator) -> PortResult<Option<BatchId>> {
        let reason = SuspensionReason::Admin;
        let mut unit = self.storage.begin_locking(account.id).await?;
        let before = unit.accounts().get(account.id).await?.and_then(|account| account.suspended);
        if before.is_some_and(|before| before != reason) {
            unit.accounts().set_suspended(account.id, None, self.clock.now()).await?;
        }
        if !unit.accounts().set_suspended(account.id, Some(reason), self.clock.now()).await? {
            unit.rollback().await?;
            return Ok(None);
        }
        unit.links().withdraw(account.id, LinkPurpose::Lift).await?;
        let ended = self.deliveries.end(&mut *unit, account.id).await?;
        if let Some(batch) = ended {
            self.deliveries.recall_mail(&mut *unit, batch).await?;
        }
        let mut entry = self.trail.entry(AuditKind::Suspended, by.caller().actor(), by.caller().origin());
        entry.account = Some(account.id);
        entry.reason = Some(reason.as_str().into());
        let notice = Notice::Suspended { at: entry.at, reason };
        unit.audit().append(entry).await?;
        self.notices.tell(&mut *unit, account.id, &notice).await?;
        unit.commit().await?;
        Ok(ended)
    }
}
