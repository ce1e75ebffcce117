use crate::{FaultPoints, point};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchChange, BatchInserted, BatchStore, CleanUpStore, ClientStore, CodeChange,
    CodeStore, Consumed, Consumption, Delivered, DeliveredBy, LimitStore, LinkStore, MailLog, Marked, NewCode,
    NoticeStore, PasswordStore, PortResult, RecoveryStore, Revocation, RunStore, ScheduleStore, SecondFactorStore,
    Storage, Superseded, TaskStore, UnitOfWork,
};
use backstop_domain::{AccountId, Batch, BatchId, CodeId, StoredCode, Timestamp};
use std::sync::Arc;

/// Does what the storage inside it does, and reaches the points on the way.
pub struct FaultingStorage {
    inner: Arc<dyn Storage>,
    points: Arc<dyn FaultPoints>,
}

impl FaultingStorage {
    pub fn new(inner: Arc<dyn Storage>, points: Arc<dyn FaultPoints>) -> Self {
        Self { inner, points }
    }

    async fn opened(&self, unit: Box<dyn UnitOfWork>) -> Box<dyn UnitOfWork> {
        self.points.reach(point::AFTER_BEGIN).await;
        Box::new(FaultingUnit { inner: unit, points: Arc::clone(&self.points) })
    }
}

#[async_trait]
impl Storage for FaultingStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        self.points.reach(point::BEFORE_BEGIN).await;
        let unit = self.inner.begin().await?;
        Ok(self.opened(unit).await)
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        self.points.reach(point::BEFORE_LOCKING).await;
        let unit = self.inner.begin_locking(account).await?;
        Ok(self.opened(unit).await)
    }
}

struct FaultingUnit {
    inner: Box<dyn UnitOfWork>,
    points: Arc<dyn FaultPoints>,
}

#[async_trait]
impl UnitOfWork for FaultingUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        self.inner.accounts()
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        Box::new(FaultingBatches { inner: self.inner.batches(), points: &*self.points })
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        Box::new(FaultingCodes { inner: self.inner.codes(), points: &*self.points })
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
        self.inner.clean_ups()
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
        self.points.reach(point::BEFORE_COMMIT).await;
        self.inner.commit().await?;
        self.points.reach(point::AFTER_COMMIT).await;
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.inner.rollback().await
    }
}

struct FaultingCodes<'u> {
    inner: Box<dyn CodeStore + 'u>,
    points: &'u dyn FaultPoints,
}

#[async_trait]
impl CodeStore for FaultingCodes<'_> {
    async fn get(&mut self, account: AccountId, code: CodeId) -> PortResult<Option<StoredCode>> {
        self.inner.get(account, code).await
    }

    async fn consume(&mut self, consumption: &Consumption) -> PortResult<Consumed> {
        self.points.reach(point::BEFORE_CONSUME).await;
        let consumed = self.inner.consume(consumption).await?;
        self.points.reach(point::AFTER_CONSUME).await;
        Ok(consumed)
    }

    async fn revoke(
        &mut self,
        account: AccountId,
        code: CodeId,
        how: Revocation,
        at: Timestamp,
    ) -> PortResult<CodeChange> {
        self.inner.revoke(account, code, how, at).await
    }
}

struct FaultingBatches<'u> {
    inner: Box<dyn BatchStore + 'u>,
    points: &'u dyn FaultPoints,
}

