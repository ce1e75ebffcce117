use super::{
    attempt::{Admitted, AttemptError, Attempts, CodeRequest, Judged},
    trail::Trail,
};
use crate::{
    Ports,
    ports::{Clock, PortResult, Storage},
};
use backstop_domain::{AccountId, AuditKind, Refusal};
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
        match self.attempts.settle(AuditKind::SetupFailed, request, admitted, outcome).await? {
            Outcome::Verified => Ok(()),
            Outcome::Before => Err(VerifySetupError::AlreadyVerified),
        }
    }

    async fn judge(&self, request: &CodeRequest, admitted: &Admitted) -> PortResult<Judged<Outcome>> {
        let found = match self.attempts.find(request, admitted).await? {
            Ok(found) => found,
            Err(nothing) if nothing.is_verified() => return Ok(Judged::Idle(Outcome::Before)),
            Err(nothing) => return Ok(nothing.into()),
        };
        if found.account.setup_verified_at.is_some() {
            return Ok(Judged::Idle(Outcome::Before));
        }
        let refused = |why| Ok(Judged::Refused { account: Some(found.account.id), why });
        if let Err(why) = self.attempts.usable(&found) {
            return refused(why);
        }
        if !self.attempts.fits(request, admitted, &found.code).await? {
            return refused(Refusal::Mismatch);
        }
        retry_contention!(self.mark(request, found.account.id).await)
    }

    async fn mark(&self, request: &CodeRequest, account: AccountId) -> PortResult<Judged<Outcome>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let known = unit.accounts().get(account).await?;
        let refused = match &known {
            // Erased meanwhile: the trail must not name the person again.
            None => Some(Judged::Refused { account: None, why: Refusal::UnknownCode }),
            Some(known) if known.suspended.is_some() => {
                Some(Judged::Refused { account: Some(account), why: Refusal::Suspended })
            }
            Some(_) => None,
        };
        if let Some(refused) = refused {
            unit.rollback().await?;
            return Ok(refused);
        }
        let first = unit.accounts().verify_setup(account, self.clock.now()).await?;
        if !first {
            unit.rollback().await?;
            return Ok(Judged::Idle(Outcome::Before));
        }
        let mut entry = self.trail.entry(
            AuditKind::SetupVerified,
            request.caller.actor(),
            request.end_user.origin(&request.caller),
        );
        entry.account = Some(account);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Judged::Accepted(Outcome::Verified))
    }
}
