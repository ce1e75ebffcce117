use crate::{MemoryStorage, readers::size, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{
    MailLog, MailLogReader, MailRecord, MailStatus, NoticeStore, PortResult, Told, WhichMails,
};
use backstop_domain::{AccountId, TaskId, Timestamp};
use core::cmp::Reverse;
use std::collections::HashSet;

pub(crate) struct MemoryMailLog<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl MailLog for MemoryMailLog<'_> {
    async fn write(&mut self, record: &MailRecord) -> PortResult<()> {
        if record.account.is_none_or(|account| self.0.account(account).is_some()) {
            self.0.mails_mut().insert(record.task, record.clone());
        }
        Ok(())
    }

    async fn give_up(&mut self, which: WhichMails, why: &str) -> PortResult<()> {
        let meant: HashSet<TaskId> = match which {
            WhichMails::OfTask(task) => [task].into(),
            WhichMails::OfBatch(batch) => {
                let of_batch = self.0.tasks().values().filter(|row| row.task.concerns.batch == Some(batch));
                of_batch.map(|row| row.task.id).collect()
            }
        };
        for mail in self.0.mails_mut().values_mut() {
            if meant.contains(&mail.task) && mail.status == MailStatus::Waiting {
                mail.status = MailStatus::Failed;
                mail.error = Some(why.to_owned());
            }
        }
        Ok(())
    }
}

pub(crate) struct MemoryNoticeStore<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl NoticeStore for MemoryNoticeStore<'_> {
    async fn note(&mut self, told: &Told) -> PortResult<bool> {
        let is_known = self.0.notices().iter().any(|known| known.task == told.task);
        if is_known || self.0.account(told.account).is_none() {
            return Ok(false);
        }
        self.0.notices_mut().push(told.clone());
        Ok(true)
    }

    async fn told_since(&mut self, account: AccountId, since: Timestamp) -> PortResult<(u32, Option<Timestamp>)> {
        let is_meant = |told: &&Told| told.account == account && told.held.is_none() && told.at > since;
        let times: Vec<Timestamp> = self.0.notices().iter().filter(is_meant).map(|told| told.at).collect();
        Ok((u32::try_from(times.len()).unwrap_or(u32::MAX), times.into_iter().min()))
    }

    async fn take_held(&mut self, account: AccountId) -> PortResult<Vec<Told>> {
        let mut held = Vec::new();
        for told in self.0.notices_mut().iter_mut().filter(|told| told.account == account && told.held.is_some()) {
            held.push(told.clone());
            told.held = None;
        }
        held.sort_by_key(|told| told.at);
        Ok(held)
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let over = self.0.notices().iter().filter(|told| told.held.is_none() && told.at <= until);
        let over: HashSet<TaskId> = over.take(size(most)).map(|told| told.task).collect();
        self.0.notices_mut().retain(|told| !over.contains(&told.task));
        Ok(u64::try_from(over.len()).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl MailLogReader for MemoryStorage {
    async fn mails(&self, limit: u32) -> PortResult<Vec<MailRecord>> {
        let tables = self.committed();
        let mut lines: Vec<&MailRecord> = tables.mails().values().collect();
        lines.sort_by_key(|mail| Reverse((mail.created_at, mail.task)));
        Ok(lines.into_iter().take(size(limit)).cloned().collect())
    }
}
