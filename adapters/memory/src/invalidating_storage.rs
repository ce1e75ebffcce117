use crate::Invalidations;
use async_trait::async_trait;
use backstop_application::ports::{
    AccountInserted, AccountStore, AccountUpdated, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore,
    CodeChunk, CodeStore, Erased, LimitStore, LinkStore, LogTaken, MailLog, NoticeStore, PasswordStore, PortResult,
    RecoveryStore, RunStore, ScheduleStore, SecondFactorStore, Storage, TakenOf, TaskStore, UnitOfWork,
};
use backstop_domain::{Account, AccountId, BatchId, SuspensionReason, Timestamp};
use core::fmt;
use std::{collections::BTreeSet, sync::Arc};

/// Tells the cache of every account that a unit changed, after its commit and before anybody gets an answer.
pub struct InvalidatingStorage {
    inner: Arc<dyn Storage>,
    invalidations: Arc<Invalidations>,
}

impl InvalidatingStorage {
    pub fn new(inner: Arc<dyn Storage>, invalidations: Arc<Invalidations>) -> Self {
        Self { inner, invalidations }
    }

    fn around(&self, inner: Box<dyn UnitOfWork>, changed: BTreeSet<AccountId>) -> Box<dyn UnitOfWork> {
        Box::new(InvalidatingUnit { inner, changed, invalidations: Arc::clone(&self.invalidations) })
    }
}

#[async_trait]
impl Storage for InvalidatingStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(self.around(self.inner.begin().await?, BTreeSet::new()))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(self.around(self.inner.begin_locking(account).await?, BTreeSet::from([account])))
    }
}

/// Batches, codes and recoveries change only in units that lock their account, so that these are known from the
/// beginning; accounts are inserted in others, too, and a clean-up tells which it locked.
struct InvalidatingUnit {
    inner: Box<dyn UnitOfWork>,
    changed: BTreeSet<AccountId>,
    invalidations: Arc<Invalidations>,
}

#[async_trait]
impl UnitOfWork for InvalidatingUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        Box::new(WatchedAccounts { inner: self.inner.accounts(), changed: &mut self.changed })
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
        self.inner.audit()
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
        Box::new(WatchedCleanUps { inner: self.inner.clean_ups(), changed: &mut self.changed })
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        self.inner.runs()
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
        let Self { inner, changed, invalidations } = *self;
        // Made before the commit: if nobody waits for its end the accounts are owed all the same.
        let debt = invalidations.debt(changed.into_iter().collect());
        let committed = inner.commit().await;
        debt.pay(&committed).await;
        committed
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.inner.rollback().await
    }
}

struct WatchedAccounts<'u> {
    inner: Box<dyn AccountStore + 'u>,
    changed: &'u mut BTreeSet<AccountId>,
}

impl WatchedAccounts<'_> {
    fn changes(&mut self, account: AccountId) {
        self.changed.insert(account);
    }
}

#[async_trait]
impl AccountStore for WatchedAccounts<'_> {
    async fn get(&mut self, id: AccountId) -> PortResult<Option<Account>> {
        self.inner.get(id).await
    }

    async fn insert(&mut self, account: &Account) -> PortResult<AccountInserted> {
        self.changes(account.id);
        self.inner.insert(account).await
    }

    async fn update(&mut self, account: &Account) -> PortResult<AccountUpdated> {
        self.changes(account.id);
        self.inner.update(account).await
    }

    async fn verify_setup(&mut self, id: AccountId, at: Timestamp) -> PortResult<bool> {
        self.changes(id);
        self.inner.verify_setup(id, at).await
    }

    async fn set_suspended(
        &mut self,
        id: AccountId,
        reason: Option<SuspensionReason>,
        at: Timestamp,
    ) -> PortResult<bool> {
        self.changes(id);
        self.inner.set_suspended(id, reason, at).await
    }

    async fn hold_administrator(&mut self, id: AccountId) -> PortResult<bool> {
        self.inner.hold_administrator(id).await
    }

    async fn erase(&mut self, id: AccountId) -> PortResult<Option<Erased>> {
        self.changes(id);
        self.inner.erase(id).await
    }
}

struct WatchedCleanUps<'u> {
    inner: Box<dyn CleanUpStore + 'u>,
    changed: &'u mut BTreeSet<AccountId>,
}

#[async_trait]
impl CleanUpStore for WatchedCleanUps<'_> {
    async fn take_codes(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let taken = self.inner.take_codes(chunk).await?;
        self.changed.extend(taken.iter().map(|of| of.account));
        Ok(taken)
    }

    async fn take_empty_batches(&mut self, chunk: &CodeChunk) -> PortResult<Vec<TakenOf>> {
        let taken = self.inner.take_empty_batches(chunk).await?;
        self.changed.extend(taken.iter().map(|of| of.account));
        Ok(taken)
    }

    async fn take_batch(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Option<u32>> {
        self.changed.insert(account);
        self.inner.take_batch(account, batch, at).await
    }

    async fn take_audit(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        self.inner.take_audit(until, most).await
    }

    async fn take_email_log(&mut self, until: Timestamp, most: u32) -> PortResult<LogTaken> {
        self.inner.take_email_log(until, most).await
    }

    async fn take_history(&mut self, until: Timestamp, most: u32) -> PortResult<Vec<AccountId>> {
        let accounts = self.inner.take_history(until, most).await?;
        self.changed.extend(&accounts);
        Ok(accounts)
    }
}

impl fmt::Debug for InvalidatingStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvalidatingStorage").finish_non_exhaustive()
    }
}