#[async_trait]
impl BatchStore for FaultingBatches<'_> {
    async fn insert(&mut self, batch: &Batch, codes: &[NewCode]) -> PortResult<BatchInserted> {
        let inserted = self.inner.insert(batch, codes).await?;
        self.points.reach(point::AFTER_INSERT).await;
        Ok(inserted)
    }

    async fn newest(&mut self, account: AccountId) -> PortResult<Option<BatchId>> {
        self.inner.newest(account).await
    }

    async fn supersede(&mut self, account: AccountId, at: Timestamp) -> PortResult<Option<Superseded>> {
        let superseded = self.inner.supersede(account, at).await?;
        self.points.reach(point::AFTER_SUPERSEDE).await;
        Ok(superseded)
    }

    async fn invalidate(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        self.inner.invalidate(account, batch, at).await
    }

    async fn delete(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<BatchChange> {
        self.inner.delete(account, batch, at).await
    }

    async fn mark_viewed(&mut self, account: AccountId, batch: BatchId, at: Timestamp) -> PortResult<Marked> {
        self.inner.mark_viewed(account, batch, at).await
    }

    async fn mark_delivered(
        &mut self,
        account: AccountId,
        batch: BatchId,
        how: DeliveredBy,
        at: Timestamp,
    ) -> PortResult<Delivered> {
        self.inner.mark_delivered(account, batch, how, at).await
    }

    async fn release_email(
        &mut self,
        account: AccountId,
        batch: BatchId,
        marked_at: Timestamp,
        failed_at: Timestamp,
    ) -> PortResult<bool> {
        self.inner.release_email(account, batch, marked_at, failed_at).await
    }

    async fn end_delivery(
        &mut self,
        account: AccountId,
        batch: Option<BatchId>,
        at: Timestamp,
    ) -> PortResult<Option<BatchId>> {
        self.inner.end_delivery(account, batch, at).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_application::ports::AccountReader;
    use backstop_domain::{Account, CodeProfile, Expiry, KeyId, LookupTag, Subject, Verifier};
    use backstop_memory::MemoryStorage;
    use std::sync::Mutex;
    use uuid::Uuid;

    /// Notes each point, and whether others see the account by then.
    struct Notes {
        memory: MemoryStorage,
        reached: Mutex<Vec<(&'static str, bool)>>,
    }

    #[async_trait]
    impl FaultPoints for Notes {
        async fn reach(&self, point: &'static str) {
            let committed = self.memory.by_id(account()).await.unwrap().is_some();
            self.reached.lock().unwrap().push((point, committed));
        }
    }

    impl Notes {
        fn take(&self) -> Vec<(&'static str, bool)> {
            core::mem::take(&mut self.reached.lock().unwrap())
        }

        fn names(&self) -> Vec<&'static str> {
            self.take().into_iter().map(|(point, _)| point).collect()
        }
    }

    fn account() -> AccountId {
        AccountId::new(Uuid::from_u128(1))
    }

    fn code() -> CodeId {
        CodeId::new(Uuid::from_u128(3))
    }

    fn faulting() -> (FaultingStorage, Arc<Notes>) {
        let memory = MemoryStorage::new();
        let notes = Arc::new(Notes { memory: memory.clone(), reached: Mutex::default() });
        (FaultingStorage::new(Arc::new(memory), Arc::clone(&notes) as Arc<dyn FaultPoints>), notes)
    }

    async fn register(storage: &FaultingStorage) {
        let mut unit = storage.begin().await.unwrap();
        let person = Account::new(account(), Subject::parse("ann").unwrap(), Timestamp::UNIX_EPOCH);
        unit.accounts().insert(&person).await.unwrap();
        unit.commit().await.unwrap();
    }

    async fn issue(unit: &mut dyn UnitOfWork) {
        let batch = Batch::new(
            BatchId::new(Uuid::from_u128(2)),
            account(),
            CodeProfile::classic().name().clone(),
            1,
            Expiry::Never,
            Timestamp::UNIX_EPOCH,
        );
        let tag = LookupTag { key: KeyId::parse("k").unwrap(), bytes: [7; 32] };
        let new = NewCode { id: code(), tag, verifier: Verifier::new("v".into()) };
        assert_eq!(unit.batches().supersede(account(), Timestamp::UNIX_EPOCH).await.unwrap(), None);
        assert_eq!(unit.batches().insert(&batch, &[new]).await.unwrap(), BatchInserted::Done);
    }

    #[tokio::test]
    async fn the_points_of_a_unit_lie_around_its_begin_and_its_commit() {
        let (storage, notes) = faulting();
        register(&storage).await;
        let expected = [
            (point::BEFORE_BEGIN, false),
            (point::AFTER_BEGIN, false),
            (point::BEFORE_COMMIT, false),
            (point::AFTER_COMMIT, true),
        ];
        assert_eq!(notes.take(), expected);
        storage.begin().await.unwrap().rollback().await.unwrap();
        assert_eq!(notes.names(), [point::BEFORE_BEGIN, point::AFTER_BEGIN]);
    }

    #[tokio::test]
    async fn issuing_and_redeeming_reach_their_points_in_order() {
        let (storage, notes) = faulting();
        register(&storage).await;
        notes.take();

        let mut unit = storage.begin_locking(account()).await.unwrap();
        issue(&mut *unit).await;
        unit.commit().await.unwrap();
        let expected = [
            point::BEFORE_LOCKING,
            point::AFTER_BEGIN,
            point::AFTER_SUPERSEDE,
            point::AFTER_INSERT,
            point::BEFORE_COMMIT,
            point::AFTER_COMMIT,
        ];
        assert_eq!(notes.names(), expected);

        let mut unit = storage.begin_locking(account()).await.unwrap();
        let consumption = Consumption { account: account(), code: code(), at: Timestamp::UNIX_EPOCH };
        let consumed = unit.codes().consume(&consumption).await.unwrap();
        assert!(matches!(consumed, Consumed::Won { remaining: 0, .. }));
        unit.rollback().await.unwrap();
        let expected = [point::BEFORE_LOCKING, point::AFTER_BEGIN, point::BEFORE_CONSUME, point::AFTER_CONSUME];
        assert_eq!(notes.names(), expected);
    }

    #[tokio::test]
    async fn callers_wait_together_before_locking_without_holding_a_unit() {
        let memory = MemoryStorage::new();
        let points = Arc::new(crate::BarrierFaultPoints::new(point::BEFORE_LOCKING, 3));
        let storage = FaultingStorage::new(Arc::new(memory), points);
        let redeem = async || storage.begin_locking(account()).await.unwrap().rollback().await.unwrap();
        // Units of the memory store come one at a time: were one held at the barrier, these would never end.
        let all = async { tokio::join!(redeem(), redeem(), redeem()) };
        tokio::time::timeout(core::time::Duration::from_secs(20), all).await.expect("they wait for each other");
    }
}
