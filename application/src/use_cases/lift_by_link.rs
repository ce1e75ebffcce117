use super::{caller::Caller, deliveries::Deliveries, trail::Trail};
use crate::{
    Ports,
    ports::{Clock, PortResult, Storage, TokenMinter, UnitOfWork},
};
use backstop_domain::{AccountId, AuditKind, BatchId, LinkPurpose, SecretText, SuspensionReason, TokenDigest};
use std::sync::Arc;

/// Lets an account redeem again that was suspended for failures, by the link that its confirmed address got. It signs
/// nobody in.
pub struct LiftByLink {
    storage: Arc<dyn Storage>,
    tokens: Arc<dyn TokenMinter>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Deliveries>,
    trail: Trail,
}

/// What a link is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiftLink {
    /// It lifts, or has lifted just now.
    Good,
    /// It never was one, was used, is too old, or the account is suspended for a reason that no link lifts.
    Over,
}

impl LiftByLink {
    pub(crate) fn new(ports: &Ports, deliveries: Arc<Deliveries>) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            tokens: Arc::clone(&ports.tokens),
            clock: Arc::clone(&ports.clock),
            deliveries,
            trail: Trail::new(ports),
        }
    }

    /// What the link would do. Mail programs open links by themselves, so that looking changes nothing.
    pub async fn look(&self, token: &SecretText) -> PortResult<LiftLink> {
        let mut unit = self.storage.begin().await?;
        let owner = self.owner(&mut *unit, &self.tokens.digest(token.reveal())).await?;
        unit.rollback().await?;
        Ok(if owner.is_some() { LiftLink::Good } else { LiftLink::Over })
    }

    /// Of any number of uses at once one lifts.
    pub async fn run(&self, token: &SecretText, caller: &Caller) -> PortResult<LiftLink> {
        let digest = self.tokens.digest(token.reveal());
        let mut unit = self.storage.begin().await?;
        let owner = self.owner(&mut *unit, &digest).await?;
        unit.rollback().await?;
        let Some(account) = owner else { return Ok(LiftLink::Over) };
        match retry_contention!(self.lift(account, &digest, caller).await)? {
            Some(ended) => {
                if let Some(batch) = ended {
                    self.deliveries.forget(batch).await;
                }
                Ok(LiftLink::Good)
            }
            None => Ok(LiftLink::Over),
        }
    }

    async fn owner(&self, unit: &mut dyn UnitOfWork, digest: &TokenDigest) -> PortResult<Option<AccountId>> {
        let Some(account) = unit.links().owner(digest, LinkPurpose::Lift, self.clock.now()).await? else {
            return Ok(None);
        };
        let account = unit.accounts().get(account).await?;
        Ok(account.filter(|a| a.suspended == Some(SuspensionReason::Failures)).map(|a| a.id))
    }

    /// With the set, if there is one, that could be delivered before the suspension. `None` when nothing was lifted.
    async fn lift(
        &self,
        account: AccountId,
        digest: &TokenDigest,
        caller: &Caller,
    ) -> PortResult<Option<Option<BatchId>>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let now = self.clock.now();
        let known = unit.accounts().get(account).await?;
        let for_failures = known.is_some_and(|a| a.suspended == Some(SuspensionReason::Failures));
        if !for_failures || !unit.links().spend(account, digest, LinkPurpose::Lift, now).await? {
            unit.rollback().await?;
            return Ok(None);
        }
        unit.links().withdraw(account, LinkPurpose::Lift).await?;
        unit.accounts().set_suspended(account, None, now).await?;
        unit.limits().clear_failures(account).await?;
        let ended = self.deliveries.end(&mut *unit, account).await?;
        let mut entry = self.trail.entry(AuditKind::Lifted, caller.actor(), caller.origin());
        entry.account = Some(account);
        entry.reason = Some("failures, by link".into());
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Some(ended))
    }
}
