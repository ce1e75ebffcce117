//! How the cache is told of changes, and what happens while it can't be.

use crate::support::{PAGE, World, start, subject};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeChunk, CodeStore, LimitStore,
    LinkStore, MailLog, NoticeStore, PasswordStore, PortError, PortErrorKind, PortResult, RecoveryStore, RunStore,
    ScheduleStore, SecondFactorStore, Storage, TaskStore, UnitOfWork, Views as _,
};
use backstop_domain::{AccountId, EmailAddress, SuspensionReason::Admin};
use backstop_memory::MemoryStorage;
use core::sync::atomic::Ordering::SeqCst;
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::sync::Semaphore;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[tokio::test]
async fn a_write_is_shown_by_the_next_read() {
    let world = World::new();
    let mut ann = world.register().await;
    for round in 1..=5 {
        assert_eq!(world.counted().await, round - 1);
        world.issue(&ann).await;
        assert_eq!(world.counted().await, round);
    }
    assert_eq!(world.shown().await, None);
    world.suspend(&ann, Some(Admin)).await.unwrap();
    assert_eq!(world.shown().await, Some(Admin));
    // Also by a unit that did not lock the account in the beginning.
    ann.email = Some(EmailAddress::parse("ann@example.org").unwrap());
    let mut unit = world.storage.begin().await.unwrap();
    unit.accounts().update(&ann).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(world.views.state(&subject()).await.unwrap().unwrap().account.email, ann.email);
    world.erase(&ann).await;
    assert!(world.views.state(&subject()).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_clean_up_takes_is_shown_by_the_next_read() {
    let world = World::new();
    let ann = world.register().await;
    let gone = world.issue_deleted(&ann).await;
    let shown = async || world.views.history(&subject(), PAGE).await.unwrap().unwrap().page;
    assert_eq!(shown().await.batches[0].counters.purged, 0);
    let before = world.forgets();
    let chunk = CodeChunk { until: start(), at: start(), most: 9, wait: false };
    for (step, told) in (0..4).zip([1, 2, 3, 3]) {
        // The account is not known before the unit works.
        let mut unit = world.storage.begin().await.unwrap();
        match step {
            0 => assert_eq!(unit.clean_ups().take_codes(&chunk).await.unwrap().len(), 1),
            1 => assert_eq!(unit.clean_ups().take_empty_batches(&chunk).await.unwrap().len(), 1),
            2 => assert_eq!(unit.clean_ups().take_history(start(), 9).await.unwrap(), [ann.id]),
            _ => assert_eq!(unit.clean_ups().take_codes(&chunk).await.unwrap(), []),
        }
        unit.commit().await.unwrap();
        assert_eq!(world.forgets(), before + told, "step {step}");
        let page = shown().await;
        let counted = page.batches.iter().map(|batch| (batch.id, batch.counters.purged)).collect::<Vec<_>>();
        let expected = if step < 2 { vec![(gone.id, 1)] } else { vec![] };
        assert_eq!((page.total, counted), (u64::try_from(expected.len()).unwrap(), expected), "step {step}");
    }
}

#[tokio::test]
async fn a_unit_that_is_not_committed_tells_nothing() {
    let world = World::new();
    let ann = world.register().await;
    world.shown().await;
    let before = world.forgets();
    world.lock(&ann).await.rollback().await.unwrap();
    drop(world.lock(&ann).await);
    world.storage.begin().await.unwrap().commit().await.unwrap();
    world.shown().await;
    assert_eq!((world.forgets(), world.computing.number()), (before, 1));
}

#[tokio::test]
async fn while_the_cache_can_not_be_told_it_is_not_read() {
    let world = World::new();
    let ann = world.register().await;
    world.shown().await;
    world.cache.can_not_forget.store(true, SeqCst);
    let before = world.forgets();
    world.suspend(&ann, Some(Admin)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(world.shown().await, Some(Admin), "the old entry is there, and is not believed");
    }
    assert_eq!(world.forgets(), before + 1, "a cache that failed is left alone for a second");
    world.clock.advance(SECOND);
    for _ in 0..3 {
        assert_eq!(world.shown().await, Some(Admin));
    }
    assert_eq!(world.forgets(), before + 2);

    world.cache.can_not_forget.store(false, SeqCst);
    assert_eq!(world.shown().await, Some(Admin));
    assert_eq!((world.forgets(), world.computing.number()), (before + 2, 8));
    world.clock.advance(SECOND);
    for _ in 0..3 {
        assert_eq!(world.shown().await, Some(Admin));
    }
    assert_eq!((world.forgets(), world.computing.number()), (before + 3, 9), "told, and read from the cache again");
}

#[tokio::test]
async fn what_is_owed_is_worked_off_by_writes_as_well() {
    let world = World::new();
    let ann = world.register().await;
    world.cache.can_not_forget.store(true, SeqCst);
    world.suspend(&ann, Some(Admin)).await.unwrap();
    world.issue(&ann).await;
    let before = world.forgets();
    world.cache.can_not_forget.store(false, SeqCst);
    world.clock.advance(SECOND);
    world.issue(&ann).await;
    assert_eq!(world.forgets(), before + 1, "one and the same account is told once");
    world.shown().await;
    world.shown().await;
    assert_eq!(world.computing.number(), 1);
}

#[tokio::test]
async fn a_clock_that_is_put_back_keeps_nobody_from_trying() {
    let world = World::new();
    let ann = world.register().await;
    world.cache.can_not_forget.store(true, SeqCst);
    world.suspend(&ann, Some(Admin)).await.unwrap();
    world.cache.can_not_forget.store(false, SeqCst);
    world.clock.advance(SignedDuration::from_hours(-1));
    world.shown().await;
    world.shown().await;
    assert_eq!(world.computing.number(), 1);
}

/// Commits, and then fails or never answers.
struct Lossy {
    inner: Arc<MemoryStorage>,
    kind: Option<PortErrorKind>,
    committed: Arc<Semaphore>,
}

struct LossyUnit {
    inner: Box<dyn UnitOfWork>,
    kind: Option<PortErrorKind>,
    committed: Arc<Semaphore>,
}

#[async_trait]
impl Storage for Lossy {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        self.inner.begin().await
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        let inner = self.inner.begin_locking(account).await?;
        Ok(Box::new(LossyUnit { inner, kind: self.kind, committed: Arc::clone(&self.committed) }))
    }
}

#[async_trait]
impl UnitOfWork for LossyUnit {
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
        self.inner.commit().await?;
        self.committed.add_permits(1);
        match self.kind {
            Some(kind) => Err(PortError::new(kind, "the answer was lost")),
            None => core::future::pending().await,
        }
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.inner.rollback().await
    }
}

