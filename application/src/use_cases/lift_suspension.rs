use super::{ActError, Administrator, Named, caller::Caller, deliveries::Deliveries, trail::Trail};
use crate::{
    Ports,
    ports::{AccountReader, Clock, PortResult, Storage},
};
use backstop_domain::{Account, AccountId, AuditKind, BatchId, LinkPurpose, SuspensionReason};
use std::sync::Arc;

/// Lets an account redeem again, after the application, or an administrator, has made sure of its owner in another way.
pub struct LiftSuspension {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
    trail: Trail,
}

/// Whose suspensions are lifted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    NotOfAdministrators,
    Anyones,
}

impl LiftSuspension {
    pub(crate) fn new(ports: &Ports, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            clock: Arc::clone(&ports.clock),
            deliveries,
            trail: Trail::new(ports),
        }
    }

    /// Ends the failures in a row, too. An account that is not suspended leaves no entry in the trail. What an
    /// administrator suspended only an administrator lifts.
    pub async fn run(&self, account: impl Into<Named<'_>> + Send, caller: &Caller) -> Result<Account, ActError> {
        self.lift_for(account.into(), caller, Whose::NotOfAdministrators).await
    }

    /// As `run`, for whatever reason the account is suspended.
    pub async fn run_as(&self, account: impl Into<Named<'_>> + Send, by: &Administrator) -> Result<Account, ActError> {
        self.lift_for(account.into(), by.caller(), Whose::Anyones).await
    }

    async fn lift_for(&self, account: Named<'_>, caller: &Caller, whose: Whose) -> Result<Account, ActError> {
        let account = account.find(&*self.accounts, caller).await?.ok_or(ActError::NotFound)?;
        if caller.is(account.id) {
            return Err(ActError::Oneself);
        }
        if let Some(batch) = retry_contention!(self.lift(account.id, caller, whose).await)?? {
            self.deliveries.forget(batch).await;
        }
        Ok(account)
    }

    /// The set, if there is one, that could be delivered before the suspension; that does not come back with its end.
    async fn lift(
        &self,
        account: AccountId,
        caller: &Caller,
        whose: Whose,
    ) -> PortResult<Result<Option<BatchId>, ActError>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let suspended = unit.accounts().get(account).await?.and_then(|a| a.suspended);
        if whose == Whose::NotOfAdministrators && suspended == Some(SuspensionReason::Admin) {
            unit.rollback().await?;
            return Ok(Err(ActError::ByAdministrator));
        }
        let lifted = unit.accounts().set_suspended(account, None, self.clock.now()).await?;
        unit.limits().clear_failures(account).await?;
        let mut ended = None;
        if lifted {
            unit.links().withdraw(account, LinkPurpose::Lift).await?;
            ended = self.deliveries.end(&mut *unit, account).await?;
            let mut entry = self.trail.entry(AuditKind::Lifted, caller.actor(), caller.origin());
            entry.account = Some(account);
            entry.reason = suspended.map(|reason| reason.as_str().into());
            unit.audit().append(entry).await?;
        }
        unit.commit().await?;
        Ok(Ok(ended))
    }
}
