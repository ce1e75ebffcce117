use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, CodeChange, PortResult, Revocation, Storage},
    use_cases::{ActError, Named, notices::Notices, trail::Trail},
};
use backstop_domain::{AccountId, AuditKind, BatchId, CodeId, CodeStatus};
use std::{collections::BTreeMap, sync::Arc};

/// Invalidates codes of an account, or marks them for the purge: those that are picked from a list, without anybody
/// knowing what they are.
pub struct ReviseCodes {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    clock: Arc<dyn Clock>,
    notices: Notices,
    trail: Trail,
}

/// What became of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevisedCode {
    pub code: CodeId,
    /// `false` when the act leaves a code of this status as it is.
    pub changed: bool,
    /// `None` for one that the account does not have.
    pub status: Option<CodeStatus>,
}

impl ReviseCodes {
    /// No set has more codes than that.
    pub const MOST: usize = 50;

    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            clock: Arc::clone(&ports.clock),
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    /// All of them in one unit, in the order in which they are given; doing it again changes nothing. Of more than
    /// [`Self::MOST`] the rest is left out.
    pub async fn run(
        &self,
        account: impl Into<Named<'_>> + Send,
        codes: &[CodeId],
        how: Revocation,
        by: &Administrator,
    ) -> Result<Vec<RevisedCode>, ActError> {
        let account = account.into().find(&*self.accounts, by.caller()).await?.ok_or(ActError::NotFound)?.id;
        let codes = &codes[..codes.len().min(Self::MOST)];
        Ok(retry_contention!(self.revise(account, codes, how, by).await)?)
    }

    async fn revise(
        &self,
        account: AccountId,
        codes: &[CodeId],
        how: Revocation,
        by: &Administrator,
    ) -> PortResult<Vec<RevisedCode>> {
        let mut unit = self.storage.begin_locking(account).await?;
        let now = self.clock.now();
        let mut revised = Vec::with_capacity(codes.len());
        let mut went = BTreeMap::<BatchId, (u32, bool, u32)>::new();
        for code in codes {
            let was = unit.codes().get(account, *code).await?.map(|code| code.status);
            let (changed, status) = match unit.codes().revoke(account, *code, how, now).await? {
                CodeChange::Changed { status, batch } => {
                    let (number, lost_live, left) = went.entry(batch.id).or_default();
                    *number += 1;
                    *lost_live |= was == Some(CodeStatus::Active) && batch.stands();
                    *left = batch.remaining(now);
                    (true, Some(status))
                }
                CodeChange::Already { status, .. } => (false, Some(status)),
                CodeChange::Missing => (false, None),
            };
            revised.push(RevisedCode { code: *code, changed, status });
        }
        if went.is_empty() {
            unit.rollback().await?;
            return Ok(revised);
        }
        let kind = match how {
            Revocation::Invalidate => AuditKind::CodeInvalidated,
            Revocation::Delete => AuditKind::CodeDeleted,
        };
        for (batch, (number, lost_live, left)) in went {
            let mut entry = self.trail.entry(kind, by.caller().actor(), by.caller().origin());
            entry.account = Some(account);
            entry.batch = Some(batch);
            entry.count = Some(number);
            unit.audit().append(entry).await?;
            if lost_live {
                self.notices.tell_few(&mut *unit, account, batch, left).await?;
            }
        }
        unit.commit().await?;
        Ok(revised)
    }
}
