//! Redis keeps every rule of the ports that it implements.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_application::{
    FallbackSessions,
    ports::{Attempt, Guard, PortResult},
};
use backstop_backends::KeySpace;
use backstop_contract::{
    CacheHarness, Caches, FreshVault, GuardHarness, SessionHarness, Sessions, VaultHarness, cache_rules, guard_rules,
    session_rules, vault_rules,
};
use backstop_domain::{
    Timestamp,
    guard::{Admission, GuardRules, Slot, Verdict},
};
use backstop_memory::{MemorySessions, SequentialIds};
use backstop_redis::{RedisCache, RedisConnection, RedisGuard, RedisSessions, RedisSettings, RedisVault};
use core::time::Duration;
use std::sync::Arc;

struct Redis;

async fn connect(space: &KeySpace) -> RedisConnection {
    let settings = RedisSettings {
        prefix: space.prefix.clone(),
        // The rules are about answers; a busy machine may take its time.
        command_timeout: Duration::from_secs(20),
        ..RedisSettings::new(&space.url)
    };
    RedisConnection::connect(&settings).await.unwrap()
}

/// Part of a Redis that no other test uses.
async fn fresh() -> KeySpace {
    backstop_backends::redis().await.unwrap().fresh_space().unwrap()
}

/// A guard with the keys that it counts in.
struct Keeping {
    guard: RedisGuard,
    _space: KeySpace,
}

#[async_trait]
impl Guard for Keeping {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        self.guard.admit(attempt, now).await
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.guard.settle(attempt, slot, verdict).await
    }
}

#[async_trait]
impl GuardHarness for Redis {
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard> {
        let space = fresh().await;
        Arc::new(Keeping { guard: RedisGuard::new(connect(&space).await, rules), _space: space })
    }
}

guard_rules!(Redis);

#[async_trait]
impl CacheHarness for Redis {
    async fn fresh(&self) -> Caches {
        let space = fresh().await;
        let ids = Arc::new(SequentialIds::new());
        let one = Arc::new(RedisCache::new(connect(&space).await, ids.clone()));
        let other = Arc::new(RedisCache::new(connect(&space).await, ids));
        Caches { one, other, keep: Arc::new(space) }
    }

    async fn flush(&self, caches: &Caches) {
        caches.keep.downcast_ref::<KeySpace>().unwrap().empty().await.unwrap();
    }
}

cache_rules!(Redis);

#[async_trait]
impl VaultHarness for Redis {
    async fn fresh(&self) -> FreshVault {
        let space = fresh().await;
        FreshVault { vault: Arc::new(RedisVault::new(connect(&space).await)), keep: Arc::new(space) }
    }
}

vault_rules!(Redis);

#[async_trait]
impl SessionHarness for Redis {
    async fn fresh(&self) -> Sessions {
        let space = fresh().await;
        Sessions { store: Arc::new(RedisSessions::new(connect(&space).await)), keep: Arc::new(space) }
    }
}

session_rules!(Redis);

/// As the service has it: another store stands behind Redis.
mod fallback {
    use super::*;

    struct Fallback;

    #[async_trait]
    impl SessionHarness for Fallback {
        async fn fresh(&self) -> Sessions {
            let Sessions { store, keep } = SessionHarness::fresh(&Redis).await;
            Sessions { store: Arc::new(FallbackSessions::new(store, Arc::new(MemorySessions::new()))), keep }
        }
    }

    session_rules!(Fallback);
}
