use crate::{
    account_store::MemoryAccountStore,
    answer_store::MemoryAnswerStore,
    audit_log::MemoryAuditLog,
    batch_store::MemoryBatchStore,
    clean_up_store::MemoryCleanUpStore,
    client_store::MemoryClientStore,
    code_store::MemoryCodeStore,
    limit_store::MemoryLimitStore,
    link_store::MemoryLinkStore,
    mail_log::{MemoryMailLog, MemoryNoticeStore},
    password_store::MemoryPasswordStore,
    recovery_store::MemoryRecoveryStore,
    run_store::MemoryRunStore,
    schedule_store::MemoryScheduleStore,
    second_factor_store::MemorySecondFactorStore,
    signal::Signal,
    tables::Tables,
    task_store::MemoryTaskStore,
};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, Health, LimitStore,
    LinkStore, MailLog, NoticeStore, PasswordStore, PortError, PortErrorKind, PortResult, RecoveryStore, RunStore,
    ScheduleStore, SecondFactorStore, Storage, TaskStore, UnitOfWork, Worker,
};
use backstop_domain::{AccountId, ClientKeyId, Timestamp, WorkerId};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A store that lives as long as its process. Its units come one after the other, in the order of their asking.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    turn: Arc<Mutex<()>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    committed: RwLock<Tables>,
    /// Uses of keys, which are noted without a unit.
    uses: RwLock<HashMap<ClientKeyId, Timestamp>>,
    workers: StdMutex<BTreeMap<WorkerId, Worker>>,
    signal: Signal,
}

impl MemoryStorage {
    pub fn new() -> Self {
        Self::default()
    }

    /// How many tasks have something sealed.
    pub fn sealed_in_tasks(&self) -> usize {
        self.committed().tasks().values().filter(|row| row.task.sealed.is_some()).count()
    }

    pub(crate) fn committed(&self) -> RwLockReadGuard<'_, Tables> {
        self.shared.committed.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn last_use(&self, key: ClientKeyId) -> Option<Timestamp> {
        self.shared.uses.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    pub(crate) fn note_use(&self, key: ClientKeyId, at: Timestamp) {
        let mut uses = self.shared.uses.write().unwrap_or_else(PoisonError::into_inner);
        let last = uses.entry(key).or_insert(at);
        *last = at.max(*last);
    }

    pub(crate) fn workforce(&self) -> MutexGuard<'_, BTreeMap<WorkerId, Worker>> {
        self.shared.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn signal(&self) -> &Signal {
        &self.shared.signal
    }

    /// A change of its own, in turn.
    pub(crate) async fn change<T>(&self, change: impl FnOnce(&mut Tables) -> T) -> T {
        let _turn = self.turn.lock().await;
        change(&mut self.shared.committed.write().unwrap_or_else(PoisonError::into_inner))
    }

    async fn open(&self) -> Box<dyn UnitOfWork> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let draft = self.committed().clone();
        Box::new(MemoryUnit { shared: Arc::clone(&self.shared), draft, queued: false, _turn: turn })
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(self.open().await)
    }

    async fn begin_locking(&self, _account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(self.open().await)
    }
}

#[async_trait]
impl Health for MemoryStorage {
    fn part(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> PortResult<()> {
        Ok(())
    }
}

/// Works on a copy; dropping it forgets the copy and lets the next unit begin.
struct MemoryUnit {
    shared: Arc<Shared>,
    draft: Tables,
    /// Whether there is something to do that was not before.
    queued: bool,
    _turn: OwnedMutexGuard<()>,
}

#[async_trait]
impl UnitOfWork for MemoryUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        Box::new(MemoryAccountStore(&mut self.draft))
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        Box::new(MemoryBatchStore(&mut self.draft))
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        Box::new(MemoryCodeStore(&mut self.draft))
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        Box::new(MemoryRecoveryStore(&mut self.draft))
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        Box::new(MemoryLimitStore(&mut self.draft))
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        Box::new(MemoryAuditLog(&mut self.draft))
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        Box::new(MemoryClientStore(&mut self.draft))
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        Box::new(MemoryAnswerStore(&mut self.draft))
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        Box::new(MemoryTaskStore { tables: &mut self.draft, queued: &mut self.queued })
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        Box::new(MemoryScheduleStore(&mut self.draft))
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        Box::new(MemoryCleanUpStore(&mut self.draft))
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        Box::new(MemoryRunStore(&mut self.draft))
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        Box::new(MemoryMailLog(&mut self.draft))
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        Box::new(MemoryNoticeStore(&mut self.draft))
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        Box::new(MemoryLinkStore(&mut self.draft))
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        Box::new(MemoryPasswordStore(&mut self.draft))
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        Box::new(MemorySecondFactorStore(&mut self.draft))
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        let Self { shared, draft, queued, _turn } = *self;
        *shared.committed.write().unwrap_or_else(PoisonError::into_inner) = draft;
        if queued {
            shared.signal.tell();
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        Ok(())
    }
}

pub(crate) fn rejected(what: &'static str) -> PortError {
    PortError::new(PortErrorKind::Rejected, what)
}
