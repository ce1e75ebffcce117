use crate::tables::Tables;
use async_trait::async_trait;
use backstop_application::ports::{CodeChange, CodeStore, Consumed, Consumption, PortResult, Revocation};
use backstop_domain::{
    AccountId, Batch, CodeId, CodeStatus, StoredCode, Timestamp,
    code::{self, CodeAct},
};

pub(crate) struct MemoryCodeStore<'a>(pub(crate) &'a mut Tables);

impl MemoryCodeStore<'_> {
    /// The code's status and its batch.
    fn owned(&self, account: AccountId, id: CodeId) -> Option<(CodeStatus, Batch)> {
        let row = self.0.code(id).filter(|c| c.account == account)?;
        Some((row.status, self.0.batch(row.batch)?.clone()))
    }

    fn change(&mut self, id: CodeId, mut batch: Batch, from: CodeStatus, to: CodeStatus, at: Timestamp) -> Batch {
        batch.counters = code::moved(batch.counters, from, to);
        batch.modified_at = at;
        self.0.set_status(id, to, at);
        self.0.put_batch(batch.clone());
        batch
    }
}

#[async_trait]
impl CodeStore for MemoryCodeStore<'_> {
    async fn get(&mut self, account: AccountId, code: CodeId) -> PortResult<Option<StoredCode>> {
        Ok(self.0.stored(code).filter(|found| found.account == account))
    }

    async fn consume(&mut self, consumption: &Consumption) -> PortResult<Consumed> {
        let Consumption { account, code, at } = *consumption;
        let Some((status, batch)) = self.owned(account, code) else {
            return Ok(Consumed::Missing);
        };
        if self.0.account(account).is_none_or(|a| a.suspended.is_some()) {
            return Ok(Consumed::Suspended);
        }
        match status {
            CodeStatus::Used => Ok(Consumed::AlreadyUsed),
            CodeStatus::Invalidated | CodeStatus::Deleted => Ok(Consumed::Inactive),
            CodeStatus::Active if code::is_over(batch.expires_at, at) => Ok(Consumed::Expired),
            CodeStatus::Active => {
                let batch = self.change(code, batch, status, CodeStatus::Used, at);
                Ok(Consumed::Won { batch: batch.id, remaining: batch.counters.live() })
            }
        }
    }

    async fn revoke(
        &mut self,
        account: AccountId,
        code: CodeId,
        how: Revocation,
        at: Timestamp,
    ) -> PortResult<CodeChange> {
        let Some((from, batch)) = self.owned(account, code) else {
            return Ok(CodeChange::Missing);
        };
        let act = match how {
            Revocation::Invalidate => CodeAct::Invalidate,
            Revocation::Delete => CodeAct::Delete,
        };
        match from.after(act) {
            None => Ok(CodeChange::Already { status: from, batch }),
            Some(status) => {
                let batch = self.change(code, batch, from, status, at);
                Ok(CodeChange::Changed { status, batch })
            }
        }
    }
}
