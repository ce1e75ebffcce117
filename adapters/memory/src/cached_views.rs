mod records;

use crate::{Invalidations, flights::Flights};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountHistory, AccountReader, AccountState, CacheEntry, CacheVersion, PortResult, Views,
};
use backstop_domain::{AccountId, Subject, Timestamp, history::Window};
use core::fmt;
use jiff::SignedDuration;
use records::{FORMAT, Record};
use std::sync::Arc;

type Computing<T> = Flights<(String, CacheVersion), Option<T>>;

/// Spares the store most of what is only shown.
///
/// Whatever goes wrong with the cache makes reading slower and is no fault.
pub struct CachedViews {
    inner: Arc<dyn Views>,
    accounts: Arc<dyn AccountReader>,
    invalidations: Arc<Invalidations>,
    ttl: SignedDuration,
    states: Computing<AccountState>,
    histories: Computing<AccountHistory>,
}

impl CachedViews {
    pub fn new(
        inner: Arc<dyn Views>,
        accounts: Arc<dyn AccountReader>,
        invalidations: Arc<Invalidations>,
        ttl: SignedDuration,
    ) -> Self {
        Self { inner, accounts, invalidations, ttl, states: Flights::new(), histories: Flights::new() }
    }

    async fn read<T, F>(
        &self,
        computing: &Computing<T>,
        key: String,
        subject: &Subject,
        compute: impl Fn() -> F + Sync,
    ) -> PortResult<Option<T>>
    where
        T: Record + Clone + Send + Sync,
        F: Future<Output = PortResult<Option<T>>> + Send,
    {
        if !self.invalidations.are_done().await {
            return compute().await;
        }
        let cache = self.invalidations.cache();
        let Ok(kept) = cache.get(&key, self.invalidations.now()).await else { return compute().await };
        if let Some(found) = kept.and_then(|bytes| T::decode(&bytes, subject)) {
            return Ok(Some(found));
        }
        let Some(account) = self.accounts.by_subject(subject).await? else { return Ok(None) };
        // Read before computing: if the account is changed meanwhile, what is computed is put under a dead version.
        let Ok(version) = cache.version(account.id).await else { return compute().await };
        let computed = || async {
            let computed = compute().await?;
            if let Some(value) = &computed {
                self.keep(&key, value, account.id, version).await;
            }
            Ok(computed)
        };
        computing.join((key.clone(), version), computed).await
    }

    async fn keep<T: Record>(&self, key: &str, value: &T, account: AccountId, version: CacheVersion) {
        // The subject may have come to stand for another account meanwhile, whose changes another version tells.
        if value.account() != account {
            return;
        }
        let now = self.invalidations.now();
        let until = now.saturating_add(self.ttl).unwrap_or(Timestamp::MAX);
        let Some(bytes) = value.encode() else { return };
        // If it can't be kept the next reader computes it again.
        let _ = self.invalidations.cache().put(key, &CacheEntry { account, version, until, bytes }, now).await;
    }
}

#[async_trait]
impl Views for CachedViews {
    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        let key = format!("{FORMAT}:state:{subject}");
        self.read(&self.states, key, subject, || self.inner.state(subject)).await
    }

    async fn history(&self, subject: &Subject, window: Option<Window>) -> PortResult<Option<AccountHistory>> {
        let rows = window.map_or_else(|| "none".to_owned(), |w| format!("{}+{}", w.offset, w.limit));
        let key = format!("{FORMAT}:history:{rows}:{subject}");
        self.read(&self.histories, key, subject, || self.inner.history(subject, window)).await
    }
}

impl fmt::Debug for CachedViews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedViews").finish_non_exhaustive()
    }
}
