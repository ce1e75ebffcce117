//! The parts that settings choose between.

use super::store::{Store, either};
use crate::{
    meters::{MeteredGuard, Meters},
    settings::{CacheSettings, HashCostChoice, HasherChoice, KeySettings, Settings, StoreChoice},
};
use anyhow::{Context as _, Result};
use backstop_application::{
    FallbackGuard, FallbackSessions, FallbackVault, StoreViews,
    ports::{AccountReader, Cache, Clock, Guard, HistoryReader, Ids, SessionStore, Storage, Vault, Views},
};
use backstop_crypto::{CodeHasher, HashCost, LookupKey, LookupKeys, Scheme, SealKey, SealKeys};
use backstop_memory::{CachedViews, InvalidatingStorage, Invalidations, MemoryCache, MemoryGuard, MemorySessions};
use backstop_postgres::PgGuard;
use backstop_redis::{RedisCache, RedisConnection, RedisGuard, RedisSessions, RedisSettings, RedisVault};
use backstop_sqlite::SqliteGuard;
use jiff::SignedDuration;
use std::sync::Arc;

pub(super) fn sessions(choice: StoreChoice, store: &Store, redis: Option<&RedisConnection>) -> Arc<dyn SessionStore> {
    let in_database = || -> Arc<dyn SessionStore> { either!(store, s => s.clone()) };
    match (choice, redis) {
        (StoreChoice::Cache, None) => Arc::new(MemorySessions::new()),
        (StoreChoice::Cache, Some(redis)) => {
            Arc::new(FallbackSessions::new(Arc::new(RedisSessions::new(redis.clone())), in_database()))
        }
        (StoreChoice::Database, _) => in_database(),
    }
}

pub(super) fn guard(
    settings: &Settings,
    store: &Store,
    redis: Option<&RedisConnection>,
    meters: &Arc<Meters>,
) -> Arc<dyn Guard> {
    let rules = settings.application.guard;
    let in_database = || -> Arc<dyn Guard> {
        match store {
            Store::Sqlite(storage) => Arc::new(SqliteGuard::new((**storage).clone(), rules)),
            Store::Postgres(storage) => Arc::new(PgGuard::new((**storage).clone(), rules)),
        }
    };
    let inner: Arc<dyn Guard> = match (settings.guard_store, redis) {
        (StoreChoice::Cache, None) => Arc::new(MemoryGuard::new(rules)),
        (StoreChoice::Cache, Some(redis)) => {
            let in_redis = Arc::new(RedisGuard::new(redis.clone(), rules));
            Arc::new(FallbackGuard::new(in_redis, in_database(), meters.clone()))
        }
        (StoreChoice::Database, _) => in_database(),
    };
    Arc::new(MeteredGuard { inner, meters: Arc::clone(meters) })
}

/// Without Redis the database: a copy that ends with the process would be gone before its time.
pub(super) fn vault(choice: StoreChoice, store: &Store, redis: Option<&RedisConnection>) -> Arc<dyn Vault> {
    match (choice, redis) {
        (StoreChoice::Cache, Some(redis)) => {
            Arc::new(FallbackVault::new(Arc::new(RedisVault::new(redis.clone())), store.vault()))
        }
        _ => store.vault(),
    }
}

pub(super) async fn redis(settings: &Settings) -> Result<Option<RedisConnection>> {
    let Some(url) = &settings.cache.url else { return Ok(None) };
    let connection = RedisConnection::connect(&RedisSettings::new(url.reveal())).await;
    Ok(Some(connection.context("Redis can't be used; see cache.url")?))
}

/// A store whose readers are spared by a cache, and whose writers tell it of their changes.
pub struct Cached {
    pub storage: Arc<dyn Storage>,
    pub views: Arc<dyn Views>,
}

impl Cached {
    pub fn new(
        settings: &Settings,
        cache: Arc<dyn Cache>,
        clock: &Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
        accounts: Arc<dyn AccountReader>,
        history: Arc<dyn HistoryReader>,
    ) -> Self {
        let CacheSettings { ttl, min_ttl, max_ttl, .. } = settings.cache;
        let ttl = SignedDuration::try_from(ttl.max(min_ttl).min(max_ttl)).unwrap_or(SignedDuration::MAX);
        let invalidations = Invalidations::new(cache, Arc::clone(clock));
        let views = Arc::new(StoreViews::new(Arc::clone(&accounts), history));
        Self {
            storage: Arc::new(InvalidatingStorage::new(storage, Arc::clone(&invalidations))),
            views: Arc::new(CachedViews::new(views, accounts, invalidations, ttl)),
        }
    }
}

/// The cache that the settings name: Redis, or one of this process's own.
pub fn cache(settings: &Settings, redis: Option<&RedisConnection>, ids: &Arc<dyn Ids>) -> Arc<dyn Cache> {
    match redis {
        Some(redis) => Arc::new(RedisCache::new(redis.clone(), Arc::clone(ids))),
        None => Arc::new(MemoryCache::new(Arc::clone(ids), settings.cache.ttl)),
    }
}

pub(super) fn lookup_keys(settings: &KeySettings) -> Result<LookupKeys> {
    let keys: Vec<LookupKey> = settings
        .secrets
        .iter()
        .map(|(id, secret)| LookupKey::new(id.clone(), Scheme::HmacSha256, secret.clone()))
        .collect::<Result<_, _>>()?;
    Ok(LookupKeys::new(&settings.current, &keys)?)
}

pub(super) fn seal_keys(settings: &KeySettings) -> Result<SealKeys> {
    let keys: Vec<SealKey> = settings
        .secrets
        .iter()
        .map(|(id, secret)| SealKey::new(id.clone(), secret.clone()))
        .collect::<Result<_, _>>()?;
    Ok(SealKeys::new(&settings.current, &keys)?)
}

pub(super) fn hasher(settings: &Settings, keys: &LookupKeys) -> Result<CodeHasher> {
    let cost = match settings.hasher {
        HasherChoice::Keyed => return Ok(CodeHasher::keyed(keys.clone())),
        HasherChoice::Argon2id(HashCostChoice::Auto) => {
            HashCost::auto(settings.application.profiles.current().entropy_bits())
        }
        HasherChoice::Argon2id(HashCostChoice::Explicit { memory_kib, passes, lanes }) => {
            HashCost::new(memory_kib, passes, lanes)?
        }
    };
    Ok(CodeHasher::argon2id(cost, keys.clone()))
}

#[cfg(not(feature = "fault-points"))]
#[expect(clippy::unnecessary_wraps, reason = "the twin for test builds can fail")]
pub(super) fn with_fault_points(storage: Arc<dyn Storage>) -> Result<Arc<dyn Storage>> {
    Ok(storage)
}

#[cfg(feature = "fault-points")]
pub(super) fn with_fault_points(storage: Arc<dyn Storage>) -> Result<Arc<dyn Storage>> {
    use backstop_faults::{FaultingStorage, SocketFaultPoints};
    #[expect(clippy::disallowed_methods, reason = "only test builds have this")]
    let Ok(text) = std::env::var("BACKSTOP_FAULT_POINTS") else {
        return Ok(storage);
    };
    Ok(Arc::new(FaultingStorage::new(storage, Arc::new(SocketFaultPoints::from_text(&text)?))))
}
