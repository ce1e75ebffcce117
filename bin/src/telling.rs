//! Tells the log what was done, in the words of the audit trail and without its personal data, and counts it.

use crate::{meters::Meters, settings::LogTopic};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, LimitStore, LinkStore,
    MailLog, NoticeStore, PasswordStore, PortResult, RecoveryStore, Run, RunChunk, RunRecord, RunStore, ScheduleStore,
    SecondFactorStore, Storage, TaskStore, UnitOfWork,
};
use backstop_domain::{
    AccountId, Actor, AuditEntry, AuditKind, BatchId, ClientId, RequestId, RunId, RunStatus, Timestamp,
};
use std::{borrow::Cow, sync::Arc};

/// Does what the storage inside it does; a unit that committed is told, one that did not is not.
pub struct TellingStorage {
    inner: Arc<dyn Storage>,
    meters: Arc<Meters>,
}

impl TellingStorage {
    pub fn new(inner: Arc<dyn Storage>, meters: Arc<Meters>) -> Self {
        Self { inner, meters }
    }

    fn over(&self, inner: Box<dyn UnitOfWork>) -> Box<dyn UnitOfWork> {
        Box::new(TellingUnit { inner, meters: Arc::clone(&self.meters), acts: Vec::new(), ended: None })
    }
}

#[async_trait]
impl Storage for TellingStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(self.over(self.inner.begin().await?))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(self.over(self.inner.begin_locking(account).await?))
    }
}

struct TellingUnit {
    inner: Box<dyn UnitOfWork>,
    meters: Arc<Meters>,
    acts: Vec<Act>,
    /// How the run of a clean-up ended that this unit ends.
    ended: Option<RunStatus>,
}

#[async_trait]
impl UnitOfWork for TellingUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        self.inner.accounts()
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        self.inner.batches()
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        self.inner.codes()
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        self.inner.recoveries()
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        self.inner.limits()
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        Box::new(OverheardLog { inner: self.inner.audit(), acts: &mut self.acts })
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        self.inner.clients()
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        self.inner.answers()
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        self.inner.tasks()
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        self.inner.schedules()
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        self.inner.clean_ups()
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        Box::new(OverheardRuns { inner: self.inner.runs(), ended: &mut self.ended })
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        self.inner.mail_log()
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        self.inner.notices()
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        self.inner.links()
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        self.inner.passwords()
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        self.inner.second_factors()
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        self.inner.commit().await?;
        for act in &self.acts {
            act.tell();
            self.meters.acted(act.kind, act.reason.as_deref(), act.count, self.ended);
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.inner.rollback().await
    }
}

struct OverheardLog<'u> {
    inner: Box<dyn AuditLog + 'u>,
    acts: &'u mut Vec<Act>,
}

#[async_trait]
impl AuditLog for OverheardLog<'_> {
    async fn append(&mut self, entry: AuditEntry) -> PortResult<()> {
        let act = Act::of(&entry);
        self.inner.append(entry).await?;
        self.acts.push(act);
        Ok(())
    }

    async fn bury(&mut self, account: AccountId, tombstone: AccountId) -> PortResult<()> {
        self.inner.bury(account, tombstone).await
    }
}

struct OverheardRuns<'u> {
    inner: Box<dyn RunStore + 'u>,
    ended: &'u mut Option<RunStatus>,
}

#[async_trait]
impl RunStore for OverheardRuns<'_> {
    async fn begin(&mut self, run: &Run) -> PortResult<Option<RunRecord>> {
        self.inner.begin(run).await
    }

    async fn add(&mut self, run: RunId, chunk: &RunChunk) -> PortResult<()> {
        self.inner.add(run, chunk).await
    }

    async fn end(&mut self, run: RunId, at: Timestamp, status: RunStatus, error: Option<&str>) -> PortResult<()> {
        self.inner.end(run, at, status, error).await?;
        *self.ended = Some(status);
        Ok(())
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        self.inner.forget(until, most).await
    }
}

