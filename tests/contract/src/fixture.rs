//! What rules start from, and short ways to say what they do.

use crate::{StoreHarness, Stores};
use backstop_application::ports::{
    BatchInserted, CodeChunk, Consumed, Consumption, MailRecord, MailStatus, NewCode, PortResult, Run, TakenOf, Told,
    UnitOfWork,
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, Batch, BatchId, CleanUp, Client, ClientId, ClientKey,
    ClientKeyId, CodeId, CodeProfile, CodeStatus, Duties, EmailAddress, Expiry, KeyId, LookupTag, NormalisedCode,
    Origin, ProfileName, Recovery, RecoveryId, ReportWhen, RunId, Schedule, ScheduleId, ScheduleName, Scope, Subject,
    SuspensionReason, TaskId, Timestamp, Verifier,
    clean_up::StartedBy,
    letter::BatchLine,
    schedule::{Calendar, Zone},
};
use core::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet, time::timeout};
use uuid::Uuid;

/// How many tasks race.
pub(crate) const RACERS: usize = 16;

static NEXT: AtomicU64 = AtomicU64::new(1);

fn number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn uuid() -> Uuid {
    Uuid::from_u128((u128::from(number()) << 64) | 0x8000_0000_0000_0001)
}

/// `second` seconds after the beginning, which is no whole second or millisecond.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_123_457 + second * 1_000_000).unwrap()
}

pub(crate) fn micros_before(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond() - micros).unwrap()
}

pub(crate) fn key_id(name: &str) -> KeyId {
    KeyId::parse(name).unwrap()
}

pub(crate) fn profile(name: &str) -> ProfileName {
    ProfileName::parse(name).unwrap()
}

pub(crate) fn subject(text: &str) -> Subject {
    Subject::parse(text).unwrap()
}

pub(crate) fn an_account() -> Account {
    Account::new(AccountId::new(uuid()), subject(&format!("subject {}", number())), at(0))
}

pub(crate) fn a_batch(account: AccountId, issued: u32, made_at: Timestamp) -> Batch {
    Batch::new(BatchId::new(uuid()), account, profile("classic"), issued, Expiry::Days(30), made_at)
}

pub(crate) fn a_code() -> NewCode {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(uuid().as_bytes());
    NewCode {
        id: CodeId::new(uuid()),
        tag: LookupTag { key: key_id("k1"), bytes },
        verifier: Verifier::new(format!("$test$verifier {}", number())),
    }
}

pub(crate) fn some_codes(count: u32) -> Vec<NewCode> {
    (0..count).map(|_| a_code()).collect()
}

pub(crate) fn an_entry(kind: AuditKind, account: Option<AccountId>) -> AuditEntry {
    AuditEntry {
        id: AuditId::new(uuid()),
        at: at(0),
        kind,
        actor: Actor::CommandLine,
        account,
        batch: None,
        count: None,
        reason: None,
        typed: None,
        origin: Origin::default(),
    }
}

pub(crate) fn a_client(name: &str) -> (Client, ClientKey) {
    let client = Client {
        id: ClientId::new(uuid()),
        name: name.to_owned(),
        scopes: [Scope::CodesRead, Scope::CodesRedeem].into_iter().collect(),
        created_at: at(0),
    };
    let key = ClientKey {
        id: ClientKeyId::new(uuid()),
        client: client.id,
        digest: [7; 32],
        created_at: at(1),
        revoked_at: None,
        last_used_at: None,
    };
    (client, key)
}

pub(crate) fn a_recovery(issued: &Issued, owed: Duties) -> Recovery {
    Recovery {
        id: RecoveryId::new(uuid()),
        account: issued.batch.account,
        batch: issued.batch.id,
        code: issued.codes[0].id,
        at: at(5),
        network: None,
        owed,
        settled: Duties::NONE,
    }
}

/// What ended at `until` or before, taken a good while later by somebody who waits.
pub(crate) fn a_chunk(until: Timestamp, most: u32) -> CodeChunk {
    CodeChunk { until, at: until + SignedDuration::from_hours(1), most, wait: true }
}

/// How many rows of codes were taken.
pub(crate) fn rows(taken: &[TakenOf]) -> u32 {
    taken.iter().map(|of| of.line.removed_codes).sum()
}

pub(crate) fn a_schedule(name: &str) -> Schedule {
    Schedule {
        id: ScheduleId::new(uuid()),
        name: ScheduleName::parse(name).unwrap(),
        of: CleanUp::Codes,
        retention_days: 90,
        calendar: Calendar {
            first: "2027-03-28T02:30:00".parse().unwrap(),
            zone: Zone::parse("Europe/Berlin").unwrap(),
            rhythm: "every 2 days".parse().unwrap(),
        },
        next: Some(at(100)),
        extra: None,
        delete_empty: true,
        log_run: false,
        report: ReportWhen::WhenRemoved,
        enabled: true,
        saved_by: "command line".to_owned(),
        created_at: at(1),
        modified_at: at(2),
        revision: 1,
        last: None,
        total_removed: 0,
    }
}

