//! Redis keeps every rule of the ports that it implements.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper of tests fails by panicking, and what it spawns ends with the test"
)]

use async_trait::async_trait;
use backstop_application::ports::{Attempt, Guard, PortResult};
use backstop_backends::KeySpace;
use backstop_contract::{GuardHarness, guard_rules};
use backstop_domain::{
    Timestamp,
    guard::{Admission, GuardRules, Slot, Verdict},
};
use backstop_redis::{RedisConnection, RedisGuard, RedisSettings};
use core::time::Duration;
use std::sync::Arc;

struct Redis;

/// Part of a Redis that no other test uses.
async fn fresh() -> (RedisConnection, KeySpace) {
    let space = backstop_backends::redis().await.unwrap().fresh_space().unwrap();
    let settings = RedisSettings {
        prefix: space.prefix.clone(),
        // The rules are about answers; a busy machine may take its time.
        command_timeout: Duration::from_secs(20),
        ..RedisSettings::new(&space.url)
    };
    (RedisConnection::connect(&settings).await.unwrap(), space)
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
        let (connection, space) = fresh().await;
        Arc::new(Keeping { guard: RedisGuard::new(connection, rules), _space: space })
    }
}

guard_rules!(Redis);
