//! Every rule holds for sound adapters, and fails on the broken ones made for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::wildcard_imports,
    reason = "a test panics when it fails, runs rules as tasks to see them panic, and names many defects"
)]

use async_trait::async_trait;
use backstop_application::lists::Registers;
use backstop_application::ports::{Clock, Exporter, FollowingClock, Guard, Ids, LetterWriter};
use backstop_contract::{
    ANSWER_SEALER_RULES, AUTHENTICATOR_RULES, Arrived, CACHE_RULES, CLOCK_RULES, CODE_GENERATOR_RULES,
    CODE_WRAPPER_RULES, CacheHarness, Caches, EXPORTER_RULES, ExporterHarness, FOLLOWING_CLOCK_RULES,
    FollowingClockHarness, FreshVault, GUARD_RULES, GuardHarness, HASHER_RULES, IDS_RULES, KEY_MINTER_RULES,
    LETTER_WRITER_RULES, LetterWriterHarness, MAILER_RULES, MailerHarness, Mailers, PASSWORD_HASHER_RULES, QUEUE_RULES,
    Queue, QueueHarness, Rule, SEALER_RULES, SESSION_RULES, STORE_RULES, SessionHarness, Sessions, StoreHarness,
    Stores, TAGGER_RULES, TIME_SOURCE_RULES, TOKEN_MINTER_RULES, VAULT_RULES, VaultHarness,
    broken::{
        Broken, BrokenCache, BrokenExporters, BrokenFollowing, BrokenGuard, BrokenLetters, BrokenMailers, BrokenQueue,
        BrokenService, BrokenSessions, BrokenVault, CacheDefect, Defect, ExporterDefect, FollowingDefect, GuardDefect,
        LetterDefect, MailerDefect, QueueDefect, ServiceDefect, SessionDefect, VaultDefect,
    },
};
use backstop_domain::{EmailAddress, KeyId, Locale, SiteName, guard::GuardRules, schedule::Zone};
use backstop_memory::{
    LocalTime, MemoryCache, MemoryGuard, MemoryMailer, MemorySessions, MemoryStorage, MemoryVault, QuickExporter,
    QuickHasher, QuickLetters, QuickSealer, QuickTagger, SeededCodes, SeededKeys, SeededTokens, ServiceClock,
    SystemClock,
};
use core::{fmt::Debug, hash::BuildHasher as _, time::Duration};
use std::{collections::BTreeSet, hash::RandomState, sync::Arc};
use tokio::{task::JoinSet, time::timeout};
use uuid::Uuid;

struct Memory;