fn lossy(kind: Option<PortErrorKind>) -> (World, Arc<Semaphore>) {
    let (inner, committed) = (Arc::new(MemoryStorage::new()), Arc::new(Semaphore::new(0)));
    let storage = Arc::new(Lossy { inner: Arc::clone(&inner), kind, committed: Arc::clone(&committed) });
    (World::over(storage, inner), committed)
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_is_told_at_once_and_again_after_a_second() {
    let (world, _) = lossy(Some(PortErrorKind::Unavailable));
    let ann = world.register().await;
    world.shown().await;
    let before = world.forgets();
    assert!(world.suspend(&ann, Some(Admin)).await.is_err());
    assert_eq!(world.forgets(), before + 1);
    assert_eq!(world.shown().await, Some(Admin));
    assert_eq!(world.shown().await, Some(Admin));
    assert_eq!(world.computing.number(), 3, "it may become true only now, so that nothing is kept");
    world.clock.advance(SECOND);
    world.shown().await;
    world.shown().await;
    assert_eq!((world.forgets(), world.computing.number()), (before + 2, 4));
}

#[tokio::test]
async fn a_commit_that_lost_a_contest_is_told_once() {
    let (world, _) = lossy(Some(PortErrorKind::Contention));
    let ann = world.register().await;
    world.shown().await;
    let before = world.forgets();
    assert!(world.suspend(&ann, Some(Admin)).await.is_err());
    world.shown().await;
    world.shown().await;
    assert_eq!((world.forgets(), world.computing.number()), (before + 1, 2));
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_told_all_the_same() {
    let (world, committed) = lossy(None);
    let ann = world.register().await;
    world.shown().await;
    let before = world.forgets();
    {
        let write = world.suspend(&ann, Some(Admin));
        tokio::select! {
            _ = write => {}
            permit = committed.acquire() => permit.unwrap().forget(),
        }
    }
    assert_eq!(world.shown().await, Some(Admin));
    assert_eq!(world.forgets(), before);
    world.clock.advance(SECOND);
    world.shown().await;
    world.shown().await;
    assert_eq!((world.forgets(), world.computing.number()), (before + 1, 3));
}
