use super::{
    attempt::{Admitted, AttemptError, Attempts, CodeRequest, Found, Judged},
    trail::Trail,
};
use crate::{
    Ports,
    ports::{Clock, PortResult, Storage},
};
use backstop_domain::{AuditKind, Refusal};
use std::sync::Arc;
use thiserror::Error;

/// Tells, once in an account's life, whether a code is valid, without using it.
pub struct VerifySetup {
    attempts: Arc<Attempts>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

#[derive(Debug, Error)]
pub enum VerifySetupError {
    #[error("the set-up was verified before")]
    AlreadyVerified,
    #[error(transparent)]
    Attempt(#[from] AttemptError),
}

enum Outcome {
    Verified,
    /// Nothing was evaluated.
    Before,
}

impl VerifySetup {
    pub(crate) fn new(ports: &Ports, attempts: Arc<Attempts>) -> Self {
        Self {
            attempts,
            storage: Arc::clone(&ports.storage),
            clock: Arc::clone(&ports.clock),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, request: &CodeRequest) -> Result<(), VerifySetupError> {
        let admitted = self.attempts.admit(request).await?;
        let outcome = self.judge(request, &admitted).await;
        match self.attempts.settle(AuditKind::SetupFailed, request, admitted, outcome, None).await? {
            Outcome::Verified => Ok(()),
            Outcome::Before => Err(VerifySetupError::AlreadyVerified),
        }
    }

    async fn judge(&self, request: &CodeRequest, admitted: &Admitted) -> PortResult<Judged<Outcome>> {
        let found = match self.attempts.find(admitted).await? {
            Ok(found) => found,
            Err(nothing) if nothing.is_verified() => return Ok(Judged::Idle(Outcome::Before)),
            Err(nothing) => return Ok(nothing.into()),
        };
        if found.account.setup_verified_at.is_some() {
            return Ok(Judged::Idle(Outcome::Before));
        }
        if let Err(why) = self.attempts.usable(&found.account, &found.code) {
            return Ok(found.refused(why));
        }
        if !self.attempts.fits(request, admitted, &found.code).await? {
            return Ok(found.refused(Refusal::Mismatch));
        }
        retry_contention!(self.mark(request, &found).await)
    }

    async fn mark(&self, request: &CodeRequest, found: &Found) -> PortResult<Judged<Outcome>> {
        let mut unit = self.storage.begin_locking(found.account.id).await?;
        // While the slow check ran, the code may have been revoked and the account suspended or erased.
        let known = unit.accounts().get(found.account.id).await?;
        let code = unit.codes().get(found.account.id, found.code.id).await?;
        let why = match (&known, &code) {
            (Some(account), Some(code)) => self.attempts.usable(account, code).err(),
            _ => Some(Refusal::UnknownCode),
        };
        if let Some(why) = why {
            unit.rollback().await?;
            return Ok(found.refused(why));
        }
        let account = found.account.id;
        let first = unit.accounts().verify_setup(account, self.clock.now()).await?;
        if !first {
            unit.rollback().await?;
            return Ok(Judged::Idle(Outcome::Before));
        }
        unit.limits().clear_failures(account).await?;
        let mut entry = self.trail.entry(
            AuditKind::SetupVerified,
            request.caller.actor(),
            request.end_user.origin(&request.caller),
        );
        entry.account = Some(account);
        entry.batch = Some(found.code.batch);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Judged::Accepted(Outcome::Verified))
    }
}
