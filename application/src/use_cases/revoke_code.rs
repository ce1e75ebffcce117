use super::{
    attempt::{Admitted, AttemptError, Attempts, CodeRequest, Found, Judged},
    notices::Notices,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{Clock, CodeChange, PortResult, Revocation, Storage},
};
use backstop_domain::{AuditKind, Batch, CodeStatus, Refusal};
use std::sync::Arc;

/// Invalidates or deletes the one code that was typed.
pub struct RevokeCode {
    attempts: Arc<Attempts>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    notices: Notices,
    trail: Trail,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedCode {
    /// `false` when the act leaves a code of this status as it is.
    pub changed: bool,
    pub status: CodeStatus,
    pub batch: Batch,
}

impl RevokeCode {
    pub(crate) fn new(ports: &Ports, settings: &Settings, attempts: Arc<Attempts>) -> Self {
        Self {
            attempts,
            storage: Arc::clone(&ports.storage),
            clock: Arc::clone(&ports.clock),
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, request: &CodeRequest, how: Revocation) -> Result<RevokedCode, AttemptError> {
        let admitted = self.attempts.admit(request).await?;
        let outcome = self.judge(request, &admitted, how).await;
        self.attempts.settle(AuditKind::CodeActRefused, request, admitted, outcome, None).await
    }

    async fn judge(
        &self,
        request: &CodeRequest,
        admitted: &Admitted,
        how: Revocation,
    ) -> PortResult<Judged<RevokedCode>> {
        let found = match self.attempts.find(admitted).await? {
            Ok(found) => found,
            Err(nothing) => return Ok(nothing.into()),
        };
        let code = &found.code;
        if code.status == CodeStatus::Active && !self.attempts.fits(request, admitted, code).await? {
            return Ok(found.refused(Refusal::Mismatch));
        }
        retry_contention!(self.revoke(request, &found, how).await)
    }

    async fn revoke(&self, request: &CodeRequest, found: &Found, how: Revocation) -> PortResult<Judged<RevokedCode>> {
        let account = found.account.id;
        let mut unit = self.storage.begin_locking(account).await?;
        let now = self.clock.now();
        let change = unit.codes().revoke(account, found.code.id, how, now).await?;
        let (changed, status, batch) = match change {
            CodeChange::Changed { status, batch } => (true, status, batch),
            CodeChange::Already { status, batch } => (false, status, batch),
            CodeChange::Missing => {
                unit.rollback().await?;
                return Ok(found.refused(Refusal::UnknownCode));
            }
        };
        let kind = match (how, changed) {
            (Revocation::Invalidate, true) => AuditKind::CodeInvalidated,
            (Revocation::Invalidate, false) => AuditKind::CodeAlreadyInvalidated,
            (Revocation::Delete, true) => AuditKind::CodeDeleted,
            (Revocation::Delete, false) => AuditKind::CodeAlreadyDeleted,
        };
        let mut entry = self.trail.entry(kind, request.caller.actor(), request.end_user.origin(&request.caller));
        entry.account = Some(account);
        entry.batch = Some(batch.id);
        entry.count = Some(u32::from(changed));
        entry.reason = (!changed).then(|| status.as_str().into());
        unit.audit().append(entry).await?;
        // A code that was dead proves nothing, and none fewer is left without it.
        let was_live = changed && found.code.status == CodeStatus::Active;
        if was_live {
            unit.limits().clear_failures(account).await?;
            if batch.stands() {
                self.notices.tell_few(&mut *unit, account, batch.id, batch.remaining(now)).await?;
            }
        }
        unit.commit().await?;
        let revoked = RevokedCode { changed, status, batch };
        Ok(if was_live { Judged::Accepted(revoked) } else { Judged::Idle(revoked) })
    }
}