pub(crate) fn a_run(started_by: StartedBy, started_at: Timestamp) -> Run {
    let until = at(-90 * 86_400);
    Run { id: RunId::new(uuid()), of: CleanUp::Codes, started_by, started_at, retention_days: 90, until }
}

pub(crate) fn a_line(batch: BatchId, removed_codes: u32, left: u32) -> BatchLine {
    BatchLine {
        batch,
        subject: subject("ann"),
        made_at: at(1),
        expires_at: None,
        removed_codes,
        left,
        batch_removed: false,
    }
}

pub(crate) fn a_mail(account: Option<AccountId>, created_at: Timestamp) -> MailRecord {
    MailRecord {
        task: TaskId::new(uuid()),
        account,
        address: EmailAddress::parse("Zoë@example.org").unwrap(),
        subject: "Your codes".to_owned(),
        status: MailStatus::Waiting,
        attempts: 1,
        error: Some("421 later".to_owned()),
        created_at,
        tried_at: created_at,
    }
}

/// A stored batch and its codes.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) batch: Batch,
    pub(crate) codes: Vec<NewCode>,
}

/// An empty store with what the rules do to it. A step that must go well panics when it does not.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) stores: Stores,
    pub(crate) locks_whole_store: bool,
    pub(crate) patience: Duration,
}

impl Fixture {
    pub(crate) async fn new(harness: &dyn StoreHarness) -> Self {
        Self {
            stores: harness.fresh().await,
            locks_whole_store: harness.locks_whole_store(),
            patience: harness.patience(),
        }
    }

    /// Something that must happen before long.
    pub(crate) async fn soon<T>(&self, what: &str, future: impl Future<Output = T>) -> T {
        let Ok(done) = timeout(self.patience, future).await else { panic!("{what} takes too long") };
        done
    }