#[async_trait]
impl StoreHarness for Memory {
    async fn fresh(&self) -> Stores {
        let store = Arc::new(MemoryStorage::new());
        Stores {
            storage: store.clone(),
            accounts: store.clone(),
            history: store.clone(),
            codes: store.clone(),
            clients: store.clone(),
            audit: store.clone(),
            schedules: store.clone(),
            runs: store.clone(),
            mails: store.clone(),
            registers: Registers::of(&store),
            sealed: store.clone(),
            tallies: store.clone(),
            keys: store.clone(),
            health: store,
            keep: Arc::new(()),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl QueueHarness for Memory {
    async fn fresh(&self) -> Queue {
        let store = Arc::new(MemoryStorage::new());
        Queue {
            storage: store.clone(),
            tasks: store.clone(),
            workforce: store.clone(),
            signal: store.clone(),
            audit: store,
            keep: Arc::new(()),
        }
    }

    fn locks_whole_store(&self) -> bool {
        true
    }
}

#[async_trait]
impl GuardHarness for Memory {
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard> {
        Arc::new(MemoryGuard::new(rules))
    }
}

#[async_trait]
impl CacheHarness for Memory {
    async fn fresh(&self) -> Caches {
        let cache = Arc::new(MemoryCache::new(Arc::new(RandomIds(RandomState::new())), Duration::from_hours(1)));
        Caches { one: cache.clone(), other: cache.clone(), keep: cache }
    }

    async fn flush(&self, caches: &Caches) {
        caches.keep.downcast_ref::<MemoryCache>().expect("a cache of this harness").clear();
    }
}

#[async_trait]
impl VaultHarness for Memory {
    async fn fresh(&self) -> FreshVault {
        FreshVault { vault: Arc::new(MemoryVault::default()), keep: Arc::new(()) }
    }
}

impl FollowingClockHarness for Memory {
    fn over(&self, local: Arc<dyn Clock>) -> Arc<dyn FollowingClock> {
        Arc::new(ServiceClock::new(local))
    }
}

#[async_trait]
impl SessionHarness for Memory {
    async fn fresh(&self) -> Sessions {
        Sessions { store: Arc::new(MemorySessions::new()), keep: Arc::new(()) }
    }
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn mailer(mailers: &Mailers) -> &MemoryMailer {
    mailers.keep.downcast_ref().expect("a mailer of this harness")
}

#[async_trait]
impl MailerHarness for Memory {
    async fn fresh(&self) -> Mailers {
        let mailer = Arc::new(MemoryMailer::new());
        Mailers { mailer: mailer.clone(), keep: mailer }
    }

    async fn arrived(&self, mailers: &Mailers) -> Vec<Arrived> {
        let arrived = mailer(mailers).sent().into_iter().map(|mail| Arrived {
            id: mail.id.to_string(),
            to: vec![mail.to.as_str().to_owned()],
            subject: mail.subject,
            text: mail.text.reveal().to_owned(),
            html: mail.html.reveal().to_owned(),
            headers: Vec::new(),
        });
        arrived.collect()
    }

    async fn refusing(&self, mailers: &Mailers) -> Vec<EmailAddress> {
        let refusing = address("refuse@example.com");
        mailer(mailers).refuse(&refusing, "550 5.1.1 nobody of this name");
        vec![refusing]
    }

    async fn putting_off(&self, mailers: &Mailers) -> Vec<EmailAddress> {
        let later = address("later@example.com");
        mailer(mailers).put_off(&later);
        vec![later]
    }
}

impl LetterWriterHarness for Memory {
    fn of_site(&self, site: &SiteName) -> Arc<dyn LetterWriter> {
        Arc::new(QuickLetters::new(site.clone()))
    }
}

impl ExporterHarness for Memory {
    fn of_site(&self, zone: &Zone, language: Option<&Locale>) -> Arc<dyn Exporter> {
        Arc::new(QuickExporter::new(zone.clone(), language.cloned()))
    }
}

struct RandomIds(RandomState);

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        let (high, low) = (RandomState::new().hash_one(0), RandomState::new().hash_one(1));
        Uuid::from_u64_pair(high ^ self.0.hash_one(high), low ^ self.0.hash_one(low))
    }
}

/// Whether the rule holds; one that never ends does not.
async fn holds<H: ?Sized + Send + Sync + 'static>(run: for<'a> fn(&'a H) -> Running<'a>, harness: Arc<H>) -> bool {
    let running = tokio::spawn(async move { timeout(Duration::from_mins(1), run(&harness)).await.is_ok() });
    running.await.unwrap_or(false)
}

type Running<'a> = core::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Runs each rule on the sound adapter and on each broken one made for it, and gives what went otherwise than it
/// should.
async fn judge<H: ?Sized + Send + Sync + 'static, D: Copy + Debug + Send + PartialEq + 'static>(
    rules: &'static [Rule<H>],
    made_for: &[(&'static str, &'static [D])],
    sound: Arc<H>,
    broken: impl Fn(D) -> Arc<H>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut tasks = JoinSet::new();
    for rule in rules {
        let defects = made_for.iter().filter(|(name, _)| *name == rule.name).flat_map(|(_, defects)| *defects);
        let defects: Vec<D> = defects.copied().collect();
        if defects.is_empty() {
            wrong.push(format!("no broken adapter is made for {}", rule.name));
        }
        let (run, name, sound) = (rule.run, rule.name, Arc::clone(&sound));
        tasks.spawn(async move { (!holds(run, sound).await).then(|| format!("{name} fails on the sound adapter")) });
        for defect in defects {
            let harness = broken(defect);
            tasks.spawn(async move { holds(run, harness).await.then(|| format!("{name} holds although {defect:?}")) });
        }
    }
    for (name, _) in made_for {
        if !rules.iter().any(|rule| rule.name == *name) {
            wrong.push(format!("there is no rule {name}"));
        }
    }
    wrong.extend(tasks.join_all().await.into_iter().flatten());
    wrong
}

fn assert_all_used<D: Debug + PartialEq>(all: &[D], made_for: &[(&str, &[D])]) {
    let idle: Vec<&D> = all.iter().filter(|d| !made_for.iter().any(|(_, defects)| defects.contains(d))).collect();
    assert!(idle.is_empty(), "no rule has a use for {idle:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_store_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(Defect::ALL, STORE_TABLE);
    let broken = |defect| -> Arc<dyn StoreHarness> { Arc::new(Broken::new(Arc::new(Memory), defect)) };
    let wrong = judge(STORE_RULES, STORE_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_queue_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(QueueDefect::ALL, QUEUE_TABLE);
    let broken = |defect| -> Arc<dyn QueueHarness> { Arc::new(BrokenQueue::new(Arc::new(Memory), defect)) };
    let wrong = judge(QUEUE_RULES, QUEUE_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_guard_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(GuardDefect::ALL, GUARD_TABLE);
    let broken = |defect| -> Arc<dyn GuardHarness> { Arc::new(BrokenGuard(defect)) };
    let wrong = judge(GUARD_RULES, GUARD_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_mailer_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(MailerDefect::ALL, MAILER_TABLE);
    let broken = |defect| -> Arc<dyn MailerHarness> { Arc::new(BrokenMailers::new(Arc::new(Memory), defect)) };
    let wrong = judge(MAILER_RULES, MAILER_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_letter_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(LetterDefect::ALL, LETTER_TABLE);
    let broken = |defect| -> Arc<dyn LetterWriterHarness> { Arc::new(BrokenLetters::new(Arc::new(Memory), defect)) };
    let wrong = judge(LETTER_WRITER_RULES, LETTER_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_exporter_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(ExporterDefect::ALL, EXPORTER_TABLE);
    let broken = |defect| -> Arc<dyn ExporterHarness> { Arc::new(BrokenExporters::new(Arc::new(Memory), defect)) };
    let wrong = judge(EXPORTER_RULES, EXPORTER_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_vault_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(VaultDefect::ALL, VAULT_TABLE);
    let broken = |defect| -> Arc<dyn VaultHarness> { Arc::new(BrokenVault(defect)) };
    let wrong = judge(VAULT_RULES, VAULT_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_cache_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(CacheDefect::ALL, CACHE_TABLE);
    let broken = |defect| -> Arc<dyn CacheHarness> { Arc::new(BrokenCache(defect)) };
    let wrong = judge(CACHE_RULES, CACHE_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_following_clock_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(FollowingDefect::ALL, FOLLOWING_TABLE);
    let broken = |defect| -> Arc<dyn FollowingClockHarness> { Arc::new(BrokenFollowing(defect)) };
    let wrong = judge(FOLLOWING_CLOCK_RULES, FOLLOWING_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_session_rule_fails_on_its_broken_adapter() {
    quiet();
    assert_all_used(SessionDefect::ALL, SESSION_TABLE);
    let broken = |defect| -> Arc<dyn SessionHarness> { Arc::new(BrokenSessions(defect)) };
    let wrong = judge(SESSION_RULES, SESSION_TABLE, Arc::new(Memory), broken).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_service_rule_fails_on_its_broken_adapter() {
    quiet();
    let mut wrong = Vec::new();
    macro_rules! judge_service {
        ($rules:ident, $sound:expr) => {
            let broken = |defect| Arc::new(BrokenService::new($sound, defect)) as Arc<_>;
            let mine: Vec<_> =
                SERVICE_TABLE.iter().filter(|(name, _)| $rules.iter().any(|r| r.name == *name)).copied().collect();
            wrong.extend(judge($rules, &mine, Arc::new($sound), broken).await);
        };
    }
    let key = || KeyId::parse("k1").unwrap();
    let older = || vec![KeyId::parse("k0").unwrap()];
    judge_service!(HASHER_RULES, QuickHasher::new());
    judge_service!(PASSWORD_HASHER_RULES, QuickHasher::new());
    judge_service!(TAGGER_RULES, QuickTagger::new(key(), older()));
    judge_service!(CODE_GENERATOR_RULES, SeededCodes::new(7));
    judge_service!(KEY_MINTER_RULES, SeededKeys::new(7));
    judge_service!(SEALER_RULES, QuickSealer::new(7));
    judge_service!(ANSWER_SEALER_RULES, QuickSealer::new(7));
    judge_service!(AUTHENTICATOR_RULES, QuickSealer::new(7));
    judge_service!(CODE_WRAPPER_RULES, QuickSealer::new(7));
    judge_service!(CLOCK_RULES, SystemClock);
    judge_service!(TIME_SOURCE_RULES, LocalTime::new(Arc::new(SystemClock)));
    judge_service!(TOKEN_MINTER_RULES, SeededTokens::new(7));
    judge_service!(IDS_RULES, RandomIds(RandomState::new()));
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_all_used(ServiceDefect::ALL, SERVICE_TABLE);
}

#[test]
fn no_two_rules_have_one_name() {
    let names: BTreeSet<_> = STORE_RULES.iter().map(|r| r.name).collect();
    assert_eq!(names.len(), STORE_RULES.len());
}

/// Broken adapters make rules panic; hundreds of traces would hide what matters.
fn quiet() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name().is_some_and(|name| !name.starts_with("tokio")) {
            loud(info);
        }
    }));
}

include!("broken/tables.rs");