/// What of an entry may be told: nothing that names or describes a person.
struct Act {
    kind: AuditKind,
    account: Option<AccountId>,
    batch: Option<BatchId>,
    count: Option<u32>,
    reason: Option<Cow<'static, str>>,
    client: Option<ClientId>,
    staff: Option<AccountId>,
    request: Option<RequestId>,
}

impl Act {
    fn of(entry: &AuditEntry) -> Self {
        let client = match entry.actor {
            Actor::Client(client) => Some(client),
            _ => None,
        };
        let staff = match entry.actor {
            Actor::Staff(account) => Some(account),
            _ => None,
        };
        Self {
            kind: entry.kind,
            account: entry.account,
            batch: entry.batch,
            count: entry.count,
            reason: entry.reason.clone(),
            client,
            staff,
            request: entry.origin.request,
        }
    }

    fn tell(&self) {
        macro_rules! tell {
            ($level:ident, $topic:ident) => {
                tracing::$level!(
                    target: LogTopic::$topic.target(),
                    kind = self.kind.as_str(),
                    account = self.account.map(tracing::field::display),
                    batch = self.batch.map(tracing::field::display),
                    count = self.count,
                    reason = self.reason.as_deref(),
                    client = self.client.map(tracing::field::display),
                    staff = self.staff.map(tracing::field::display),
                    request = self.request.map(tracing::field::display),
                )
            };
        }
        match topic(self.kind) {
            LogTopic::Generation => tell!(info, Generation),
            LogTopic::Redeem => tell!(info, Redeem),
            // Somebody is kept out: with `warn` only that is told.
            LogTopic::Guard if self.kind != AuditKind::Lifted => tell!(warn, Guard),
            LogTopic::Guard => tell!(info, Guard),
            LogTopic::Mail => tell!(info, Mail),
            LogTopic::Purge => tell!(info, Purge),
            LogTopic::Schedule => tell!(info, Schedule),
            LogTopic::Audit => tell!(info, Audit),
        }
    }
}

/// Each act has one topic.
const fn topic(kind: AuditKind) -> LogTopic {
    match kind {
        AuditKind::Generated
        | AuditKind::Superseded
        | AuditKind::Viewed
        | AuditKind::Downloaded
        | AuditKind::BatchInvalidated
        | AuditKind::BatchDeleted
        | AuditKind::BatchRemoved => LogTopic::Generation,
        AuditKind::Emailed | AuditKind::EmailFailed => LogTopic::Mail,
        AuditKind::Purged | AuditKind::AuditCleaned | AuditKind::EmailLogCleaned => LogTopic::Purge,
        AuditKind::ScheduleChanged => LogTopic::Schedule,
        AuditKind::SetupVerified
        | AuditKind::SetupFailed
        | AuditKind::Redeemed
        | AuditKind::RedeemRefused
        | AuditKind::CodeInvalidated
        | AuditKind::CodeAlreadyInvalidated
        | AuditKind::CodeDeleted
        | AuditKind::CodeAlreadyDeleted
        | AuditKind::CodeActRefused => LogTopic::Redeem,
        AuditKind::Locked | AuditKind::Suspended | AuditKind::Lifted | AuditKind::PasswordWornOut => LogTopic::Guard,
        AuditKind::AccountCreated
        | AuditKind::AccountUpdated
        | AuditKind::AccountErased
        | AuditKind::ClientCreated
        | AuditKind::ClientKeyAdded
        | AuditKind::ClientKeyRevoked
        | AuditKind::ClientRevoked
        | AuditKind::TaskRetried
        | AuditKind::TaskRemoved
        | AuditKind::TasksFlushed
        | AuditKind::PasswordResetSent
        | AuditKind::SignedIn
        | AuditKind::SignedOut
        | AuditKind::PasswordRefused
        | AuditKind::PasswordProved
        | AuditKind::PasswordChanged
        | AuditKind::PasswordSet
        | AuditKind::SecondStepSetUp
        | AuditKind::SecondStepPassed
        | AuditKind::SecondStepRefused
        | AuditKind::SecondStepRemoved => LogTopic::Audit,
    }
}

#[cfg(test)]
mod tests;
