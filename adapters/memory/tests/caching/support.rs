//! A store behind a cache, with every part in the hand of the test.

use async_trait::async_trait;
use backstop_application::{
    StoreViews,
    ports::{
        AccountHistory, AccountReader, AccountState, BatchInserted, Cache, CacheEntry, CacheVersion, NewCode,
        PortError, PortResult, Storage, UnitOfWork, Views,
    },
};
use backstop_domain::{
    Account, AccountId, Batch, BatchId, CodeId, Expiry, KeyId, LookupTag, ProfileName, Subject, SuspensionReason,
    Timestamp, Verifier, history::Window,
};
use backstop_memory::{
    CachedViews, InvalidatingStorage, Invalidations, ManualClock, MemoryCache, MemoryStorage, SequentialIds,
};
use core::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::Duration,
};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};
use tokio::{sync::Semaphore, task::yield_now};
use uuid::Uuid;

pub const TTL: SignedDuration = SignedDuration::from_secs(300);
pub const PAGE: Option<Window> = Some(Window { offset: 0, limit: 5 });

pub type Spoil = fn(&[u8]) -> Vec<u8>;

/// A place where those who come by wait as long as it is closed.
#[derive(Default)]
pub struct Gate {
    closed: Mutex<Option<Arc<Semaphore>>>,
    pub passed: AtomicUsize,
}

impl Gate {
    pub fn close(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.closed.lock().unwrap() = Some(Arc::clone(&gate));
        gate
    }

    pub fn open(&self) {
        *self.closed.lock().unwrap() = None;
    }

    async fn pass(&self) {
        self.passed.fetch_add(1, SeqCst);
        let closed = self.closed.lock().unwrap().clone();
        if let Some(gate) = closed {
            gate.acquire().await.unwrap().forget();
        }
    }

    /// Returns when so many have come.
    pub async fn reached(&self, number: usize) {
        while self.passed.load(SeqCst) < number {
            yield_now().await;
        }
    }
}

/// A cache that can be out of order, and notes what it is asked.
pub struct Unsteady {
    pub inner: MemoryCache,
    pub is_out: AtomicBool,
    pub can_not_forget: AtomicBool,
    pub forgets: AtomicUsize,
    pub versions: Gate,
    /// What becomes of bytes on their way out.
    pub spoil: Mutex<Option<Spoil>>,
}

impl Unsteady {
    fn answer(&self) -> PortResult<()> {
        if self.is_out.load(SeqCst) { Err(PortError::unavailable("the cache is out")) } else { Ok(()) }
    }
}

#[async_trait]
impl Cache for Unsteady {
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion> {
        self.answer()?;
        self.versions.pass().await;
        self.inner.version(account).await
    }

    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        self.answer()?;
        let bytes = self.inner.get(key, now).await?;
        let spoil = *self.spoil.lock().unwrap();
        Ok(bytes.map(|bytes| spoil.map_or(bytes.clone(), |spoil| spoil(&bytes))))
    }

    async fn put(&self, key: &str, entry: &CacheEntry, now: Timestamp) -> PortResult<()> {
        self.answer()?;
        self.inner.put(key, entry, now).await
    }

    async fn forget(&self, account: AccountId) -> PortResult<()> {
        self.forgets.fetch_add(1, SeqCst);
        self.answer()?;
        if self.can_not_forget.load(SeqCst) {
            return Err(PortError::unavailable("the cache can't forget"));
        }
        self.inner.forget(account).await
    }
}

/// Computes from the store, and lets the test hold it between reading and answering.
pub struct Computing {
    inner: StoreViews,
    pub gate: Gate,
    pub fails: AtomicBool,
}

impl Computing {
    pub fn number(&self) -> usize {
        self.gate.passed.load(SeqCst)
    }

    async fn hold<T>(&self, read: PortResult<T>) -> PortResult<T> {
        self.gate.pass().await;
        if self.fails.load(SeqCst) { Err(PortError::unavailable("the store is out")) } else { read }
    }
}

#[async_trait]
impl Views for Computing {
    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        self.hold(self.inner.state(subject).await).await
    }

    async fn history(&self, subject: &Subject, window: Option<Window>) -> PortResult<Option<AccountHistory>> {
        self.hold(self.inner.history(subject, window).await).await
    }
}

pub struct World {
    pub store: Arc<MemoryStorage>,
    pub clock: Arc<ManualClock>,
    pub cache: Arc<Unsteady>,
    pub computing: Arc<Computing>,
    pub storage: InvalidatingStorage,
    pub views: Arc<CachedViews>,
    ids: Arc<SequentialIds>,
}

