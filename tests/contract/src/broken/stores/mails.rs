use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{MailLog, MailRecord, MailStatus, NoticeStore, PortResult, Told, WhichMails};
use backstop_domain::{AccountId, Timestamp};

#[async_trait]
impl MailLog for BrokenStores<'_> {
    async fn write(&mut self, record: &MailRecord) -> PortResult<()> {
        let mut record = record.clone();
        let sound = &self.core.sound;
        match (self.core.defect, record.account) {
            (Defect::ForgetsMailErrors, _) => record.error = None,
            (Defect::FirstLineStays, _)
                if sound.mails.mails(1_000).await?.iter().any(|known| known.task == record.task) =>
            {
                return Ok(());
            }
            (Defect::ErasedPeopleGetMail, Some(account)) if sound.accounts.by_id(account).await?.is_none() => {
                record.account = None;
            }
            _ => {}
        }
        sound!(self, mail_log.write(&record))
    }

    async fn give_up(&mut self, which: WhichMails, why: &str) -> PortResult<()> {
        match (self.core.defect, which) {
            (Defect::MailsWaitForEver, _) | (Defect::MailsOfBatchesWaitForEver, WhichMails::OfBatch(_)) => Ok(()),
            (Defect::GivesUpWhatWasSent, WhichMails::OfTask(task)) => {
                let mails = self.core.sound.mails.mails(1_000).await?;
                for mail in mails.into_iter().filter(|mail| mail.task == task) {
                    let given_up = MailRecord { status: MailStatus::Failed, error: Some(why.to_owned()), ..mail };
                    sound!(self, mail_log.write(&given_up))?;
                }
                Ok(())
            }
            _ => sound!(self, mail_log.give_up(which, why)),
        }
    }
}

#[async_trait]
impl NoticeStore for BrokenStores<'_> {
    async fn note(&mut self, told: &Told) -> PortResult<bool> {
        let mut told = told.clone();
        if self.has(Defect::NothingIsHeldBack) {
            told.held = None;
        }
        Ok(sound!(self, notices.note(&told))? || self.has(Defect::NotesAgain))
    }

    async fn told_since(&mut self, account: AccountId, since: Timestamp) -> PortResult<(u32, Option<Timestamp>)> {
        sound!(self, notices.told_since(account, since))
    }

    async fn take_held(&mut self, account: AccountId) -> PortResult<Vec<Told>> {
        let held = sound!(self, notices.take_held(account))?;
        Ok(if self.has(Defect::HeldIsLost) { Vec::new() } else { held })
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        if self.has(Defect::NoticesAreKept) {
            return Ok(0);
        }
        sound!(self, notices.forget(until, most))
    }
}
