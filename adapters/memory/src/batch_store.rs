use crate::{
    storage::rejected,
    tables::{CodeRow, Tables},
};
use async_trait::async_trait;
use backstop_application::ports::{
    BatchChange, BatchInserted, BatchStore, Delivered, DeliveredBy, Marked, NewCode, PortResult, Superseded,
};
use backstop_domain::{AccountId, Batch, BatchId, CodeStatus, Timestamp};
use std::collections::HashSet;

pub(crate) struct MemoryBatchStore<'a>(pub(crate) &'a mut Tables);

impl MemoryBatchStore<'_> {
    fn owned(&self, account: AccountId, batch: BatchId) -> Option<Batch> {
        self.0.batch(batch).filter(|b| b.account == account).cloned()
    }

    fn change(
        &mut self,
        account: AccountId,
        batch: BatchId,
        act: impl FnOnce(&mut Batch) -> bool,
        status: CodeStatus,
        at: Timestamp,
    ) -> BatchChange {
        let Some(mut batch) = self.owned(account, batch) else {
            return BatchChange::Missing;
        };
        if !act(&mut batch) {
            return BatchChange::Already(batch);
        }
        let codes = self.0.sweep(batch.id, status, at);
        self.0.put_batch(batch.clone());
        BatchChange::Changed { batch, codes }
    }
}

#[async_trait]
impl BatchStore for MemoryBatchStore<'_> {
    async fn insert(&mut self, batch: &Batch, codes: &[NewCode]) -> PortResult<BatchInserted> {
        if self.0.account(batch.account).is_none() {
            return Err(rejected("the account of the batch does not exist"));
        }
        if batch.stands() && self.0.standing(batch.account).is_some() {
            return Ok(BatchInserted::AnotherStands);
        }
        let mut ids = HashSet::new();
        let is_known = |c: &NewCode| self.0.code(c.id).is_some();
        if self.0.batch(batch.id).is_some() || codes.iter().any(|c| is_known(c) || !ids.insert(c.id)) {
            return Err(rejected("a batch or code with this id exists"));
        }
        self.0.put_batch(batch.clone());
        for code in codes {
            let row = CodeRow {
                account: batch.account,
                batch: batch.id,
                tag: code.tag.clone(),
                verifier: code.verifier.clone(),
                status: CodeStatus::Active,
                since: batch.created_at,
            };
            self.0.add_code(code.id, row);
        }
        Ok(BatchInserted::Done)
    }

    async fn newest(&mut self, account: AccountId) -> PortResult<Option<BatchId>> {
        Ok(self.0.newest(account))
    }

    async fn supersede(&mut self, account: AccountId, at: Timestamp) -> PortResult<Option<Superseded>> {
        let Some(mut batch) = self.0.standing(account).cloned() else {
            return Ok(None);
        };
        batch.supersede(at);
        let invalidated = self.0.sweep(batch.id, CodeStatus::Invalidated, at);
        let superseded = Superseded { batch: batch.id, invalidated };
        self.0.put_batch(batch);
        Ok(Some(superseded))
    }

    async fn invalidate(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        Ok(self.change(account, batch, |b| b.invalidate(at), CodeStatus::Invalidated, at))
    }

    async fn delete(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        Ok(self.change(account, batch, |b| b.delete(at), CodeStatus::Deleted, at))
    }

    async fn mark_viewed(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Marked> {
        match self.owned(account, batch) {
            None => Ok(Marked::Missing),
            Some(batch) if batch.viewed_at.is_some() => Ok(Marked::Before),
            Some(mut batch) => {
                batch.viewed_at = Some(at);
                batch.modified_at = at;
                self.0.put_batch(batch);
                Ok(Marked::Now)
            }
        }
    }

    async fn mark_delivered(
        &mut self,
        account: AccountId,
        batch: BatchId,
        how: DeliveredBy,
        at: Timestamp,
    ) -> PortResult<Delivered> {
        let suspended = self.0.account(account).is_some_and(|a| a.suspended.is_some());
        let Some(mut batch) = self.owned(account, batch) else { return Ok(Delivered::Missing) };
        let is_over = suspended || !batch.stands() || batch.delivery_ended_at.is_some();
        let mark = match how {
            DeliveredBy::Download => &mut batch.downloaded_at,
            DeliveredBy::Email => &mut batch.emailed_at,
        };
        if mark.is_some() {
            return Ok(Delivered::Before);
        }
        if is_over {
            return Ok(Delivered::Gone);
        }
        *mark = Some(at);
        if how == DeliveredBy::Email {
            batch.email_failed_at = None;
        }
        batch.modified_at = at;
        self.0.put_batch(batch);
        Ok(Delivered::Now)
    }

    async fn release_email(
        &mut self,
        account: AccountId,
        batch: BatchId,
        marked_at: Timestamp,
        failed_at: Timestamp,
    ) -> PortResult<bool> {
        let marked = self.owned(account, batch).filter(|b| b.emailed_at == Some(marked_at));
        let Some(mut batch) = marked else { return Ok(false) };
        batch.emailed_at = None;
        batch.email_failed_at = Some(failed_at);
        self.0.put_batch(batch);
        Ok(true)
    }

    async fn end_delivery(
        &mut self,
        account: AccountId,
        batch: Option<BatchId>,
        at: Timestamp,
    ) -> PortResult<Option<BatchId>> {
        let standing = self.0.standing(account).filter(|standing| batch.is_none_or(|id| id == standing.id));
        let Some(mut ended) = standing.cloned() else { return Ok(None) };
        let id = ended.id;
        ended.delivery_ended_at.get_or_insert(at);
        self.0.put_batch(ended);
        Ok(Some(id))
    }
}