pub fn subject() -> Subject {
    Subject::parse("ann").unwrap()
}

pub fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

impl World {
    pub fn new() -> Self {
        let store = Arc::new(MemoryStorage::new());
        Self::over(Arc::clone(&store) as _, store)
    }

    /// Writes go to `storage`, reads to `store`.
    pub fn over(storage: Arc<dyn Storage>, store: Arc<MemoryStorage>) -> Self {
        let (clock, ids) = (Arc::new(ManualClock::new(start())), Arc::new(SequentialIds::new()));
        let cache = Arc::new(Unsteady {
            inner: MemoryCache::new(Arc::clone(&ids) as _, Duration::from_hours(1)),
            is_out: AtomicBool::new(false),
            can_not_forget: AtomicBool::new(false),
            forgets: AtomicUsize::new(0),
            versions: Gate::default(),
            spoil: Mutex::default(),
        });
        let inner = StoreViews::new(Arc::clone(&store) as _, Arc::clone(&store) as _);
        let computing = Arc::new(Computing { inner, gate: Gate::default(), fails: AtomicBool::new(false) });
        let invalidations = Invalidations::new(Arc::clone(&cache) as _, Arc::clone(&clock) as _);
        let accounts = Arc::clone(&store) as Arc<dyn AccountReader>;
        let views = CachedViews::new(Arc::clone(&computing) as _, accounts, Arc::clone(&invalidations), TTL);
        let storage = InvalidatingStorage::new(storage, invalidations);
        Self { store, clock, cache, computing, storage, views: Arc::new(views), ids }
    }

    pub async fn register(&self) -> Account {
        let id = AccountId::new(backstop_application::ports::Ids::next(&*self.ids));
        let account = Account::new(id, subject(), start());
        let mut unit = self.storage.begin().await.unwrap();
        unit.accounts().insert(&account).await.unwrap();
        unit.commit().await.unwrap();
        account
    }

    pub async fn lock(&self, account: &Account) -> Box<dyn UnitOfWork> {
        self.storage.begin_locking(account.id).await.unwrap()
    }

    /// Suspends the account, or lifts it: a write that both views show or count.
    pub async fn suspend(&self, account: &Account, reason: Option<SuspensionReason>) -> PortResult<()> {
        let mut unit = self.lock(account).await;
        assert!(unit.accounts().set_suspended(account.id, reason, start()).await.unwrap());
        unit.commit().await
    }

    pub async fn issue(&self, account: &Account) -> Batch {
        let id = BatchId::new(backstop_application::ports::Ids::next(&*self.ids));
        let batch = Batch::new(id, account.id, ProfileName::parse("classic").unwrap(), 0, Expiry::Days(30), start());
        let mut unit = self.lock(account).await;
        unit.batches().supersede(account.id, start()).await.unwrap();
        assert_eq!(unit.batches().insert(&batch, &[]).await.unwrap(), BatchInserted::Done);
        unit.commit().await.unwrap();
        batch
    }

    /// A set of one code that was deleted at once.
    pub async fn issue_deleted(&self, account: &Account) -> Batch {
        let next = || backstop_application::ports::Ids::next(&*self.ids);
        let profile = ProfileName::parse("classic").unwrap();
        let batch = Batch::new(BatchId::new(next()), account.id, profile, 1, Expiry::Days(30), start());
        let tag = LookupTag { key: KeyId::parse("k").unwrap(), bytes: [7; 32] };
        let code = NewCode { id: CodeId::new(next()), tag, verifier: Verifier::new("v".into()) };
        let mut unit = self.lock(account).await;
        assert_eq!(unit.batches().insert(&batch, &[code]).await.unwrap(), BatchInserted::Done);
        unit.batches().delete(account.id, batch.id, start()).await.unwrap();
        unit.commit().await.unwrap();
        batch
    }

    pub async fn erase(&self, account: &Account) {
        let mut unit = self.lock(account).await;
        assert!(unit.accounts().erase(account.id).await.unwrap().is_some());
        unit.commit().await.unwrap();
    }

    /// The reason why the account is suspended, as it is shown.
    pub async fn shown(&self) -> Option<SuspensionReason> {
        self.views.state(&subject()).await.unwrap().unwrap().account.suspended
    }

    /// How many batches are shown.
    pub async fn counted(&self) -> u64 {
        self.views.history(&subject(), PAGE).await.unwrap().unwrap().page.total
    }

    pub fn forgets(&self) -> usize {
        self.cache.forgets.load(SeqCst)
    }
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}
