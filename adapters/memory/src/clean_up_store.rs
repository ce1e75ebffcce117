use crate::{readers::size, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{CleanUpStore, CodeChunk, LogTaken, PortResult, TakenOf};
use backstop_domain::{
    AccountId, AuditId, Batch, BatchId, BatchStatus, CodeId, CodeStatus, Timestamp,
    letter::BatchLine,
    retention::{CodeTimes, is_eligible},
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct MemoryCleanUpStore<'a>(pub(crate) &'a mut Tables);

/// The codes that are over, with their batches, and since when.
pub(crate) fn codes_over(tables: &Tables, until: Timestamp) -> impl Iterator<Item = (Timestamp, CodeId, BatchId)> {
    tables.codes_with_ids().filter_map(move |(id, row)| {
        let expires_at = tables.batch(row.batch)?.expires_at;
        let over = CodeTimes { status: row.status, status_since: row.since, expires_at };
        let since = if row.status == CodeStatus::Active { expires_at? } else { row.since };
        is_eligible(over, until).then_some((since, id, row.batch))
    })
}

impl MemoryCleanUpStore<'_> {
    /// Batches that have no row of a code left and can't be used.
    fn empty(&self, at: Timestamp) -> impl Iterator<Item = &Batch> {
        let full: BTreeSet<BatchId> = self.0.codes().map(|code| code.batch).collect();
        self.0.batches().filter(move |batch| {
            let went = batch.counters.purged == batch.counters.issued && !full.contains(&batch.id);
            went && batch.status(at) != BatchStatus::Active
        })
    }

    fn taken_of(&self, batch: &Batch, codes: u32, batch_removed: bool) -> Option<TakenOf> {
        let subject = self.0.account(batch.account)?.subject.clone();
        let line = BatchLine {
            batch: batch.id,
            subject,
            made_at: batch.created_at,
            expires_at: batch.expires_at,
            removed_codes: codes,
            left: batch.counters.issued.saturating_sub(batch.counters.purged),
            batch_removed,
        };
        Some(TakenOf { account: batch.account, line })
    }
}

fn taken(mut times: Vec<Timestamp>) -> LogTaken {
    times.sort_unstable();
    let range = times.first().copied().zip(times.last().copied());
    LogTaken { rows: u64::try_from(times.len()).unwrap_or(u64::MAX), range }
}

#[async_trait]
impl CleanUpStore for MemoryCleanUpStore<'_> {
    async fn take_codes(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let mut over: Vec<_> = codes_over(self.0, chunk.until).collect();
        over.sort_unstable();
        let mut lines = BTreeMap::<BatchId, u32>::new();
        for (_, id, batch) in over.into_iter().take(size(chunk.most)) {
            let live = self.0.code(id).is_some_and(|code| code.status == CodeStatus::Active);
            let Some(mut batch) = self.0.batch(batch).cloned() else { continue };
            self.0.remove_code(id);
            batch.counters.purged += 1;
            batch.counters.removed += u32::from(live);
            batch.modified_at = chunk.at;
            *lines.entry(batch.id).or_default() += 1;
            self.0.put_batch(batch);
        }
        let of = |(id, codes)| self.taken_of(self.0.batch(id)?, codes, false);
        Ok(lines.into_iter().filter_map(of).collect())
    }

    async fn take_empty_batches(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let made = |batch: &Batch| batch.created_at <= chunk.until;
        let mut empty: Vec<Batch> = self.empty(chunk.at).filter(|batch| made(batch)).cloned().collect();
        empty.sort_by_key(|batch| (batch.created_at, batch.id));
        empty.truncate(size(chunk.most));
        for batch in &empty {
            self.0.retire(batch.id, chunk.at);
        }
        Ok(empty.iter().filter_map(|batch| self.taken_of(batch, 0, true)).collect())
    }

    async fn take_batch(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Option<u32>> {
        let marked = |batch: &&Batch| batch.account == account && batch.deleted_at.is_some();
        let Some(mut batch) = self.0.batch(batch).filter(marked).cloned() else { return Ok(None) };
        let codes: Vec<CodeId> =
            self.0.codes_with_ids().filter(|(_, code)| code.batch == batch.id).map(|(id, _)| id).collect();
        for id in &codes {
            self.0.remove_code(*id);
        }
        batch.counters.purged = batch.counters.issued;
        batch.modified_at = at;
        let id = batch.id;
        self.0.put_batch(batch);
        self.0.retire(id, at);
        Ok(Some(u32::try_from(codes.len()).unwrap_or(u32::MAX)))
    }

    async fn take_audit(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let mut old: Vec<(Timestamp, usize, AuditId)> = self
            .0
            .audit()
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.at <= until)
            .map(|(place, entry)| (entry.at, place, entry.id))
            .collect();
        old.sort_unstable();
        old.truncate(size(most));
        let ids: BTreeSet<AuditId> = old.iter().map(|(.., id)| *id).collect();
        self.0.audit_mut().retain(|entry| !ids.contains(&entry.id));
        Ok(taken(old.into_iter().map(|(at, ..)| at).collect()))
    }

    async fn take_email_log(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        let lines = self.0.mails().values().filter(|mail| mail.created_at <= until);
        let mut old: Vec<_> = lines.map(|mail| (mail.created_at, mail.task)).collect();
        old.sort_unstable();
        old.truncate(size(most));
        for (_, task) in &old {
            self.0.mails_mut().remove(task);
        }
        Ok(taken(old.into_iter().map(|(at, _)| at).collect()))
    }

    async fn take_history(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<AccountId>> {
        let past = self.0.past().values().filter(|past| past.since <= until);
        let mut old: Vec<_> = past.map(|past| (past.since, past.batch.id, past.batch.account)).collect();
        old.sort_unstable();
        old.truncate(size(most));
        for (_, id, _) in &old {
            self.0.past_mut().remove(id);
        }
        let stayed = self.empty(until).filter(|batch| batch.modified_at <= until);
        let mut stayed: Vec<_> = stayed.map(|batch| (batch.created_at, batch.id, batch.account)).collect();
        stayed.sort_unstable();
        stayed.truncate(size(most).saturating_sub(old.len()));
        for (_, id, _) in &stayed {
            self.0.remove_batch(*id);
        }
        old.extend(stayed);
        Ok(old.into_iter().map(|(.., account)| account).collect::<BTreeSet<_>>().into_iter().collect())
    }
}