    pub(crate) async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.soon("opening a unit", self.stores.storage.begin()).await.unwrap()
    }

    pub(crate) async fn lock(&self, account: AccountId) -> Box<dyn UnitOfWork> {
        self.soon("locking an account", self.stores.storage.begin_locking(account)).await.unwrap()
    }

    pub(crate) async fn put(&self, account: &Account) {
        let mut unit = self.begin().await;
        let inserted = unit.accounts().insert(account).await.unwrap();
        assert_eq!(inserted, backstop_application::ports::AccountInserted::Done);
        unit.commit().await.unwrap();
    }

    pub(crate) async fn account(&self) -> Account {
        let account = an_account();
        self.put(&account).await;
        account
    }

    pub(crate) async fn insert(&self, batch: &Batch, codes: &[NewCode]) -> BatchInserted {
        let mut unit = self.lock(batch.account).await;
        let inserted = unit.batches().insert(batch, codes).await.unwrap();
        unit.commit().await.unwrap();
        inserted
    }

    /// A batch of the account that stands, with its codes.
    pub(crate) async fn issue(&self, account: &Account, count: u32) -> Issued {
        self.issue_as(a_batch(account.id, count, at(1))).await
    }

    pub(crate) async fn issue_as(&self, batch: Batch) -> Issued {
        let codes = some_codes(batch.counters.issued);
        assert_eq!(self.insert(&batch, &codes).await, BatchInserted::Done);
        Issued { batch, codes }
    }

    /// A new account with a batch.
    pub(crate) async fn owner(&self, count: u32) -> (Account, Issued) {
        let account = self.account().await;
        let issued = self.issue(&account, count).await;
        (account, issued)
    }

    /// Uses a code up in a unit of its own.
    pub(crate) async fn consume(&self, account: AccountId, code: &NewCode, now: Timestamp) -> Consumed {
        self.soon("using a code", self.try_consume(account, code.id, now)).await.unwrap()
    }

    pub(crate) async fn try_consume(&self, account: AccountId, code: CodeId, now: Timestamp) -> PortResult<Consumed> {
        let mut unit = self.stores.storage.begin_locking(account).await?;
        let consumed = unit.codes().consume(&Consumption { account, code, at: now }).await?;
        unit.commit().await?;
        Ok(consumed)
    }

    /// Takes codes in a unit of its own.
    pub(crate) async fn take(&self, chunk: CodeChunk) -> Vec<TakenOf> {
        let mut unit = self.begin().await;
        let taken = self.soon("taking codes", unit.clean_ups().take_codes(&chunk)).await.unwrap();
        unit.commit().await.unwrap();
        taken
    }

    pub(crate) async fn take_empty(&self, chunk: CodeChunk) -> Vec<TakenOf> {
        let mut unit = self.begin().await;
        let taken = self.soon("taking batches", unit.clean_ups().take_empty_batches(&chunk)).await.unwrap();
        unit.commit().await.unwrap();
        taken
    }

    /// A new account with a batch of which every code was used then.
    pub(crate) async fn used_up(&self, count: u32, used_at: Timestamp) -> (Account, Issued) {
        let (account, issued) = self.owner(count).await;
        for code in &issued.codes {
            assert!(matches!(self.consume(account.id, code, used_at).await, Consumed::Won { .. }));
        }
        (account, issued)
    }

    pub(crate) async fn write_mail(&self, mail: &MailRecord) {
        let mut unit = self.begin().await;
        unit.mail_log().write(mail).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub(crate) async fn note(&self, told: &Told) -> bool {
        let mut unit = self.begin().await;
        let noted = unit.notices().note(told).await.unwrap();
        unit.commit().await.unwrap();
        noted
    }

    pub(crate) async fn erase(&self, account: AccountId) {
        let mut unit = self.lock(account).await;
        assert!(unit.accounts().erase(account).await.unwrap().is_some());
        unit.commit().await.unwrap();
    }

    pub(crate) async fn suspend(&self, account: AccountId, reason: Option<SuspensionReason>) {
        let mut unit = self.lock(account).await;
        assert!(unit.accounts().set_suspended(account, reason, at(2)).await.unwrap());
        unit.commit().await.unwrap();
    }

    pub(crate) async fn supersede(&self, account: AccountId, now: Timestamp) {
        let mut unit = self.lock(account).await;
        assert!(unit.batches().supersede(account, now).await.unwrap().is_some(), "a batch stands");
        unit.commit().await.unwrap();
    }

    pub(crate) async fn record(&self, entry: AuditEntry) {
        let mut unit = self.begin().await;
        unit.audit().append(entry).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub(crate) async fn read_account(&self, id: AccountId) -> Option<Account> {
        self.stores.accounts.by_id(id).await.unwrap()
    }

    pub(crate) async fn read_batch(&self, id: BatchId) -> Batch {
        self.stores.history.batch(id).await.unwrap().expect("the batch is there")
    }

    pub(crate) async fn status(&self, account: AccountId, code: &NewCode) -> Option<CodeStatus> {
        let found = self.stores.codes.find(account, core::slice::from_ref(&code.tag)).await.unwrap();
        found.map(|c| c.status)
    }

    pub(crate) async fn statuses(&self, issued: &Issued) -> Vec<Option<CodeStatus>> {
        let mut all = Vec::new();
        for code in &issued.codes {
            all.push(self.status(issued.batch.account, code).await);
        }
        all
    }

    pub(crate) async fn audit_of(&self, account: AccountId) -> Vec<AuditEntry> {
        self.stores.audit.newest(Some(account), 1_000).await.unwrap()
    }

    /// Whether the unit can still do something and commit it.
    pub(crate) async fn assert_usable(&self, mut unit: Box<dyn UnitOfWork>) {
        let entry = an_entry(AuditKind::Viewed, None);
        unit.audit().append(entry.clone()).await.expect("the unit is usable");
        let stranger = an_account();
        unit.accounts().insert(&stranger).await.expect("the unit is usable");
        unit.commit().await.expect("the unit is usable");
        assert!(self.stores.audit.newest(None, 1_000).await.unwrap().contains(&entry), "the unit commits");
        assert!(self.read_account(stranger.id).await.is_some(), "the unit commits");
    }

    /// Runs this many tasks at once and gives what they found, in the order of their numbers.
    pub(crate) async fn race<T, F, R>(&self, racers: usize, run: F) -> Vec<T>
    where
        T: Send + 'static,
        F: Fn(Fixture, usize) -> R,
        R: Future<Output = T> + Send + 'static,
    {
        let barrier = Arc::new(Barrier::new(racers));
        let mut tasks = JoinSet::new();
        for racer in 0..racers {
            let (barrier, run) = (Arc::clone(&barrier), run(self.clone(), racer));
            tasks.spawn(async move {
                barrier.wait().await;
                (racer, run.await)
            });
        }
        let mut found = Vec::new();
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok(one) => found.push(one),
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            }
        }
        found.sort_by_key(|(racer, _)| *racer);
        found.into_iter().map(|(_, one)| one).collect()
    }
}

/// How a batch can stop standing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Supersede,
    Invalidate,
    Delete,
}

pub(crate) const WAYS: [Way; 3] = [Way::Supersede, Way::Invalidate, Way::Delete];

pub(crate) async fn retire(unit: &mut dyn UnitOfWork, account: AccountId, batch: BatchId, way: Way, now: Timestamp) {
    match way {
        Way::Supersede => assert!(unit.batches().supersede(account, now).await.unwrap().is_some()),
        Way::Invalidate => drop(unit.batches().invalidate(account, batch, now).await.unwrap()),
        Way::Delete => drop(unit.batches().delete(account, batch, now).await.unwrap()),
    }
}

/// The `nth` of some codes of the smallest profile.
pub(crate) fn typed_code(nth: usize) -> NormalisedCode {
    let profile = CodeProfile::compact();
    let positions: Vec<usize> = (0..profile.payload_length()).map(|at| (nth >> at) & 1).collect();
    profile.assemble(&positions).unwrap()
}
