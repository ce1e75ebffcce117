//! The conformance kit on the adapters of this crate.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up fails")]

use async_trait::async_trait;
use backstop_application::{
    FallbackVault,
    lists::Registers,
    ports::{Clock, Exporter, FollowingClock, Guard, LetterWriter},
};
use backstop_contract::{
    Arrived, CacheHarness, Caches, ExporterHarness, FollowingClockHarness, FreshVault, GuardHarness,
    LetterWriterHarness, MailerHarness, Mailers, Queue, QueueHarness, SessionHarness, Sessions, StoreHarness, Stores,
    VaultHarness, answer_sealer_rules, authenticator_rules, cache_rules, clock_rules, code_generator_rules,
    code_wrapper_rules, exporter_rules, following_clock_rules, guard_rules, hasher_rules, key_minter_rules,
    letter_writer_rules, mailer_rules, password_hasher_rules, queue_rules, sealer_rules, session_rules, store_rules,
    tagger_rules, time_source_rules, token_minter_rules, vault_rules,
};
use backstop_domain::{EmailAddress, KeyId, Locale, SiteName, guard::GuardRules, schedule::Zone};
use backstop_memory::{
    LocalTime, MemoryCache, MemoryGuard, MemoryMailer, MemorySessions, MemoryStorage, MemoryVault, QuickExporter,
    QuickHasher, QuickLetters, QuickSealer, QuickTagger, SeededCodes, SeededKeys, SeededTokens, SequentialIds,
    ServiceClock, SystemClock,
};
use core::time::Duration;
use std::sync::Arc;

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
        let cache = Arc::new(MemoryCache::new(Arc::new(SequentialIds::new()), Duration::from_hours(1)));
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

/// Two vaults as one.
struct Both;

#[async_trait]
impl VaultHarness for Both {
    async fn fresh(&self) -> FreshVault {
        let vault = FallbackVault::new(Arc::new(MemoryVault::default()), Arc::new(MemoryVault::default()));
        FreshVault { vault: Arc::new(vault), keep: Arc::new(()) }
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

impl ExporterHarness for Memory {
    fn of_site(&self, zone: &Zone, language: Option<&Locale>) -> Arc<dyn Exporter> {
        Arc::new(QuickExporter::new(zone.clone(), language.cloned()))
    }
}

impl LetterWriterHarness for Memory {
    fn of_site(&self, site: &SiteName) -> Arc<dyn LetterWriter> {
        Arc::new(QuickLetters::new(site.clone()))
    }
}

fn tagger() -> QuickTagger {
    let [current, older, oldest] = ["k3", "k2", "k1"].map(|id| KeyId::parse(id).unwrap());
    QuickTagger::new(current, vec![older, oldest])
}

store_rules!(Memory);
queue_rules!(Memory);
guard_rules!(Memory);
cache_rules!(Memory);
vault_rules!(Memory);
exporter_rules!(Memory);
sealer_rules!(QuickSealer::new(1));
answer_sealer_rules!(QuickSealer::new(1));
authenticator_rules!(QuickSealer::new(1));
code_wrapper_rules!(QuickSealer::new(1));
hasher_rules!(QuickHasher::new());
password_hasher_rules!(QuickHasher::new());
tagger_rules!(tagger());
code_generator_rules!(SeededCodes::new(1));
key_minter_rules!(SeededKeys::new(1));
clock_rules!(SystemClock);
time_source_rules!(LocalTime::new(Arc::new(SystemClock)));
following_clock_rules!(Memory);
session_rules!(Memory);
token_minter_rules!(SeededTokens::new(1));
mailer_rules!(Memory);
letter_writer_rules!(Memory);

mod service_clock {
    use super::*;

    clock_rules!(ServiceClock::new(Arc::new(SystemClock)));
}

mod two_vaults_as_one {
    use super::Both;

    backstop_contract::vault_rules!(Both);
}
