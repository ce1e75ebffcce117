use super::{
    attempt::{Admitted, AttemptError, Attempts, CodeRequest, Judged},
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{Clock, Consumed, Consumption, Ids, PortResult, Storage},
};
use backstop_domain::{AccountId, AuditKind, CodeId, Duties, Recovery, RecoveryId, Refusal};
use std::sync::Arc;

/// Signs the owner of a code in, exactly once.
pub struct RedeemCode {
    attempts: Arc<Attempts>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    duties: Duties,
    trail: Trail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    pub remaining: u32,
    pub recovery: RecoveryId,
    pub duties: Duties,
}

impl RedeemCode {
    pub(crate) fn new(ports: &Ports, settings: &Settings, attempts: Arc<Attempts>) -> Self {
        Self {
            attempts,
            storage: Arc::clone(&ports.storage),
            clock: Arc::clone(&ports.clock),
            ids: Arc::clone(&ports.ids),
            duties: settings.duties,
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, request: &CodeRequest) -> Result<Redeemed, AttemptError> {
        let admitted = self.attempts.admit(request).await?;
        let outcome = self.judge(request, &admitted).await;
        self.attempts.settle(AuditKind::RedeemRefused, request, admitted, outcome).await
    }

    async fn judge(&self, request: &CodeRequest, admitted: &Admitted) -> PortResult<Judged<Redeemed>> {
        let found = match self.attempts.find(request, admitted).await? {
            Ok(found) => found,
            Err(nothing) => return Ok(nothing.into()),
        };
        let refused = |why| Ok(found.refused(why));
        if let Err(why) = self.attempts.usable(&found.account, &found.code) {
            return refused(why);
        }
        if !self.attempts.fits(request, admitted, &found.code).await? {
            return refused(Refusal::Mismatch);
        }
        let recovery = RecoveryId::new(self.ids.next());
        match retry_contention!(self.consume(request, found.account.id, found.code.id, recovery).await)? {
            Consumed::Won { remaining, .. } => {
                Ok(Judged::Accepted(Redeemed { remaining, recovery, duties: self.duties }))
            }
            Consumed::AlreadyUsed => refused(Refusal::LostRace),
            Consumed::Inactive => refused(Refusal::Invalidated),
            Consumed::Expired => refused(Refusal::Expired),
            Consumed::Suspended => refused(Refusal::Suspended),
            Consumed::Missing => refused(Refusal::UnknownCode),
        }
    }

    async fn consume(
        &self,
        request: &CodeRequest,
        account: AccountId,
        code: CodeId,
        recovery: RecoveryId,
    ) -> PortResult<Consumed> {
        let mut unit = self.storage.begin_locking(account).await?;
        // Read under the lock: while this waited for it, the batch may have expired.
        let at = self.clock.now();
        let consumed = unit.codes().consume(&Consumption { account, code, at }).await?;
        let Consumed::Won { batch, remaining } = consumed else {
            unit.rollback().await?;
            return Ok(consumed);
        };
        unit.limits().clear_failures(account).await?;
        let recovery = Recovery {
            id: recovery,
            account,
            batch,
            code,
            at,
            network: request.end_user.network(),
            owed: self.duties,
            settled: Duties::NONE,
        };
        unit.recoveries().insert(&recovery).await?;
        let mut entry =
            self.trail.entry(AuditKind::Redeemed, request.caller.actor(), request.end_user.origin(&request.caller));
        entry.account = Some(account);
        entry.batch = Some(batch);
        entry.count = Some(remaining);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(consumed)
    }
}
