//! Ports that do what those inside them do, and count it.

use super::{Meters, catalogue};
use async_trait::async_trait;
use backstop_application::ports::{
    Attempt, Cache, CacheEntry, CacheVersion, Guard, Mail, Mailer, PortResult, Posted, Storage, UnitOfWork,
};
use backstop_domain::{
    AccountId, Timestamp,
    guard::{Admission, Budget, Limit, Slot, Verdict},
};
use std::{sync::Arc, time::Instant};

const ADMITTED: &str = "admitted";
const FAULT: &str = "fault";
const HIT: &str = "hit";
const MISS: &str = "miss";
const SENT: &str = "sent";
const REFUSED: &str = "refused";
const FAILED: &str = "failed";

impl Meters {
    pub(super) fn begin_watching(&self) {
        for budget in Budget::ALL {
            for outcome in Limit::ALL.iter().map(|limit| limit.as_str()).chain([ADMITTED, FAULT]) {
                self.count(&catalogue::ADMISSIONS, [budget.as_str(), outcome], 0);
            }
        }
        for outcome in [SENT, REFUSED, FAILED] {
            self.count(&catalogue::MAILS, [outcome], 0);
        }
        for outcome in [HIT, MISS, FAULT] {
            self.count(&catalogue::CACHE_READS, [outcome], 0);
        }
        self.count(&catalogue::BEGIN_FAULTS, [], 0);
        let _ = self.histogram(&catalogue::MAIL_SECONDS, []);
        let _ = self.histogram(&catalogue::BEGIN_SECONDS, []);
    }
}

/// Counts how attempts are let in.
pub struct MeteredGuard {
    pub inner: Arc<dyn Guard>,
    pub meters: Arc<Meters>,
}

#[async_trait]
impl Guard for MeteredGuard {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        let admission = self.inner.admit(attempt, now).await;
        let outcome = match &admission {
            Ok(Admission::Go(_)) => ADMITTED,
            Ok(Admission::Locked { by, .. }) => by.as_str(),
            Err(_) => FAULT,
        };
        self.meters.count(&catalogue::ADMISSIONS, [attempt.budget.as_str(), outcome], 1);
        admission
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.inner.settle(attempt, slot, verdict).await
    }
}

/// Counts what became of mails.
pub struct MeteredMailer {
    pub inner: Arc<dyn Mailer>,
    pub meters: Arc<Meters>,
}

#[async_trait]
impl Mailer for MeteredMailer {
    async fn send(&self, mail: &Mail) -> PortResult<Posted> {
        let began = Instant::now();
        let posted = self.inner.send(mail).await;
        self.meters.histogram(&catalogue::MAIL_SECONDS, []).record(began.elapsed().as_secs_f64());
        let outcome = match &posted {
            Ok(Posted::Accepted) => SENT,
            Ok(Posted::Refused(_)) => REFUSED,
            Err(_) => FAILED,
        };
        self.meters.count(&catalogue::MAILS, [outcome], 1);
        posted
    }
}

/// Counts what is found in the cache.
pub struct MeteredCache {
    pub inner: Arc<dyn Cache>,
    pub meters: Arc<Meters>,
}

#[async_trait]
impl Cache for MeteredCache {
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion> {
        let version = self.inner.version(account).await;
        self.meters.cache_answered(version.is_ok());
        version
    }

    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        let found = self.inner.get(key, now).await;
        let outcome = match &found {
            Ok(Some(_)) => HIT,
            Ok(None) => MISS,
            Err(_) => FAULT,
        };
        self.meters.count(&catalogue::CACHE_READS, [outcome], 1);
        self.meters.cache_answered(found.is_ok());
        found
    }

    async fn put(&self, key: &str, entry: &CacheEntry, now: Timestamp) -> PortResult<()> {
        self.inner.put(key, entry, now).await
    }

    async fn forget(&self, account: AccountId) -> PortResult<()> {
        let forgotten = self.inner.forget(account).await;
        self.meters.cache_answered(forgotten.is_ok());
        forgotten
    }
}

/// Measures how long units wait until they begin.
pub struct MeteredStorage {
    pub inner: Arc<dyn Storage>,
    pub meters: Arc<Meters>,
}

impl MeteredStorage {
    fn began<T>(&self, since: Instant, begun: PortResult<T>) -> PortResult<T> {
        self.meters.histogram(&catalogue::BEGIN_SECONDS, []).record(since.elapsed().as_secs_f64());
        if begun.is_err() {
            self.meters.count(&catalogue::BEGIN_FAULTS, [], 1);
        }
        begun
    }
}

#[async_trait]
impl Storage for MeteredStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        let since = Instant::now();
        self.began(since, self.inner.begin().await)
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        let since = Instant::now();
        self.began(since, self.inner.begin_locking(account).await)
    }
}
